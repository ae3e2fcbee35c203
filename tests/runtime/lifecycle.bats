#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# From a bundle to a process, and away again: create, start, run, kill, delete.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
}

# bats test_tags=vm
@test "a created container waits until it is started" {
	bundle_make 'echo started'
	container_create
	container_is created
	[ ! -s "$CONTAINER_OUTPUT" ]
	container_start
	container_prints started
	container_becomes stopped
	run_ok runlet delete "$ID"
	container_is_gone
}

@test "a created container has a process, which is not yet the user's" {
	bundle_make 'exec sleep 60'
	container_create
	local pid
	pid=$(container_pid)
	[ "$pid" -gt 1 ]
	not grep -qz sleep "/proc/$pid/cmdline"
	[ "$(readlink "/proc/$pid/ns/pid")" != "$(readlink /proc/self/ns/pid)" ]
	container_start
	until_ok grep -qz sleep "/proc/$pid/cmdline"
	[ "$(container_pid)" = "$pid" ]
}

@test "a process that waits to be started holds no directory and no file of the host" {
	bundle_make 'exec sleep 60'
	run_ok runlet --log "$WORK/log" create --bundle "$BUNDLE" "$ID"
	local fd target
	for fd in "/proc/$(container_pid)/fd"/*; do
		[ "${fd##*/}" -gt 2 ] || continue
		target=$(readlink "$fd")
		[ ! -d "$fd" ] || { echo "$fd is the directory $target"; return 1; }
		case $target in
		*/cgroup/* | "$WORK"/log | "$STATE"/* | "$BUNDLE"/*) echo "$fd is $target"; return 1 ;;
		esac
	done
}

@test "the program is the one that was there at create, not one that comes later" {
	bundle_make
	bundle_edit '.process.args = ["/bin/later"]'
	run_fails "no such file or directory" runlet create --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "config.json may be changed after create: nobody looks at it again" {
	bundle_make 'echo first'
	container_create
	bundle_runs 'echo second'
	rm "$BUNDLE/config.json"
	container_start
	container_prints first
	container_becomes stopped
}

@test "of many who delete a container one does it, and the poststop hook runs once" {
	bundle_make 'exec sleep 60'
	bundle_edit --arg out "$WORK/poststop" '.hooks.poststop = [{ path: "/bin/sh",
		args: ["sh", "-c", "echo x >> " + $out] }]'
	container_up
	local i pids=()
	for i in 1 2 3 4 5 6; do
		"$RUNLET" --root "$STATE" delete --force "$ID" > "$WORK/delete.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || { cat "$WORK"/delete.*; return 1; }
	done
	[ "$(cat "$WORK/poststop")" = x ]
	container_is_gone
}

@test "a paused container is deleted by force, however its death and its thawing race" {
	require cgroups
	local i
	bundle_make 'exec sleep 60'
	for i in 1 2 3 4 5 6 7 8; do
		container_up
		run_ok runlet pause "$ID"
		container_is paused
		run_ok runlet delete --force "$ID"
		container_is_gone
	done
}

@test "a container is not started twice" {
	bundle_make 'exec sleep 60'
	container_up
	run_fails 1 "cannot start an already running container" runlet start "$ID"
	container_is running
}

@test "a container that has ended is not started again" {
	bundle_make true
	container_up
	container_becomes stopped
	run_fails 1 "cannot start a container that has stopped" runlet start "$ID"
}

@test "an id is taken until the container is deleted" {
	bundle_make true
	container_create
	run_fails 1 "container with given ID already exists" runlet create --bundle "$BUNDLE" "$ID"
	run_fails 1 "container with given ID already exists" runlet run --bundle "$BUNDLE" "$ID"
	container_is created
	container_start
	container_becomes stopped
	run_fails "already exists" runlet create --bundle "$BUNDLE" "$ID"
	run_ok runlet delete "$ID"
	container_create
}

@test "what does not exist is said not to" {
	local words
	for words in state start delete "kill" "kill --all" pause resume ps "exec"; do
		# shellcheck disable=SC2086 # a command and its option
		if [ "$words" = exec ]; then
			run_fails 255 "does not exist" runlet exec "$ID" true
		else
			run_fails 1 "does not exist" runlet $words "$ID"
		fi
	done
	run_fails 1 "does not exist" runlet update --pids-limit 10 "$ID"
	[ ! -e "$STATE" ]
}

@test "run waits, passes the streams through and ends as the process did" {
	bundle_make 'cat; echo aside >&2; exit 7'
	echo 'through the staves' > "$WORK/input"
	INPUT=$WORK/input run_ends 7 runlet run --bundle "$BUNDLE" "$ID"
	said_only "through the staves"
	[ "$errors" = aside ]
	container_is_gone
}

@test "run ends with 128 and the signal that ended the process" {
	require root
	bundle_make 'kill -TERM $$; sleep 5'
	bundle_edit 'del(.linux.namespaces[] | select(.type == "pid"))'
	run_ends 143 runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "run passes signals on" {
	bundle_make 'trap "echo caught; exit 3" TERM; echo up; while :; do sleep 0.05; done'
	COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID" > "$WORK/said" 2>&1 3>&- &
	local job=$! status=0
	until_ok grep -q up "$WORK/said"
	kill -TERM "$job"
	wait "$job" || status=$?
	[ "$status" = 3 ]
	grep -q caught "$WORK/said"
	container_is_gone
}

@test "run --detach comes back while the container lives" {
	bundle_make 'exec sleep 60'
	run_ok runlet run --detach --bundle "$BUNDLE" "$ID"
	said_only ""
	container_is running
}

@test "run --keep leaves the stopped container, for delete" {
	bundle_make 'exit 4'
	run_ends 4 runlet run --keep --bundle "$BUNDLE" "$ID"
	container_is stopped
	run_ok runlet delete "$ID"
	container_is_gone
}

@test "run that cannot start its process leaves nothing" {
	bundle_make
	bundle_edit '.process.args = ["nosuchprogram"]'
	run_fails 1 'executable file not found in $PATH' runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
	bundle_edit '.process.args = ["/etc/passwd"]'
	run_fails 1 "permission denied" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.process.args = ["/etc"]'
	run_fails 1 "is a directory" runlet run --detach --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "a script whose interpreter is missing is no such file" {
	bundle_make
	printf '#!/bin/nosuch\n' > "$BUNDLE/rootfs/bin/script"
	chmod 755 "$BUNDLE/rootfs/bin/script"
	bundle_edit '.process.args = ["/bin/script"]'
	run_fails 1 "no such file or directory" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "the pid file holds digits and nothing else, before create returns" {
	bundle_make 'exec sleep 60'
	container_create --pid-file "$WORK/pid"
	[ "$(cat "$WORK/pid")" = "$(container_pid)" ]
	[ "$(wc -c < "$WORK/pid")" = "$(container_pid | tr -d '\n' | wc -c)" ]
}

@test "kill sends a signal by name, with or without SIG, or by number" {
	bundle_make 'for s in HUP USR1 USR2; do trap "echo got $s" $s; done; echo up; while :; do sleep 0.05; done'
	container_up
	container_prints up
	run_ok runlet kill "$ID" SIGHUP
	container_prints "got HUP"
	run_ok runlet kill "$ID" usr1
	container_prints "got USR1"
	run_ok runlet kill "$ID" 12
	container_prints "got USR2"
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
}

@test "kill without a signal asks it to end" {
	bundle_make 'trap "echo asked; exit" TERM; echo up; while :; do sleep 0.05; done'
	container_up
	container_prints up
	run_ok runlet kill "$ID"
	container_prints asked
	container_becomes stopped
}

@test "kill knows no signal by a wrong name" {
	bundle_make 'exec sleep 60'
	container_up
	local signal
	for signal in SIGNOTHING 0x9 99 -1 "" " 9"; do
		run_fails 1 "signal" runlet kill -- "$ID" "$signal"
	done
	container_is running
}

@test "kill of a process that has ended says so in the words that engines look for" {
	bundle_make true
	container_up
	container_becomes stopped
	run_fails 1 "container not running" runlet kill "$ID" KILL
	run_fails 1 "no such process" runlet kill "$ID" TERM
}

@test "a container that waits to be started dies of a signal like any other" {
	bundle_make 'echo started'
	container_create
	run_ok runlet kill "$ID" TERM
	container_becomes stopped
	run_fails "cannot start a container that has stopped" runlet start "$ID"
	[ ! -s "$CONTAINER_OUTPUT" ]
}

@test "kill --all reaches the processes of a container without a pid namespace when the first is gone" {
	require root
	bundle_make 'sleep 61 & echo $!; sleep 62 & echo $!; echo up'
	bundle_edit 'del(.linux.namespaces[] | select(.type == "pid"))'
	container_up
	container_prints up
	container_becomes stopped
	local pid
	for pid in $(grep -v up "$CONTAINER_OUTPUT"); do
		process_lives "$pid"
	done
	run_ok runlet kill --all "$ID" KILL
	for pid in $(grep -v up "$CONTAINER_OUTPUT"); do
		until_ok process_is_gone "$pid"
	done
	run_ok runlet delete "$ID"
}

@test "delete wants a stopped container, or force" {
	bundle_make 'exec sleep 60'
	container_create
	run_fails 1 "cannot delete container $ID that is not stopped: created" runlet delete "$ID"
	container_start
	run_fails 1 "cannot delete container $ID that is not stopped: running" runlet delete "$ID"
	run_ok runlet delete --force "$ID"
	container_is_gone
}

@test "delete --force takes a created container, and one that is not there" {
	bundle_make 'exec sleep 60'
	container_create
	run_ok runlet delete -f "$ID"
	container_is_gone
	run_ok runlet delete --force "$ID"
	run_ok runlet delete --force never-was
}

@test "delete --force ends processes that outlived the first one" {
	bundle_make 'sleep 63 & echo $!; echo up'
	bundle_edit 'del(.linux.namespaces[] | select(.type == "pid"))'
	container_up
	container_prints up
	container_becomes stopped
	run_ok runlet delete --force "$ID"
	until_ok process_is_gone "$(head -n 1 "$CONTAINER_OUTPUT")"
}

@test "an id is free again after delete, many times over" {
	bundle_make 'echo round'
	local round
	for round in 1 2 3 4 5; do
		container_run
		said_only round
	done
}

@test "of those who claim an id at once, one gets it" {
	bundle_make 'exec sleep 60'
	local n won=0 job jobs=()
	for n in 1 2 3 4 5 6 7 8; do
		COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID" \
			> "$WORK/out.$n" 2> "$WORK/err.$n" < /dev/null 3>&- &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do
		if wait "$job"; then
			won=$((won + 1))
		fi
	done
	[ "$won" = 1 ]
	[ "$(cat "$WORK"/err.* | grep -c "already exists")" = 7 ]
	container_start
	container_is running
}

@test "several containers of one bundle live side by side" {
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.linux.cgroupsPath)'
	run_ok runlet run --detach --bundle "$BUNDLE" "$ID-a"
	run_ok runlet run --detach --bundle "$BUNDLE" "$ID-b"
	container_is running "$ID-a"
	container_is running "$ID-b"
	[ "$(container_pid "$ID-a")" != "$(container_pid "$ID-b")" ]
	run_ok runlet delete --force "$ID-a"
	container_is running "$ID-b"
}

@test "the bundle is where we are, and its document config.json, unless said otherwise" {
	bundle_make 'echo here'
	cd "$BUNDLE"
	run_ok runlet run "$ID"
	said_only here
	jq '.process.args = ["/bin/echo", "other"]' config.json > other.json
	run_ok runlet run --config other.json "$ID"
	said_only other
}

@test "a bundle without a document, or that is none, is refused" {
	mkdir "$WORK/empty"
	run_fails 1 "config.json" runlet run --bundle "$WORK/empty" "$ID"
	run_fails 1 "$WORK/nowhere" runlet run --bundle "$WORK/nowhere" "$ID"
	container_is_gone
}

@test "kill 0 signals nobody: it asks whether the process is there" {
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet kill "$ID" 0
	container_is running
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
	run_fails 1 "container not running" runlet kill "$ID" 0
}

@test "kill KILL takes every process of a container without a pid namespace, also when the first is gone" {
	require root
	bundle_make 'sleep 61 & echo $!; sleep 62 & echo $!; echo up; head -c 1 > /dev/null && [ -n "$(head -c 1 | tr "\0" x)" ] && wait'
	bundle_edit 'del(.linux.namespaces[] | select(.type == "pid"))'
	local pid gone
	for gone in no yes; do
		INPUT=/dev/zero
		if [ "$gone" = yes ]; then
			INPUT=/dev/null
		fi
		container_up
		container_prints up
		[ "$gone" = no ] || container_becomes stopped
		for pid in $(grep -v up "$CONTAINER_OUTPUT"); do
			process_lives "$pid"
		done
		run_ok runlet kill "$ID" KILL
		for pid in $(grep -v up "$CONTAINER_OUTPUT"); do
			until_ok process_is_gone "$pid"
		done
		container_becomes stopped
		run_fails 1 "container not running" runlet kill "$ID" KILL
		run_ok runlet delete "$ID"
	done
}

@test "who waits to be started holds nothing of the host's open" {
	bundle_make 'exec sleep 60'
	exec 7< /etc/passwd
	container_create
	exec 7<&-
	local fd target
	for fd in "/proc/$(container_pid)/fd"/*; do
		[ "${fd##*/}" -gt 2 ] || continue
		target=$(readlink "$fd")
		[[ $target == socket:* ]] || { echo "it holds ${fd##*/}: $target"; return 1; }
	done
}

@test "the file system of a bundle can be unmounted once the container is created" {
	require root
	mkdir "$WORK/disk"
	mount -t tmpfs tmpfs "$WORK/disk"
	BUNDLE=$WORK/disk/bundle
	bundle_make 'echo started'
	mkdir "$WORK/root"
	mv "$BUNDLE/rootfs" "$WORK/root/fs"
	bundle_edit --arg root "$WORK/root/fs" '.root.path = $root'
	container_create --no-new-keyring
	umount "$WORK/disk"
	container_start
	container_prints started
}
