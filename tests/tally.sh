#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the last runs of `make check` and `make check-root` really came to, counted from the result
# files that the drivers wrote: each unit test, each bats test and each lint is one.
# Usage: tally.sh BUILD_DIRECTORY. Fails if a test failed or if there is nothing to count.
cd "${1:?the build directory}" || exit 99

find tests -name '*.trs' | sort | xargs awk '
	/^:test-result:/ {
		name = FILENAME
		sub(/\.trs$/, "", name)
		what = $0
		sub(/^:test-result: *[A-Z]+ */, "", what)
		label = what == "" ? name : name ": " what
		if ($2 == "PASS" || $2 == "XFAIL") passed++
		else if ($2 == "SKIP") skipped++
		else { failed++; print "failed: " label }
	}
	END {
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0
	}
' /dev/null
