#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # what the parts share is set in one and used in another
# Part of bench.sh: each command of the runtimes on the config.json that Podman writes for a plain
# `podman run /bin/true`; alone, and while hundreds of other containers of the same runtime live. Those
# are plainer, for they only have to be there: two namespaces, two mounts, a cgroup, a sleeping process.

# Bit 24 of the effective capabilities.
may_raise_limits() {
	case $(awk '/^CapEff/ { print substr($2, length($2) - 6, 1) }' /proc/self/status) in
	[13579bdf]) echo keep ;;
	*) echo drop ;;
	esac
}

make_root() { # DIRECTORY
	mkdir -p "$1/bin" "$1/dev" "$1/proc" "$1/sys" "$1/etc" "$1/tmp"
	cp "$busybox" "$1/bin/busybox"
	for applet in $(busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' > "$1/etc/passwd"
}

make_bundles() { # RUNTIME
	mkdir -p "$work/$1/short" "$work/$1/long" "$work/$1/plain"
	jq --arg root "$work/rootfs" --arg cgroup "/$name/$1" --arg rlimits "$(may_raise_limits)" '
		.ociVersion = "1.0.0" | .root.path = $root | .linux.cgroupsPath = $cgroup |
		if $rlimits == "drop" then del(.process.rlimits) else . end' \
		"$config" > "$work/$1/short/config.json"
	jq '.process.args = ["/bin/sleep", "10000"]' "$work/$1/short/config.json" > "$work/$1/long/config.json"
	jq 'del(.linux.seccomp, .linux.sysctl, .linux.maskedPaths, .linux.readonlyPaths, .hostname) |
		.linux.namespaces = [{type: "pid"}, {type: "mount"}] |
		.mounts = [.mounts[] | select(.destination == "/proc" or .destination == "/dev")]' \
		"$work/$1/long/config.json" > "$work/$1/plain/config.json"
}

runtimes=

plan_of() { # RUNTIME PROGRAM ALIVE
	at=$work/$1
	set -- "$1" 0 "$2" --root "$at/state" "$3"
	peer=$1 program=$3 alive=$6 id=measured
	root="--root$tab$at/state"
	line() { # STEP END ARGUMENTS…
		step=$1 end=$2
		shift 2
		plan "$step" "$peer" "$end" "$program" "$root" "$@"
	}
	line "state of none" ! state $id
	[ "$alive" -gt 1 ] || line run 0 run --bundle "$at/short" $id
	line create 0 create --bundle "$at/long" --pid-file "$at/pid" $id
	line state 0 state $id
	line start 0 start $id
	line exec 0 exec $id /bin/true
	line list 0 list
	line kill 0 kill $id KILL
	plan -await "$peer" 0 @await "$at/pid"
	line delete 0 delete $id
}

# Those that shall be there, from number FROM to number TO; each runtime makes its own.
populate() { # RUNTIME FROM TO
	program=$(found "$1")
	at=$work/$1
	count=$2
	while [ "$count" -le "$3" ]; do
		mkdir -p "$at/others/$count"
		sed "s#\"/$name/$1\"#\"/$name/$1-$count\"#" "$at/plain/config.json" > "$at/others/$count/config.json"
		"$program" --root "$at/state" create --bundle "$at/others/$count" "other-$count" \
			> /dev/null 2> "$at/said" < /dev/null && "$program" --root "$at/state" start "other-$count" 2> "$at/said" ||
			{ say "$1 cannot make container $count: $(cat "$at/said")"; return 1; }
		count=$((count + 1))
	done
}

measure_containers() { # ALIVE ROUNDS
	{
		[ "$1" -gt 1 ] || plan run floor 0 "$build/tests/bench/floor" "$work/rootfs" /bin/true
		for runtime in $runtimes; do
			plan_of "$runtime" "$(found "$runtime")" "$1"
		done
	} | measure "$1" runlet "$2"
}

begin() {
	make_root "$work/rootfs"
	for runtime in runlet crun runc youki; do
		[ -x "$(found "$runtime")" ] || continue
		make_bundles "$runtime" || die "cannot make bundles"
		runtimes="$runtimes $runtime"
	done
}

containers() {
	say "containers, one at a time"
	measure_containers 1 "${ROUNDS:-$([ -n "$quick" ] && echo 10 || echo 60)}"

	made=0
	for size in ${SIZES:-$([ -n "$quick" ] && echo 20 || echo 300 1000)}; do
		say "containers, while $size others of the same runtime live"
		makers=
		for runtime in $runtimes; do
			populate "$runtime" $((made + 1)) "$size" &
			makers="$makers $!"
		done
		for maker in $makers; do
			wait "$maker" || { failed=1; return; }
		done
		made=$size
		measure_containers "$size" "${ROUNDS:-$([ -n "$quick" ] && echo 3 || echo 12)}"
	done
	containers_end
}

# Whatever is there goes, each runtime's own by itself and what it would not take by its cgroup.
containers_end() {
	enders=
	for runtime in $runtimes; do
		for state in "$work/$runtime/state"/*/; do
			[ ! -d "$state" ] || basename "$state"
		done | xargs -r -n 1 "$(found "$runtime")" --root "$work/$runtime/state" delete --force > /dev/null 2>&1 &
		enders="$enders $!"
	done
	for ender in $enders; do
		wait "$ender"
	done
	find /sys/fs/cgroup -path "*/$name/*" -name cgroup.procs -exec cat {} + 2> /dev/null | sort -u | xargs -r kill -KILL 2> /dev/null
}
