#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Control groups: limits read back from the kernel, freezing, members, updates, and their end.

load ../helpers/suite

setup() {
	require root busybox jq cgroup1
	suite_begin
}

teardown() {
	suite_end
}

# One file of the container's cgroup: cgroup_file memory memory.limit_in_bytes
cgroup_file() { # CONTROLLER FILE
	cat "$(container_cgroup "$1")/$2"
}

holds() { # CONTROLLER FILE TEXT
	local now
	now=$(cgroup_file "$1" "$2")
	[ "$now" = "$3" ] || { echo "$2 is $now, not $3"; return 1; }
}

sleeps_with() { # JQ FILTER FOR linux.resources
	bundle_make 'exec sleep 60'
	bundle_edit ".linux.resources = ($1)"
	container_up
}

# ---- membership ------------------------------------------------------------------------------

@test "the process is in the cgroup of cgroupsPath, in every hierarchy, before create returns" {
	bundle_make 'exec sleep 60'
	container_create
	local line
	while IFS=: read -r _ _ line; do
		[ "$line" = "/cooperage-$ID" ]
	done < "/proc/$(container_pid)/cgroup"
	grep -qx "$(container_pid)" "$(container_cgroup memory)/cgroup.procs"
}

@test "what exec adds is in it too" {
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet exec --detach --pid-file "$WORK/pid" "$ID" sleep 50
	[ "$(cut -d: -f3 "/proc/$(cat "$WORK/pid")/cgroup" | sort -u)" = "/cooperage-$ID" ]
	run_ok runlet ps --format json "$ID"
	[ "$(jq -c sort <<< "$output")" = "$(jq -nc --argjson a "$(container_pid)" --argjson b "$(cat "$WORK/pid")" '[$a, $b] | sort')" ]
}

@test "exec --cgroup goes below it, and nowhere else" {
	bundle_make 'exec sleep 60'
	container_up
	mkdir "$(container_cgroup pids)/sub"
	run_ok runlet exec --cgroup pids:sub --detach --pid-file "$WORK/pid" "$ID" sleep 50
	grep -qx ".*:pids:/cooperage-$ID/sub" "/proc/$(cat "$WORK/pid")/cgroup"
	run_fails 255 ".." runlet exec --cgroup pids:../x "$ID" true
	run_fails 255 "nowhere" runlet exec --cgroup pids:nowhere "$ID" true
}

@test "everything is removed when the container is, with cgroups that it made itself" {
	bundle_make 'exec sleep 60'
	bundle_mount /sys/fs/cgroup cgroup cgroup nosuid,noexec,nodev,relatime,rw
	bundle_edit '.linux.namespaces += [{ type: "cgroup" }] | .process.capabilities = null'
	container_up
	container_exec 'mkdir -p /sys/fs/cgroup/pids/a/b/c /sys/fs/cgroup/memory/x; sleep 55 & echo $! > /sys/fs/cgroup/pids/a/b/c/cgroup.procs'
	[ -d "$(container_cgroup pids)/a/b/c" ]
	run_ok runlet delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -type d -name "cooperage-$ID*")" ]
}

@test "a path below others makes them, and leaves no cgroup of its own" {
	bundle_make 'exec sleep 60'
	bundle_edit --arg path "/cooperage-$ID/deep/er" '.linux.cgroupsPath = $path'
	container_up
	grep -q ":pids:/cooperage-$ID/deep/er$" "/proc/$(container_pid)/cgroup"
	run_ok runlet delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -type d -path "*cooperage-$ID/deep/er")" ]
	find /sys/fs/cgroup -depth -type d -path "*/cooperage-$ID*" -exec rmdir {} +
}

@test "without a path the cgroup is named after the container" {
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.linux.cgroupsPath)'
	container_up
	grep -q ":pids:.*$ID" "/proc/$(container_pid)/cgroup"
}

@test "a cgroup that somebody is in is refused; an empty one is taken" {
	bundle_make 'exec sleep 60'
	local directory=/sys/fs/cgroup/pids/cooperage-$ID
	mkdir "$directory"
	sleep 64 3>&- &
	local other=$!
	echo "$other" > "$directory/cgroup.procs"
	run_fails 1 "container's cgroup is not empty: process $other" runlet create --bundle "$BUNDLE" "$ID"
	container_is_gone
	process_lives "$other"
	kill "$other"
	wait "$other" || true
	container_create
	run_ok runlet delete --force "$ID"
	[ ! -e "$directory" ]
}

@test "a cgroup that is frozen is refused" {
	bundle_make 'exec sleep 60'
	local directory=/sys/fs/cgroup/freezer/cooperage-$ID
	mkdir "$directory"
	echo FROZEN > "$directory/freezer.state"
	run_fails 1 "unexpectedly frozen" runlet create --bundle "$BUNDLE" "$ID"
	rmdir "$directory"
}

@test "a path that climbs, or is the host's own, is refused" {
	bundle_make true
	local path
	for path in /../x a/../../b /.. / ""; do
		[ -n "$path" ] || continue
		bundle_edit --arg path "$path" '.linux.cgroupsPath = $path'
		run_fails 1 "cgroupsPath" runlet run --bundle "$BUNDLE" "$ID"
	done
	container_is_gone
}

@test "--cgroup-manager disabled makes none" {
	bundle_make 'exec sleep 60'
	run_ok runlet --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID"
	[ "$(cat "/proc/$(container_pid)/cgroup")" = "$(cat /proc/self/cgroup)" ]
	[ -z "$(find /sys/fs/cgroup -type d -name "cooperage-$ID*")" ]
	run_fails 1 "cgroup" runlet pause "$ID"
	run_ok runlet delete --force "$ID"
}

# ---- limits ----------------------------------------------------------------------------------

@test "memory: limit, reservation, swap and swappiness" {
	sleeps_with '{ memory: { limit: 33554432, reservation: 16777216, swap: 67108864, swappiness: 42 } }'
	holds memory memory.limit_in_bytes 33554432
	holds memory memory.soft_limit_in_bytes 16777216
	holds memory memory.memsw.limit_in_bytes 67108864
	holds memory memory.swappiness 42
}

@test "memory: -1 is unlimited, 0 is nothing said" {
	sleeps_with '{ memory: { limit: -1, reservation: 0 } }'
	[ "$(cgroup_file memory memory.limit_in_bytes)" -gt 1000000000000 ]
}

@test "memory: who takes more is killed, and the container may be asked about it" {
	bundle_make 'head -c 100000000 /dev/zero | tail -c 90000000 > /dev/null; echo "ended with $?"'
	bundle_edit '.linux.resources.memory = { limit: 16777216, swap: 16777216 }'
	run_quietly timeout 30 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	said_not "ended with 0"
}

@test "memory: a limit that is too small to start says so" {
	bundle_make true
	bundle_edit '.linux.resources.memory = { limit: 20480 }'
	run_fails 1 "memory" timeout 30 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "memory: the OOM killer can be switched off" {
	sleeps_with '{ memory: { limit: 33554432, disableOOMKiller: true } }'
	[[ $(cgroup_file memory memory.oom_control) == *"oom_kill_disable 1"* ]]
}

@test "cpu: shares, quota, period, burst and idle" {
	sleeps_with '{ cpu: { shares: 333, quota: 20000, period: 50000, burst: 10000 } }'
	holds cpu cpu.shares 333
	holds cpu cpu.cfs_quota_us 20000
	holds cpu cpu.cfs_period_us 50000
	holds cpu cpu.cfs_burst_us 10000
	run_ok runlet delete --force "$ID"
	rm -r "$BUNDLE"
	sleeps_with '{ cpu: { idle: 1 } }'
	holds cpu cpu.idle 1
}

@test "cpu: sets of CPUs and memory nodes" {
	sleeps_with '{ cpu: { cpus: "0", mems: "0" } }'
	holds cpuset cpuset.cpus 0
	holds cpuset cpuset.mems 0
	container_exec 'grep Cpus_allowed_list /proc/self/status'
	said_only $'Cpus_allowed_list:\t0'
}

@test "pids: more than the limit cannot be" {
	bundle_make 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done 2>/dev/null; echo all; kill -9 -1'
	bundle_edit '.linux.resources.pids.limit = 5'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	[ "$status" != 0 ]
	said_not all
	bundle_runs 'exec sleep 60'
	container_up
	holds pids pids.max 5
	run_ok runlet delete --force "$ID"
	bundle_edit '.linux.resources.pids.limit = -1'
	container_up
	holds pids pids.max max
}

@test "block devices: throttles" {
	local device
	device=$(lsblk -dnro MAJ:MIN,TYPE | awk '$2 == "disk" { print $1; exit }')
	[ -n "$device" ] || skip "needs a disk"
	bundle_make 'exec sleep 60'
	bundle_edit --argjson major "${device%:*}" --argjson minor "${device#*:}" '.linux.resources.blockIO = {
		throttleReadBpsDevice: [{ $major, $minor, rate: 1048576 }], throttleWriteBpsDevice: [{ $major, $minor, rate: 2097152 }],
		throttleReadIOPSDevice: [{ $major, $minor, rate: 300 }], throttleWriteIOPSDevice: [{ $major, $minor, rate: 400 }] }'
	container_up
	holds blkio blkio.throttle.read_bps_device "$device 1048576"
	holds blkio blkio.throttle.write_bps_device "$device 2097152"
	holds blkio blkio.throttle.read_iops_device "$device 300"
	holds blkio blkio.throttle.write_iops_device "$device 400"
}

@test "huge pages" {
	require unified
	grep -qw hugetlb "$(cgroup2_mount)/cgroup.controllers" || skip "needs hugetlb on cgroup version 2"
	sleeps_with '{ hugepageLimits: [{ pageSize: "2MB", limit: 4194304 }] }'
	[ "$(cat "$(cgroup2_mount)/cooperage-$ID/hugetlb.2MB.max")" = 4194304 ]
}

@test "devices: all that is not allowed is denied, the usual ones are not" {
	bundle_make 'mknod /tmp/disk b 7 0; head -c 1 /tmp/disk || echo denied; mknod /tmp/null c 1 3 && echo gone > /tmp/null && echo usual
		mknod /tmp/kmsg c 1 11; head -c 1 /tmp/kmsg || echo denied too'
	bundle_edit '.process.capabilities = null | .linux.resources.devices = [{ allow: false, access: "rwm" }]'
	container_run
	said_only $'denied\nusual\ndenied too'
	bundle_runs 'exec sleep 60'
	container_up
	[[ $(cgroup_file devices devices.list) == *"c 1:3 rwm"* ]]
	not grep -q "^a" "$(container_cgroup devices)/devices.list"
}

@test "devices: a rule allows what it names" {
	bundle_make 'mknod /tmp/full c 1 7; mknod /tmp/kmsg c 1 11; mknod /tmp/loop b 7 0 && echo made; head -c 0 /tmp/kmsg && echo opened
		: > /tmp/kmsg || echo read only'
	bundle_edit '.process.capabilities = null | .linux.resources.devices = [{ allow: false, access: "rwm" },
		{ allow: true, type: "c", major: 1, minor: 11, access: "rm" }]'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said made
	said opened
	said_not "only opened"
	bundle_runs 'exec sleep 60'
	container_up
	[[ $(cgroup_file devices devices.list) == *"c 1:11 rm"* ]]
}

@test "a limit that the kernel refuses is named, and nothing stays" {
	bundle_make true
	bundle_edit '.linux.resources = { cpu: { cpus: "4000" } }'
	run_fails 1 "cpu.cpus" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
	bundle_edit '.linux.resources = { cpu: { quota: 5 } }'
	run_fails 1 "cpu" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "what can only be on version 2 is refused where that is not" {
	require unified
	bundle_make true
	bundle_edit '.linux.resources.unified = { "memory.high": "10000000" }'
	run_fails 1 "memory.high" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.linux.resources.unified = { "../cgroup.procs": "1" }'
	run_fails 1 "unified" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

# ---- pause, kill, ps -------------------------------------------------------------------------

@test "pause stops every process, resume lets them go on" {
	bundle_make 'while :; do echo tick >> /ticks; sleep 0.02; done'
	container_up
	until_ok test -s "$BUNDLE/rootfs/ticks"
	run_ok runlet pause "$ID"
	container_is paused
	local before
	before=$(wc -l < "$BUNDLE/rootfs/ticks")
	sleep 0.3
	[ "$(wc -l < "$BUNDLE/rootfs/ticks")" = "$before" ]
	run_fails 1 "cannot pause" runlet pause "$ID"
	run_ok runlet resume "$ID"
	container_is running
	until_ok test "$(wc -l < "$BUNDLE/rootfs/ticks")" -ge "$before"
	run_fails 1 "not paused" runlet resume "$ID"
}

@test "a container that waits to be started can be paused, and started later" {
	bundle_make 'echo started'
	container_create
	run_ok runlet pause "$ID"
	container_is paused
	run_fails 1 "paused" runlet start "$ID"
	run_ok runlet resume "$ID"
	container_start
	container_prints started
	container_becomes stopped
	run_fails 1 "cannot pause" runlet pause "$ID"
}

@test "a paused container can be killed and deleted" {
	bundle_make 'exec sleep 60'
	container_up
	run_ok runlet pause "$ID"
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
	run_ok runlet delete "$ID"
	container_up
	run_ok runlet pause "$ID"
	run_fails 1 "not stopped: paused" runlet delete "$ID"
	run_ok runlet delete --force "$ID"
	container_is_gone
}

@test "kill --all reaches everybody, frozen or not" {
	bundle_make 'sleep 61 & sleep 62 & sleep 63 & wait'
	bundle_edit 'del(.linux.namespaces[] | select(.type == "pid"))'
	container_up
	until_ok test "$(runlet ps -f json "$ID" | jq length)" -ge 1
	sleep 0.2
	run_ok runlet ps -f json "$ID"
	local members=$output pid
	[ "$(jq length <<< "$members")" = 4 ]
	run_ok runlet pause "$ID"
	run_ok runlet kill --all "$ID" KILL
	for pid in $(jq '.[]' <<< "$members"); do
		until_ok process_is_gone "$pid"
	done
	container_becomes stopped
	run_ok runlet kill -a "$ID" 9
}

@test "a fork bomb ends when it is told to" {
	bundle_make 'bomb() { bomb | bomb & }; bomb; sleep 60'
	bundle_edit '.linux.resources.pids.limit = 200'
	container_up
	sleep 0.5
	local begin=$SECONDS
	run_ok timeout 20 "$RUNLET" --root "$STATE" delete --force "$ID"
	[ $((SECONDS - begin)) -lt 10 ]
	container_is_gone
}

@test "ps lists the processes as ps does, or their numbers as JSON" {
	bundle_make 'sleep 51 & exec sleep 52'
	container_up
	until_ok grep -qx sleep "/proc/$(container_pid)/comm"
	run_ok runlet ps "$ID"
	[[ $(head -n 1 <<< "$output") =~ ^UID\ +PID ]]
	[ "$(wc -l <<< "$output")" = 3 ]
	said "sleep 51"
	said "sleep 52"
	run_ok runlet ps "$ID" -o pid,args
	[ "$(awk 'NR > 1 { print $2, $3 }' <<< "$output" | sort)" = $'sleep 51\nsleep 52' ]
	run_ok runlet ps --format table "$ID" -ef
	[ "$(wc -l <<< "$output")" = 3 ]
	run_fails 1 "no PID column" runlet ps "$ID" -o args
	run_ok runlet ps --format json "$ID"
	[ "$(jq -r type <<< "$output")" = array ]
	[ "$(jq "index($(container_pid)) != null" <<< "$output")" = true ]
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
	run_ok runlet ps --format json "$ID"
	[ "$(jq -c . <<< "$output")" = '[]' ]
}

# ---- update ----------------------------------------------------------------------------------

@test "update changes what its options name and leaves the rest" {
	sleeps_with '{ memory: { limit: 33554432 }, cpu: { shares: 100, quota: 10000, period: 50000 }, pids: { limit: 30 } }'
	run_ok runlet update --memory 64m --pids-limit 40 "$ID"
	holds memory memory.limit_in_bytes 67108864
	holds pids pids.max 40
	holds cpu cpu.shares 100
	run_ok runlet update --cpu-share 200 --cpu-quota 30000 "$ID"
	holds cpu cpu.shares 200
	holds cpu cpu.cfs_quota_us 30000
	holds cpu cpu.cfs_period_us 50000
	run_ok runlet update --cpu-period 60000 --cpu-quota -1 "$ID"
	holds cpu cpu.cfs_period_us 60000
	holds cpu cpu.cfs_quota_us -1
	run_ok runlet update --memory-reservation 1000000 --cpuset-cpus 0 --cpuset-mems 0 "$ID"
	holds cpuset cpuset.cpus 0
	run_ok runlet update --pids-limit -1 "$ID"
	holds pids pids.max max
	run_fails 1 "--memory" runlet update --memory lots "$ID"
}

@test "update raises and lowers memory and swap in whatever order the kernel wants" {
	sleeps_with '{ memory: { limit: 33554432, swap: 33554432 } }'
	run_ok runlet update --memory 64m --memory-swap 64m "$ID"
	holds memory memory.limit_in_bytes 67108864
	holds memory memory.memsw.limit_in_bytes 67108864
	run_ok runlet update --memory 32m --memory-swap 40m "$ID"
	holds memory memory.limit_in_bytes 33554432
	holds memory memory.memsw.limit_in_bytes 41943040
	run_ok runlet update --memory -1 "$ID"
	[ "$(cgroup_file memory memory.limit_in_bytes)" -gt 1000000000000 ]
}

@test "update reads a document, from a file or from standard input" {
	sleeps_with '{}'
	echo '{ "memory": { "limit": 33554432 }, "pids": { "limit": 17 } }' > "$WORK/resources.json"
	run_ok runlet update --resources "$WORK/resources.json" "$ID"
	holds memory memory.limit_in_bytes 33554432
	holds pids pids.max 17
	echo '{ "pids": { "limit": 18 } }' > "$WORK/resources.json"
	INPUT=$WORK/resources.json run_ok runlet update --resources - "$ID"
	holds pids pids.max 18
	holds memory memory.limit_in_bytes 33554432
	INPUT=$WORK/resources.json run_ok runlet update --resources=- "$ID"
	echo '{ "pids": { "limit": "many" } }' > "$WORK/resources.json"
	INPUT=$WORK/resources.json run_fails 1 "standard input:1: pids.limit" runlet update -r - "$ID"
	run_fails 1 "$WORK/none" runlet update --resources "$WORK/none" "$ID"
}

@test "update wants a container that lives" {
	bundle_make true
	container_up
	container_becomes stopped
	run_fails 1 "stopped" runlet update --pids-limit 10 "$ID"
}

@test "run --keep leaves the cgroup to be read" {
	bundle_make 'exit 3'
	run_ends 3 runlet run --keep --bundle "$BUNDLE" "$ID"
	cgroup_file memory memory.max_usage_in_bytes
	run_ok runlet delete "$ID"
	not container_cgroup memory
}
