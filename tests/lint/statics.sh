#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No variable outlives its function: .data and .bss of our objects are empty, but for statics.tsv.
objects=${BUILD:-$PWD}
cd "${srcdir:-.}" || exit 99

if [ -n "$INSTRUMENTED" ]; then
	echo "skipped: sanitizers and coverage put their own data into the objects"
	exit 77
fi
for file in $(find libcommon oci-spec runtime builder -name '*.c' | sort); do
	object=$objects/${file%.c}.o
	if [ -f "$object" ]; then
		objdump -t "$object" | awk -v file="$file" '
			# address, flags (one column or two), section, size, name
			/ O \.(data|bss|tdata|tbss)(\.|[ \t])/ && !/\.data\.rel\.ro/ { print file, $NF }'
	fi
done | awk -v table=tests/lint/statics.tsv '
	BEGIN {
		while ((getline row < table) > 0) {
			split(row, column, "\t")
			excused[column[1], column[2]] = 1
		}
	}
	# What a constant table points to has no name; the const of the table keeps it as it is.
	$2 ~ /^__compound_literal/ { next }
	{ name = $2; sub(/\.[0-9]+$/, "", name) }
	!(($1, name) in excused) { printf "%s:1: %s is a mutable static\n", $1, name; bad = 1 }
	END { exit bad }
'
