#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a unit test program or a bats suite and prints clean TAP: one line a test, numbered, with the
# plan at the end. A program that dies in silence (a signal, a leak found on the way out, a deadline)
# is one more failed test, so that it cannot pass for fine. BATS_TAGS chooses among the tests of a suite.
[ $# -gt 0 ] || { echo "usage: tap.sh PROGRAM|SUITE.bats"; exit 99; }
seconds=${TEST_SECONDS:-300}

case $1 in
*.sweep) seconds=${TEST_SECONDS:-1800} ;;
*.bats)
	if ! command -v bats > /dev/null; then
		echo "1..0 # SKIP bats is not installed"
		exit 0
	fi
	seconds=${TEST_SECONDS:-1800}
	set -- bats --tap ${BATS_TAGS:+--filter-tags "$BATS_TAGS"} "$1"
	[ -z "${AS_USER:-}" ] || set -- "$(dirname "$0")/as-user.sh" "$@" ;;
esac

# Into a file, not a pipe: a process that a test left behind must not make us wait for it.
said=$(mktemp) || exit 99
trap 'rm -f "$said"' EXIT
CMOCKA_MESSAGE_OUTPUT=TAP timeout --kill-after=10 "$seconds" "$@" > "$said" 2>&1 < /dev/null
awk -v status=$? '
	/^[ \t]*1\.\.[0-9]+$/ { sub(/.*\./, ""); promised += $0; next }
	# cmocka calls a skipped test "not ok 1 # SKIP name".
	/^not ok [0-9]+ # SKIP / { sub(/.*SKIP /, ""); $0 = "ok " ++count " - " $0 " # SKIP"; print; next }
	/^(not )?ok / {
		if (/^not /) failed++
		sub(/ok [0-9]+/, "ok " ++count)
	}
	{ print }
	END {
		if (status == 124 || status == 137)
			print "not ok " ++count " - ends before its deadline"
		else if (status != 0 && !failed)
			print "not ok " ++count " - ended with status " status
		else if (count < promised)
			print "not ok " ++count " - only " count - 1 " of " promised " tests were run"
		print "1.." count + 0
	}
' "$said"
