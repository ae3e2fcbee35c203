#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A library is included only by the files that doors.tsv names as its doors.
cd "${srcdir:-.}" || exit 99

find libcommon oci-spec runtime builder -name '*.[ch]' | sort | awk -v table=tests/lint/doors.tsv '
	BEGIN {
		while ((getline row < table) > 0) {
			split(row, column, "\t")
			n = split(column[2], file, " ")
			for (i = 1; i <= n; i++)
				door[column[1], file[i]] = 1
			library[column[1]] = column[2]
		}
	}
	{
		file_ = $0
		for (line = 1; (getline text < file_) > 0; line++) {
			if (text !~ /^[ \t]*#[ \t]*include[ \t]*</)
				continue
			sub(/^[^<]*</, "", text)
			sub(/>.*/, "", text)
			for (name in library)
				if (index(text, name) == 1 && !((name, file_) in door)) {
					printf "%s:%d: <%s> is for %s only\n", file_, line, text, library[name]
					bad = 1
				}
		}
		close(file_)
	}
	END { exit bad }
'
