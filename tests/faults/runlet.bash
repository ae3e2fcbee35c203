# SPDX-License-Identifier: Apache-2.0
# The sweep of runlet: whatever fails, and wherever it is killed, what it says of a container is true,
# `delete --force` clears all of it away, and the name can be used again.
# `runlet.bash COMMAND…` sweeps these alone.
set -u
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
# Shared, so that a mount that should not reach the host is seen to reach it.
[ -n "${SECLUDED:-}" ] || SECLUDED=1 exec unshare --mount --propagation private \
	sh -c 'mount --make-rshared / && exec bash "$@"' sh "${BASH_SOURCE[0]}" "$@"
. "$(dirname "${BASH_SOURCE[0]}")/points.bash"

RUNLET=${RUNLET:-$BUILD/runlet}
NAME=runlet

# ---- the ground ------------------------------------------------------------------------------

sweep_begin() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/cooperage-sweep-XXXXXX")
	trap sweep_over EXIT
	ID=sweep-$$
	STATE=$WORK/state
	BUNDLE=$WORK/bundle
	CGROUP=/cooperage-$ID
	mkdir -p "$STATE" "$BUNDLE"/rootfs/{bin,dev,etc,proc,sys,tmp,data}
	cp "$(command -v busybox)" "$BUNDLE/rootfs/bin/busybox"
	local name
	for name in sh sleep true; do
		ln -s busybox "$BUNDLE/rootfs/bin/$name"
	done
	jq --arg cgroup "$CGROUP" --arg work "$WORK" --arg hook "$(command -v busybox)" \
		-f "$SOURCE/tests/faults/config.jq" "$SOURCE/tests/helpers/config.json" > "$BUNDLE/config.json"
	jq '.process.args = ["/bin/sh", "-c", "echo ran; exit 7"]' "$BUNDLE/config.json" > "$BUNDLE/run.json"
	read_text mounts /proc/self/mountinfo
	cgroups=()
	for name in /sys/fs/cgroup/*/ /sys/fs/cgroup/; do
		[ ! -e "${name}cgroup.procs" ] || cgroups+=("${name%/}$CGROUP")
	done
}

sweep_over() {
	[ ! -d "$STATE/$ID" ] || quietly delete --force "$ID"
	rm -rf --one-file-system "$WORK"
}

quietly() { # ARGUMENTS…
	timeout -k 5 20 "$RUNLET" --root "$STATE" "$@" > "$WORK/output" 2> "$WORK/errors" < /dev/null
}

# What `state` says: status and pid, or "absent". Anything else is wrong.
ask() {
	local text
	state='' pid=0
	if ! quietly state "$ID"; then
		read_text text "$WORK/errors"
		[[ $text == *"does not exist"* ]] || wrong "state fails: $text"
		state=absent
		return
	fi
	read_text text "$WORK/output"
	[[ $text =~ \"status\":\ *\"([a-z]+)\" ]] && state=${BASH_REMATCH[1]}
	[[ $text =~ \"pid\":\ *([0-9]+) ]] && pid=${BASH_REMATCH[1]}
}

# No process, cgroup, mount, state or half-written file may be left once it is deleted.
sweep_clean() {
	local one text
	quietly delete --force "$ID" || wrong "delete --force fails: $(< "$WORK/errors")"
	[ ! -s "$WORK/errors" ] || wrong "delete --force says: $(< "$WORK/errors")"
	for one in $left; do
		is_gone "$one" || wrong "process $one is left: $(tr '\0' ' ' < "/proc/$one/cmdline")"
	done
	for one in "${cgroups[@]}"; do
		[ ! -e "$one" ] || wrong "cgroup $one is left"
		[ ! -e "$one" ] || rmdir "$one" 2> /dev/null
	done
	[ ! -e "$STATE/$ID" ] || wrong "the state directory is left: $(ls -A "$STATE/$ID")"
	read_text text /proc/self/mountinfo
	[ "$text" = "$mounts" ] || wrong "mounts are left"
	for one in "$STATE"/* "$STATE"/.[!.]* "$STATE"/.seccomp/*.*; do
		[[ ! -e $one || $one == "$STATE/.seccomp" ]] || wrong "$one is left"
	done
	left=''
}

# The name can be used again, by whoever comes next.
judge_name() {
	local remains=$left
	quietly delete --force "$ID" || wrong "delete --force fails: $(< "$WORK/errors")"
	quietly create --bundle "$BUNDLE" "$ID" || wrong "it cannot be created again: $(< "$WORK/errors")"
	quietly start "$ID" || wrong "it cannot be started again: $(< "$WORK/errors")"
	left=$remains
}

# What is called stopped or absent has no process; what is called alive has one.
judge_state() {
	local one
	case $state in
	absent | stopped)
		for one in $left ${also:-}; do
			is_gone "$one" || wrong "it is $state, but process $one lives"
		done ;;
	created | running | paused)
		[ -e "/proc/$pid" ] || wrong "it is $state, but process $pid is not there" ;;
	creating)
		was_killed || wrong "it is creating for ever" ;;
	*)
		wrong "its state is \"$state\"" ;;
	esac
}

# That the process was killed, or had the signal that we passed on, is the truth.
is_truth() { # COMMAND FAULT
	case $1:$2:$status in
	exec:kill*:137 | run:kill*:137) [ "$process" != 0 ] ;;
	exec:signal:TERM:143 | run:signal:TERM:143) ;;
	*) return 1 ;;
	esac
}

# ---- the commands ----------------------------------------------------------------------------

up() {
	quietly create --bundle "$BUNDLE" "$ID" && quietly start "$ID"
}

# What was there before the command is there still: a failure of ours is no reason to die.
judge_running() {
	ask
	judge_state
	[ "$state" = running ] || wrong "it is not running but $state"
}

before_create() { :; }
line_create() {
	also=''
	line=("$RUNLET" --root "$STATE" create --bundle "$BUNDLE" "$ID")
}
# The container's own process, at its gate: create has ended well, and nobody is left to be started.
ends_as_it_waits() {
	[[ $process != 0 && $call == accept4* && $state == stopped ]]
}
after_create() {
	ask
	judge_state
	case $ending in
	exit:0) [ "$state" = created ] || ends_as_it_waits || wrong "it went well, but it is $state" ;;
	exit:* | signal:15) [ "$state" = absent ] || wrong "it failed, but it is $state" ;;
	esac
	judge_name
}

before_start() { quietly create --bundle "$BUNDLE" "$ID"; }
line_start() {
	ask
	also=$pid
	line=("$RUNLET" --root "$STATE" start "$ID")
}
# Whoever kills the container's process in its last calls before it becomes the user's program has killed one
# that was started: to start, that it lets go of the socket is the sign of both.
ends_as_it_begins() {
	[[ $process != 0 && $fault == kill && $state == stopped && $call =~ ^(close_range|seccomp|execve)\( ]]
}
after_start() {
	ask
	judge_state
	[ "$ending" != exit:0 ] || [ "$state" = running ] || ! is_ours runlet || ends_as_it_begins || wrong "it went well, but it is $state"
}

before_run() { :; }
line_run() {
	also=''
	line=("$RUNLET" --root "$STATE" run --bundle "$BUNDLE" --config run.json "$ID")
}
after_run() {
	ask
	judge_state
	[ "$status" != 0 ] || wrong "it ended with 0, the container with 7 or not at all"
	[[ $ending != exit:7 || $output == ran ]] || ! is_ours runlet || wrong "it ended with 7, but printed: $output"
	# The container's own status comes before what could not be cleared away; that can still be deleted.
	[[ $ending != exit:* || $state == absent || ($ending == exit:7 && $state == stopped) ]] ||
		wrong "it ended, but it is $state"
	judge_name
}

before_exec() { up; }
line_exec() {
	also=''
	line=("$RUNLET" --root "$STATE" exec "$ID" /bin/true)
}
after_exec() { judge_running; }

before_kill() { up; }
line_kill() {
	also=''
	line=("$RUNLET" --root "$STATE" kill "$ID" KILL)
}
after_kill() {
	ask
	[ "$ending" != exit:0 ] || is_gone "$pid" || wrong "it went well, but process $pid lives"
	[[ $ending == exit:0 || $state == running || $state == stopped ]] || wrong "it is $state"
}

before_killall() { up; }
line_killall() {
	also=''
	line=("$RUNLET" --root "$STATE" kill --all "$ID" CONT)
}
after_killall() {
	ask
	judge_state
	if was_killed; then
		[ "$state" != paused ] || quietly resume "$ID" || wrong "it cannot be resumed: $(< "$WORK/errors")"
		return
	fi
	[ "$state" = running ] || wrong "it is not running but $state"
}

before_pause() { up; }
line_pause() {
	also=''
	line=("$RUNLET" --root "$STATE" pause "$ID")
}
after_pause() {
	ask
	judge_state
	case $ending in
	exit:0) [ "$state" = paused ] || wrong "it went well, but it is $state" ;;
	exit:*) [ "$state" = running ] || wrong "it failed, but it is $state" ;;
	*) [ "$state" != paused ] || quietly resume "$ID" || wrong "it cannot be resumed: $(< "$WORK/errors")" ;;
	esac
}

before_resume() { up && quietly pause "$ID"; }
line_resume() {
	also=''
	line=("$RUNLET" --root "$STATE" resume "$ID")
}
after_resume() {
	ask
	judge_state
	[ "$ending" != exit:0 ] || [ "$state" = running ] || wrong "it went well, but it is $state"
	[ "$state" != paused ] || quietly resume "$ID" || wrong "it cannot be resumed: $(< "$WORK/errors")"
}

before_update() { up; }
line_update() {
	also=''
	line=("$RUNLET" --root "$STATE" update --pids-limit 77 "$ID")
}
after_update() {
	local one value=''
	judge_running
	for one in "${cgroups[@]}"; do
		[ ! -e "$one/pids.max" ] || value=$(< "$one/pids.max")
	done
	[ "$ending" != exit:0 ] || [ "$value" = 77 ] || wrong "it went well, but pids.max is $value"
}

before_state() { up; }
line_state() {
	also=''
	line=("$RUNLET" --root "$STATE" state "$ID")
}
after_state() {
	[[ $ending != exit:0 || $output == *'"status": "running"'* ]] || wrong "it says: ${output//$'\n'/ }"
	judge_running
}

# The same of one that is paused, and of one that is not started yet.
before_paused() { up && quietly pause "$ID"; }
line_paused() { line_state; }
after_paused() {
	[[ $ending != exit:0 || $output == *'"status": "paused"'* ]] || wrong "it says: ${output//$'\n'/ }"
}

before_created() { before_start; }
line_created() { line_state; }
after_created() {
	[[ $ending != exit:0 || $output == *'"status": "created"'* ]] || wrong "it says: ${output//$'\n'/ }"
}

before_list() { up; }
line_list() {
	also=''
	line=("$RUNLET" --root "$STATE" list)
}
after_list() {
	[[ $ending != exit:0 || $output =~ $ID\ .*\ running\  ]] || wrong "it says: ${output//$'\n'/ }"
	judge_running
}

before_delete() {
	up && quietly kill "$ID" KILL && ask && is_gone "$pid"
}
line_delete() {
	also=''
	line=("$RUNLET" --root "$STATE" delete "$ID")
}
after_delete() {
	ask
	judge_state
	[ "$ending" != exit:0 ] || [ "$state" = absent ] || wrong "it went well, but it is $state"
}

before_force() { up; }
line_force() {
	also=''
	line=("$RUNLET" --root "$STATE" delete --force "$ID")
}
after_force() { after_delete; }

# ---- all of them -----------------------------------------------------------------------------

for needed in jq busybox; do
	command -v "$needed" > /dev/null || { echo "1..0 # SKIP needs $needed"; exit 0; }
done
sweep_begin
[ $# -gt 0 ] || set -- create start run exec kill killall pause resume update state paused created list delete force
for command; do
	status_of=0
	[ "$command" != run ] || status_of=7
	sweep_command "$command" "$status_of"
done
sweep_end
