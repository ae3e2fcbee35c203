#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is remembered of a container: state, list, ids, and what survives damage and sudden death.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
}

# ---- state and list --------------------------------------------------------------------------

@test "state tells all that the specification asks for" {
	require root
	bundle_make 'exec sleep 60'
	bundle_edit '.annotations = { "org.example.wood": "oak", "empty": "" }'
	container_create
	run_ok runlet state "$ID"
	[ -z "$errors" ]
	cp "$output_file" "$WORK/state.json"
	[ "$(jq -r '.ociVersion, .id, .status, .bundle, .rootfs, .owner' "$WORK/state.json" | xargs)" = \
		"$(jq -r .ociVersion "$WORK/state.json") $ID created $BUNDLE $BUNDLE/rootfs root" ]
	[[ $(jq -r .ociVersion "$WORK/state.json") =~ ^1\.[0-9]+\.[0-9]+ ]]
	[ "$(jq -c .annotations "$WORK/state.json")" = '{"org.example.wood":"oak","empty":""}' ]
	[ -d "/proc/$(jq .pid "$WORK/state.json")" ]
	date -d "$(jq -r .created "$WORK/state.json")" > /dev/null
	[[ $(jq -r .created "$WORK/state.json") =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$ ]]
}

@test "a stopped container has no pid" {
	bundle_make true
	container_up
	container_becomes stopped
	[ "$(container_pid)" = 0 ]
}

# bats test_tags=vm
@test "status goes from created by running and paused to stopped" {
	require cgroups
	bundle_make 'exec sleep 60'
	container_create
	container_is created
	container_start
	container_is running
	run_ok runlet pause "$ID"
	container_is paused
	run_ok runlet resume "$ID"
	container_is running
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
}

@test "while it is created its status is creating" {
	bundle_make 'exec sleep 60'
	bundle_edit --arg path "$RUNLET" --arg root "$STATE" --arg id "$ID" --arg out "$WORK/seen" '
		.hooks.createRuntime = [{ path: "/bin/sh", args: ["sh", "-c", "\($path) --root \($root) state \($id) > \($out)"] }]'
	container_create
	[ "$(jq -r .status "$WORK/seen")" = creating ]
}

@test "list is empty where there is nothing" {
	run_ok runlet list
	[ "$(wc -l <<< "$output")" = 1 ]
	[[ $output =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]]
	run_ok runlet list --quiet
	said_only ""
	run_ok runlet list --format json
	[[ $output = "[]" || $output = null ]]
}

@test "list tells of all containers, as a table, as JSON or by id alone" {
	require root
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.linux.cgroupsPath)'
	run_ok runlet create --bundle "$BUNDLE" "$ID-b"
	run_ok runlet run --detach --bundle "$BUNDLE" "$ID-a"
	run_ok runlet list -q
	said_only "$ID-a"$'\n'"$ID-b"
	run_ok runlet list
	[ "$(wc -l <<< "$output")" = 3 ]
	[ "$(awk 'NR > 1 { print $1, $2, $3, $4, $6 }' <<< "$output")" = \
		"$ID-a $(container_pid "$ID-a") running $BUNDLE root"$'\n'"$ID-b $(container_pid "$ID-b") created $BUNDLE root" ]
	run_ok runlet list --format=json
	[ "$(jq -r '.[] | [.id, .status, .bundle] | join(" ")' <<< "$output")" = \
		"$ID-a running $BUNDLE"$'\n'"$ID-b created $BUNDLE" ]
	run_fails 1 "neither table nor json" runlet list --format yaml
}

@test "what lies about in the state root is no container" {
	bundle_make 'exec sleep 60'
	container_create
	mkdir "$STATE/.hidden"
	echo text > "$STATE/file"
	ln -s "$STATE/$ID" "$STATE/link"
	ln -s /etc "$STATE/away"
	local id
	for id in file link away; do
		run_fails 1 "does not exist" runlet state "$id"
		run_ok runlet delete --force "$id"
	done
	run_ok runlet list --format json
	[ "$(jq -r '.[].id' <<< "$output")" = "$ID" ]
	[ -e "$STATE/$ID/state.json" ]
	rm -r "$STATE/.hidden" "$STATE/file" "$STATE/link" "$STATE/away"
}

# ---- ids -------------------------------------------------------------------------------------

@test "an id is letters, digits and a few signs" {
	bundle_make true
	bundle_edit 'del(.linux.cgroupsPath)'
	local id
	for id in a 1 A_b+c-d.e _x +x "$(printf 'x%.0s' {1..200})"; do
		run_ok runlet run --bundle "$BUNDLE" "$id"
	done
	run_ok runlet run --bundle "$BUNDLE" -- -leading-dash
}

@test "any other id is refused by every command, before anything is done" {
	bundle_make true
	local id
	for id in "" . .. ../x a/b /etc 'a b' $'a\nb' 'é' 'a*' 'a@b' 'a:b' "$(printf 'x%.0s' {1..1025})"; do
		run_fails 1 "container id" runlet create --bundle "$BUNDLE" -- "$id"
		run_fails 1 "container id" runlet run --bundle "$BUNDLE" -- "$id"
		run_fails 1 "container id" runlet state -- "$id"
		run_fails 1 "container id" runlet kill -- "$id"
		run_fails 1 "container id" runlet delete --force -- "$id"
		run_fails 255 "container id" runlet exec -- "$id" true
	done
	[ ! -e "$STATE" ]
}

@test "the message about an id shows no control characters" {
	run_fails 1 "container id" runlet state $'a\033[31mb'
	[[ $errors != *$'\033'* ]]
}

# ---- the state root --------------------------------------------------------------------------

@test "the state root is made when it is needed, for its owner alone" {
	require root
	bundle_make 'exec sleep 60'
	STATE=$WORK/some/where/state
	container_create
	[ "$(stat -c %a "$STATE" "$STATE/$ID" | xargs)" = "700 700" ]
	[ "$(stat -c %a "$STATE/$ID/state.json")" = 600 ]
	container_remove_all
	STATE=$WORK/state
}

@test "a state root that cannot be is an error and starts nothing" {
	bundle_make 'touch /ran'
	echo text > "$WORK/file"
	run_fails 1 "$WORK/file" "$RUNLET" --root "$WORK/file" run --bundle "$BUNDLE" "$ID"
	run_fails 1 "$WORK/file" "$RUNLET" --root "$WORK/file" list
	[ ! -e "$BUNDLE/rootfs/ran" ]
}

@test "a state root that is full is an error and starts nothing" {
	require root
	bundle_make 'touch /ran'
	mkdir "$STATE"
	mount -t tmpfs -o size=4k,nr_inodes=4 tmpfs "$STATE"
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	[ "$status" = 1 ]
	[[ $errors == *"No space left on device"* ]]
	umount "$STATE"
	[ ! -e "$BUNDLE/rootfs/ran" ]
}

@test "a state root that is read-only is an error and starts nothing" {
	require root
	bundle_make 'touch /ran'
	mkdir "$STATE"
	mount -t tmpfs -o ro tmpfs "$STATE"
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	umount "$STATE"
	[ "$status" = 1 ]
	[[ $errors == *"Read-only file system"* ]]
	[ ! -e "$BUNDLE/rootfs/ran" ]
}

# Nor is its cgroup known any more.
cgroups_forget() {
	find /sys/fs/cgroup -depth -type d -name "cooperage-$ID" -exec rmdir {} + 2> /dev/null || true
}

# ---- damage ----------------------------------------------------------------------------------

@test "a damaged state.json is never believed, and delete --force clears it away" {
	bundle_make 'exec sleep 60'
	local size n pid
	for n in 0 1 7 20 60 120; do
		container_up
		pid=$(container_pid)
		size=$(stat -c %s "$STATE/$ID/state.json")
		[ "$n" -lt "$size" ]
		truncate -s "$n" "$STATE/$ID/state.json"
		run_ok runlet state "$ID"
		[ "$(jq -r '.status, .pid' <<< "$output" | xargs)" = "stopped 0" ]
		run_ok runlet list
		run_fails 1 "" runlet kill "$ID" KILL
		run_ok runlet delete --force "$ID"
		container_is_gone
		# Its pid is not known any more: nobody may be killed by guess.
		[ ! -d "/proc/$pid" ] || kill -KILL "$pid"
		until_ok process_is_gone "$pid"
		cgroups_forget
	done
}

@test "a state.json that is anything else is as good as none, and takes no time" {
	bundle_make true
	container_up
	container_becomes stopped
	local file=$STATE/$ID/state.json shape
	for shape in '[]' 'null' '{"id": 7}' '{"id":"x","pid":"1"}' "$(printf '[%.0s' {1..5000})" '{"id":"x","pid":-1}' \
		'{"id":"x","pid":99999999999999999999}' '{"id":"x","cgroup":"../../etc"}'; do
		printf '%s' "$shape" > "$file"
		run_ok timeout 5 "$RUNLET" --root "$STATE" state "$ID"
		[ "$(jq -r .status <<< "$output")" = stopped ]
		[ "$(jq -r .id <<< "$output")" = "$ID" ]
	done
	rm "$file"
	mkfifo "$file"
	run_ok timeout 5 "$RUNLET" --root "$STATE" state "$ID"
	rm "$file"
	ln -s /etc/passwd "$file"
	run_ok timeout 5 "$RUNLET" --root "$STATE" state "$ID"
	rm "$file"
	truncate -s 100M "$file"
	run_ok timeout 5 "$RUNLET" --root "$STATE" state "$ID"
	rm "$file"
	mkdir "$file"
	run_ok timeout 5 "$RUNLET" --root "$STATE" delete --force "$ID"
	container_is_gone
	[ -s /etc/passwd ]
	cgroups_forget
}

@test "a process of the same pid that is not ours is not taken for ours" {
	bundle_make true
	container_up
	container_becomes stopped
	sleep 65 3>&- &
	local stranger=$!
	jq -c --argjson pid "$stranger" '.pid = $pid' "$STATE/$ID/state.json" > "$WORK/forged"
	cp "$WORK/forged" "$STATE/$ID/state.json"
	container_is stopped
	run_fails 1 "container not running" runlet kill "$ID" KILL
	run_fails 255 "stopped" runlet exec "$ID" true
	run_ok runlet delete --force "$ID"
	process_lives "$stranger"
	kill "$stranger"
}

@test "delete removes no more than the state directory, whatever lies in it" {
	bundle_make true
	container_up
	container_becomes stopped
	mkdir -p "$WORK/precious/deep" "$STATE/$ID/a/b/c"
	touch "$WORK/precious/file"
	ln -s "$WORK/precious" "$STATE/$ID/a/link"
	run_ok runlet delete "$ID"
	[ -e "$WORK/precious/file" ] && [ -d "$WORK/precious/deep" ]
	[ ! -e "$STATE/$ID" ]
}

# ---- sudden death ----------------------------------------------------------------------------

@test "a container that was killed from outside is stopped, and deleted without force" {
	bundle_make 'exec sleep 60'
	container_up
	kill -KILL "$(container_pid)"
	container_becomes stopped
	run_ok runlet delete "$ID"
	container_is_gone
}

@test "one whose parent does not reap it is stopped all the same" {
	require python3
	bundle_make 'exec sleep 60'
	cat > "$WORK/parent" <<- 'END'
		import ctypes, os, subprocess, sys, time
		ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
		subprocess.check_call(sys.argv[1:], stdout=subprocess.DEVNULL)
		print("created", flush=True)
		time.sleep(20)
	END
	COOPERAGE_TEST=$ID python3 "$WORK/parent" "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID" > "$WORK/said" 3>&- &
	local parent=$!
	until_ok grep -q created "$WORK/said"
	local pid
	pid=$(container_pid)
	run_ok runlet kill "$ID" KILL
	until_ok grep -q '^State:.Z' "/proc/$pid/status"
	container_is stopped
	run_ok runlet delete "$ID"
	kill "$parent"
	wait "$parent" || true
}

# The number says before which of its calls it dies: from the name's claim to the last word.
@test "runlet killed in the middle of create leaves what delete --force clears away" {
	require strace
	bundle_make 'exec sleep 60'
	bundle_mount /data tmpfs tmpfs nosuid
	local at call
	for at in mkdirat:1 renameat:1 bind:1 socketpair:1 clone3:1 sendmsg:1 sendmsg:2 recvmsg:1 recvmsg:2 renameat:4 exit_group:1; do
		call=${at%:*}
		run_quietly timeout 20 strace -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=${at#*:}" \
			"$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID"
		[ "$status" = 137 ] || explain "should have been killed" "$at"
		run_ok timeout 10 "$RUNLET" --root "$STATE" list
		run_ok timeout 10 "$RUNLET" --root "$STATE" delete --force "$ID"
		host_is_unchanged || explain "left something behind" "$at"
	done
	container_create
}

@test "a guest that dies while it is made is an error, not a wait" {
	bundle_make true
	bundle_edit '.hooks.createRuntime = [{ path: "/bin/sh", args: ["sh", "-c", "kill -KILL $(jq .pid)"], env: ["PATH=/usr/bin:/bin"] }]'
	run_quietly timeout 10 "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID"
	[ "$status" = 1 ]
	[ -n "$errors" ]
	container_is_gone
}

@test "a bundle that is gone is no hindrance to anything but create" {
	bundle_make 'exec sleep 60'
	container_create
	mv "$BUNDLE" "$BUNDLE.moved"
	container_start
	container_is running
	container_exec true
	run_ok runlet delete --force "$ID"
}
