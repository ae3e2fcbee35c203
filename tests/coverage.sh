#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lines and branches that the tests went through, per room, from the counters of a build with
# --enable-coverage. Usage: coverage.sh BUILD_DIRECTORY [files], where "files" asks for each file.
# What a guest does after its root has changed is not seen: its counters cannot be written there.
cd "${1:?the build directory}" || exit 99
detail=${2:-}

counters=$(find libcommon oci-spec runtime builder -name '*.gcno' 2> /dev/null | sort)
if [ -z "$counters" ]; then
	echo "coverage: no counters here; configure with --enable-coverage and run the tests"
	exit 1
fi

# One line a file: room, file, lines gone through, lines, branches taken, branches. Only what gcov says
# of the source itself counts; headers belong to no object.
for counter in $counters; do
	echo "object ${counter%.gcno}.c"
	gcov --branch-probabilities --no-output --object-directory "$(dirname "$counter")" "$counter" 2> /dev/null
done | awk '
	function share() { # of "Lines executed:87.50% of 56"
		match($0, /[0-9.]+%/)
		return substr($0, RSTART, RLENGTH - 1) * $NF / 100
	}
	function finish() {
		if (object != "")
			print room, object, lines + 0, of_lines + 0, taken + 0, branches + 0
		lines = of_lines = taken = branches = 0
	}
	/^object / {
		finish()
		object = room = $2
		sub(/\/[^\/]*$/, "", room)
	}
	/^File / {
		name = $2
		gsub(/\047/, "", name)
		at = length(name) - length(object) + 1
		ours = at > 0 && substr(name, at) == object
	}
	ours && /^Lines executed/ { lines = share(); of_lines = $NF }
	ours && /^Taken at least once/ { taken = share(); branches = $NF }
	END { finish() }
' | sort | awk -v detail="$detail" '
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
