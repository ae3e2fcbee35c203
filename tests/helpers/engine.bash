# SPDX-License-Identifier: Apache-2.0
# Engines that run containers by runlet: a directory for all that a file of tests makes, an image in it.

# What every container gets: hard limits cannot be raised without CAP_SYS_RESOURCE, and a network
# would need programs and rules of the host's.
ENGINE_LIMITS=(--network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024)

# Makes $ENGINE, and in $ENGINE/image the root of an image; fails if a program is not there.
engine_begin() { # PROGRAM…
	local program
	[ "$EUID" = 0 ] && busybox_is_static || return 1
	for program in "$@"; do
		command -v "$program" > /dev/null || return 1
	done
	ENGINE=$(mktemp -d /tmp/cooperage-engine-XXXXXX)
	export ENGINE
	engine_root "$ENGINE/image"
}

engine_root() { # DIRECTORY
	mkdir -p "$1"/{bin,dev,etc,proc,sys,tmp,data}
	cp "$(command -v busybox)" "$1/bin/busybox"
	local applet
	for applet in $("$1/bin/busybox" --list); do
		[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:web:/:/bin/sh\n' > "$1/etc/passwd"
}

engine_end() {
	[ -n "${ENGINE:-}" ] || return 0
	local place
	for place in $(awk -v root="$ENGINE/" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo | tac); do
		umount -l "$place"
	done
	find /sys/fs/cgroup -depth -type d -path "*/${ENGINE##*/}*" -exec rmdir {} \; 2> /dev/null || true
	rm -rf --one-file-system "$ENGINE"
}

# Starts a daemon, whose process becomes the caller's $DAEMON, and waits until it answers.
engine_daemon() { # NAME "PROBE COMMAND" COMMAND…
	local name=$1 probe=$2 tries
	shift 2
	"$@" > "$ENGINE/$name.log" 2>&1 < /dev/null 3>&- &
	DAEMON=$!
	for ((tries = 0; tries < 200; tries++)); do
		# shellcheck disable=SC2086
		$probe > /dev/null 2>&1 3>&- && return
		sleep 0.1
	done
	cat "$ENGINE/$name.log"
	return 1
}

engine_stop() { # PROCESS
	kill "$1" 2> /dev/null || return 0
	timeout 20 tail --pid="$1" -f /dev/null || kill -KILL "$1"
}

# What an engine mounts in its own directory is its own.
eval "picture_of_all()$(declare -f host_picture | tail -n +2)"
host_picture() {
	picture_of_all "$@" | grep -v "${ENGINE:-/no/engine}"
}

# With a terminal on both ends, as from a shell, and a keyboard that nobody touches: at the end of its
# own input script types an end-of-file, upon which containerd's shim closes the container's console,
# with all that was still to be read from it. The shell of script is bash, whatever the user's is: others
# lose its exported functions, or stand between the terminal and the command.
in_terminal() { # COMMAND…
	local line keyboard=$WORK/keyboard
	printf -v line '%q ' "$@"
	[ -p "$keyboard" ] || mkfifo "$keyboard"
	exec {keys}<> "$keyboard"
	INPUT=$keyboard SHELL=$BASH run_quietly timeout 60 script -qec "$line" /dev/null
	exec {keys}<&-
}
