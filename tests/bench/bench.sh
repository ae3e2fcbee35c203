#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034 # what the parts share is set in one and used in another
# `make bench`: runlet and cooper beside what else is found on this machine and does the same; prints one
# table and writes bench.json (docs/TESTING.md has its shape). QUICK=1 takes less than a minute.
#
# Two things are the same for all runtimes, so that all can take part: rlimits that need
# CAP_SYS_RESOURCE are left out where that is missing, and ociVersion is one that old releases accept.
# crun refuses a host whose cgroups are hybrid; there all of them run in a mount namespace without the
# version 2 part, entered before anything is timed.
set -u
build=${BUILD:?}
source=${SOURCE:?}
quick=${QUICK:-}
here=$source/tests/bench
config=${COOPERAGE_DATA:-$source/../shared/data}/podman-default-config.json
tab=$(printf '\t')

die() { echo "bench: $*" >&2; exit 1; }
say() { echo "bench: $*" >&2; }

[ "$(id -u)" = 0 ] || die "needs root"
[ -f "$config" ] || die "there is no $config; COOPERAGE_DATA names its directory"
command -v jq > /dev/null || die "needs jq"
busybox=$(command -v busybox) || die "needs a static busybox"

if [ -z "${BENCH_ENTERED:-}" ]; then
	exec env BENCH_ENTERED=yes BENCH_UNIFIED="$([ ! -d /sys/fs/cgroup/unified ] || echo hybrid)" \
		unshare --mount --propagation private \
		sh -c '[ -z "$BENCH_UNIFIED" ] || umount /sys/fs/cgroup/unified; exec "$0"' "$0"
fi

work=$(mktemp -d /var/tmp/cooperage-bench-XXXXXX) || exit 1
name=${work##*/}
results=$work/results
: > "$results"

# One line of a plan: STEP PEER HOW_IT_ENDS COMMAND…
plan() {
	printf '%s' "$1"
	shift
	printf '\t%s' "$@"
	echo
}

# Reads a plan. A peer that falls out is told of in the table.
measure() { # SIZE REFERENCE ROUNDS
	timeout "${BENCH_SECONDS:-400}" "$build/tests/bench/interleave" "$@" > "$work/measured" || failed=1
	cat "$work/measured" >> "$results"
}

found() { # NAME: where it is, or nothing
	case $1 in
	runlet | cooper) echo "$build/$1" ;;
	*) command -v "$1" ;;
	esac
}

failed=0
for part in containers limits images report; do
	# shellcheck source=/dev/null
	. "$here/$part.sh"
done

tidy() {
	trap '' INT TERM
	containers_end
	images_end
	find /sys/fs/cgroup -depth -type d -path "*/$name/*" -exec rmdir {} \; 2> /dev/null
	find /sys/fs/cgroup -depth -type d -name "$name" -exec rmdir {} \; 2> /dev/null
	rm -rf --one-file-system "$work"
}
trap tidy EXIT
trap 'exit 130' INT TERM

begin
for part in ${PARTS:-containers limits images}; do
	$part
done
report "$results" "$build/bench.json"
exit $failed
