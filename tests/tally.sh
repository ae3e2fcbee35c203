#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the last runs of `make check`, `make check-root` and `make check-vm` really came to, counted from
# the result files that the drivers wrote: each unit test, each lint and each bats test is one, and one
# more for each setting of the virtual machine that it was run in.
# Usage: tally.sh BUILD_DIRECTORY. Fails if a test failed or if there is nothing to count.
cd "${1:?the build directory}" || exit 99

results=$(find tests -name '*.trs' | sort)
# shellcheck disable=SC2086
for result in $(grep -lE '^:test-result: *(FAIL|ERROR|XPASS)' $results /dev/null); do
	grep -hE '^(FAIL|ERROR|XPASS)[: ]' "${result%.trs}.log" | sort -u
done

# shellcheck disable=SC2086
awk '
	/^:test-result: *(PASS|XFAIL)/ { passed++ }
	/^:test-result: *SKIP/ { skipped++ }
	/^:test-result: *(FAIL|ERROR|XPASS)/ { failed++ }
	END {
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0
	}
' $results /dev/null
