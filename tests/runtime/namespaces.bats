#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Namespaces: new ones, those of others, the user's maps, clocks, names, parameters and links.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
}

teardown() {
	local pid
	for pid in ${HOLDERS:-}; do
		kill -KILL "$pid" 2> /dev/null || true
	done
	suite_end
}

link_of() { # KIND [PID]
	readlink "/proc/${2:-self}/ns/$1"
}

# A process in new namespaces; its pid is $HOLDER: holder --uts --pid --fork
holder() { # [UNSHARE OPTIONS…]
	require root
	rm -f "$WORK/holder"
	unshare "$@" --mount --propagation private bash -c 'exec sleep 61' > /dev/null 2>&1 3>&- &
	local parent=$!
	HOLDERS="${HOLDERS:-} $parent"
	HOLDER=$parent
	case " $* " in
	*" --fork "*)
		until_ok pgrep -P "$parent" sleep
		HOLDER=$(pgrep -P "$parent" sleep)
		HOLDERS="$HOLDERS $HOLDER"
		;;
	*) until_ok grep -qx sleep "/proc/$parent/comm" ;;
	esac
	case " $* " in
	*" --user "*) echo '0 100000 65536' | tee "/proc/$HOLDER/uid_map" > "/proc/$HOLDER/gid_map" ;;
	esac
}

joins() { # TYPE PATH
	bundle_edit --arg type "$1" --arg path "$2" '
		.linux.namespaces |= map(select(.type != $type)) + [{ $type, $path }]'
}

word_for() { # KIND
	case $1 in mnt) echo mount ;; net) echo network ;; *) echo "$1" ;; esac
}

# ---- new and old -----------------------------------------------------------------------------

# bats test_tags=vm
@test "each of the eight kinds is new when it is listed, and the caller's when not" {
	require root userns timens
	bundle_make 'exec sleep 60'
	bundle_has_user_namespace
	bundle_edit '.linux.namespaces += [{ type: "cgroup" }, { type: "time" }]'
	container_up
	local kind pid
	pid=$(container_pid)
	for kind in cgroup ipc mnt net pid time user uts; do
		[ "$(link_of "$kind" "$pid")" != "$(link_of "$kind")" ]
	done
	run_ok runlet delete --force "$ID"
	bundle_edit '.linux.namespaces = [{ type: "mount" }] | del(.hostname, .linux.uidMappings, .linux.gidMappings) |
		.mounts |= map(select(.type != "sysfs" and .type != "mqueue"))'
	chown -R -h 0:0 "$BUNDLE/rootfs"
	container_up
	pid=$(container_pid)
	for kind in cgroup ipc net pid time user uts; do
		[ "$(link_of "$kind" "$pid")" = "$(link_of "$kind")" ]
	done
}

@test "a namespace is joined by its path" {
	local kind
	holder --uts --ipc --net --cgroup
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.hostname)'
	for kind in uts ipc net cgroup; do
		joins "$(word_for "$kind")" "/proc/$HOLDER/ns/$kind"
	done
	container_up
	for kind in uts ipc net cgroup; do
		[ "$(link_of "$kind" "$(container_pid)")" = "$(link_of "$kind" "$HOLDER")" ]
	done
	[ "$(link_of pid "$(container_pid)")" != "$(link_of pid)" ]
}

@test "a pid namespace is joined: the container's processes are among its others" {
	holder --pid --fork
	bundle_make 'echo "I am $$"; exec sleep 60'
	joins pid "/proc/$HOLDER/ns/pid"
	container_up
	[ "$(link_of pid "$(container_pid)")" = "$(link_of pid "$HOLDER")" ]
	container_prints "I am "
	not grep -qx "I am 1" "$CONTAINER_OUTPUT"
	container_exec 'readlink /proc/self/ns/pid'
	said_only "$(link_of pid "$HOLDER")"
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
	process_lives "$HOLDER"
}

@test "a mount namespace is joined" {
	holder
	bundle_make 'exec sleep 60'
	joins mount "/proc/$HOLDER/ns/mnt"
	run_quietly runlet run --detach --bundle "$BUNDLE" "$ID"
	[ "$status" = 0 ] || explain "should have gone well" joining
	[ "$(link_of mnt "$(container_pid)")" = "$(link_of mnt "$HOLDER")" ]
}

@test "a time namespace is joined" {
	require root timens
	holder --time --boottime 5000 --fork
	bundle_make 'cut -d. -f1 /proc/uptime'
	joins time "/proc/$HOLDER/ns/time"
	container_run
	[ "$output" -gt "$(($(cut -d. -f1 /proc/uptime) + 4900))" ]
}

@test "a user namespace is joined, with all its maps" {
	require root userns
	holder --user
	bundle_make 'cat /proc/self/uid_map; id -u; readlink /proc/self/ns/user'
	bundle_has_user_namespace
	bundle_edit 'del(.linux.uidMappings, .linux.gidMappings)'
	joins user "/proc/$HOLDER/ns/user"
	container_run
	[[ $output =~ 0\ +100000\ +65536 ]]
	said "$(link_of user "$HOLDER")"
}

@test "a user namespace and what belongs to it are joined together" {
	require userns
	holder --user --uts --net --ipc
	bundle_make 'exec sleep 60'
	bundle_has_user_namespace
	bundle_edit 'del(.linux.uidMappings, .linux.gidMappings, .hostname)'
	local kind
	for kind in user uts net ipc; do
		joins "$(word_for "$kind")" "/proc/$HOLDER/ns/$kind"
	done
	container_up
	for kind in user uts net ipc; do
		[ "$(link_of "$kind" "$(container_pid)")" = "$(link_of "$kind" "$HOLDER")" ]
	done
	container_exec 'id -u'
	said_only 0
}

@test "two containers share what one has made" {
	require root
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.linux.cgroupsPath)'
	run_ok runlet run --detach --bundle "$BUNDLE" "$ID-first"
	local first kind
	first=$(container_pid "$ID-first")
	for kind in net ipc uts pid; do
		joins "$(word_for "$kind")" "/proc/$first/ns/$kind"
	done
	bundle_edit 'del(.hostname)'
	run_ok runlet run --detach --bundle "$BUNDLE" "$ID-second"
	for kind in net ipc uts pid; do
		[ "$(link_of "$kind" "$(container_pid "$ID-second")")" = "$(link_of "$kind" "$first")" ]
	done
	run_ok runlet delete --force "$ID-second"
	container_is running "$ID-first"
}

@test "a path that is no namespace, or of another kind, is refused by name" {
	bundle_make true
	joins uts "$WORK/nowhere"
	run_fails 1 "$WORK/nowhere" runlet run --bundle "$BUNDLE" "$ID"
	joins uts /etc/passwd
	run_fails 1 '"/etc/passwd" is not a namespace' runlet run --bundle "$BUNDLE" "$ID"
	joins uts /proc/self/ns/ipc
	run_fails 1 "is a ipc namespace, not a uts namespace" runlet run --bundle "$BUNDLE" "$ID"
	mkfifo "$WORK/pipe"
	joins uts "$WORK/pipe"
	run_fails 1 "not a namespace" timeout 5 "$RUNLET" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

# ---- user ------------------------------------------------------------------------------------

# bats test_tags=vm
@test "user and group maps are what the document says" {
	require root userns
	bundle_make 'cat /proc/self/uid_map /proc/self/gid_map; id -u; stat -c %u /bin/busybox'
	bundle_has_user_namespace
	bundle_edit '.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }, { containerID: 1000, hostID: 300000, size: 10 }] |
		.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 5 }]
		| (.mounts[] | select(.destination == "/dev/pts")).options |= map(select(startswith("gid") | not))'
	container_run
	[ "$(awk 'NF == 3 { print $1, $2, $3 }' <<< "$output")" = $'0 100000 1000\n1000 300000 10\n0 100000 5' ]
	[ "$(tail -n 2 <<< "$output" | xargs)" = "0 0" ]
}

@test "root in a user namespace is nobody special outside" {
	require root userns
	bundle_make 'exec sleep 60'
	bundle_has_user_namespace
	container_up
	[ "$(awk '/^Uid/ { print $2, $3, $4, $5 }' "/proc/$(container_pid)/status")" = "100000 100000 100000 100000" ]
	[ "$(awk '/^Gid/ { print $2 }' "/proc/$(container_pid)/status")" = 100000 ]
}

@test "a user that has no map is refused" {
	require userns
	bundle_make true
	bundle_has_user_namespace
	bundle_edit '.process.user.uid = 70000'
	run_fails 1 70000 runlet run --bundle "$BUNDLE" "$ID"
}

@test "maps of many lines are written whole" {
	require root userns
	bundle_make 'wc -l < /proc/self/uid_map'
	bundle_has_user_namespace
	bundle_edit '.linux.uidMappings = [range(100) | { containerID: ., hostID: (100000 + . * 2), size: 1 }]'
	container_run
	said_only 100
}

@test "maps that overlap are refused, and nothing stays" {
	require userns
	bundle_make true
	bundle_has_user_namespace
	bundle_edit '.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 10 }, { containerID: 5, hostID: 200000, size: 10 }]'
	run_fails 1 "" runlet run --bundle "$BUNDLE" "$ID"
	[[ $errors == *uid* ]]
	container_is_gone
}

# ---- time ------------------------------------------------------------------------------------

# bats test_tags=vm
@test "clocks are moved in a time namespace" {
	require root timens
	bundle_make 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets'
	bundle_edit '.linux.namespaces += [{ type: "time" }] |
		.linux.timeOffsets = { boottime: { secs: 5000000, nanosecs: 7 }, monotonic: { secs: 1000 } }'
	container_run
	[ "$(head -n 1 <<< "$output")" -gt 5000000 ]
	[[ $output =~ monotonic\ +1000\ +0 ]]
	[[ $output =~ boottime\ +5000000\ +7 ]]
}

@test "a time namespace without offsets shows the host's clocks" {
	require timens
	bundle_make 'cat /proc/self/timens_offsets'
	bundle_edit '.linux.namespaces += [{ type: "time" }]'
	container_run
	[[ $output =~ boottime\ +0\ +0 ]]
}

# ---- uts -------------------------------------------------------------------------------------

@test "host and domain name are the container's, and the host keeps its own" {
	local before
	before=$(hostname)
	bundle_make 'hostname; cat /proc/sys/kernel/domainname'
	bundle_edit '.hostname = "stave" | .domainname = "cooper.example"'
	container_run
	said_only $'stave\ncooper.example'
	[ "$(hostname)" = "$before" ]
	bundle_edit '.hostname = ([range(65) | "x"] | join(""))'
	run_fails 1 "host" runlet run --bundle "$BUNDLE" "$ID"
}

# ---- parameters ------------------------------------------------------------------------------

@test "parameters of the container's own namespaces are set" {
	require root
	bundle_make 'cd /proc/sys; cat net/ipv4/ip_forward kernel/shmmax fs/mqueue/msg_max kernel/domainname net/ipv4/ping_group_range'
	bundle_edit '.linux.sysctl = { "net.ipv4.ip_forward": "1", "kernel.shmmax": "123456", "fs.mqueue.msg_max": "7",
		"kernel.domainname": "by.sysctl", "net/ipv4/ping_group_range": "5 6" }'
	local before
	before=$(cat /proc/sys/kernel/shmmax)
	container_run
	said_only $'1\n123456\n7\nby.sysctl\n5\t6'
	[ "$(cat /proc/sys/kernel/shmmax)" = "$before" ]
}

@test "parameters of the host are refused" {
	bundle_make true
	local name
	for name in kernel.core_pattern vm.swappiness fs.file-max kernel.hostname net..x kernel.shm/../core_pattern nosuch; do
		bundle_edit --arg name "$name" '.linux.sysctl = { ($name): "1" }'
		run_fails 1 "$name" runlet run --bundle "$BUNDLE" "$ID"
	done
	bundle_edit 'del(.linux.namespaces[] | select(.type == "network" or .type == "ipc")) |
		.mounts |= map(select(.type != "sysfs" and .type != "mqueue"))'
	for name in net.ipv4.ip_forward kernel.shmmax fs.mqueue.msg_max; do
		bundle_edit --arg name "$name" '.linux.sysctl = { ($name): "1" }'
		run_fails 1 "$name" runlet run --bundle "$BUNDLE" "$ID"
	done
	container_is_gone
}

# ---- network ---------------------------------------------------------------------------------

@test "a new network namespace has its loopback device up, and no other" {
	bundle_make 'ls /sys/class/net; ip addr show lo; ping -c 1 -W 1 127.0.0.1 > /dev/null && echo reached'
	bundle_edit '.process.capabilities = null'
	container_run
	[ "$(head -n 1 <<< "$output")" = lo ]
	said "127.0.0.1"
	said reached
}

@test "network devices of the host are handed over, renamed, and keep their addresses" {
	require root ip
	bundle_make 'ip addr show eth7; cat /sys/class/net/eth7/operstate > /dev/null && echo there'
	local link=cg$$
	ip link add "$link" type veth peer name "${link}p"
	ip addr add 10.77.0.1/24 dev "$link"
	bundle_edit --arg link "$link" '.linux.netDevices = { ($link): { name: "eth7" } }'
	container_run
	said 10.77.0.1/24
	said there
	ip link delete "${link}p" 2> /dev/null || true
	[ ! -e "/sys/class/net/$link" ]
}

@test "a network device that is not there is refused by name" {
	require root
	bundle_make true
	bundle_edit '.linux.netDevices = { "nosuch7": {} }'
	run_fails 1 nosuch7 runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}
