#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# When something fails in the middle: points that the sweep has found, lack of everything, and races.

load ../helpers/suite

setup() {
	require root busybox jq faults
	suite_begin
}

# Runs runlet with a fault: struck "-s mkdirat -k 3 -a kill" create --bundle "$BUNDLE" "$ID"
struck() { # "FAULT OPTIONS" ARGUMENTS…
	local options=$1
	shift
	# shellcheck disable=SC2086
	run_quietly "$FAULT" -o "$WORK/report" $options "$RUNLET" --root "$STATE" "$@"
}

cgroups_of_ours() {
	find /sys/fs/cgroup -type d -name "cooperage-$ID"
}

# ---- found by the sweep ----------------------------------------------------------------------

@test "killed while it makes the cgroups, it has said where they are" {
	bundle_make 'exec sleep 9999'
	mkdir "$STATE"
	run_ok "$FAULT" -o "$WORK/all" -s mkdirat "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID"
	run_ok runlet delete --force "$ID"
	local k total
	total=$(sed -n 's/^total=//p' "$WORK/all")
	[ "$total" -gt 3 ]
	for ((k = 1; k <= total; k++)); do
		struck "-s mkdirat -k $k -a killtree" create --bundle "$BUNDLE" "$ID"
		[ "$status" = 137 ]
		run_ok runlet delete --force "$ID"
		[ -z "$(cgroups_of_ours)" ] || { cat "$WORK/report"; cgroups_of_ours; return 1; }
	done
}

@test "a cgroup that was only planned may be another's by now: then it stays" {
	bundle_make 'exec sleep 9999'
	container_up
	bundle_edit '.process.args = ["/bin/true"]'
	# Killed between the record and the first directory of a second container in the same cgroup.
	struck "-s renameat -k 2 -a kill" create --bundle "$BUNDLE" "$ID-b"
	[ "$status" = 137 ]
	local pid
	pid=$(container_pid)
	run_ok runlet delete --force "$ID-b"
	process_lives "$pid"
	container_is running
}

@test "a status that cannot be found out is an error, not a wrong one" {
	bundle_make 'exec sleep 9999'
	container_up
	local k total fault
	run_ok "$FAULT" -o "$WORK/all" "$RUNLET" --root "$STATE" state "$ID"
	total=$(sed -n 's/^total=//p' "$WORK/all")
	for fault in EIO EMFILE; do
		for ((k = 1; k <= total; k++)); do
			struck "-k $k -a fail:$fault" state "$ID"
			[ "$status" != 0 ] || said '"status": "running"' || { cat "$WORK/report"; return 1; }
		done
	done
}

@test "start is told when it was not heard" {
	bundle_make 'exec sleep 9999'
	container_create
	struck "-p $(container_pid) -i 1 -s recvfrom -k 2 -a fail:EIO" start "$ID"
	[ "$status" = 1 ]
	[[ $errors == *"hear who is at the gate: Input/output error"* ]]
	container_is created
	container_start
	container_is running
}

@test "kill --all leaves nobody frozen, whatever fails and whatever ends it" {
	require unified
	bundle_make 'exec sleep 9999'
	container_up
	local k fault
	for fault in fail:EIO signal:TERM; do
		for k in 1 2; do
			struck "-s write -k $k -a $fault" kill --all "$ID" CONT
			grep -q "^hit=.*write" "$WORK/report"
			container_is running
		done
	done
}

@test "kill says that all were killed only where it saw all" {
	bundle_make 'sleep 9999 & echo "$!" > /second; exec sleep 9999'
	bundle_edit 'del(.linux.namespaces[] | select(.type == "pid"))'
	local k
	for ((k = 1; ; k++)); do
		rm -f "$WORK/report" "$BUNDLE/rootfs/second"
		container_up
		until_ok test -s "$BUNDLE/rootfs/second"
		struck "-s openat,read,getdents64 -k $k -a fail:EIO" kill "$ID" KILL
		grep -q ^hit= "$WORK/report" || break
		[ "$status" != 0 ] || until_ok process_is_gone "$(< "$BUNDLE/rootfs/second")" || { cat "$WORK/report"; return 1; }
		run_ok runlet delete --force "$ID"
	done
	[ "$k" -gt 3 ]
}

@test "exec does not wait for a bridge process that is dead or cannot report" {
	bundle_make 'exec sleep 9999'
	container_up
	local fault
	for fault in kill fail:EIO; do
		struck "-i 1 -s sendmsg -k 1 -a $fault" exec "$ID" /bin/true
		grep -q '^hit=1 process=1 .*sendmsg' "$WORK/report"
		[ "$status" = 255 ] || explain "should have ended with 255" "$(cat "$WORK/report")"
		[[ $errors == *"the bridge process died"* ]]
		container_is running
	done
}

@test "a list that breaks off is an error, not a short list" {
	bundle_make 'exec sleep 9999'
	container_up
	struck "-s getdents64 -k 1 -a fail:EIO" list
	[ "$status" = 1 ]
	[[ $errors == *"list the state root"*"Input/output error"* ]]
}

# ---- while it is created ---------------------------------------------------------------------

# Starts to create it, with a hook that does not end, and waits until that runs.
create_and_hang() { # COMMAND
	bundle_make 'exec sleep 9999'
	bundle_edit --arg mark "$WORK/hooked" --arg id "$ID" '.hooks.createRuntime = [{ path: "/bin/sh",
		args: ["sh", "-c", "echo $$ > \($mark); exec sleep 9999"],
		env: ["PATH=/usr/bin:/bin", "COOPERAGE_TEST=\($id)"] }]'
	COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" "$1" --bundle "$BUNDLE" "$ID" > "$WORK/created" 2>&1 3>&- &
	creator=$!
	until_ok test -s "$WORK/hooked"
}

@test "a container that is being created is told as such, and not deleted without force" {
	create_and_hang create
	container_is creating
	run_fails 1 "not stopped: creating" runlet delete "$ID"
	run_fails 1 "already exists" runlet create --bundle "$BUNDLE" "$ID"
	run_fails 1 "creating" runlet start "$ID"
	run_ok timeout 10 "$RUNLET" --root "$STATE" delete --force "$ID"
	container_is_gone
	kill -KILL "$(cat "$WORK/hooked")"
	wait "$creator" || status=$?
	[ "$status" = 1 ]
}

@test "a signal ends create and run, and nothing is left" {
	local command signal
	for command in create run; do
		for signal in TERM HUP; do
			create_and_hang "$command"
			kill -"$signal" "$creator"
			status=0
			wait "$creator" || status=$?
			[ "$status" = $((128 + $(kill -l "$signal"))) ]
			container_is_gone
			until_ok process_is_gone "$(cat "$WORK/hooked")"
			[ -z "$(cgroups_of_ours)" ]
			rm "$WORK/hooked"
		done
	done
}

@test "a signal that comes while the guest is built ends create, and nothing is left" {
	bundle_make 'exec sleep 9999'
	struck "-s pivot_root -k 1 -a signal:TERM" create --bundle "$BUNDLE" "$ID"
	[ "$status" = 143 ]
	container_is_gone
	[ -z "$(cgroups_of_ours)" ]
}

@test "who ignores a signal is not ended by it" {
	create_and_hang create
	kill -KILL "$(cat "$WORK/hooked")"
	wait "$creator" || true
	rm "$WORK/hooked"
	(trap '' HUP; create_and_hang create; echo "$creator" > "$WORK/creator")
	kill -HUP "$(cat "$WORK/creator")"
	sleep 0.3
	process_lives "$(cat "$WORK/creator")"
	kill -TERM "$(cat "$WORK/creator")"
	until_ok container_is_gone
}

@test "before it has a process, too, it is being created" {
	require strace
	bundle_make true
	COOPERAGE_TEST=$ID strace -f -qq -o /dev/null -e trace=clone3 -e inject=clone3:delay_enter=3000000 \
		"$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID" > "$WORK/created" 2>&1 3>&- &
	local creator=$!
	until_ok test -e "$STATE/$ID/state.json"
	container_is creating
	run_fails 1 "not stopped: creating" runlet delete "$ID"
	run_ok runlet delete --force "$ID"
	wait "$creator" || true
	container_is_gone
}

@test "whose creator is dead, and who has no process, is stopped" {
	bundle_make true
	struck "-s clone3 -k 1 -a kill" create --bundle "$BUNDLE" "$ID"
	[ "$status" = 137 ]
	container_is stopped
	run_ok runlet delete "$ID"
}

# ---- lack ------------------------------------------------------------------------------------

@test "a record of any length less than its own is deleted by force, and the name is free" {
	bundle_make true
	container_up
	container_becomes stopped
	cp "$STATE/$ID/state.json" "$WORK/record"
	cp "$STATE/$ID/config.json" "$WORK/config"
	run_ok runlet delete "$ID"
	local n size
	size=$(stat -c %s "$WORK/record")
	for ((n = 0; n < size; n += 7)); do
		mkdir "$STATE/$ID"
		cp "$WORK/config" "$STATE/$ID/config.json"
		head -c "$n" "$WORK/record" > "$STATE/$ID/state.json"
		run_ok runlet delete --force "$ID"
		[ ! -e "$STATE/$ID" ]
	done
	container_create
}

@test "what a reboot leaves is stopped, and deleted without force" {
	bundle_make 'exec sleep 9999'
	container_up
	cp -a "$STATE/$ID" "$WORK/kept"
	run_ok runlet delete --force "$ID"
	rm "$WORK/kept/gate" 2> /dev/null || true
	cp -a "$WORK/kept" "$STATE/$ID"
	container_is stopped
	run_fails 1 "not running" runlet kill "$ID" KILL
	run_ok runlet delete "$ID"
	container_create
}

@test "with room for one process a container starts, and one more is refused" {
	bundle_make '/bin/true; echo "and then $?"'
	bundle_edit '.linux.resources.pids = { limit: 1 }'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	[[ $errors == *"Resource temporarily unavailable"* || $errors == *"can't fork"* ]]
}

# ---- races -----------------------------------------------------------------------------------

# Whoever comes too late says so in one line.
fair() { # FILE STATUS
	[ "$2" = 0 ] && return
	[ "$(wc -l < "$1")" = 1 ] && grep -qE 'does not exist|not running|stopped|is gone|died|Broken pipe|paused|No such process|No such file or directory' "$1" && return
	echo "ended with $2: $(cat "$1")"
	return 1
}

@test "commands that race with delete go well or say that it is gone" {
	bundle_make 'exec sleep 9999'
	local round i how pids commands=("kill $ID KILL" "exec $ID /bin/true" "delete --force $ID" "pause $ID"
		"update --pids-limit 50 $ID" "state $ID" "delete --force $ID")
	for ((round = 0; round < 12; round++)); do
		container_up
		pids=()
		for i in "${!commands[@]}"; do
			# shellcheck disable=SC2086
			COOPERAGE_TEST=$ID timeout 60 "$RUNLET" --root "$STATE" ${commands[i]} > /dev/null 2> "$WORK/race.$i" 3>&- &
			pids+=($!)
		done
		for i in "${!commands[@]}"; do
			how=0
			wait "${pids[i]}" || how=$?
			[[ ${commands[i]} == exec* && $how == 137 ]] || fair "$WORK/race.$i" "$how" || { echo "${commands[i]}"; return 1; }
		done
		run_ok runlet delete --force "$ID"
		container_is_gone
		[ -z "$(cgroups_of_ours)" ]
	done
}

# MANY=1000 takes a while.
@test "many containers are created, listed and deleted at once" {
	bundle_make 'exec sleep 9999'
	bundle_edit 'del(.linux.cgroupsPath)'
	local many=${MANY:-60}
	seq "$many" > "$WORK/numbers"
	INPUT=$WORK/numbers run_ok xargs -P 8 -I {} "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID-{}"
	run_ok runlet list --quiet
	[ "$(wc -l <<< "$output")" = "$many" ]
	INPUT=$WORK/numbers run_ok xargs -P 8 -I {} "$RUNLET" --root "$STATE" delete --force "$ID-{}"
	run_ok runlet list --quiet
	[ -z "$output" ]
}
