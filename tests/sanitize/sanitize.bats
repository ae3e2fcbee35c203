# SPDX-License-Identifier: Apache-2.0
# That a sanitizer's report is seen by the test in which it was made, wherever the process was.
load ../helpers/suite

BROKEN=$BUILD/tests/sanitize/broken

setup() {
	suite_begin
	require root
	[ -n "$INSTRUMENTED" ] && [ -x "$BROKEN" ] || skip "needs programs built with --enable-sanitize"
	mkdir "$WORK/empty"
}

@test "a guest that reads beyond its memory is reported although it can tell nobody" {
	run_ends 86 "$BROKEN" heap "$WORK/empty"
	[ -z "$errors" ]
	run reports_are_none
	[ "$status" = 1 ]
	[[ $output == *"heap-buffer-overflow"* ]]
}

@test "undefined behaviour in a guest is reported with its place" {
	run_ends 86 "$BROKEN" undefined "$WORK/empty"
	run reports_are_none
	[ "$status" = 1 ]
	[[ $output == *"broken.c:"*"overflow"* ]]
}

@test "a leak is reported and is a failure" {
	run_ends 86 "$BROKEN" leak "$WORK/empty"
	run reports_are_none
	[ "$status" = 1 ]
	[[ $output == *"died of what a sanitizer found"* ]]
}

@test "a report is shown once" {
	run_ends 86 "$BROKEN" heap "$WORK/empty"
	not reports_are_none
	reports_are_none
}

@test "runlet and cooper leave their reports in the same place" {
	for program in "$RUNLET" "$COOPER"; do
		grep -qF "$BUILD/tests/sanitize/reports" "$program"
	done
}
