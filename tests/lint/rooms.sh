#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every include of ours goes to the same room or to one that rooms.tsv lets this room see.
cd "${srcdir:-.}" || exit 99

find libcommon oci-spec runtime builder -name '*.[ch]' | sort | awk -v table=tests/lint/rooms.tsv '
	function complain(what) { printf "%s:%d: %s\n", file, line, what; bad = 1 }
	function room_of(path)  { sub(/\/[^\/]*$/, "", path); return path }

	BEGIN {
		while ((getline row < table) > 0) {
			split(row, column, "\t")
			known[column[1]] = 1
			n = split(column[2], seen, " ")
			for (i = 1; i <= n; i++)
				may[column[1], seen[i]] = 1
		}
	}
	{
		file = $0
		room = room_of(file)
		line = 1
		if (!(room in known))
			complain(room " is not a room of rooms.tsv")
		for (line = 1; (getline text < file) > 0; line++) {
			if (text !~ /^[ \t]*#[ \t]*include[ \t]*"/)
				continue
			split(text, part, "\"")
			target = room_of(part[2])
			if (target == part[2] || part[2] ~ /^\./)
				complain("\"" part[2] "\" is not written from the top")
			else if (target != room && !((room, target) in may))
				complain(room " may not see " target)
		}
		close(file)
	}
	END { exit bad }
'
