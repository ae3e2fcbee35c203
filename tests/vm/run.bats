#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The virtual machine itself: what goes in, what comes out, and that nothing is left of it however it
# ends.

load ../helpers/suite

setup() {
	require root
	suite_begin
	local why
	why=$(vm --prepare 2>&1) || skip "needs a virtual machine: $why"
}

# Nobody else's machine has our mark in its kernel's words.
teardown() {
	pkill -KILL -f "mark=$ID" || true
	suite_end
}

vm() {
	"$SOURCE/tests/vm/run" --append "mark=$ID" "$@"
}

# Starts it in the background, and waits until its command runs.
vm_sleeps() {
	mkdir "$WORK/shared"
	"$SOURCE/tests/vm/run" --append "mark=$ID" --share "$WORK/shared:/shared" -- \
		sh -c 'touch /shared/here; sleep 600' > "$WORK/said" 2>&1 3>&- &
	runner=$!
	local tries
	for ((tries = 0; tries < 240; tries++)); do
		[ ! -e "$WORK/shared/here" ] || return 0
		sleep 0.5
	done
	cat "$WORK/said"
	return 1
}

nothing_runs() {
	not pgrep -f "mark=$ID" && not pgrep -f "$WORK/shared"
}

@test "it ends as the command does, its output apart from its errors" {
	run_ends 7 vm -- sh -c 'echo "$1"; echo wrong >&2; exit 7' sh "a  b's"
	said_only "a  b's"
	[ "$errors" = wrong ]
	nothing_runs
}

@test "every controller of version 2 is there, the tree cannot be written to, a share can" {
	mkdir "$WORK/shared"
	run_ok vm --share "$WORK/shared:/shared" --env "NAME=a value" -- sh -c '
		cat /sys/fs/cgroup/cgroup.controllers; pwd; ls "$BUILD/runlet"; echo "$NAME" > /shared/name
		! touch "$SOURCE/x" 2> /dev/null || echo written'
	said "cpuset cpu io memory hugetlb pids"
	said $'\n/src\n/build/runlet'
	said_not written
	[ "$(cat "$WORK/shared/name")" = "a value" ]
}

@test "systemd is process 1 and answers, to its user too" {
	run_ok vm --systemd --user -- sh -c 'id -un; systemctl is-active dbus.service; systemctl --user is-active default.target
		cat /proc/1/comm; cat /proc/self/cgroup; cat "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/../cgroup.subtree_control"'
	said $'tester\nactive\nactive\nsystemd\n0::/user.slice/user-1000.slice/user@1000.service/'
	said "cpuset cpu io memory pids"
}

@test "a command that hangs ends at its deadline" {
	run_fails 124 "no end after 30 s" vm --timeout 30 -- sleep 600
	nothing_runs
}

@test "nothing is left when it is interrupted, or killed outright" {
	vm_sleeps
	kill -TERM "$runner"
	local status=0
	wait "$runner" || status=$?
	[ "$status" = 143 ]
	nothing_runs
	rm -r "$WORK/shared"
	vm_sleeps
	kill -KILL "$runner"
	wait "$runner" || true
	until_ok nothing_runs
	not grep cooperage/vm /proc/mounts
}

@test "what cannot be is said in a line" {
	run_fails 125 "no directory $WORK/none" vm --share "$WORK/none:/x" -- true
	run_fails 125 "no COMMAND" vm
	run_fails 125 "--nothing" vm --nothing -- true
	XDG_CACHE_HOME=$WORK/cache VM_MIRROR=file:/nowhere run_fails 77 "cannot be made here" vm --prepare
}
