#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How many system calls each command makes. The number does not depend on what the machine does besides, so
# one more is one more: it shows in syscalls.tsv, and so in review. Fewer ask to be recorded too:
#
#	RECORD=yes make check-root ROOT_TESTS=tests/bench/syscalls.bats
#
# A row of the table: conditions, command, call, how often; for "all", then, how far off a run may be
# because processes wait for each other. The least of a few runs counts, since waiting only adds. What
# the container's program does is not counted.
#
# The numbers hold for an architecture, a kernel and a layout of cgroups; elsewhere the tests skip.

load ../helpers/suite

TABLE=$SOURCE/tests/bench/syscalls.tsv

setup() {
	require root busybox faults
	[ -z "${INSTRUMENTED:-}" ] || skip "needs programs as they are shipped"
	CONDITIONS=$(conditions)
	[ -n "${RECORD:-}" ] || grep -q "^$CONDITIONS	" "$TABLE" || skip "no numbers are recorded for $CONDITIONS"
	suite_begin
}

conditions() {
	local layout=v1
	[ ! -d /sys/fs/cgroup/unified ] || layout=hybrid
	[ ! -f /sys/fs/cgroup/cgroup.controllers ] || layout=v2
	echo "$(uname -m) linux-$(uname -r | cut -d. -f1,2) $layout"
}

# One run's calls, "call times" a line; $WORK/calls keeps the run with the fewest. Who executes the
# program NAME is not counted any more.
count_calls() { # NAME [-p PID] COMMAND…
	local name=$1
	shift
	rm -f "$WORK/report"
	run_ok env -i PATH=/usr/bin:/bin "$FAULT" -s all -e "$name" -c -o "$WORK/report" "$@"
	sed -n 's/^call=\([^ ]*\) command=\([0-9]*\) others=\([0-9]*\)/\1 \2 \3/p' "$WORK/report" |
		awk '{ print $1, $2 + $3 }' > "$WORK/now"
	if [ ! -f "$WORK/calls" ] || [ "$(total "$WORK/now")" -lt "$(total "$WORK/calls")" ]; then
		cp "$WORK/now" "$WORK/calls"
	fi
}

total() { # FILE
	awk '{ n += $2 } END { print n + 0 }' "$1"
}

# The run with the fewest against the table.
calls_are_recorded() { # COMMAND SLACK
	if [ -n "${RECORD:-}" ]; then
		record "$@"
		return
	fi
	awk -F '\t' -v conditions="$CONDITIONS" -v name="$1" '$1 == conditions && $2 == name' "$TABLE" > "$WORK/rows"
	[ -s "$WORK/rows" ] || { echo "syscalls.tsv has no numbers of $1"; return 1; }
	awk -F '\t' -v name="$1" '
		NR == FNR { if ($3 == "all") { all = $4; slack = $5 } else was[$3] = $4; next }
		{ split($0, part, " "); now[part[1]] = part[2]; sum += part[2] }
		END {
			if (sum >= all - slack && sum <= all + slack)
				exit 0
			printf "%s makes %d system calls, %d are recorded:", name, sum, all
			for (call in now)
				if (now[call] != was[call])
					printf " %s %+d", call, now[call] - was[call]
			for (call in was)
				if (!(call in now))
					printf " %s %+d", call, -was[call]
			print sum < all ? "; fewer are to be recorded too" : ""
			exit 1
		}' "$WORK/rows" "$WORK/calls"
}

record() { # COMMAND SLACK
	touch "$TABLE"
	{
		awk -F '\t' -v conditions="$CONDITIONS" -v name="$1" '!($1 == conditions && $2 == name)' "$TABLE"
		printf '%s\t%s\tall\t%s\t%s\n' "$CONDITIONS" "$1" "$(total "$WORK/calls")" "$2"
		sort "$WORK/calls" | awk -v conditions="$CONDITIONS" -v name="$1" \
			'{ printf "%s\t%s\t%s\t%s\n", conditions, name, $1, $2 }'
	} > "$WORK/table"
	cp "$WORK/table" "$TABLE"
}

# What engines write for a plain container, in few words. Its process sleeps.
bundle_of_engines() {
	bundle_make
	bundle_edit '.process.args = ["/bin/sleep", "1000"] |
		.linux.resources = {devices: [{allow: false, access: "rwm"}], pids: {limit: 100}, memory: {limit: 67108864}} |
		.linux.maskedPaths = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"] |
		.linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"] |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kexec_load"], action: "SCMP_ACT_ERRNO"}]}'
}

container_begin() {
	run_ok runlet create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID"
	until_ok sleeps "$(cat "$WORK/pid")"
}

sleeps() { # PID
	grep -q '^State:.S' "/proc/$1/status"
}

container_end() {
	run_ok runlet delete --force "$ID"
}

@test "run makes as many system calls as are recorded" {
	bundle_of_engines
	bundle_edit '.process.args = ["/bin/true"]'
	for _ in 1 2 3; do
		count_calls true "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	done
	calls_are_recorded run 20
}

@test "create makes as many system calls as are recorded" {
	bundle_of_engines
	for _ in 1 2 3; do
		count_calls sleep "$RUNLET" --root "$STATE" create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID"
		container_end
	done
	calls_are_recorded create 16
}

@test "start makes as many system calls as are recorded" {
	bundle_of_engines
	for _ in 1 2 3; do
		container_begin
		count_calls sleep -p "$(cat "$WORK/pid")" "$RUNLET" --root "$STATE" start "$ID"
		container_end
	done
	calls_are_recorded start 6
}

@test "state makes as many system calls as are recorded" {
	bundle_of_engines
	container_begin
	run_ok runlet start "$ID"
	for _ in 1 2 3; do
		count_calls none "$RUNLET" --root "$STATE" state "$ID"
	done
	calls_are_recorded state 2
}

@test "exec makes as many system calls as are recorded" {
	bundle_of_engines
	container_begin
	run_ok runlet start "$ID"
	for _ in 1 2 3; do
		count_calls true "$RUNLET" --root "$STATE" exec "$ID" /bin/true
	done
	calls_are_recorded exec 12
}

@test "kill makes as many system calls as are recorded" {
	bundle_of_engines
	container_begin
	run_ok runlet start "$ID"
	for _ in 1 2 3; do
		count_calls none "$RUNLET" --root "$STATE" kill "$ID" CONT
	done
	calls_are_recorded kill 2
}

@test "delete makes as many system calls as are recorded" {
	bundle_of_engines
	for _ in 1 2 3; do
		container_begin
		run_ok runlet start "$ID"
		run_ok runlet kill "$ID" KILL
		until_ok container_is stopped
		count_calls none "$RUNLET" --root "$STATE" delete "$ID"
	done
	calls_are_recorded delete 14
}

@test "a rebuild without anything new makes as many system calls as are recorded" {
	local i
	CONTEXT=$WORK/context
	for ((i = 0; i < 40; i++)); do
		context_file "tree/$((i % 4))/$i" "$i"
	done
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/busybox
		COPY tree /tree
		RUN ["/bin/busybox", "true"]
	END
	sleep 1.1
	image_build --network none
	for _ in 1 2 3; do
		count_calls none "$COOPER" --root "$STORE" --runtime "$RUNLET" build -q --network none -t "$IMAGE" "$CONTEXT"
	done
	calls_are_recorded rebuild 4
}
