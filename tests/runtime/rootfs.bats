#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The root: what it is, what it may not do, its devices, and what is hidden in it.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
}

teardown() {
	local directory
	for directory in $(awk -v work="$WORK/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | tac); do
		umount -l "$directory"
	done
	suite_end
}

# ---- the root --------------------------------------------------------------------------------

@test "the root is the bundle's, writable, and nothing of the host is left in sight" {
	bundle_make 'touch /made; ls /; cut -d" " -f5 /proc/self/mountinfo; ls ../../..; ls /proc/1/root/..'
	touch "$BUNDLE/canary"
	container_run
	[ -e "$BUNDLE/rootfs/made" ]
	said_not canary
	said_not "$WORK"
	said_not rootfs
}

@test "a root by an absolute path, and by a link to it" {
	bundle_make 'cat /mark'
	mv "$BUNDLE/rootfs" "$WORK/elsewhere"
	echo elsewhere > "$WORK/elsewhere/mark"
	bundle_edit --arg path "$WORK/elsewhere" '.root.path = $path'
	container_run
	said_only elsewhere
	ln -s "$WORK/elsewhere" "$BUNDLE/rootfs"
	bundle_edit '.root.path = "rootfs"'
	container_run
	said_only elsewhere
}

@test "a root that is a mount point, with mounts in it, works too" {
	require root
	bundle_make 'cat /mark /sub/mark'
	mount -t tmpfs tmpfs "$BUNDLE/rootfs"
	rootfs_make "$BUNDLE/rootfs"
	mkdir "$BUNDLE/rootfs/sub"
	mount -t tmpfs tmpfs "$BUNDLE/rootfs/sub"
	echo top > "$BUNDLE/rootfs/mark"
	echo below > "$BUNDLE/rootfs/sub/mark"
	container_run
	said_only $'top\nbelow'
}

@test "a root on an overlay" {
	require root overlay
	bundle_make 'echo new > /made; rm /etc/group; cat /made'
	mv "$BUNDLE/rootfs" "$WORK/lower"
	mkdir "$BUNDLE/rootfs" "$WORK/upper" "$WORK/work"
	mount -t overlay -o "lowerdir=$WORK/lower,upperdir=$WORK/upper,workdir=$WORK/work" overlay "$BUNDLE/rootfs"
	container_run
	said_only new
	[ "$(cat "$WORK/upper/made")" = new ]
	[ -c "$WORK/upper/etc/group" ]
	[ -s "$WORK/lower/etc/group" ]
}

@test "a read-only root cannot be written to, but mounts in it can" {
	bundle_make 'touch /x || echo refused; touch /tmp/x && echo fine; touch /dev/x && echo dev'
	bundle_edit '.root.readonly = true'
	bundle_mount /tmp tmpfs tmpfs nosuid
	container_run
	said_only $'refused\nfine\ndev'
	[ ! -e "$BUNDLE/rootfs/x" ]
}

@test "a read-only root stays writable on the host" {
	bundle_make 'exec sleep 60'
	bundle_edit '.root.readonly = true'
	container_up
	touch "$BUNDLE/rootfs/from-host"
	container_exec 'ls /from-host'
}

@test "a root on a mount with flags keeps them when it becomes read-only" {
	require root
	bundle_make "grep ' / / ' /proc/self/mountinfo; grep -c . /proc/self/mountinfo"
	mount -t tmpfs -o nosuid,nodev tmpfs "$BUNDLE/rootfs"
	rootfs_make "$BUNDLE/rootfs"
	bundle_edit '.root.readonly = true'
	container_run
	[[ $output =~ ro,nosuid,nodev ]]
}

@test "--no-pivot gives the same view" {
	bundle_make 'touch /made; ls /; ls ../..'
	touch "$BUNDLE/canary"
	container_run --no-pivot
	[ -e "$BUNDLE/rootfs/made" ]
	said_not canary
}

@test "without a mount namespace there is no root to change to" {
	bundle_make true
	bundle_edit 'del(.linux.namespaces[] | select(.type == "mount"))'
	run_fails 1 "mount namespace" runlet run --bundle "$BUNDLE" "$ID"
}

@test "rootfsPropagation is the root's propagation" {
	bundle_make "awk '\$5 == \"/\"' /proc/self/mountinfo"
	local word
	for word in "" private slave shared unbindable rprivate rslave rshared; do
		bundle_edit --arg word "$word" 'if $word == "" then . else .linux.rootfsPropagation = $word end'
		container_run
		case $word in
		shared | rshared) said shared: ;;
		unbindable) said unbindable ;;
		private | rprivate) said_not shared: && said_not master: ;;
		*) said_not shared: ;;
		esac
	done
	bundle_edit '.linux.rootfsPropagation = "sideways"'
	run_fails 1 "rootfsPropagation" runlet run --bundle "$BUNDLE" "$ID"
}

@test "nothing that the container mounts shows on the host" {
	require root
	bundle_make 'mount -t tmpfs tmpfs /tmp && touch /tmp/inside && echo mounted'
	bundle_edit 'del(.process.capabilities)'
	mount --bind "$BUNDLE/rootfs" "$BUNDLE/rootfs"
	mount --make-shared "$BUNDLE/rootfs"
	container_run
	said_only mounted
	[ -z "$(ls "$BUNDLE/rootfs/tmp")" ]
}

# ---- devices ---------------------------------------------------------------------------------

@test "the default devices are there for everybody, and work" {
	require root
	bundle_make 'for d in null zero full random urandom tty; do stat -c "%n %F %a %u %t:%T" /dev/$d; done
		head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c; echo gone > /dev/null; echo x > /dev/full || echo full'
	bundle_edit '.process.user = { uid: 1000, gid: 1000 }'
	container_run
	local device
	for device in "null 1:3" "zero 1:5" "full 1:7" "random 1:8" "urandom 1:9" "tty 5:0"; do
		said "/dev/${device% *} character special file 666 0 ${device#* }"
	done
	said $'4\n4\nfull'
}

@test "the links of /dev are there" {
	bundle_make 'for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink /dev/$l)"; done; echo through >> /dev/stdout'
	container_run
	said_only $'fd /proc/self/fd\nstdin /proc/self/fd/0\nstdout /proc/self/fd/1\nstderr /proc/self/fd/2\nptmx pts/ptmx\nthrough'
}

@test "listed devices are made with their type, numbers, mode and owner" {
	require root
	bundle_make 'for d in /dev/loop9 /dev/sub/port /dev/pipe /else/where; do stat -c "%n %F %a %u:%g %t:%T" $d; done'
	bundle_edit '.linux.devices = [
		{ path: "/dev/loop9", type: "b", major: 7, minor: 9, fileMode: 416, uid: 33, gid: 44 },
		{ path: "/dev/sub/port", type: "c", major: 1, minor: 4 },
		{ path: "/dev/pipe", type: "p", fileMode: 384 },
		{ path: "/else/where", type: "u", major: 1, minor: 3, fileMode: 438 }]'
	container_run
	said "/dev/loop9 block special file 640 33:44 7:9"
	said "/dev/sub/port character special file 666 0:0 1:4"
	said "/dev/pipe fifo 600 0:0"
	said "/else/where character special file 666 0:0 1:3"
}

@test "a default device may be listed once more; another file in its place is refused" {
	bundle_make 'stat -c %a /dev/null'
	bundle_edit '.linux.devices = [{ path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 438 }]'
	container_run
	said_only 666
	touch "$BUNDLE/rootfs/etc/taken"
	bundle_edit '.linux.devices = [{ path: "/etc/taken", type: "c", major: 1, minor: 3 }]'
	run_fails 1 "exists and is not the device asked for" runlet run --bundle "$BUNDLE" "$ID"
}

@test "in a user namespace the devices are the host's" {
	require userns
	bundle_make 'echo gone > /dev/null && head -c 4 /dev/zero | wc -c; stat -c %t:%T /dev/null'
	bundle_has_user_namespace
	container_run
	said_only $'4\n1:3'
}

@test "a /dev that is bound from elsewhere is left as it is" {
	bundle_make 'ls /dev'
	mkdir "$WORK/dev"
	touch "$WORK/dev/mine"
	bundle_edit 'del(.mounts[] | select(.destination | startswith("/dev")))'
	bundle_mount /dev bind "$WORK/dev" bind
	bundle_edit 'del(.linux.maskedPaths, .linux.readonlyPaths)'
	container_run
	said_only mine
	[ "$(ls "$WORK/dev")" = mine ]
}

@test "a /dev that leads out of the root is not followed" {
	bundle_make true
	mkdir "$WORK/outside"
	touch "$WORK/outside/null" "$WORK/outside/ptmx"
	bundle_edit 'del(.mounts[] | select(.destination | startswith("/dev")))'
	local to
	for to in "$WORK/outside" "../../../../../../..$WORK/outside" hop; do
		rm -rf "$BUNDLE/rootfs/dev"
		ln -s "$to" "$BUNDLE/rootfs/dev"
		ln -sfn "$WORK/outside" "$BUNDLE/rootfs/hop"
		run_quietly runlet run --bundle "$BUNDLE" "$ID"
		[ "$status" -le 1 ]
		[ "$(ls "$WORK/outside" | xargs)" = "null ptmx" ]
		[ -f "$WORK/outside/null" ]
		runlet delete --force "$ID"
	done
}

# ---- masked and read-only paths --------------------------------------------------------------

@test "a masked file reads as nothing, a masked directory is empty, neither can be written" {
	bundle_make 'wc -c < /secret/file; ls -A /secret/dir; echo x > /secret/dir/new; cat /proc/kcore | head -c 1 | wc -c'
	mkdir -p "$BUNDLE/rootfs/secret/dir"
	echo hidden > "$BUNDLE/rootfs/secret/file"
	touch "$BUNDLE/rootfs/secret/dir/inside"
	bundle_edit '.linux.maskedPaths += ["/secret/file", "/secret/dir"]'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said_only $'0\n0'
	[[ $errors == *"Read-only file system"* ]]
	[ "$(cat "$BUNDLE/rootfs/secret/file")" = hidden ]
}

@test "a masked path that is not there is no matter; one that is relative is refused" {
	bundle_make true
	bundle_edit '.linux.maskedPaths = ["/not/there"] | .linux.readonlyPaths = ["/not/there/either"]'
	container_run
	bundle_edit '.linux.maskedPaths = ["relative"]'
	run_fails 1 "maskedPaths[0]" runlet run --bundle "$BUNDLE" "$ID"
}

@test "a read-only path is so with all below it, and keeps its flags" {
	require root
	bundle_make "touch /data/x; touch /data/sub/x; cat /data/sub/file; awk '\$5 == \"/data\" || \$5 == \"/data/sub\"' /proc/self/mountinfo"
	mkdir -p "$WORK/data/sub"
	mount -t tmpfs -o nosuid,nodev,noexec tmpfs "$WORK/data/sub"
	echo readable > "$WORK/data/sub/file"
	bundle_mount /data bind "$WORK/data" rbind
	bundle_edit '.linux.readonlyPaths += ["/data"]'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said readable
	[ "$(grep -c "Read-only file system" <<< "$errors")" = 2 ]
	[[ $output =~ /data/sub\ ro,nosuid,nodev,noexec ]]
}

@test "/proc/sys is read-only even for those who have every capability" {
	bundle_make 'echo 1 > /proc/sys/kernel/msgmax'
	bundle_edit '.process.capabilities = null'
	run_fails "Read-only file system" runlet run --bundle "$BUNDLE" "$ID"
}

@test "masked and read-only paths behind links hide what is in the root, not what is outside" {
	bundle_make 'cat /link; ls -A /etc/deep; cat /etc/real | wc -c'
	echo outside > "$WORK/outside"
	echo inside > "$BUNDLE/rootfs/etc/real"
	ln -s /etc/real "$BUNDLE/rootfs/link"
	mkdir -p "$BUNDLE/rootfs/etc/deep"
	touch "$BUNDLE/rootfs/etc/deep/x"
	bundle_edit '.linux.maskedPaths = ["/link", "/etc/deep"]'
	container_run
	said_not inside
	[ "$(cat "$WORK/outside" "$BUNDLE/rootfs/etc/real" | xargs)" = "outside inside" ]
}

@test "what covers a masked file is the real null device, whatever /dev holds" {
	bundle_make 'cat /secret | wc -c; echo x > /secret; awk "\$5 == \"/secret\"" /proc/self/mountinfo'
	mkdir "$WORK/dev"
	echo 'not null' > "$WORK/dev/null"
	echo hidden > "$BUNDLE/rootfs/secret"
	bundle_edit 'del(.mounts[] | select(.destination | startswith("/dev"))) | .linux.maskedPaths = ["/secret"]'
	bundle_mount /dev bind "$WORK/dev" bind
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	[ "$(head -n 1 <<< "$output")" = 0 ]
	[ "$(cat "$WORK/dev/null")" = "not null" ]
	[ "$(cat "$BUNDLE/rootfs/secret")" = hidden ]
}

@test "a mask cannot be taken off without the right to unmount" {
	bundle_make 'umount /secret || echo kept; cat /secret | wc -c'
	echo hidden > "$BUNDLE/rootfs/secret"
	bundle_edit '.linux.maskedPaths = ["/secret"]'
	container_run
	said_only $'kept\n0'
}
