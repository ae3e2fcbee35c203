#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Control groups of version 2 alone: limits read back from outside and felt inside, devices by BPF,
# freezing, killing, updates.

load ../helpers/suite

setup() {
	require containers cgroups busybox jq cgroup2
	suite_begin
}

teardown() {
	suite_end
}

# Where the container is, whoever made the cgroup.
cgroup_of_container() {
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(container_pid)/cgroup")"
}

holds() { # FILE TEXT
	local now
	now=$(cat "$(cgroup_of_container)/$1")
	[ "$now" = "$2" ] || { echo "$1 is $now, not $2"; return 1; }
}

# The value of a key in a file of keys: counts memory.events oom_kill
counts() { # FILE KEY
	awk -v key="$2" '$1 == key { print $2 }' "$(cgroup_of_container)/$1"
}

# It sees its own cgroup at /sys/fs/cgroup, and may not change it.
sees_its_cgroup() { # OPTIONS
	bundle_mount /sys/fs/cgroup cgroup cgroup "nosuid,noexec,nodev,relatime,$1"
	bundle_edit '.linux.namespaces += [{ type: "cgroup" }]'
}

sleeps_with() { # JQ FILTER FOR linux.resources
	bundle_make 'exec sleep 9999'
	sees_its_cgroup ro
	bundle_edit ".linux.resources = ($1)"
	container_up
}

# The same file, as the container itself reads it.
holds_inside() { # FILE TEXT
	container_exec "cat /sys/fs/cgroup/$1"
	said_only "$2"
}

# ---- memory ----------------------------------------------------------------------------------

# bats test_tags=vm
@test "memory: limit, reservation and swap, from outside and inside" {
	sleeps_with '{ memory: { limit: 33554432, reservation: 16777216, swap: 67108864 } }'
	holds memory.max 33554432
	holds memory.low 16777216
	holds memory.swap.max 33554432 # of which the limit is no part here
	holds_inside memory.max 33554432
}

# bats test_tags=vm
@test "memory: who takes more is killed, and the cgroup has counted it" {
	bundle_make 'head -c 100000000 /dev/zero | tail -c 90000000 > /dev/null; echo "ended with $?"; exec sleep 9999'
	bundle_edit '.linux.resources.memory = { limit: 16777216, swap: 16777216 }'
	container_up
	container_prints "ended with 137"
	[ "$(counts memory.events oom_kill)" -ge 1 ]
	holds memory.swap.max 0
}

@test "memory: -1 is unlimited, swap with it" {
	sleeps_with '{ memory: { limit: -1 } }'
	holds memory.max max
	holds memory.swap.max max
}

@test "memory: what version 2 cannot do is refused by name" {
	bundle_make true
	bundle_edit '.linux.resources.memory = { swappiness: 42 }'
	run_fails 1 "memory.swappiness: cgroup v2 has no swappiness" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.linux.resources.memory = { disableOOMKiller: true }'
	run_fails 1 "cgroup v2 cannot disable the OOM killer" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.linux.resources.memory = { limit: 33554432, swap: 16777216 }'
	run_fails 1 "swap" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

# ---- CPUs ------------------------------------------------------------------------------------

# bats test_tags=vm
@test "cpu: quota, period, burst and shares as weight" {
	sleeps_with '{ cpu: { shares: 1024, quota: 20000, period: 50000, burst: 10000 } }'
	holds cpu.max "20000 50000"
	holds cpu.max.burst 10000
	holds cpu.weight 100
	holds_inside cpu.max "20000 50000"
}

@test "cpu: idle, which leaves no weight" {
	sleeps_with '{ cpu: { idle: 1 } }'
	holds cpu.idle 1
}

@test "cpu: who wants more than the quota is held back" {
	bundle_make 'while :; do :; done'
	bundle_edit '.linux.resources.cpu = { quota: 10000, period: 100000 }'
	container_up
	until_ok eval '[ "$(counts cpu.stat nr_throttled)" -ge 3 ]'
}

@test "cpu: sets of CPUs and memory nodes" {
	sleeps_with '{ cpu: { cpus: "0", mems: "0" } }'
	holds cpuset.cpus 0
	holds cpuset.mems 0
	container_exec 'grep -E "(Cpus|Mems)_allowed_list" /proc/self/status'
	said_only $'Cpus_allowed_list:\t0\nMems_allowed_list:\t0'
}

# ---- processes -------------------------------------------------------------------------------

# bats test_tags=vm
@test "pids: more than the limit cannot be, -1 is unlimited" {
	# Who cannot fork any more ends, so it is another shell.
	bundle_make '(for i in 1 2 3 4 5 6 7 8 9; do sleep 9999 & done) 2> /dev/null; exec sleep 9999'
	bundle_edit '.linux.resources.pids.limit = 5'
	container_up
	until_ok eval '[ "$(counts pids.events max)" -ge 1 ]'
	holds pids.max 5
	run_ok runlet update --pids-limit -1 "$ID"
	holds pids.max max
}

# ---- block devices ---------------------------------------------------------------------------

disk() {
	lsblk -dnro MAJ:MIN,TYPE | awk '$2 == "disk" { print $1; exit }'
}

throttles() { # JQ FILTER FOR linux.resources.blockIO, with $major and $minor
	local device
	device=$(disk)
	[ -n "$device" ] || skip "needs a disk"
	bundle_edit --argjson major "${device%:*}" --argjson minor "${device#*:}" ".linux.resources.blockIO = ($1)"
}

# bats test_tags=vm
@test "io: throttles of a disk, each of the four" {
	bundle_make 'exec sleep 9999'
	throttles '{ throttleReadBpsDevice: [{ $major, $minor, rate: 1048576 }], throttleWriteBpsDevice: [{ $major, $minor, rate: 2097152 }],
		throttleReadIOPSDevice: [{ $major, $minor, rate: 300 }], throttleWriteIOPSDevice: [{ $major, $minor, rate: 400 }] }'
	container_up
	holds io.max "$(disk) rbps=1048576 wbps=2097152 riops=300 wiops=400"
}

@test "io: who reads faster than the throttle waits" {
	require root
	bundle_make 'mknod /tmp/disk b '"$(disk | tr : ' ')"'
		read -r begin rest < /proc/uptime
		head -c 3145728 /tmp/disk > /dev/null
		read -r end rest < /proc/uptime
		echo "$((${end%.*} - ${begin%.*})) seconds"'
	throttles '{ throttleReadBpsDevice: [{ $major, $minor, rate: 1048576 }] }'
	bundle_edit '.process.capabilities = null | .linux.resources.devices = [{ allow: true, access: "rwm" }]'
	echo 3 > /proc/sys/vm/drop_caches
	container_run
	[ "${output%% *}" -ge 2 ]
}

@test "io: weight" {
	bundle_make 'exec sleep 9999'
	bundle_edit '.linux.resources.blockIO.weight = 505'
	container_up
	if [ -e "$(cgroup_of_container)/io.bfq.weight" ]; then
		holds io.bfq.weight "default 505"
	else
		holds io.weight "default 5000"
	fi
}

# ---- huge pages ------------------------------------------------------------------------------

# bats test_tags=vm
@test "huge pages: the limit is there, also for what is reserved, and felt" {
	require root
	require cgroup:hugetlb
	[ -e /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages ] || skip "needs huge pages of 2 MB"
	local before
	before=$(cat /proc/sys/vm/nr_hugepages)
	echo 8 > /proc/sys/vm/nr_hugepages
	bundle_make 'fallocate -l 4194304 /huge/fits && echo fits; fallocate -l 4194304 /huge/more || echo no more; exec sleep 9999'
	bundle_mount /huge hugetlbfs hugetlbfs pagesize=2M
	bundle_edit '.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: 4194304 }]'
	container_up
	container_prints "no more"
	[ "$(head -n 1 "$CONTAINER_OUTPUT")" = fits ]
	holds hugetlb.2MB.max 4194304
	holds hugetlb.2MB.rsvd.max 4194304
	holds hugetlb.2MB.current 4194304
	run_ok runlet delete --force "$ID"
	echo "$before" > /proc/sys/vm/nr_hugepages
}

# ---- devices ---------------------------------------------------------------------------------

# bats test_tags=vm
@test "devices: all that is not allowed is denied, the usual ones are not" {
	require root
	bundle_make 'mknod /tmp/disk b 7 0; head -c 1 /tmp/disk || echo denied; mknod /tmp/null c 1 3 && echo gone > /tmp/null && echo usual
		mknod /tmp/kmsg c 1 11; head -c 1 /tmp/kmsg || echo denied too'
	bundle_edit '.process.capabilities = null | .linux.resources.devices = [{ allow: false, access: "rwm" }]'
	container_run
	said_only $'denied\nusual\ndenied too'
}

@test "devices: a rule allows what it names, and exec is bound by it too" {
	require root
	bundle_make 'mknod /tmp/kmsg c 1 11; mknod /tmp/loop b 7 0; echo made; exec sleep 9999'
	bundle_edit '.process.capabilities = null | .linux.resources.devices = [{ allow: false, access: "rwm" },
		{ allow: true, type: "c", major: 1, minor: 11, access: "rm" }]'
	container_up
	container_prints made
	container_exec 'head -c 0 /tmp/kmsg && echo opened; (: > /tmp/kmsg) || echo read only; (: < /tmp/loop) || echo no loop'
	said_only $'opened\nread only\nno loop'
}

@test "devices: update with other rules replaces them" {
	require root
	bundle_make 'mknod /tmp/kmsg c 1 11; exec sleep 9999'
	bundle_edit '.process.capabilities = null | .linux.resources.devices = [{ allow: false, access: "rwm" }]'
	container_up
	until_ok test -e "$BUNDLE/rootfs/tmp/kmsg"
	run_fails "not permitted" runlet exec "$ID" head -c 0 /tmp/kmsg
	echo '{ "devices": [{ "allow": false, "access": "rwm" }, { "allow": true, "type": "c", "major": 1, "minor": 11, "access": "r" }] }' \
		> "$WORK/rules"
	run_ok runlet update --resources "$WORK/rules" "$ID"
	container_exec 'head -c 0 /tmp/kmsg && echo opened'
	said_only opened
}

# ---- what only version 2 has -----------------------------------------------------------------

# bats test_tags=vm
@test "unified: any file of a controller, and nothing else" {
	sleeps_with '{ unified: { "memory.high": "30000000", "cpu.weight": "50", "memory.oom.group": "1" } }'
	holds memory.high 29999104 # whole pages
	holds cpu.weight 50
	holds memory.oom.group 1
	run_ok runlet delete --force "$ID"
	bundle_edit '.linux.resources.unified = { "../cgroup.procs": "1" }'
	run_fails 1 "unified" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.linux.resources.unified = { "memory.nothing": "1" }'
	run_fails 1 "memory.nothing" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "a limit that the kernel refuses is named, and nothing stays" {
	bundle_make true
	bundle_edit '.linux.resources = { cpu: { cpus: "4000" } }'
	run_fails 1 "cpu.cpus" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit '.linux.resources = { cpu: { quota: 5 } }'
	run_fails 1 "cpu.max" runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

# ---- members ---------------------------------------------------------------------------------

# bats test_tags=vm
@test "the process is in its cgroup before create returns, and what exec adds is too" {
	bundle_make 'exec sleep 9999'
	container_create
	[[ $(cat "/proc/$(container_pid)/cgroup") == 0::/*"$ID"* ]]
	container_start
	run_ok runlet exec --detach --pid-file "$WORK/pid" "$ID" sleep 9999
	[ "$(cat "/proc/$(cat "$WORK/pid")/cgroup")" = "$(cat "/proc/$(container_pid)/cgroup")" ]
	run_ok runlet ps --format json "$ID"
	[ "$(jq -c sort <<< "$output")" = "$(jq -nc --argjson a "$(container_pid)" --argjson b "$(cat "$WORK/pid")" '[$a, $b] | sort')" ]
}

# bats test_tags=vm
@test "cgroups that it makes itself are controlled, can be named by exec, and end with it" {
	bundle_make 'mkdir /sys/fs/cgroup/inner /sys/fs/cgroup/other
		for pid in $(cat /sys/fs/cgroup/cgroup.procs); do echo $pid > /sys/fs/cgroup/inner/cgroup.procs; done
		echo "+pids +memory" > /sys/fs/cgroup/cgroup.subtree_control && echo 7 > /sys/fs/cgroup/inner/pids.max && echo ready
		exec sleep 9999'
	sees_its_cgroup rw
	bundle_edit '.process.capabilities = null'
	container_up
	container_prints ready
	local outside
	outside=$(cgroup_of_container)
	[ "${outside##*/}" = inner ]
	[ "$(cat "$outside/pids.max")" = 7 ]
	run_ok runlet exec --cgroup other --detach --pid-file "$WORK/pid" "$ID" sleep 9999
	[[ $(cat "/proc/$(cat "$WORK/pid")/cgroup") == */other ]]
	# The cgroup itself cannot have processes any more, so exec goes where the first process is.
	run_ok runlet exec "$ID" cat /proc/self/cgroup
	said_only 0::/inner
	run_ok runlet pause "$ID"
	container_is paused
	run_ok runlet resume "$ID"
	run_ok runlet kill --all "$ID" KILL
	run_ok runlet delete --force "$ID"
	[ ! -e "${outside%/inner}" ]
}

@test "without a cgroup namespace it sees the whole tree, and may only read it" {
	bundle_make 'cat /proc/self/cgroup; mkdir /sys/fs/cgroup/x 2> /dev/null || echo refused'
	bundle_mount /sys/fs/cgroup cgroup cgroup nosuid,noexec,nodev,relatime,ro
	container_run
	said "$ID"
	said refused
}

# ---- freezing and killing --------------------------------------------------------------------

# bats test_tags=vm
@test "pause freezes every process, resume lets them go on" {
	bundle_make 'while :; do echo tick >> /ticks; done'
	container_up
	until_ok test -s "$BUNDLE/rootfs/ticks"
	run_ok runlet pause "$ID"
	container_is paused
	holds cgroup.freeze 1
	[ "$(counts cgroup.events frozen)" = 1 ]
	local before
	before=$(wc -c < "$BUNDLE/rootfs/ticks")
	sleep 1
	[ "$(wc -c < "$BUNDLE/rootfs/ticks")" = "$before" ]
	run_ok runlet resume "$ID"
	container_is running
	holds cgroup.freeze 0
	until_ok eval '[ "$(wc -c < "$BUNDLE/rootfs/ticks")" -gt '"$before"' ]'
}

@test "a paused container is killed, and deleted by force, without being resumed" {
	bundle_make 'exec sleep 9999'
	container_up
	run_ok runlet pause "$ID"
	run_fails 1 "paused" runlet delete "$ID"
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
	run_ok runlet delete "$ID"
	container_up
	run_ok runlet pause "$ID"
	run_ok runlet delete --force "$ID"
	container_is_gone
}

# bats test_tags=vm
@test "kill --all reaches everybody who shares our process ids too" {
	require root
	bundle_make 'sleep 9999 & sleep 600 & wait'
	bundle_edit 'del(.linux.namespaces[] | select(.type == "pid"))'
	container_up
	until_ok eval '[ "$(runlet ps -f json "$ID" | jq length)" = 3 ]'
	local members pid
	members=$(runlet ps -f json "$ID")
	run_ok runlet kill --all "$ID" KILL
	for pid in $(jq '.[]' <<< "$members"); do
		until_ok process_is_gone "$pid"
	done
	container_becomes stopped
}

@test "a fork bomb ends when it is told to" {
	bundle_make 'bomb() { bomb | bomb & }; bomb; sleep 9999'
	bundle_edit '.linux.resources.pids.limit = 100'
	container_up
	until_ok eval '[ "$(counts pids.events max)" -ge 1 ]'
	run_ok timeout 60 "$RUNLET" --root "$STATE" delete --force "$ID"
	container_is_gone
}

# ---- update ----------------------------------------------------------------------------------

# bats test_tags=vm
@test "update changes what its options name and leaves the rest" {
	sleeps_with '{ memory: { limit: 33554432 }, cpu: { shares: 1024, quota: 10000, period: 50000 }, pids: { limit: 30 } }'
	run_ok runlet update --memory 64m --memory-swap 96m --memory-reservation 1m --pids-limit 40 "$ID"
	holds memory.max 67108864
	holds memory.swap.max 33554432
	holds memory.low 1048576
	holds pids.max 40
	holds cpu.max "10000 50000"
	run_ok runlet update --cpu-quota 30000 --cpu-burst 5000 "$ID"
	holds cpu.max "30000 50000"
	holds cpu.max.burst 5000
	run_ok runlet update --cpu-period 60000 "$ID"
	holds cpu.max "30000 60000"
	run_ok runlet update --cpu-quota -1 --cpu-burst 0 --cpu-share 2048 --cpuset-cpus 0 "$ID"
	[[ $(cat "$(cgroup_of_container)/cpu.max") == "max "* ]] # the period of no quota is whatever systemd likes
	[ "$(cat "$(cgroup_of_container)/cpu.weight")" -gt 100 ]
	holds cpuset.cpus 0
	run_ok runlet update --memory -1 "$ID"
	holds memory.max max
}

@test "update reads a document, with files of version 2 in it" {
	sleeps_with '{}'
	echo '{ "memory": { "limit": 33554432 }, "pids": { "limit": 17 }, "unified": { "memory.high": "16777216" } }' > "$WORK/resources"
	run_ok runlet update --resources "$WORK/resources" "$ID"
	holds memory.max 33554432
	holds memory.high 16777216
	holds pids.max 17
}
