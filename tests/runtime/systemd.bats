#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver: units, their properties and the files behind them, and their end.
# As root they are units of the system's systemd, as another user of that user's.

load ../helpers/suite

setup() {
	require systemd busybox jq unified runlet-systemd
	CGROUP_MANAGER= # here it is said where it is wanted
	suite_begin
	if [ "$(id -u)" = 0 ]; then
		SYSTEMCTL=(systemctl) DEFAULT_SLICE=system.slice
	else
		SYSTEMCTL=(systemctl --user) DEFAULT_SLICE=user.slice
	fi
	UNIT=runlet-$ID.scope
}

teardown() {
	[ -n "${WORK:-}" ] || return 0
	container_remove_all
	local left
	left=$("${SYSTEMCTL[@]}" list-units --all --plain --no-legend "*$ID*")
	suite_end
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

bundle_of_unit() { # SCRIPT [CGROUPSPATH]
	bundle_make "$1"
	bundle_edit --arg path "${2-}" 'if $path == "" then del(.linux.cgroupsPath) else .linux.cgroupsPath = $path end'
}

unit_up() { # [OPTIONS…]
	run_ok runlet --systemd-cgroup create --bundle "$BUNDLE" "$@" "$ID"
	CONTAINER_OUTPUT=$output_file
	container_start
}

cgroup_of_unit() {
	echo "$(cgroup2_mount)$(sed -n 's/^0:://p' "/proc/$(container_pid)/cgroup")"
}

# All in one call, which takes a while in a virtual machine.
has() { # PROPERTY=VALUE…
	local now wanted fine=0
	now=$("${SYSTEMCTL[@]}" show "$UNIT")
	for wanted in "$@"; do
		grep -qxF -- "$wanted" <<< "$now" || { echo "$(grep "^${wanted%%=*}=" <<< "$now"), not $wanted"; fine=1; }
	done
	return "$fine"
}

holds() { # FILE=TEXT…
	local directory now wanted fine=0
	directory=$(cgroup_of_unit)
	for wanted in "$@"; do
		now=$(cat "$directory/${wanted%%=*}")
		[ "$now" = "${wanted#*=}" ] || { echo "${wanted%%=*} is $now, not ${wanted#*=}"; fine=1; }
	done
	return "$fine"
}

unit_is_gone() {
	[ "$("${SYSTEMCTL[@]}" show -P LoadState "$UNIT")" = not-found ]
}

# ---- names ----------------------------------------------------------------------------------

@test "without a path it is a scope named after the container" {
	bundle_of_unit 'exec sleep 60'
	unit_up
	has ActiveState=active "Slice=$DEFAULT_SLICE" Delegate=yes "Description=runlet container $ID"
	[ "$(cgroup_of_unit)" = "$(cgroup2_mount)$("${SYSTEMCTL[@]}" show -P ControlGroup "$UNIT")" ]
	holds "cgroup.procs=$(container_pid)"
}

@test "a path is a slice, a prefix and a name, and a slice lies in those that its name says" {
	UNIT=web-$ID.scope
	bundle_of_unit 'exec sleep 60' "cooperage-deep.slice:web:$ID"
	unit_up
	has Slice=cooperage-deep.slice
	[[ $(cgroup_of_unit) == */cooperage.slice/cooperage-deep.slice/$UNIT ]]
	run_ok runlet delete --force "$ID"
	"${SYSTEMCTL[@]}" stop cooperage.slice cooperage-deep.slice
}

@test "a name of a slice is a slice, which is gone with its container" {
	require cgroup2 cgroup:memory
	UNIT=cooperage_${ID//-/_}.slice
	bundle_of_unit 'exec sleep 60' ":x:$UNIT"
	bundle_edit '.linux.resources = { memory: { limit: 67108864 } }'
	unit_up
	has ActiveState=active MemoryMax=67108864
	holds memory.max=67108864 "cgroup.procs=$(container_pid)"
	local directory
	directory=$(cgroup_of_unit)
	run_ok runlet delete --force "$ID"
	has ActiveState=inactive
	[ ! -e "$directory" ]
}

@test "a path of the cgroupfs driver is refused" {
	bundle_of_unit true "/cooperage-$ID"
	run_fails 1 "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/cooperage-$ID\" instead" \
		runlet --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "an id with characters that no unit has" {
	bundle_of_unit true
	UNIT="runlet-$ID\\x2bx.scope"
	run_ok runlet --cgroup-manager systemd create --bundle "$BUNDLE" "$ID+x"
	has ActiveState=active
	run_ok runlet delete --force "$ID+x"
}

@test "a unit that somebody else has is an error that names it, and is left alone" {
	bundle_of_unit true
	local scope=("${SYSTEMCTL[0]/systemctl/systemd-run}" "${SYSTEMCTL[@]:1}" --quiet --scope --unit "$UNIT")
	"${scope[@]}" sleep 60 3>&- &
	until_ok has ActiveState=active
	run_fails 1 "start $UNIT by the " runlet --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	[[ $errors == *"already"* ]]
	has ActiveState=active
	"${SYSTEMCTL[@]}" kill --signal=KILL "$UNIT"
	until_ok unit_is_gone
}

# ---- properties and files -------------------------------------------------------------------

# bats test_tags=vm
@test "limits are properties and files, and a daemon-reload does not change them" {
	require cgroup2 cgroup:memory cgroup:cpu cgroup:cpuset cgroup:pids cgroup:io
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.linux.resources = {
		memory: { limit: 67108864, reservation: 1048576, swap: 100663296 },
		cpu: { shares: 512, quota: 100000, period: 50000, cpus: "0", mems: "0" },
		pids: { limit: 20 }, blockIO: { weight: 500 },
		unified: { "memory.high": "50331648" } }'
	unit_up
	local round
	for round in "after create" "after a daemon-reload"; do
		echo "$round:"
		has MemoryMax=67108864 MemoryLow=1048576 MemorySwapMax=33554432 MemoryHigh=50331648 CPUWeight=59
		has CPUQuotaPerSecUSec=2s CPUQuotaPeriodUSec=50ms AllowedCPUs=0 AllowedMemoryNodes=0 TasksMax=20
		has IOWeight=4950
		holds memory.max=67108864 memory.low=1048576 memory.swap.max=33554432 memory.high=50331648 cpu.weight=59
		holds "cpu.max=100000 50000" cpuset.cpus=0 pids.max=20
		"${SYSTEMCTL[@]}" daemon-reload
	done
}

@test "what systemd has no property for is in the files, and stays there" {
	require root cgroup2 cgroup:cpu cgroup:memory cgroup:hugetlb
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.linux.resources = {
		cpu: { quota: 50000, period: 100000, burst: 1000 },
		unified: { "memory.oom.group": "1", "hugetlb.2MB.max": "2097152" } }'
	unit_up
	holds hugetlb.2MB.max=2097152 cpu.max.burst=1000 memory.oom.group=1
	"${SYSTEMCTL[@]}" daemon-reload
	holds hugetlb.2MB.max=2097152 cpu.max.burst=1000
}

# bats test_tags=vm
@test "rules for devices hold after a daemon-reload, and so do those of an update" {
	require root
	bundle_of_unit 'while read -r device; do if true >> "/$device"; then echo "$device opens"; else echo "$device does not"; fi; done 2> /dev/null < /commands'
	mkfifo "$BUNDLE/rootfs/commands"
	mknod "$BUNDLE/rootfs/zero" c 1 5
	mknod "$BUNDLE/rootfs/kmsg" c 1 11
	unit_up
	exec 7> "$BUNDLE/rootfs/commands"
	printf 'zero\nkmsg\n' >&7
	container_prints "zero opens"
	container_prints "kmsg does not"

	"${SYSTEMCTL[@]}" daemon-reload
	printf 'kmsg\nzero\n' >&7
	until_ok eval '[ "$(grep -c "zero opens" "$CONTAINER_OUTPUT")" = 2 ]'
	[ "$(grep -c "kmsg does not" "$CONTAINER_OUTPUT")" = 2 ]

	echo '{"devices":[{"allow":true,"type":"c","major":1,"minor":11,"access":"w"}]}' > "$WORK/devices.json"
	run_ok runlet update --resources "$WORK/devices.json" "$ID"
	"${SYSTEMCTL[@]}" daemon-reload
	printf 'kmsg\n' >&7
	container_prints "kmsg opens"
	exec 7>&-
}

# bats test_tags=vm
@test "an update changes properties and files, and a daemon-reload keeps it" {
	require cgroup2 cgroup:memory cgroup:cpu cgroup:pids
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.linux.resources = { memory: { limit: 67108864, swap: 67108864 }, pids: { limit: 20 } }'
	unit_up
	run_ok runlet update --memory 33554432 --memory-swap 50331648 --pids-limit 30 --cpu-quota 20000 --cpu-share 256 "$ID"
	local round
	for round in 1 2; do
		has MemoryMax=33554432 MemorySwapMax=16777216 TasksMax=30 CPUQuotaPerSecUSec=200ms
		holds memory.max=33554432 memory.swap.max=16777216 pids.max=30 "cpu.max=20000 100000"
		"${SYSTEMCTL[@]}" daemon-reload
	done
	run_ok runlet update --pids-limit -1 "$ID"
	has TasksMax=infinity
	holds pids.max=max
	has MemoryMax=33554432
}

@test "room for one process is room for the container's" {
	require cgroup2 cgroup:pids
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.linux.resources = { pids: { limit: 1 } }'
	unit_up
	has TasksMax=1
	holds pids.max=1 pids.current=1
}

@test "annotations are properties" {
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.annotations += {
		"org.systemd.property.KillSignal": "9",
		"org.systemd.property.TimeoutStopSec": "12",
		"org.systemd.property.Description": "\u0027a box\u0027",
		"org.systemd.property.Documentation": "[\u0027man:runlet(1)\u0027, \u0027man:runlet(2)\u0027]",
		"org.systemd.property.CollectMode": "\u0027inactive\u0027" }'
	unit_up
	has KillSignal=9 TimeoutStopUSec=12s "Description=a box" CollectMode=inactive
	grep -q "man:runlet(1).*man:runlet(2)" <("${SYSTEMCTL[@]}" show -P Documentation "$UNIT")
}

@test "an annotation that is wrong, and one that systemd does not take, are errors that say so" {
	bundle_of_unit true
	bundle_edit '.annotations["org.systemd.property.KillSignal"] = "SIGTERM"'
	run_fails 1 'annotation "org.systemd.property.KillSignal": "SIGTERM" is not a value' \
		runlet --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	bundle_edit '.annotations = { "org.systemd.property.NoSuchThing": "1" }'
	run_fails 1 "start $UNIT by the " runlet --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	[[ $errors == *"NoSuchThing"* ]]
	container_is_gone
	unit_is_gone
}

# ---- life and end ---------------------------------------------------------------------------

@test "later commands need not be told who manages the cgroup" {
	bundle_of_unit 'exec sleep 60'
	unit_up
	run_ok runlet pause "$ID"
	container_is paused
	run_ok runlet resume "$ID"
	container_is running
	run_ok runlet exec --detach --pid-file "$WORK/pid" "$ID" sleep 50
	grep -qx "$(cat "$WORK/pid")" "$(cgroup_of_unit)/cgroup.procs"
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
	run_ok runlet delete "$ID"
	unit_is_gone
}

# bats test_tags=vm
@test "a container that ends takes its unit along, and its name is free at once" {
	bundle_of_unit true
	local round
	for round in 1 2 3; do
		run_ok runlet --systemd-cgroup run --bundle "$BUNDLE" "$ID"
		unit_is_gone
	done
	bundle_runs 'exec sleep 60'
	for round in 1 2 3; do
		unit_up
		run_ok runlet delete --force "$ID"
		[ ! -e "/sys/fs/cgroup/$DEFAULT_SLICE/$UNIT" ]
		unit_is_gone
	done
}

@test "a container that is paused, and has made cgroups of its own, is removed too" {
	require cgroup2
	bundle_of_unit 'mkdir /sys/fs/cgroup/sub && exec sleep 60'
	bundle_mount /sys/fs/cgroup cgroup cgroup nosuid,noexec,nodev,relatime,rw
	bundle_edit '.linux.namespaces += [{ type: "cgroup" }]'
	unit_up
	until_ok test -d "$(cgroup_of_unit)/sub"
	run_ok runlet pause "$ID"
	run_ok runlet delete --force "$ID"
	unit_is_gone
}

@test "on a host with version 1 it has the same place in every hierarchy, and limits in each" {
	require root cgroup1
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.linux.resources = { memory: { limit: 67108864 }, cpu: { shares: 512, cpus: "0" }, pids: { limit: 20 } }'
	unit_up
	[ "$(cut -d: -f3 "/proc/$(container_pid)/cgroup" | sort -u)" = "/$DEFAULT_SLICE/$UNIT" ]
	has MemoryLimit=67108864 CPUShares=512 TasksMax=20
	run_ok runlet update --memory 33554432 "$ID"
	has MemoryLimit=33554432
	"${SYSTEMCTL[@]}" daemon-reload
	local place=$DEFAULT_SLICE/$UNIT
	[ "$(cat "/sys/fs/cgroup/memory/$place/memory.limit_in_bytes")" = 33554432 ]
	[ "$(cat "/sys/fs/cgroup/cpu/$place/cpu.shares")" = 512 ]
	[ "$(cat "/sys/fs/cgroup/cpuset/$place/cpuset.cpus")" = 0 ]
	[ "$(cat "/sys/fs/cgroup/pids/$place/pids.max")" = 20 ]
	run_ok runlet delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -name "$UNIT")" ]
}

@test "a unit that is stopped from outside is a container that has stopped" {
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.annotations["org.systemd.property.KillSignal"] = "9"'
	unit_up
	"${SYSTEMCTL[@]}" stop "$UNIT"
	container_becomes stopped
	run_ok runlet delete "$ID"
	unit_is_gone
}

@test "a unit that failed is no hindrance for the next of its name" {
	bundle_of_unit 'exec sleep 60'
	bundle_edit '.annotations += {
		"org.systemd.property.KillSignal": "0", "org.systemd.property.SendSIGKILL": "false",
		"org.systemd.property.CollectMode": "\u0027inactive\u0027",
		"org.systemd.property.RuntimeMaxSec": "1", "org.systemd.property.TimeoutStopSec": "1" }'
	bundle_edit '.annotations["org.systemd.property.KillSignal"] = "18"'
	unit_up
	until_ok has ActiveState=failed
	run_ok runlet delete --force "$ID"
	bundle_edit 'del(.annotations)'
	unit_up
	has ActiveState=active
}

@test "a container that cannot be created leaves no unit" {
	bundle_of_unit true
	bundle_edit '.process.args = ["/nowhere"] | .mounts += [{ destination: "/x", type: "nonsense", source: "x" }]'
	run_fails 1 "nonsense" runlet --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	container_is_gone
	until_ok unit_is_gone
}

@test "when create is killed half-way, delete --force removes what there is" {
	bundle_of_unit true
	mkdir "$WORK/hooks"
	printf '#!/bin/sh\nkill -9 $PPID\n' > "$WORK/hooks/murder"
	chmod +x "$WORK/hooks/murder"
	bundle_edit --arg hook "$WORK/hooks/murder" '.hooks = { createRuntime: [{ path: $hook }] }'
	run_quietly runlet --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	[ "$status" = 137 ]
	run_ok runlet delete --force "$ID"
	container_is_gone
	until_ok unit_is_gone
}

@test "when create is killed as it waits for systemd, nobody else waits on" {
	require python3
	bundle_of_unit true
	hang_at "$WORK/bus"
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$WORK/bus DBUS_SESSION_BUS_ADDRESS=unix:path=$WORK/bus XDG_RUNTIME_DIR=$WORK \
		COOPERAGE_TEST=$ID "$RUNLET" --root "$STATE" --systemd-cgroup create --bundle "$BUNDLE" "$ID" 3>&- &
	local runlet=$!
	until_ok pgrep -f "runlet-systemd .* start $UNIT"
	kill -9 "$runlet"
	wait "$runlet" || true
	until_ok eval '! pgrep -f "runlet-systemd .* start $UNIT"'
	run_ok runlet delete --force "$ID"
}

# ---- ways to systemd --------------------------------------------------------------------------

# A socket that takes calls and never answers.
hang_at() { # PATH
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8); time.sleep(120)' "$1" 3>&- &
	HANGING=$!
	until_ok test -S "$1"
}

@test "a bus that is not there is an error that says where it was looked for" {
	bundle_of_unit true
	mkdir "$WORK/empty"
	if [ "$(id -u)" = 0 ]; then
		run_fails 1 "$WORK/empty/none: No such file or directory" env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$WORK/empty/none" \
			"$RUNLET" --root "$STATE" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	else
		run_fails 1 "is dbus-user-session installed?" env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR="$WORK/empty" \
			"$RUNLET" --root "$STATE" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
		[[ $errors == *"$WORK/empty/bus: No such file or directory"* ]]
	fi
	container_is_gone
}

@test "a bus that does not answer is an error within half a minute" {
	require python3
	bundle_of_unit true
	hang_at "$WORK/bus"
	local began=$SECONDS
	run_fails 1 "start $UNIT" env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$WORK/bus" \
		DBUS_SESSION_BUS_ADDRESS="unix:path=$WORK/bus" XDG_RUNTIME_DIR="$WORK" \
		"$RUNLET" --root "$STATE" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	[ $((SECONDS - began)) -lt 45 ]
	container_is_gone
	kill "$HANGING"
}

@test "systemd is reached without a bus, and through one" {
	require root cgroup:pids
	bundle_of_unit 'exec sleep 60'
	local hidden
	for hidden in /run/dbus/system_bus_socket /run/systemd/private; do
		run_ok unshare --mount sh -c 'mount --bind /dev/null "$1" && shift && exec "$@"' sh "$hidden" \
			"$RUNLET" --root "$STATE" --systemd-cgroup create --bundle "$BUNDLE" "$ID"
		has ActiveState=active Delegate=yes
		run_ok unshare --mount sh -c 'mount --bind /dev/null "$1" && shift && exec "$@"' sh "$hidden" \
			"$RUNLET" --root "$STATE" update --pids-limit 9 "$ID"
		has TasksMax=9
		run_ok runlet delete --force "$ID"
		unit_is_gone
	done
}

@test "a life costs systemd one call" {
	require root strace
	bundle_of_unit true
	run_ok strace -f -qq -s 300 -e trace=sendmsg -o "$WORK/calls" \
		"$RUNLET" --root "$STATE" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	# A method call of D-Bus begins with its byte order and type.
	[ "$(grep -c 'iov_base="l\\1' "$WORK/calls")" = 1 ] || { cat "$WORK/calls"; return 1; }
	grep -q StartTransientUnit "$WORK/calls"
}

@test "features says that there is a driver" {
	run_ok runlet features
	[ "$(jq -c '[.linux.cgroup.systemd, .linux.cgroup.systemdUser]' <<< "$output")" = '[true,true]' ]
}
