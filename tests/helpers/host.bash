# SPDX-License-Identifier: Apache-2.0
# Proves that a test left nothing behind: mounts, cgroups, container states, processes, network links,
# loop devices.

# Everything that could be left, one thing a line.
host_picture() {
	awk '{ print "mount", $4, $5 }' /proc/self/mountinfo | sort
	find /sys/fs/cgroup -type d -name "*$ID*" -printf 'cgroup %p\n' 2> /dev/null | sort
	[ ! -d "$STATE" ] || find "$STATE" -mindepth 1 -maxdepth 1 ! -name '.*' -printf 'container state %f\n' | sort
	printf 'network link %s\n' /sys/class/net/*
	grep -s . /sys/block/loop*/loop/backing_file | sed 's/^/loop device /'
	host_processes | sed 's/^/process /'
}

# Ours are: what run_ok and its kin started (it carries our mark), what is in a cgroup of ours, and
# what has its root in our work directory. Others may have copies of our mounts in namespaces of theirs.
host_processes() {
	local pid here
	here=$(readlink /proc/self/ns/mnt)
	{
		grep -lzxs "COOPERAGE_TEST=$ID" /proc/[0-9]*/environ || true
		grep -lEs "/cooperage-$ID(/|\$)" /proc/[0-9]*/cgroup || true
		grep -lEs " [^ ]*/${WORK##*/}/[^ ]* / " /proc/[0-9]*/mountinfo | while IFS=/ read -r _ _ pid _; do
			[ "$(readlink "/proc/$pid/ns/mnt")" = "$here" ] || echo "/proc/$pid/"
		done || true
	} | cut -d/ -f3 | sort -nu | while read -r pid; do
		[ ! -e "/proc/$pid/cmdline" ] || echo "$pid $(tr '\0' ' ' < "/proc/$pid/cmdline")"
	done
}

host_remember() {
	host_picture > "$WORK/host.before"
}

# A process that was killed may take a moment to be gone: $PATIENCE tries, 50 ms apart.
host_is_unchanged() {
	local tries
	for ((tries = 0; tries < ${PATIENCE:-40}; tries++)); do
		host_picture > "$WORK/host.after"
		if cmp -s "$WORK/host.before" "$WORK/host.after"; then
			return 0
		fi
		sleep 0.05
	done
	echo "left behind (>) or taken away (<):"
	diff "$WORK/host.before" "$WORK/host.after" | grep '^[<>]'
	return 1
}

# What a broken test leaves must not spoil the next.
host_restore() {
	local pid directory
	for pid in $(host_processes | cut -d' ' -f1); do
		kill -KILL "$pid" || true
	done
	for directory in $(awk -v work="$WORK/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | tac); do
		umount -l "$directory" || true
	done
	find /sys/fs/cgroup -depth -type d -path "*$ID*" -exec rmdir {} \; 2> /dev/null || true
}

# Zombies do not.
process_lives() { # PID
	[ -e "/proc/$1/status" ] && ! grep -q '^State:.Z' "/proc/$1/status"
}

process_is_gone() { # PID
	! process_lives "$1"
}
