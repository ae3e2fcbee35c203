#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the last runs of `make check`, `make check-root` and their like really came to, counted from the
# result files that the drivers wrote: each unit test, each lint and each bats test is one, one more for
# each setting of the virtual machine that it was run in, and one more in each build below this one. What
# failed there is named with that build's directory.
# Usage: tally.sh BUILD_DIRECTORY [DIRECTORY_BELOW_IT…]. Fails if a test failed or if there is nothing to
# count; a build that is not there counts for nothing.
cd "${1:?the build directory}" || exit 99
shift

results_of() { find "$1/tests" -name '*.trs' 2> /dev/null | sort; }

for build in . "$@"; do
	# shellcheck disable=SC2046
	for result in $(grep -lE '^:test-result: *(FAIL|ERROR|XPASS)' $(results_of "$build") /dev/null); do
		grep -hE '^(FAIL|ERROR|XPASS)[: ]' "${result%.trs}.log" | sort -u |
			sed "$([ "$build" = . ] || echo "s|^[A-Z]*[: ]*|&$build: |")"
	done
done

# shellcheck disable=SC2046
awk '
	/^:test-result: *(PASS|XFAIL)/ { passed++ }
	/^:test-result: *SKIP/ { skipped++ }
	/^:test-result: *(FAIL|ERROR|XPASS)/ { failed++ }
	END {
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0
	}
' $(for build in . "$@"; do results_of "$build"; done) /dev/null
