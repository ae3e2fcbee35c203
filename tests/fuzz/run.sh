#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs each fuzzer for so many seconds, two at a time, and says of each in a line how often it ran, how
# much of the code it came to, and what it found. Fails if anything was found. Where this build is not one
# with --enable-fuzz, one is made by clang below it, in fuzz/; without clang it ends with 77.
# What a fuzzer learns stays in its build directory, in fuzz-learned/, and is where it begins the next time.
# Usage: run.sh SOURCE SECONDS [NAME…], in the build directory
source=${1:?the source directory} seconds=${2:?seconds}
shift 2
: "${MAKE:=make}"

if ! grep -q '^FUZZ_LINK = -f' Makefile; then
	compiler=$(command -v clang) || {
		echo "skipped: fuzzers need clang and its libFuzzer"
		exit 77
	}
	mkdir -p fuzz && cd fuzz || exit 1
	if [ ! -f Makefile ]; then
		"$source/configure" --quiet --enable-fuzz CC="$compiler" CFLAGS='-O1 -g' || exit 1
	fi
	$MAKE --quiet fuzzers || exit 1
fi
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(cd "$source/tests/fuzz" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')

# What a run said in the end, in a line: NAME LOG
tell() {
	awk -v name="$1" -v log_file="$2" '
		/ cov: [0-9]+/ { for (i = 1; i < NF; i++) if ($i == "cov:") coverage = $(i + 1) }
		/^stat::number_of_executed_units:/ { runs = $2 }
		/^stat::average_exec_per_sec:/ { speed = $2 }
		/^SUMMARY:/ { sub(/^SUMMARY: /, ""); found = $0 }
		/broken: / { why = $0 }
		/Test unit written to/ { file = $NF }
		END {
			printf "fuzz_%s: %d runs, %d a second, coverage %d, ", name, runs, speed, coverage
			if (runs > 0 && found == "") {
				print "no finding"
				exit 0
			}
			print "found: " (why != "" ? why : found != "" ? found : "it did not run, see " log_file)
			if (file != "")
				printf "  in %s; keep it as tests/fuzz/corpus/%s/found-…\n", file, name
			exit 1
		}' "$2"
}

fuzz_one() {
	words=$source/tests/fuzz/dictionaries/$1
	[ -f "$words" ] && words=-dict=$words || words=-only_ascii=0
	mkdir -p "fuzz-learned/$1" fuzz-found
	"tests/fuzz/fuzz_$1" -max_total_time="$seconds" -max_len=65536 -timeout=20 -print_final_stats=1 \
		"$words" -artifact_prefix="fuzz-found/$1-" "fuzz-learned/$1" \
		"$source/tests/fuzz/corpus/$1" > "fuzz-found/$1.log" 2>&1 < /dev/null
	tell "$1" "fuzz-found/$1.log"
}

failed=0
while [ $# -gt 0 ]; do
	fuzz_one "$1" &
	first=$! second=
	shift
	if [ $# -gt 0 ]; then
		fuzz_one "$1" &
		second=$!
		shift
	fi
	wait "$first" || failed=1
	[ -z "$second" ] || wait "$second" || failed=1
done
exit $failed
