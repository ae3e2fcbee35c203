#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Without root: a user on his own, with his id alone or with subordinate ones. He keeps the state of his
# containers where he keeps what he runs.

load ../helpers/suite
load ../helpers/user

setup() {
	require busybox jq userns
	suite_begin
	user_begin
	STATE=$USER_RUN/runlet
	BUNDLE=$USER_HOME/bundle
}

# His containers are his to remove: root refuses what a user wrote.
teardown() {
	local state
	for state in "$STATE"/*/ "/tmp/runlet-$(user_id)"/*/; do
		[ ! -d "$state" ] || as_user timeout 20 "$USER_HOME/runlet" --root "$(dirname "$state")" \
			delete --force "$(basename "$state")" > /dev/null 2>&1 3>&- || true
	done
	suite_end
}

# All as the user, in his own default place.
runlet() {
	as_user "$USER_HOME/runlet" "$@"
}

# A bundle of his: by `spec --rootless`, with a script for its process.
bundle_of_user() { # [SCRIPT]
	mkdir -p "$BUNDLE"
	rootfs_make "$BUNDLE/rootfs"
	user_owns "$BUNDLE"
	run_ok runlet spec --rootless --bundle "$BUNDLE"
	[ $# = 0 ] || bundle_runs "$1"
	bundle_edit '.process.terminal = false'
	user_owns "$BUNDLE/config.json"
}

# Root is the user, all others are subordinate.
bundle_has_subordinate_ids() {
	bundle_edit --argjson own "$(user_id)" --argjson first "${1:-$(user_ids)}" '
		.linux.uidMappings = [{ containerID: 0, hostID: $own, size: 1 }, { containerID: 1, hostID: $first, size: 65536 }] |
		.linux.gidMappings = .linux.uidMappings'
}

require_subordinate_ids() {
	require newuidmap newgidmap
	user_ids > /dev/null || skip "needs subordinate ids"
}

# ---- ids -------------------------------------------------------------------------------------

@test "spec --rootless makes a bundle that runs as it is" {
	bundle_of_user
	bundle_edit '.process.terminal = true'
	echo 'id -u; cat /proc/self/uid_map; exit 7' > "$WORK/typed"
	INPUT=$WORK/typed run_ends 7 runlet run --bundle "$BUNDLE" "$ID"
	[[ $output =~ 0[[:space:]]+0[[:space:]]+$(user_id)[[:space:]]+1 ]] || explain "should have mapped $(user_id)" run
	container_is_gone
}

@test "one id is mapped without any helper" {
	require root
	bundle_of_user 'cat /proc/self/gid_map /proc/self/setgroups'
	PRELUDE='mount --bind /dev/null /usr/bin/newuidmap; mount --bind /dev/null /usr/bin/newgidmap' container_run
	[[ $output =~ 0[[:space:]]+$STAVE[[:space:]]+1 ]]
	said deny
}

@test "subordinate ids are mapped by newuidmap and newgidmap" {
	require_subordinate_ids
	bundle_of_user 'cat /proc/self/uid_map /proc/self/gid_map; touch /dev/shm/x; chown 5:6 /dev/shm/x; stat -c "%u %g" /dev/shm/x'
	bundle_has_subordinate_ids
	bundle_edit '.process.capabilities[] += ["CAP_CHOWN"]'
	container_run
	[[ $output =~ 1[[:space:]]+$(user_ids)[[:space:]]+65536 ]]
	said "5 6"
}

@test "a helper that is missing, without privilege, or that refuses is named with its cause" {
	require root newuidmap newgidmap
	bundle_of_user 'true'
	bundle_has_subordinate_ids
	PRELUDE='mount --bind /dev/null /usr/bin/newuidmap' run_fails 1 "map user ids: the kernel does not let us, and there is no newuidmap" \
		runlet run --bundle "$BUNDLE" "$ID"
	cp /usr/bin/newgidmap "$WORK/plain"
	chmod 755 "$WORK/plain"
	PRELUDE='mount --bind "$WORK/plain" /usr/bin/newgidmap' run_fails 1 "map group ids: /usr/bin/newgidmap: it is neither setuid root nor has it file capabilities" \
		runlet run --bundle "$BUNDLE" "$ID"
	PRELUDE='set -- setpriv --no-new-privs "$@"' run_fails 1 "map user ids: /usr/bin/newuidmap: no_new_privs is set" \
		runlet run --bundle "$BUNDLE" "$ID"
	bundle_has_subordinate_ids 3000000
	run_fails 1 "map user ids: /usr/bin/newuidmap" runlet run --bundle "$BUNDLE" "$ID"
	[[ $errors == *"uid range [1-65537) -> [3000000-3065536) not allowed"* ]] || explain "should have said what newuidmap did" run
	[[ $errors == *"/etc/subuid"* ]] || explain "should have named /etc/subuid" run
	[ "$(wc -l <<< "$errors")" = 1 ]
	[ ! -e "$STATE/$ID" ]
}

@test "a helper is not looked for where the user says" {
	require_subordinate_ids
	bundle_of_user 'echo fine'
	bundle_has_subordinate_ids
	printf '#!/bin/sh\necho caught >> "%s"\n' "$USER_HOME/caught" > "$USER_HOME/newuidmap"
	chmod 755 "$USER_HOME/newuidmap"
	cp "$USER_HOME/newuidmap" "$USER_HOME/newgidmap"
	container_run
	said_only fine
	[ ! -e "$USER_HOME/caught" ]
}

# A file that denies its group would be open to a member who could leave the group (CVE-2014-8989).
@test "a group that is denied access stays denied" {
	require root
	bundle_of_user 'cat /trap; su -s /bin/sh root -c "cat /trap"'
	echo secret > "$WORK/trap"
	chown 0:4712 "$WORK/trap"
	chmod 604 "$WORK/trap"
	touch "$BUNDLE/rootfs/trap"
	bundle_mount /trap bind "$WORK/trap" bind,ro
	bundle_edit '.process.capabilities[] += ["CAP_SETGID", "CAP_SETUID"]'
	USER_GROUPS=$STAVE,4712 run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said_not secret
	[[ $errors == *"Permission denied"* ]]
	USER_GROUPS=$STAVE run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said secret
}

@test "additional groups where setgroups is denied are an error that says so" {
	bundle_of_user 'id'
	bundle_edit '.process.user.additionalGids = [7]'
	run_fails 1 "additional groups: the user namespace denies it" runlet run --bundle "$BUNDLE" "$ID"
}

# ---- a life ----------------------------------------------------------------------------------

# bats test_tags=vm
@test "a life from create to delete" {
	bundle_of_user 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done'
	container_create
	container_is created
	[ "$(stat -c %a "$STATE")" = 1700 ]
	container_start
	container_prints ready
	container_is running
	container_exec 'echo "I am $(id -u)"; cat /proc/1/comm'
	said "I am 0"
	run_ok runlet list
	said "$ID"
	run_ok runlet state "$ID"
	[ "$(jq -r .owner <<< "$output")" = "$(user_id)" ] || [ "$(jq -r .owner <<< "$output")" = stave ]
	run_fails "not stopped" runlet delete "$ID"
	run_ok runlet kill "$ID" TERM
	container_becomes stopped
	run_ok runlet delete "$ID"
	container_is_gone
}

# bats test_tags=vm
@test "ps lists its processes, with a cgroup or without" {
	bundle_of_user 'sleep 1000 & sleep 1001'
	container_up
	until_ok runlet exec "$ID" pidof sleep
	run_ok runlet ps "$ID"
	said "sleep 1000"
	said "sleep 1001"
	run_ok runlet ps --format json "$ID"
	[ "$(jq length <<< "$output")" -ge 2 ]
	jq -e --argjson pid "$(container_pid)" 'index($pid) != null' <<< "$output"
	run_ok runlet kill "$ID" KILL
}

# bats test_tags=vm
@test "kill --all reaches all, with a cgroup or without" {
	bundle_of_user 'trap "" TERM; (trap "echo got; exit" TERM; while :; do sleep 0.1; done) & echo up; wait; sleep 1000'
	container_up
	container_prints up
	run_ok runlet kill --all "$ID" TERM
	container_prints got
	run_ok runlet kill "$ID" KILL
	container_becomes stopped
}

@test "a terminal, also for exec" {
	require script
	bundle_of_user 'tty; stty size; ls -l /dev/console /dev/ptmx; read line; echo "you typed $line"'
	bundle_edit '.process.terminal = true | .process.consoleSize = { height: 24, width: 77 }'
	echo hoops > "$WORK/typed"
	INPUT=$WORK/typed run_ok runlet run --bundle "$BUNDLE" "$ID"
	said /dev/pts/0
	said "24 77"
	said "ptmx -> pts/ptmx"
	said "you typed hoops"
	bundle_edit '.process.terminal = false'
	bundle_runs 'sleep 1000'
	container_up
	run_ok runlet exec --tty "$ID" sh -c 'tty; [ -t 0 ] && [ -t 1 ] && echo interactive'
	said /dev/pts/
	said interactive
}

@test "loopback is up in a network namespace of its own; without one the host's is seen" {
	bundle_of_user 'cat /sys/class/net/lo/flags; ls /proc/self/ns; readlink /proc/self/ns/net'
	container_run
	said "$(readlink /proc/self/ns/net)"
	bundle_edit '.linux.namespaces += [{ type: "network" }] |
		(.mounts[] | select(.destination == "/sys")) |= { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] }'
	container_run
	said 0x9
	said_not "$(readlink /proc/self/ns/net)"
	bundle_runs 'ping -c 1 -W 2 127.0.0.1 > /dev/null; nc -l -p 7070 127.0.0.1 & sleep 0.3; echo over | nc 127.0.0.1 7070; wait'
	container_run
	said over
}

# bats test_tags=vm
@test "clocks of its own" {
	require timens
	bundle_of_user 'cut -d. -f1 /proc/uptime'
	bundle_edit '.linux.namespaces += [{ type: "time" }] | .linux.timeOffsets = { boottime: { secs: 100000000 } }'
	container_run
	[ "$output" -gt 100000000 ]
}

# ---- the state -------------------------------------------------------------------------------

@test "without XDG_RUNTIME_DIR the state has a place that is the user's own" {
	bundle_of_user 'sleep 1000'
	local place=/run/user/$(user_id)
	[ -d "$place" ] || place=/tmp
	USER_XDG="" container_up
	USER_XDG="" run_ok runlet list
	said "$ID"
	USER_XDG="" run_ok runlet delete --force "$ID"
	[ "$place" != /tmp ] || [ "$(stat -c '%u %a' "/tmp/runlet-$(user_id)")" = "$(user_id) 1700" ]
	rmdir "/tmp/runlet-$(user_id)" 2> /dev/null || true
}

@test "a runtime directory or a state that is another's is not believed" {
	require root
	bundle_of_user 'sleep 1000'
	mkdir -p "$WORK/theirs/runlet"
	chmod 777 "$WORK/theirs" "$WORK/theirs/runlet"
	USER_XDG=$WORK/theirs run_fails "" runlet state "$ID"
	said_not "$WORK/theirs/runlet/$ID"
	USER_XDG=$WORK/theirs container_up
	[ -z "$(ls -A "$WORK/theirs/runlet")" ]
	USER_XDG=$WORK/theirs run_ok runlet delete --force "$ID"
	rmdir "/tmp/runlet-$STAVE" 2> /dev/null || true

	# Where anybody may write, somebody may have been there before.
	mkdir -m 1777 "$WORK/public"
	mkdir -m 755 "$WORK/public/$ID"
	chown 4799 "$WORK/public/$ID"
	echo '{"id":"x","pid":1,"ready":true}' > "$WORK/public/$ID/state.json"
	run_fails "belongs to user 4799" runlet --root "$WORK/public" state "$ID"
	run_fails "belongs to user 4799" runlet --root "$WORK/public" delete --force "$ID"
	run_fails "belongs to user 4799" "$RUNLET" --root "$WORK/public" kill "$ID"
	rm -r "$WORK/public"

	# And where he made it himself, a link leads to what is not his.
	ln -s "$USER_RUN" "/tmp/runlet-$STAVE"
	chown -h 4799 "/tmp/runlet-$STAVE"
	USER_XDG="" run_quietly runlet list
	rm "/tmp/runlet-$STAVE"
	[ "$status" != 0 ] || explain "should not have followed the link" runlet list
}

# ---- cgroups ---------------------------------------------------------------------------------

# Where none can be had: not in the VM, whose user has one.
require_no_cgroup() {
	require root
}

@test "where no cgroup can be had none is asked for, and none is needed" {
	require_no_cgroup
	bundle_of_user 'cat /proc/self/cgroup'
	container_run
	said_not "$ID"
	bundle_runs 'sleep 1000'
	container_up
	run_fails 1 "cannot pause: the container has no cgroup" runlet pause "$ID"
	run_fails 1 "rootless needs no limits + no cgrouppath when no permission is granted for cgroups" runlet update --pids-limit 5 "$ID"
}

@test "a limit or a path that cannot be had is an error that says what and why" {
	require_no_cgroup
	bundle_of_user 'true'
	bundle_edit '.linux.resources.memory.limit = 33554432'
	run_fails 1 "rootless needs no limits + no cgrouppath when no permission is granted for cgroups" runlet run --bundle "$BUNDLE" "$ID"
	[[ $errors == *"memory: "*"ermission denied"* ]] || explain "should have named the limit and the cause" run
	bundle_edit --arg path "/cooperage-$ID" 'del(.linux.resources) | .linux.cgroupsPath = $path'
	run_fails 1 "ermission denied" runlet run --bundle "$BUNDLE" "$ID"
	[[ $errors == *"/cooperage-$ID"* ]]
	runlet --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
	[ ! -e "$STATE/$ID" ]
}

# On a hybrid host too a part of the unified hierarchy can be made over to a user.
delegate() { # DIRECTORY
	local file
	mkdir -p "$1"
	chown "$STAVE" "$1"
	for file in cgroup.procs cgroup.subtree_control cgroup.threads; do
		chown "$STAVE" "$1/$file"
	done
}

# bats test_tags=vm
@test "a cgroup that was made over to the user is used: pause, exec, kill, delete" {
	require unified
	if [ "$(id -u)" = 0 ]; then
		USER_CGROUP=$(cgroup2_mount)/cooperage-$ID
		delegate "$USER_CGROUP"
	fi
	bundle_of_user 'while :; do echo tick; sleep 0.1; done'
	container_up
	grep -q "^0::.*/$ID\$" "/proc/$(container_pid)/cgroup"
	run_ok runlet pause "$ID"
	container_is paused
	run_fails "cannot exec in a paused container" runlet exec "$ID" true
	run_ok runlet resume "$ID"
	container_is running
	container_exec 'cat /proc/self/cgroup'
	said "0::/"
	run_ok runlet exec --detach "$ID" sleep 1000
	run_ok runlet ps --format json "$ID"
	[ "$(jq length <<< "$output")" -ge 3 ]
	run_ok runlet delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -name "$ID")" ]
	[ -z "${USER_CGROUP:-}" ] || rmdir "$USER_CGROUP"
}

@test "who is outside of a container's cgroup and may not enter is told why" {
	require root unified
	USER_CGROUP=$(cgroup2_mount)/cooperage-$ID
	delegate "$USER_CGROUP"
	bundle_of_user 'sleep 1000'
	container_up
	USER_CGROUP="" run_fails 255 "ermission denied" runlet exec "$ID" true
	[[ $errors == *"/cooperage-$ID/$ID"*"common ancestor"* ]] || explain "should have said why" exec
	run_ok runlet delete --force "$ID"

	bundle_edit --arg path "/cooperage-$ID/by-path" '.linux.cgroupsPath = $path'
	USER_CGROUP="" run_fails 1 "common ancestor" runlet run --bundle "$BUNDLE" "$ID"
	container_up
	[ "$(sed -n 's/^0:://p' "/proc/$(container_pid)/cgroup")" = "/cooperage-$ID/by-path" ]
	container_exec true
	run_ok runlet delete --force "$ID"
	rmdir "$USER_CGROUP"
}

# bats test_tags=vm
@test "limits hold in a cgroup that was made over to the user, also where he is in it himself" {
	require cgroup2 cgroup:memory cgroup:pids
	if [ "$(id -u)" = 0 ]; then
		USER_CGROUP=/sys/fs/cgroup/cooperage-$ID
		echo "+memory +pids" > /sys/fs/cgroup/cgroup.subtree_control
		delegate "$USER_CGROUP"
	fi
	bundle_of_user 'sleep 1000'
	bundle_edit '.linux.resources = { memory: { limit: 33554432 }, pids: { limit: 20 } }'
	container_up
	local cgroup
	cgroup=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(container_pid)/cgroup")
	[ "$(cat "$cgroup/memory.max")" = 33554432 ]
	[ "$(cat "$cgroup/pids.max")" = 20 ]
	run_ok runlet update --pids-limit 30 "$ID"
	[ "$(cat "$cgroup/pids.max")" = 30 ]
	container_exec true
	run_ok runlet delete --force "$ID"
	bundle_runs 'x=a; while :; do x=$x$x$x$x; done'
	run_ends 137 runlet run --bundle "$BUNDLE" "$ID"
	[ -z "${USER_CGROUP:-}" ] || find "$USER_CGROUP" -depth -type d -exec rmdir {} +
}

# On a hybrid host the unified hierarchy has huge pages, if nothing else.
@test "where the caller sits in the cgroup that he was given, room is made for limits below it" {
	require root unified cgroup2:hugetlb
	USER_CGROUP=$(cgroup2_mount)/cooperage-$ID
	echo +hugetlb > "$(cgroup2_mount)/cgroup.subtree_control"
	delegate "$USER_CGROUP"
	bundle_of_user 'sleep 1000'
	container_up
	[ ! -e "$USER_CGROUP/runlet@callers" ]
	run_ok runlet delete --force "$ID"
	bundle_edit '.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: 2097152 }]'
	run_ok as_user sh -c '"$HOME/runlet" run --detach --bundle "$HOME/bundle" "$ID" && cat /proc/self/cgroup'
	said "0::/cooperage-$ID/runlet@callers"
	[ "$(cat "$USER_CGROUP/$ID/hugetlb.2MB.max")" = 2097152 ]
	run_ok runlet delete --force "$ID"
	find "$USER_CGROUP" -depth -type d -exec rmdir {} +
}

# ---- as root of a user namespace ---------------------------------------------------------------

# A bundle for whoever is root already: no user namespace of its own.
bundle_of_root() { # [SCRIPT]
	bundle_of_user "$@"
	bundle_edit '
		.linux.namespaces |= map(select(.type != "user")) + [{ type: "network" }] |
		del(.linux.uidMappings, .linux.gidMappings) |
		.mounts |= map(if .destination == "/sys" then { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] } else . end)'
}

# runlet in a user namespace, with one id …
runlet_alone() {
	as_lone_root "$USER_HOME/runlet" "$@"
}

# … or with all, as Podman calls it.
runlet_mapped() {
	as_mapped_root "$USER_HOME/runlet" "$@"
}

require_mapped_root() {
	require_subordinate_ids
	unshare --help | grep -q map-auto || skip "needs unshare --map-auto"
}

@test "root of a user namespace runs a container without one of its own" {
	bundle_of_root 'id -u; echo x > /dev/null; head -c 3 /dev/zero | wc -c; cat /sys/class/net/lo/flags; ls /proc | grep -c "^[0-9]"'
	run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
	said 0x9
	said 3
	[ -z "$errors" ]
}

@test "a life in a user namespace with subordinate ids" {
	require_mapped_root
	bundle_of_root 'id; touch /dev/shm/x; echo ready; exec sleep 1000'
	bundle_edit '.process.user = { uid: 1000, gid: 1000, additionalGids: [5, 7] }'
	# shellcheck disable=SC2016
	run_ok as_mapped_root sh -ec '
		runlet="$HOME/runlet"
		"$runlet" run --detach --bundle "$HOME/bundle" "$ID"
		"$runlet" state "$ID" | grep status
		"$runlet" exec --user 7:8 "$ID" sh -c "id -u; id -g"
		"$runlet" exec --tty "$ID" tty
		"$runlet" ps --format json "$ID"
		"$runlet" kill "$ID" KILL
		while "$runlet" state "$ID" | grep -q running; do sleep 0.1; done
		"$runlet" delete "$ID"'
	said "uid=1000(web) gid=1000(web) groups="
	said 5,7
	said running
	said "$(printf '7\n8')"
	said /dev/pts/
}

@test "groups that setgroups would have to set are an error, and without them there is none" {
	bundle_of_root 'id -u'
	run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
	bundle_edit '.process.user.additionalGids = [0]'
	run_fails 1 "additional groups: the user namespace denies it" runlet_alone run --bundle "$BUNDLE" "$ID"
}

@test "devices that may not be made are bound, also those that are listed" {
	bundle_of_root 'stat -c "%t:%T" /dev/null /dev/nought; head -c 2 /dev/nought | wc -c'
	bundle_edit '.linux.devices = [{ path: "/dev/zero", type: "c", major: 1, minor: 5 }, { path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 438 }]'
	bundle_runs 'for name in null zero full random urandom tty; do stat -c "%n %t:%T" /dev/$name; done; ls -l /dev/ptmx; echo x > /dev/full'
	run_quietly runlet_alone run --bundle "$BUNDLE" "$ID"
	said "/dev/null 1:3"
	said "/dev/full 1:7"
	said "ptmx -> pts/ptmx"
	[[ $errors == *"No space left"* ]]
	bundle_edit '.linux.devices = [{ path: "/dev/nought", type: "c", major: 1, minor: 5 }, { path: "/dev/no-such", type: "b", major: 250, minor: 77 }]'
	run_fails 1 'the host has no such device, and a user namespace cannot make one' runlet_alone run --bundle "$BUNDLE" "$ID"
}

@test "an oom score that may not be lowered is warned of; with --rootless=false it is an error" {
	bundle_of_root 'cat /proc/self/oom_score_adj'
	bundle_edit '.process.oomScoreAdj = -500'
	run_ok runlet_alone --log-level warning run --bundle "$BUNDLE" "$ID"
	[[ $errors == *"set the oom score to -500"*"Permission denied, continuing"* ]]
	run_ok runlet_alone --rootless=auto run --bundle "$BUNDLE" "$ID"
	run_ok runlet_alone --rootless=true run --bundle "$BUNDLE" "$ID"
	run_fails 1 "set the oom score to -500" runlet_alone --cgroup-manager disabled --rootless=false run --bundle "$BUNDLE" "$ID"
	run_fails 1 '--rootless: "maybe" is not known' runlet_alone --rootless maybe list
	bundle_edit '.process.oomScoreAdj = 500'
	run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
	said_only 500
}

@test "a limit above the caller's hard one is an error that names it" {
	bundle_of_root 'ulimit -n'
	bundle_edit '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 512, hard: 1000 }]'
	run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
	said_only 512
	bundle_edit '.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 512, hard: 4000000000 }]'
	run_fails 1 "set RLIMIT_NOFILE to 512, at most 4000000000: Operation not permitted" runlet_alone run --bundle "$BUNDLE" "$ID"
}

@test "kernel parameters of its own namespaces, and no others" {
	bundle_of_root 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax'
	bundle_edit '.linux.sysctl = { "net.ipv4.ip_forward": "1", "kernel.shmmax": "1048576" }'
	run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
	said "$(printf '1\n1048576')"
	bundle_edit '.linux.namespaces |= map(select(.type != "network"))'
	run_fails 1 "is not allowed in the host's network namespace" runlet_alone run --bundle "$BUNDLE" "$ID"
}

@test "/sys is borrowed where the network is the host's; /proc without a pid namespace is refused" {
	bundle_of_root 'cat /sys/class/net/lo/flags; touch /sys/fs/cgroup/x; mkdir /sys/fs/cgroup/unified/x'
	bundle_edit '.linux.namespaces |= map(select(.type != "network"))'
	run_quietly runlet_alone run --bundle "$BUNDLE" "$ID"
	said 0x9
	[[ $errors == *"Read-only file system"* ]]
	bundle_edit '.linux.namespaces |= map(select(.type != "pid"))'
	run_fails 1 "a user namespace needs a pid namespace of its own for this" runlet_alone run --bundle "$BUNDLE" "$ID"
}

# The kernel shows no fresh /proc to who sees but a covered one (mount_too_revealing).
@test "a /proc that is covered in part cannot be mounted anew, and that is said" {
	bundle_of_root 'true'
	# shellcheck disable=SC2016
	run_fails 1 "a /proc that nothing covers" as_lone_root sh -c '
		mount -t tmpfs none /proc/sys && exec unshare --user --map-root-user "$HOME/runlet" run --bundle "$HOME/bundle" "$ID"'
}

@test "a cgroup2 mount that is refused becomes a read-only bind" {
	require unified
	bundle_of_root 'grep " /cg " /proc/self/mountinfo; cat /cg/cgroup.procs > /dev/null && echo there; mkdir /cg/x'
	bundle_edit '.linux.namespaces |= map(select(.type != "cgroup"))'
	bundle_mount /cg cgroup2 cgroup2 nosuid,noexec,nodev
	run_quietly runlet_alone run --bundle "$BUNDLE" "$ID"
	said there
	said " ro,"
	[[ $errors == *"Read-only file system"* ]]
}

@test "read-only binds keep the flags that are locked on their sources" {
	require root
	bundle_of_root 'grep " /mnt " /proc/self/mountinfo'
	mkdir "$BUNDLE/rootfs/mnt" "$WORK/locked"
	local flags
	for flags in nodev nosuid noexec nodev,nosuid,noexec,noatime; do
		PRELUDE="mount -t tmpfs -o $flags none $WORK/locked"
		bundle_edit --arg source "$WORK/locked" '.mounts |= map(select(.destination != "/mnt")) + [{ destination: "/mnt", type: "bind", $source, options: ["rbind", "ro", "rw", "ro"] }]'
		run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
		said "ro,"
		[[ $output == *"${flags%%,*}"* ]]
	done
	bundle_edit '(.mounts[] | select(.destination == "/mnt").options) = ["bind", "exec"]'
	run_fails 1 "locked flags" runlet_alone run --bundle "$BUNDLE" "$ID"
}

@test "a terminal group that is not mapped is dropped" {
	bundle_of_root 'stat -c %g /dev/pts/ptmx; tty'
	bundle_edit '(.mounts[] | select(.destination == "/dev/pts").options) += ["gid=5"] | .process.terminal = true'
	run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
	said /dev/pts/0
}

@test "the program that waits in the container is a sealed copy" {
	bundle_of_root 'true'
	# shellcheck disable=SC2016
	run_ok as_lone_root sh -ec '
		"$HOME/runlet" create --bundle "$HOME/bundle" "$ID"
		readlink "/proc/$("$HOME/runlet" state "$ID" | sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p")/exe"
		"$HOME/runlet" delete --force "$ID"'
	[[ $output == *memfd:* ]] || [[ $output == *deleted* ]] || said_not "$USER_HOME/runlet"
}

@test "a user namespace within, with the network namespace of another" {
	bundle_of_root 'cat /proc/self/uid_map; readlink /proc/self/ns/net'
	bundle_edit '
		.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end) + [{ type: "user" }] |
		.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }] | .linux.gidMappings = .linux.uidMappings |
		.mounts |= map(if .destination == "/sys" then { destination: "/sys", type: "none", source: "/sys", options: ["rbind", "ro"] } else . end)'
	run_ok runlet_alone run --bundle "$BUNDLE" "$ID"
	# shellcheck disable=SC2016
	run_ok as_lone_root sh -ec '
		unshare --net sleep 1000 & other=$!
		while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
		sed "s,\"/proc/self/ns/net\",\"/proc/$other/ns/net\"," "$HOME/bundle/config.json" > "$HOME/bundle/joined.json"
		readlink /proc/$other/ns/net
		"$HOME/runlet" run --bundle "$HOME/bundle" --config joined.json "$ID" || failed=$?
		kill $other
		exit ${failed:-0}'
	[ "$(grep -o 'net:.*' <<< "$output" | wc -l)" = 2 ]
	[ "$(grep -o 'net:.*' <<< "$output" | sort -u | wc -l)" = 1 ]
}
