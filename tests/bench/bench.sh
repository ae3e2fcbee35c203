#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make bench`: runlet, crun, runc and the floor, on the config.json that Podman writes for a plain
# `podman run /bin/true`. ROUNDS=n sets how often. Two things are the same for all, so that all can
# take part: rlimits that need CAP_SYS_RESOURCE are left out where that is missing, and ociVersion is
# one that old releases accept. crun refuses a host whose cgroups are hybrid; there all of them run in
# a mount namespace without the version 2 part, entered before anything is timed.
set -u
build=${BUILD:?}
source=${SOURCE:?}
rounds=${ROUNDS:-100}
config=${COOPERAGE_DATA:-$source/../shared/data}/podman-default-config.json

die() { echo "bench: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root"
[ -f "$config" ] || die "there is no $config; COOPERAGE_DATA names its directory"
command -v jq > /dev/null || die "needs jq"
busybox=$(command -v busybox) || die "needs a static busybox"

if [ -z "${BENCH_ENTERED:-}" ] && [ -d /sys/fs/cgroup/unified ]; then
	exec env BENCH_ENTERED=yes unshare --mount --propagation private \
		sh -c 'umount /sys/fs/cgroup/unified; exec "$0"' "$0"
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/rootfs/bin" "$work/rootfs/dev" "$work/rootfs/proc" "$work/rootfs/sys"
cp "$busybox" "$work/rootfs/bin/busybox"
for applet in sh sleep true; do
	ln -s busybox "$work/rootfs/bin/$applet"
done

# Bit 24 of the effective capabilities.
held=$(awk '/^CapEff/ { print substr($2, length($2) - 6, 1) }' /proc/self/status)
case $held in
[13579bdf]) rlimits=keep ;;
*) rlimits=drop ;;
esac

set -- "$rounds" "$build/bench.json" "$build/tests/bench/floor" "$work/rootfs"
for name in runlet crun runc youki; do
	program=$(command -v "$name")
	[ "$name" != runlet ] || program=$build/runlet
	if [ ! -x "$program" ]; then
		echo "bench: $name is missing, not measured"
		continue
	fi
	mkdir -p "$work/$name/short" "$work/$name/long"
	jq --arg root "$work/rootfs" --arg cgroup "/bench-$name-$$" --arg rlimits "$rlimits" '
		.ociVersion = "1.0.0" | .root.path = $root | .linux.cgroupsPath = $cgroup |
		if $rlimits == "drop" then del(.process.rlimits) else . end' \
		"$config" > "$work/$name/short/config.json" || exit 1
	jq '.process.args = ["/bin/sleep", "1000"]' "$work/$name/short/config.json" \
		> "$work/$name/long/config.json" || exit 1
	set -- "$@" "$name=$program=$work/$name"
done

"$build/tests/bench/bench" "$@"
status=$?

# A runtime that fell out may have left its container.
for state in "$work"/*/state/*/; do
	[ -d "$state" ] || continue
	directory=$(dirname "$state")
	name=$(basename "$(dirname "$directory")")
	program=$(command -v "$name")
	[ "$name" != runlet ] || program=$build/runlet
	"$program" --root "$directory" delete --force "$(basename "$state")" > /dev/null 2>&1
done
find /sys/fs/cgroup -depth -type d -name "bench-*-$$" -exec rmdir {} \; 2> /dev/null
exit $status
