#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The instrument itself: it counts over the whole tree, and strikes where it was told to.

load ../helpers/suite

setup() {
	require faults
	suite_begin
	cd "$WORK" || return 1
	MKDIR=mkdir,mkdirat
}

# The report's value of a key.
reported() { # KEY
	sed -n "s/^$1=//p" report
}

struck() { # [OPTIONS…] COMMAND…
	rm -f report
	run_quietly "$FAULT" -o report "$@"
}

@test "calls are counted over the whole tree, also below a pid namespace" {
	require root
	struck -s "$MKDIR" sh -c 'mkdir a; (mkdir b & wait); unshare --pid --fork mkdir c; exec mkdir d'
	[ "$status" = 0 ]
	[ -d d ]
	[ "$(reported total)" = 4 ]
	[ "$(reported end)" = exit:0 ]
}

@test "the K-th call kills the process that makes it, and is not made" {
	struck -s "$MKDIR" -k 2 -a kill sh -c 'mkdir a; mkdir b; echo $? > how; mkdir c'
	[ "$status" = 0 ]
	[ -d a ]
	[ ! -e b ]
	[ -d c ]
	[ "$(cat how)" = 137 ]
	[[ $(reported hit) == "2 process=2 own=1 pid="*" program=mkdir call=mkdir"*'"b", 0x1ff)' ]]
}

@test "the K-th call kills the whole tree" {
	struck -s "$MKDIR" -k 2 -a killtree sh -c 'sleep 60 & mkdir a; mkdir b; mkdir c'
	[ "$status" = 137 ]
	[ "$(reported end)" = signal:9 ]
	[ -d a ]
	[ ! -e b ]
	[ ! -e c ]
	local pid
	for pid in $(reported left); do
		until_ok process_is_gone "$pid"
	done
}

@test "the K-th call fails, once or from then on" {
	struck -s "$MKDIR" -k 2 -a fail:ENOSPC sh -c 'mkdir a; mkdir b; mkdir c'
	[ "$status" = 0 ]
	[ -d a ]
	[ ! -e b ]
	[ -d c ]
	[[ $errors == *"No space left on device"* ]]
	rmdir a c
	struck -s "$MKDIR" -k 2 -a fail:EIO+ sh -c 'mkdir a; mkdir b; mkdir c'
	[ "$status" = 1 ]
	[ -d a ]
	[ ! -e b ]
	[ ! -e c ]
	[ "$(grep -c "Input/output error" <<< "$errors")" = 2 ]
}

@test "a call of one process alone is the same each time" {
	struck -s "$MKDIR" -i 2 -k 1 -a fail:EIO sh -c 'mkdir a; mkdir b; mkdir c'
	[ -d a ]
	[ ! -e b ]
	[ -d c ]
	[[ $(reported hit) == "1 process=2 own=1 "* ]]
}

@test "the signal goes to the command, whoever makes the call" {
	struck -s "$MKDIR" -k 1 -a signal:TERM sh -c 'trap "echo caught; exit 7" TERM; mkdir a; mkdir b'
	[ "$status" = 7 ]
	[ "$output" = caught ]
	[ -d a ]
	[ ! -e b ]
}

@test "what takes too long is killed, with all that it began" {
	struck -t 1 sh -c 'sleep 61 & echo $! > pid; sleep 62'
	[ "$status" = 124 ]
	[ "$(reported end)" = timeout ]
	until_ok process_is_gone "$(cat pid)"
}

@test "what outlives the command is named and set free" {
	struck sh -c 'sleep 60 & echo $! > pid'
	[ "$status" = 0 ]
	local pid
	pid=$(cat pid)
	[ "$(reported left)" = "$pid" ]
	grep -q '^TracerPid:.0$' "/proc/$pid/status"
	kill "$pid"
	until_ok process_is_gone "$pid"
}

@test "a process that is there already can belong to it" {
	mkfifo go
	sh -c 'read word < go; mkdir a; mkdir b' 2> /dev/null 3>&- &
	struck -s "$MKDIR" -p $! -k 1 -a kill sh -c 'echo > go; while [ ! -e b ]; do sleep 0.05; done; exit 3'
	[ "$status" = 3 ]
	[ ! -e a ]
	[ -d b ]
	wait
}

@test "a process under a filter, one that cannot be looked at, and threads are counted too" {
	require root busybox jq python3
	bundle_make 'mkdir /tmp/inside'
	bundle_edit '.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{ names: ["personality"], action: "SCMP_ACT_KILL_PROCESS" }] }'
	mkdir "$STATE"
	struck -s "$MKDIR" "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	local total
	total=$(reported total)
	[ "$status" = 0 ]
	[ -d "$BUNDLE/rootfs/tmp/inside" ]
	rmdir "$BUNDLE/rootfs/tmp/inside"
	struck -s "$MKDIR" -k "$total" -a fail:ENOSPC "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	[ "$status" = 1 ]
	[ ! -e "$BUNDLE/rootfs/tmp/inside" ]
	[[ $errors == *"No space left on device"* ]]

	struck -s "$MKDIR" -k 3 -a fail:EIO python3 -c '
import os, threading
for name in "abcd":
    thread = threading.Thread(target=lambda: os.mkdir(name))
    thread.start()
    thread.join()'
	[ -d a ]
	[ -d b ]
	[ ! -e c ]
	[ -d d ]
	[[ $(reported hit) == "3 process="*" own=1 "* ]]
}

@test "calls are listed by name, the command's own apart, and none of who has become another program" {
	struck -c -e env sh -c 'mkdir a; (mkdir b; mkdir c); env mkdir d; cd a'
	[ "$status" = 0 ]
	[ -d d ]
	[ "$(reported call | grep -c '^mkdir command=0 others=3$')" = 1 ]
	[ "$(reported call | grep -c '^chdir command=1 others=0$')" = 1 ]
	[ "$(reported call | grep -c '^exit_group command=1 ')" = 1 ]
}

@test "what it does not know, it says" {
	run_fails 125 "unknown fault: maim" "$FAULT" -k 1 -a maim true
	run_fails 125 "EWHAT" "$FAULT" -k 1 -a fail:EWHAT true
	run_fails 125 "no such call: mkdri" "$FAULT" -s mkdri true
	run_fails 127 "no/such/program" "$FAULT" ./no/such/program
	run_fails 125 "a command is missing" "$FAULT"
}
