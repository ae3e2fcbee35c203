#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts: each type, the options, binds and their trees, propagation, and paths that want to lead out.

load ../helpers/suite

setup() {
	require containers busybox jq
	suite_begin
	SOURCE_DIR=$WORK/source
	mkdir "$SOURCE_DIR"
	echo oak > "$SOURCE_DIR/wood"
}

teardown() {
	local directory
	for directory in $(awk -v work="$WORK/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | tac); do
		umount -l "$directory"
	done
	suite_end
}

# Runs the container, which prints its mountinfo; the flags of a mount are then those of $output.
look() {
	bundle_edit '.process.args = ["/bin/cat", "/proc/self/mountinfo"]'
	container_run
}

# Field 6 of mountinfo (flags of the mount), or with a number another one.
flags_of() { # PATH
	awk -v path="$1" '$5 == path { found = $6 } END { print found }' <<< "$output"
}

type_of() { # PATH
	awk -v path="$1" '$5 == path { for (i = 7; $i != "-"; i++); found = $(i + 1) " " $(i + 2) " " $(i + 3) } END { print found }' <<< "$output"
}

propagation_of() { # PATH
	awk -v path="$1" '$5 == path { found = "private"; for (i = 7; $i != "-"; i++) found = $i } END { print found }' <<< "$output"
}

has_flags() { # PATH FLAG…
	local path=$1 flag now
	shift
	now=,$(flags_of "$path"),
	for flag; do
		case $flag in
		!*) [[ $now != *,${flag#!},* ]] || { echo "$path is $now"; return 1; } ;;
		*) [[ $now == *,$flag,* ]] || { echo "$path is $now"; return 1; } ;;
		esac
	done
}

# ---- types -----------------------------------------------------------------------------------

@test "the usual mounts are there with their flags" {
	require root
	bundle_make
	look
	[[ $(type_of /proc) = proc\ * && $(type_of /dev) = tmpfs\ * && $(type_of /dev/pts) = devpts\ * ]]
	[[ $(type_of /dev/shm) = tmpfs\ * && $(type_of /dev/mqueue) = mqueue\ * && $(type_of /sys) = sysfs\ * ]]
	has_flags /sys nosuid nodev noexec ro
	has_flags /dev/shm nosuid nodev noexec rw
	has_flags /dev/pts nosuid noexec
	[[ $(type_of /dev) == *mode=755* && $(type_of /dev/pts) == *gid=5,mode=620,ptmxmode=666* ]]
}

@test "proc shows the container's processes only" {
	bundle_make 'ls -d /proc/[0-9]* | xargs'
	container_run
	[[ $output == "/proc/1 "* ]]
	[ "$(wc -w <<< "$output")" -le 4 ]
}

@test "a tmpfs has the size, mode and owner asked for" {
	bundle_make 'stat -c %a:%u:%g /data; df -k /data | tail -n 1; head -c 2000000 /dev/zero > /data/x; ls -l /data/x'
	bundle_mount /data tmpfs tmpfs size=1024k,mode=1750,uid=33,gid=44
	bundle_edit '.process.capabilities = null'
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said 1750:33:44
	said " 1048576 "
}

@test "a tmpfs without a mode takes that of the directory it covers" {
	bundle_make 'stat -c %a /tmp /private'
	install -d -m 700 "$BUNDLE/rootfs/private"
	bundle_mount /tmp tmpfs tmpfs nosuid
	bundle_mount /private tmpfs tmpfs nosuid
	container_run
	said_only $'1777\n700'
}

@test "tmpcopyup fills a tmpfs with what was there" {
	require root
	bundle_make 'cat /etc/deep/file; stat -c %a:%u /etc/deep/file; readlink /etc/link; echo changed > /etc/passwd'
	mkdir "$BUNDLE/rootfs/etc/deep"
	echo copied > "$BUNDLE/rootfs/etc/deep/file"
	chmod 640 "$BUNDLE/rootfs/etc/deep/file"
	chown 33 "$BUNDLE/rootfs/etc/deep/file"
	ln -s deep/file "$BUNDLE/rootfs/etc/link"
	bundle_mount /etc tmpfs tmpfs tmpcopyup,mode=755
	container_run
	said_only $'copied\n640:33\ndeep/file'
	grep -q root "$BUNDLE/rootfs/etc/passwd"
}

@test "overlay, ramfs, hugetlbfs: a type is whatever the kernel has" {
	require root overlay
	bundle_make
	mkdir -p "$WORK"/{lower,upper,work}
	bundle_mount /over overlay overlay "lowerdir=$WORK/lower,upperdir=$WORK/upper,workdir=$WORK/work"
	bundle_mount /ram ramfs ramfs mode=700
	bundle_mount /huge hugetlbfs hugetlbfs pagesize=2M
	look
	[[ $(type_of /over) = overlay\ * && $(type_of /ram) = ramfs\ * && $(type_of /huge) = hugetlbfs\ * ]]
	[[ $(type_of /huge) == *pagesize=2M* ]]
}

@test "a type that nobody knows is refused by name" {
	bundle_make
	bundle_mount /data nosuchfs none ro
	run_fails 1 'this kernel has no file system "nosuchfs"' runlet run --bundle "$BUNDLE" "$ID"
	container_is_gone
}

@test "an option that the file system does not know is refused by name" {
	bundle_make
	bundle_mount /data tmpfs tmpfs nosuchoption=7
	run_fails 1 nosuchoption runlet run --bundle "$BUNDLE" "$ID"
}

@test "a cgroup mount shows the container's own cgroup" {
	require cgroup1
	bundle_make 'ls /sys/fs/cgroup; cat /sys/fs/cgroup/pids/cgroup.procs; mkdir /sys/fs/cgroup/pids/sub 2>&1'
	bundle_edit '.linux.namespaces += [{ type: "cgroup" }] | .process.capabilities = null'
	bundle_mount /sys/fs/cgroup cgroup cgroup nosuid,noexec,nodev,relatime,ro
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said pids
	said memory
	grep -qx 1 <<< "$output"
	said "Read-only file system"
}

# ---- binds -----------------------------------------------------------------------------------

@test "a bind shows the source, writes included" {
	bundle_make 'cat /data/wood; echo ash > /data/new'
	bundle_mount /data bind "$SOURCE_DIR" bind
	container_run
	said_only oak
	[ "$(cat "$SOURCE_DIR/new")" = ash ]
}

@test "what makes a bind is the option, whatever the type; or the type" {
	bundle_make 'cat /a/wood /b/wood /c/wood'
	bundle_mount /a none "$SOURCE_DIR" bind
	bundle_mount /b bind "$SOURCE_DIR" ro
	bundle_edit --arg source "$SOURCE_DIR" '.mounts += [{ destination: "/c", source: $source, options: ["rbind"] }]'
	container_run
	said_only $'oak\noak\noak'
}

@test "a file is bound on a file, which is made if it is not there" {
	bundle_make 'cat /etc/new /etc/passwd'
	bundle_mount /etc/new bind "$SOURCE_DIR/wood" bind,ro
	bundle_mount /etc/passwd bind "$SOURCE_DIR/wood" bind
	container_run
	said_only $'oak\noak'
	[ ! -s "$BUNDLE/rootfs/etc/new" ]
	grep -q root "$BUNDLE/rootfs/etc/passwd"
}

@test "sockets, pipes and devices are bound like files" {
	bundle_make 'test -p /pipe && test -c /zero && head -c 3 /zero | wc -c'
	mkfifo "$SOURCE_DIR/pipe"
	bundle_mount /pipe bind "$SOURCE_DIR/pipe" bind
	bundle_mount /zero bind /dev/zero bind
	container_run
	said_only 3
}

@test "a relative source counts from the bundle" {
	bundle_make 'cat /data/file'
	mkdir "$BUNDLE/beside"
	echo beside > "$BUNDLE/beside/file"
	bundle_mount /data bind beside bind
	container_run
	said_only beside
}

@test "a source that is missing is refused by name, and is not made" {
	bundle_make true
	bundle_mount /data bind "$WORK/nowhere" bind
	run_fails 1 "$WORK/nowhere" runlet run --bundle "$BUNDLE" "$ID"
	[ ! -e "$WORK/nowhere" ]
	container_is_gone
}

@test "a directory is not bound on a file, nor a file on a directory" {
	bundle_make true
	bundle_mount /etc/passwd bind "$SOURCE_DIR" bind
	run_fails 1 "/etc/passwd" runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit 'del(.mounts[-1])'
	bundle_mount /etc bind "$SOURCE_DIR/wood" bind
	run_fails 1 "a file cannot be mounted on a directory" runlet run --bundle "$BUNDLE" "$ID"
}

@test "bind takes the top alone, rbind the whole tree" {
	require root
	bundle_make 'ls /one/sub /all/sub'
	mkdir "$SOURCE_DIR/sub"
	mount -t tmpfs tmpfs "$SOURCE_DIR/sub"
	touch "$SOURCE_DIR/sub/below"
	bundle_mount /one bind "$SOURCE_DIR" bind
	bundle_mount /all bind "$SOURCE_DIR" rbind
	container_run
	said_only $'/all/sub:\nbelow\n\n/one/sub:'
}

@test "ro is for the top of a tree, rro for all of it" {
	require root
	bundle_make 'touch /top/x; touch /top/sub/x && echo top; touch /all/x; touch /all/sub/x || echo all'
	mkdir "$SOURCE_DIR/sub"
	mount -t tmpfs tmpfs "$SOURCE_DIR/sub"
	bundle_mount /top bind "$SOURCE_DIR" rbind,ro
	bundle_mount /all bind "$SOURCE_DIR" rbind,rro
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	said top
	said all
	[ ! -e "$SOURCE_DIR/x" ]
	[ "$(grep -c "Read-only file system" <<< "$errors")" = 3 ]
}

@test "recursive flags reach the whole tree" {
	require root
	bundle_make
	mkdir "$SOURCE_DIR/sub"
	mount -t tmpfs tmpfs "$SOURCE_DIR/sub"
	bundle_mount /all bind "$SOURCE_DIR" rbind,rnosuid,rnodev,rnoexec,rnoatime,rnodiratime
	bundle_mount /sym bind "$SOURCE_DIR" rbind,rnosymfollow
	look
	has_flags /all nosuid nodev noexec noatime nodiratime
	has_flags /all/sub nosuid nodev noexec noatime nodiratime
	has_flags /sym/sub nosymfollow
}

# ---- options ---------------------------------------------------------------------------------

@test "each flag of a mount is set, and a later word undoes an earlier one" {
	bundle_make
	bundle_mount /a tmpfs tmpfs nosuid,nodev,noexec,noatime,nodiratime,nosymfollow
	bundle_mount /b tmpfs tmpfs nosuid,suid,nodev,dev,noexec,exec,ro,rw,nosymfollow,symfollow,nodiratime,diratime
	bundle_mount /c tmpfs tmpfs defaults,strictatime
	bundle_mount /d tmpfs tmpfs ro,relatime
	bundle_mount /e tmpfs tmpfs sync,dirsync,lazytime,silent
	bundle_mount /f bind "$SOURCE_DIR" bind,ro,nosuid,nodev,noexec
	look
	has_flags /a nosuid nodev noexec noatime nodiratime nosymfollow rw
	has_flags /b !nosuid !nodev !noexec !ro !nosymfollow !nodiratime rw
	has_flags /c !relatime !noatime
	has_flags /d ro relatime
	[[ $(type_of /e) == *sync* && $(type_of /e) == *dirsync* && $(type_of /e) == *lazytime* ]]
	has_flags /f ro nosuid nodev noexec
}

@test "flags do what they say" {
	require root
	bundle_make 'cp /bin/busybox /noexec/echo; /noexec/echo no || echo "not executed"; ln -s /etc/passwd /nosym/link
		cat /nosym/link || echo "not followed"; touch /ro/x || echo "not written"; head -c 1 /nodev/zero || echo "not opened"'
	bundle_mount /noexec tmpfs tmpfs noexec
	bundle_mount /nosym tmpfs tmpfs nosymfollow
	bundle_mount /ro tmpfs tmpfs ro
	mknod "$SOURCE_DIR/zero" c 1 5
	bundle_mount /nodev bind "$SOURCE_DIR" bind,nodev
	container_run
	said "not executed"
	said "not followed"
	said "not written"
	said "not opened"
}

@test "a remount changes what an earlier entry made" {
	bundle_make
	bundle_mount /data tmpfs tmpfs size=1m
	bundle_mount /data tmpfs tmpfs remount,ro,nosuid
	look
	has_flags /data ro nosuid
	[ "$(awk '$5 == "/data"' <<< "$output" | wc -l)" = 1 ]
}

@test "a source's flags are kept by a bind that says nothing about them" {
	require root
	bundle_make
	mount -t tmpfs -o nosuid,nodev,noexec tmpfs "$SOURCE_DIR"
	bundle_mount /data bind "$SOURCE_DIR" bind
	look
	has_flags /data rw nosuid nodev noexec
}

@test "a user namespace keeps the flags of a source that are locked, and says so if they are to go" {
	require root userns
	bundle_make
	bundle_has_user_namespace
	mount -t tmpfs -o nosuid,nodev,noexec tmpfs "$SOURCE_DIR"
	bundle_mount /data bind "$SOURCE_DIR" bind,ro
	look
	has_flags /data ro nosuid nodev noexec
	bundle_edit '.mounts[-1].options = ["bind", "suid", "exec"]'
	run_fails 1 "clear the locked flags nosuid,noexec of the source" runlet run --bundle "$BUNDLE" "$ID"
}

@test "options of a file system have no place with a bind" {
	bundle_make true
	bundle_mount /data bind "$SOURCE_DIR" bind,size=1m
	run_fails 1 'a bind mount cannot have options of a file system: "size=1m"' runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit 'del(.mounts[-1])'
	bundle_mount /data bind "$SOURCE_DIR" bind,tmpcopyup
	run_fails 1 "only a tmpfs can have the option tmpcopyup" runlet run --bundle "$BUNDLE" "$ID"
}

# ---- order and places ------------------------------------------------------------------------

@test "mounts are made in their order: a later one covers, and may lie in an earlier one" {
	bundle_make 'ls /data; cat /data/inner/wood'
	bundle_mount /data tmpfs tmpfs mode=755
	bundle_mount /data/inner bind "$SOURCE_DIR" bind
	bundle_mount /hidden bind "$SOURCE_DIR" bind
	bundle_mount /hidden tmpfs tmpfs mode=755
	container_run
	said_only $'inner\noak'
	bundle_runs 'ls /hidden | wc -l'
	container_run
	said_only 0
}

@test "mount points that are missing are made, with 755 and root as their owner" {
	require root
	bundle_make 'stat -c %a:%u /a /a/b /a/b/c'
	(umask 077 && bundle_mount /a/b/c bind "$SOURCE_DIR" bind && container_run)
	[ "$(stat -c %a:%u "$BUNDLE/rootfs/a" "$BUNDLE/rootfs/a/b" | xargs)" = "755:0 755:0" ]
}

@test "a relative destination counts from the root" {
	bundle_make 'cat /rel/data/wood'
	bundle_mount rel/data bind "$SOURCE_DIR" bind
	container_run
	said_only oak
}

@test "a destination that climbs stays in the root" {
	bundle_make 'cat /up/wood'
	bundle_mount /../../../../up bind "$SOURCE_DIR" bind
	container_run
	said_only oak
	[ ! -e /up ]
}

@test "the root itself and the inside of /proc are no places for a mount" {
	bundle_make true
	bundle_mount / tmpfs tmpfs nosuid
	run_fails 1 "the root itself cannot be mounted over" runlet run --bundle "$BUNDLE" "$ID"
	local place
	for place in /proc/self/attr /proc/sys /proc/self /proc/thread-self; do
		bundle_edit 'del(.mounts[-1])'
		bundle_mount "$place" tmpfs tmpfs nosuid
		run_fails 1 "\"$place\" cannot be mounted because it is inside /proc" runlet run --bundle "$BUNDLE" "$ID"
	done
	bundle_edit 'del(.mounts[-1])'
	bundle_mount /proc bind "$SOURCE_DIR" bind
	run_fails 1 '"/proc" cannot be mounted because it is not of type proc' runlet run --bundle "$BUNDLE" "$ID"
	bundle_edit 'del(.mounts[-1])'
	bundle_mount /proc/uptime bind "$SOURCE_DIR/wood" bind
	bundle_runs 'cat /proc/uptime'
	container_run
	said_only oak
}

# ---- propagation -----------------------------------------------------------------------------

@test "nothing is shared with the host unless asked" {
	require root
	bundle_make
	mount -t tmpfs tmpfs "$SOURCE_DIR"
	mount --make-shared "$SOURCE_DIR"
	bundle_mount /data bind "$SOURCE_DIR" rbind
	bundle_mount /private bind "$SOURCE_DIR" rbind,rprivate
	bundle_mount /slave bind "$SOURCE_DIR" rbind,rslave
	bundle_mount /shared bind "$SOURCE_DIR" rbind,rshared
	bundle_mount /unbindable bind "$SOURCE_DIR" bind,unbindable
	look
	[ "$(propagation_of /)" != shared ]
	[[ $(propagation_of /data) != shared:* ]]
	[ "$(propagation_of /private)" = private ]
	[[ $(propagation_of /slave) = master:* ]]
	[[ $(propagation_of /shared) = shared:* ]]
	[ "$(propagation_of /unbindable)" = unbindable ]
}

@test "what the host mounts later shows in a slave; what the container mounts does not come back" {
	require root
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.process.capabilities)'
	mount -t tmpfs tmpfs "$SOURCE_DIR"
	mount --make-shared "$SOURCE_DIR"
	mkdir "$SOURCE_DIR/sub" "$SOURCE_DIR/own"
	bundle_mount /data bind "$SOURCE_DIR" rbind,rslave
	bundle_mount /closed bind "$SOURCE_DIR" rbind,rprivate
	container_up
	mount -t tmpfs tmpfs "$SOURCE_DIR/sub"
	touch "$SOURCE_DIR/sub/late"
	container_exec 'mount -t tmpfs tmpfs /data/own; touch /data/own/inside; ls /data/sub /closed/sub'
	said late
	[ "$(grep -c late <<< "$output")" = 1 ]
	[ -z "$(ls "$SOURCE_DIR/own")" ]
}

@test "what a container mounts in a shared tree shows on the host" {
	require root
	bundle_make 'exec sleep 60'
	bundle_edit 'del(.process.capabilities)'
	mount -t tmpfs tmpfs "$SOURCE_DIR"
	mount --make-shared "$SOURCE_DIR"
	mkdir "$SOURCE_DIR/own"
	bundle_mount /data bind "$SOURCE_DIR" rbind,rshared
	container_up
	container_exec 'mount -t tmpfs tmpfs /data/own; touch /data/own/inside'
	[ -e "$SOURCE_DIR/own/inside" ]
	container_exec 'umount /data/own'
	[ ! -e "$SOURCE_DIR/own/inside" ]
}

# ---- ids -------------------------------------------------------------------------------------

@test "an idmapped bind shows owners as its maps say, and writes them back" {
	require root kernel:5.12
	bundle_make 'stat -c %u:%g /data/wood'
	bundle_mount /data bind "$SOURCE_DIR" bind
	bundle_edit '.mounts[-1] += { uidMappings: [{ containerID: 0, hostID: 5000, size: 10 }],
		gidMappings: [{ containerID: 0, hostID: 6000, size: 10 }] }'
	container_run
	said_only 5000:6000
	bundle_edit '.process.user = { uid: 5003, gid: 6004 } | .process.args[2] = "touch /data/made"'
	chmod 777 "$SOURCE_DIR"
	container_run
	[ "$(stat -c %u:%g "$SOURCE_DIR/made")" = 3:4 ]
}

@test "idmap alone means the maps of the container's user namespace" {
	require root kernel:5.12 userns
	bundle_make 'stat -c %u:%g /plain/wood /mapped/wood'
	bundle_has_user_namespace
	bundle_mount /plain bind "$SOURCE_DIR" bind
	bundle_mount /mapped bind "$SOURCE_DIR" bind,idmap
	container_run
	said_only $'65534:65534\n0:0'
}

@test "ids of a mount need both maps" {
	bundle_make true
	bundle_mount /data bind "$SOURCE_DIR" bind
	bundle_edit '.mounts[-1] += { uidMappings: [{ containerID: 0, hostID: 5000, size: 10 }] }'
	run_fails 1 "gidMappings" runlet run --bundle "$BUNDLE" "$ID"
}

# ---- paths that want to lead out -------------------------------------------------------------

@test "a mount point behind links lies in the root, wherever they point" {
	bundle_make 'cat /run/x/wood /chain/wood'
	ln -s /run "$BUNDLE/rootfs/var/run"
	mkdir "$WORK/outside"
	ln -s ../../../../../../../..$WORK/outside "$BUNDLE/rootfs/chain"
	bundle_mount /var/run/x bind "$SOURCE_DIR" bind
	bundle_mount /chain bind "$SOURCE_DIR" bind
	container_run
	said_only $'oak\noak'
	[ -z "$(ls "$WORK/outside")" ]
}

@test "nothing is made outside by a link that dangles" {
	bundle_make true
	local place
	for place in dir file etc/hosts; do
		rm -f "$BUNDLE/rootfs/$place"
		ln -s "$WORK/made-$(basename "$place")" "$BUNDLE/rootfs/$place"
	done
	bundle_mount /dir tmpfs tmpfs nosuid
	bundle_mount /file bind "$SOURCE_DIR/wood" bind
	bundle_mount /etc/hosts bind "$SOURCE_DIR/wood" bind
	run_quietly runlet run --bundle "$BUNDLE" "$ID"
	[ "$status" -le 1 ]
	[ -z "$(find "$WORK" -maxdepth 1 -name 'made-*')" ]
}

@test "a /proc or /sys that is no directory is refused" {
	bundle_make true
	local what
	for what in /tmp "$WORK" nowhere ../../..; do
		rm -rf "$BUNDLE/rootfs/proc"
		ln -s "$what" "$BUNDLE/rootfs/proc"
		run_fails 1 'filesystem "proc" must be mounted on ordinary directory' runlet run --bundle "$BUNDLE" "$ID"
	done
	rm "$BUNDLE/rootfs/proc"
	mkdir "$BUNDLE/rootfs/proc"
	rm -rf "$BUNDLE/rootfs/sys"
	ln -s /etc "$BUNDLE/rootfs/sys"
	run_fails 1 'filesystem "sysfs" must be mounted on ordinary directory' runlet run --bundle "$BUNDLE" "$ID"
}

@test "a path that is swapped for a link while we mount leads nowhere" {
	require probe
	bundle_make true
	mkdir -p "$WORK/volume/a" "$WORK/outside"
	ln -s "$WORK/outside" "$WORK/volume/b"
	bundle_mount /v bind "$WORK/volume" bind
	bundle_mount /v/a/tmp tmpfs tmpfs nosuid
	bundle_mount /v/a/file bind "$SOURCE_DIR/wood" bind
	COOPERAGE_TEST=$ID "$PROBE" swap "$WORK/volume/a" "$WORK/volume/b" 3>&- &
	local swapper=$! round
	for ((round = 0; round < 60; round++)); do
		run_quietly runlet run --bundle "$BUNDLE" "$ID"
		[ "$status" -le 1 ] || explain "should have gone well or been refused" "$round"
		[ -z "$(ls -A "$WORK/outside")" ]
	done
	kill "$swapper"
	not grep -q "$WORK/outside" /proc/self/mountinfo
}

@test "copy-symlink copies a link; src-nofollow and dest-nofollow do not go behind it" {
	bundle_make 'readlink /copied; cat /copied'
	ln -s /etc/passwd "$SOURCE_DIR/link"
	bundle_mount /copied bind "$SOURCE_DIR/link" bind,copy-symlink
	container_run
	said /etc/passwd
	said root:x
}
