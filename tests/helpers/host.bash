# SPDX-License-Identifier: Apache-2.0
# Proves that a test left nothing behind: mounts, cgroups, container states, processes, network links,
# loop devices.

# Everything that could be left, one thing a line. Each test asks twice, so it costs few processes.
host_picture() { # [new]: of a test that only begins there is nothing
	local line lines file
	mapfile -t lines < /proc/self/mountinfo
	for line in "${lines[@]}"; do
		[[ $line =~ ^[^\ ]+\ [^\ ]+\ [^\ ]+\ ([^\ ]+\ [^\ ]+) ]] && echo "mount ${BASH_REMATCH[1]}"
	done
	printf 'network link %s\n' /sys/class/net/*
	for file in /sys/block/loop*/loop/backing_file; do
		{ read -r line < "$file"; } 2> /dev/null && echo "loop device $file:$line"
	done
	[ "${1:-}" != new ] || return 0
	find /sys/fs/cgroup -type d -name "*$ID*" -printf 'cgroup %p\n' 2> /dev/null || true
	for file in "$STATE"/*; do
		[ ! -e "$file" ] || echo "container state ${file##*/}"
	done
	host_processes
}

# Ours are: what run_ok and its kin started (it carries our mark), what is in a cgroup of ours, and
# what has its root in our work directory. Others may have copies of our mounts in namespaces of theirs.
host_processes() {
	local pid file args
	local -A known=()
	grep -Elzs -e "^COOPERAGE_TEST=$ID\$" -e "/cooperage-$ID([/[:space:]]|\$)" -e " [^ ]*/${WORK##*/}/[^ ]* / " \
		/proc/[0-9]*/{environ,cgroup,mountinfo} | while IFS=/ read -r _ _ pid file; do
		[[ -z ${known[$pid]:-} && ($file != mountinfo || ! /proc/$pid/ns/mnt -ef /proc/self/ns/mnt) ]] || continue
		known[$pid]=yes
		{ mapfile -d '' -t args < "/proc/$pid/cmdline"; } 2> /dev/null && echo "process $pid ${args[*]}"
	done || true
}

host_remember() {
	host_before=$(host_picture new)
}

# In whatever order.
host_looks_as_before() {
	[ "$host_after" = "$host_before" ] || cmp -s <(sort <<< "$host_before") <(sort <<< "$host_after")
}

# A process that was killed may take a moment to be gone: $PATIENCE tries, 50 ms apart.
host_is_unchanged() {
	local tries host_after
	for ((tries = 0; tries < ${PATIENCE:-40}; tries++)); do
		host_after=$(host_picture)
		if host_looks_as_before; then
			return 0
		fi
		sleep 0.05
	done
	echo "left behind (>) or taken away (<):"
	diff <(sort <<< "$host_before") <(sort <<< "$host_after") | grep '^[<>]'
	return 1
}

# What a broken test leaves must not spoil the next.
host_restore() {
	local pid directory
	for pid in $(host_processes | cut -d ' ' -f 2 | sort -u); do
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
