#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the tests went through, from the counters of a build with --enable-coverage: lines and branches
# of each room, and in untested.txt the lines of error paths that no test went through, as compilers
# name places. Usage: coverage.sh BUILD_DIRECTORY [files], where "files" asks for each file.
cd "${1:?the build directory}" || exit 99
detail=${2:-}

counters=$(find libcommon oci-spec runtime builder -name '*.gcno' 2> /dev/null | sort)
if [ -z "$counters" ]; then
	echo "coverage: no counters here; configure with --enable-coverage and run the tests"
	exit 1
fi

# One row a file: room, file, lines gone through, lines, branches taken, branches; and before it one for
# each line of an error path. Only what gcov says of the source itself counts; headers belong to none.
rows=$(mktemp) || exit 99
trap 'rm -f "$rows"' EXIT
for counter in $counters; do
	echo "object ${counter%.gcno}.c"
	gcov --branch-probabilities --stdout --object-directory "$(dirname "$counter")" "$counter" 2> /dev/null
done | awk '
	function finish() {
		if (object != "")
			printf "file\t%s\t%s\t%d\t%d\t%d\t%d\n", room, object, lines, of_lines, taken, branches
		lines = of_lines = taken = branches = 0
	}
	/^object / {
		finish()
		object = room = $2
		sub(/\/[^\/]*$/, "", room)
		ours = 0
		next
	}
	/^ *-: *0:Source:/ {
		sub(/^[^S]*Source:/, "")
		ours = substr($0, length($0) - length(object) + 1) == object
		next
	}
	!ours { next }
	/^branch / { branches++; taken += / taken [1-9]/; next }
	/^ *-:/ { next }
	/^ *[0-9#=]+\*?: *[0-9]+:/ {
		of_lines++
		if ($0 !~ /^ *[#=]+:/) {
			lines++
			next
		}
		split($0, part, ":")
		text = $0
		sub(/^[^:]*:[^:]*:[ \t]*/, "", text)
		if (text ~ /(^|[^a-z_])(fail|fail_errno|error_prefix|give_up)[a-z_]*\(/)
			printf "error\t%s:%d: %s\n", object, part[2], text
	}
	END { finish() }
' > "$rows"
sed -n 's/^error\t//p' "$rows" | sort -t: -k1,1 -k2,2n > untested.txt

grep '^file' "$rows" | cut -f2- | sort | awk -v detail="$detail" '
	function row(name, l, of_l, b, of_b) {
		printf "%-36s %5.1f%% of %5d lines  %5.1f%% of %5d branches\n", name,
			of_l ? 100 * l / of_l : 100, of_l, of_b ? 100 * b / of_b : 100, of_b
	}
	function finish() {
		if (room != "")
			row(room "/", sum[1], sum[2], sum[3], sum[4])
		for (i = 1; i <= 4; i++) { all[i] += sum[i]; sum[i] = 0 }
	}
	$1 != room { finish(); room = $1 }
	{
		if (detail != "")
			row("  " $2, $3, $4, $5, $6)
		for (i = 1; i <= 4; i++)
			sum[i] += $(i + 2)
	}
	END { finish(); row("together", all[1], all[2], all[3], all[4]) }
'
echo "$(wc -l < untested.txt) lines of error paths were not gone through: $PWD/untested.txt"
