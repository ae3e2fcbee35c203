# SPDX-License-Identifier: Apache-2.0
# What a test needs: `require root cgroup2 podman`. A test that lacks something skips and names it.
# A word is one of the table below, a kernel ("kernel:5.12"), a controller ("cgroup:memory"), a
# capability ("cap:sys_resource"), or else a program. Most suites want `containers`, which a user can
# make too; what needs more says `root`.

require() { # WORD…
	local word
	for word in "$@"; do
		missing "$word" > /dev/null || skip "needs $(missing "$word")"
	done
}

# Says what is missing, and fails, or says nothing.
missing() { # WORD
	case $1 in
	root) [ "$EUID" = 0 ] || absent "root" ;;
	containers) [ "$EUID" = 0 ] || subordinate_ids /etc/subuid > /dev/null || absent "root, or subordinate ids" ;;
	cgroups) [ -n "$(bundle_cgroup)" ] || absent "a cgroup that is ours" ;;
	realm) [ "$EUID" = 0 ] || unshare --user true 2> /dev/null || absent "root or user namespaces" ;;
	reachable) programs_are_reachable || absent "a build directory that other users can reach" ;;
	user) [ "$EUID" != 0 ] || absent "a user who is not root" ;;
	cgroup1) [ -d /sys/fs/cgroup/memory ] || absent "cgroup version 1" ;;
	cgroup2) [ -f /sys/fs/cgroup/cgroup.controllers ] || absent "cgroup version 2" ;;
	unified) [ -n "$(cgroup2_mount)" ] || absent "a cgroup version 2 mount" ;;
	systemd) [ -d /run/systemd/system ] || absent "systemd as process 1" ;;
	userns) unshare --user true 2> /dev/null || absent "user namespaces" ;;
	timens) [ -e /proc/self/ns/time ] || absent "time namespaces" ;;
	overlay) grep -qw overlay /proc/filesystems || modprobe -qn overlay 2> /dev/null || absent "overlayfs" ;;
	seccomp) grep -q '^Seccomp:' /proc/self/status || absent "seccomp" ;;
	apparmor) lsm_is apparmor || absent "AppArmor" ;;
	selinux) lsm_is selinux || absent "SELinux" ;;
	data) [ -d "$DATA" ] || absent "the data of COOPERAGE_DATA" ;;
	plain) [ -z "${INSTRUMENTED:-}" ] || absent "programs without a sanitizer or coverage in them" ;;
	probe) [ -x "$PROBE" ] || absent "tests/runtime/probe, which make check-root builds" ;;
	faults) [ -x "$FAULT" ] || absent "tests/faults/fault, which make check-root builds" ;;
	busybox) busybox_is_static || absent "a static busybox" ;;
	kernel:*) kernel_is "${1#kernel:}" || absent "Linux ${1#kernel:}, this is $(uname -r)" ;;
	cgroup2:*) grep -qw "${1#cgroup2:}" "$(cgroup2_mount)/cgroup.controllers" 2> /dev/null || absent "the ${1#cgroup2:} controller on cgroup version 2" ;;
	cgroup:*) controller_is "${1#cgroup:}" || absent "the ${1#cgroup:} controller" ;;
	cap:*) capability_is "${1#cap:}" || absent "CAP_${1#cap:}" ;;
	*) command -v "$1" > /dev/null || absent "$1" ;;
	esac
}

# A clone below /root is nobody else's to run programs from.
programs_are_reachable() {
	[ "$EUID" != 0 ] || setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$BUILD/cooper"
}

absent() {
	echo "$1"
	return 1
}

cgroup2_mount() {
	awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts
}

controller_is() {
	[ -d "/sys/fs/cgroup/$1" ] || grep -qw "$1" "$(cgroup2_mount)/cgroup.controllers" 2> /dev/null
}

lsm_is() {
	grep -qw "$1" /sys/kernel/security/lsm 2> /dev/null
}

kernel_is() {
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

# A name or a number of the bounding set we could use: cap:sys_resource.
capability_is() {
	local -A number=([sys_admin]=21 [sys_resource]=24 [sys_time]=25 [mknod]=27 [net_admin]=12 [bpf]=39
		[checkpoint_restore]=40 [sys_nice]=23 [mac_admin]=33)
	local held
	held=$(awk '/^CapEff/ { print $2 }' /proc/self/status)
	(((16#$held >> ${number[${1,,}]:?unknown capability}) & 1))
}

# The first of 65536 ids that are ours.
subordinate_ids() { # FILE
	awk -F: -v name="$(id -un)" '$1 == name && $3 >= 65536 { print $2; found = 1; exit } END { exit !found }' "$1" 2> /dev/null
}

# Found out once for all tests of a run.
busybox_is_static() {
	local busybox known=$BATS_RUN_TMPDIR/busybox-is-static
	[ ! -e "$known" ] || return 0
	busybox=$(command -v busybox) && ! readelf -lW "$busybox" | grep -q INTERP && : > "$known"
}
