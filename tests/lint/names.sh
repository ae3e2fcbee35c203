#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a file exports begins with the file's noun; a command file exports exactly its command.
# Read from the objects, so that macros cannot hide a name. names.tsv holds the exceptions.
objects=${BUILD:-$PWD}
cd "${srcdir:-.}" || exit 99

for file in $(find libcommon oci-spec runtime builder -name '*.c' | sort); do
	object=$objects/${file%.c}.o
	if [ -f "$object" ]; then
		echo "file $file"
		nm -g --defined-only "$object" | awk '{ print "symbol", $NF }'
	fi
done | awk -v table=tests/lint/names.tsv '
	function complain(what) {
		printf "%s:1: %s\n", file, what
		bad = 1
	}
	function finish() {
		if (file ~ /\/commands\// && exported != noun "_command")
			complain("a command file exports " noun "_command and nothing else, not \"" exported "\"")
	}

	BEGIN {
		while ((getline row < table) > 0) {
			split(row, column, "\t")
			excused[column[1], column[2]] = 1
		}
	}
	$1 == "file" {
		finish()
		file = $2
		noun = file
		sub(/.*\//, "", noun)
		sub(/\.c$/, "", noun)
		exported = ""
		files++
		next
	}
	# What compilers add for sanitizers and coverage is not ours.
	$2 ~ /^(__|_ZN)/ || $2 ~ /\./ { next }
	{
		exported = exported == "" ? $2 : exported " " $2
		if ($2 == noun || index($2, noun "_") == 1 || ($2, file) in excused)
			next
		if (file ~ /^oci-spec\// && $2 ~ /_(schema|words)$/)
			next
		if (file !~ /\/commands\//)
			complain($2 " does not live here")
	}
	END {
		finish()
		if (!files) {
			print "names: no objects under the build directory"
			exit 99
		}
		exit bad
	}
'
