#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Not a gate but a question: which files, functions and lines are longer than docs/STYLE.md likes?
# Rows of tables and steps of stories may be as wide as they need, and do not count towards a file.
cd "${srcdir:-.}" || exit 99

find libcommon oci-spec runtime builder -name '*.[ch]' | sort | awk '
	function ask(at, what) { printf "%s:%d: %s\n", file, at, what; questions++ }
	function width(text,  i, column) {
		gsub(/[\200-\277]/, "", text)
		for (i = 1; i <= length(text); i++)
			column = substr(text, i, 1) == "\t" ? column + 8 - column % 8 : column + 1
		return column
	}
	{
		file = $0
		rows = 0
		limit = file ~ /\.h$/ ? 150 : 500
		for (line = 1; (getline text < file) > 0; line++) {
			is_row = text ~ /^\t+(\{.*\}|[A-Z_]+\(.*\))[,;]?( *\/\*.*\*\/)?$/
			rows += is_row
			if (!is_row && length(text) > 80 && width(text) > 120)
				ask(line, width(text) " columns")
			if (text ~ /^\{/)
				start = line
			if (text ~ /^\}$/ && start) {
				if (line - start - 1 > 60)
					ask(start, "a function of " line - start - 1 " lines")
				start = 0
			}
		}
		close(file)
		if (line - 1 - rows > limit)
			ask(line - 1, line - 1 - rows " lines: which two nouns are you?")
	}
	END { printf "%d to ask about\n", questions }
'
