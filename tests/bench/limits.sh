#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # what the parts share is set in one and used in another
# Part of bench.sh: the smallest limit of memory under which a runtime still gets a container started. It
# counts what the runtime itself takes inside, until it has become the program.

run_within() { # RUNTIME KIB
	jq --argjson limit $(($2 * 1024)) '.linux.resources.memory.limit = $limit' "$work/$1/short/config.json" \
		> "$work/$1/limited/config.json"
	timeout 10 "$(found "$1")" --root "$work/$1/state" run --bundle "$work/$1/limited" limited \
		> /dev/null 2>&1 < /dev/null && return
	timeout 10 "$(found "$1")" --root "$work/$1/state" delete --force limited > /dev/null 2>&1
	return 1
}

# Enough means three times in a row: what a kernel charges differs by some pages.
is_enough() { # RUNTIME KIB
	run_within "$@" || return
	[ -n "$quick" ] || { run_within "$@" && run_within "$@"; }
}

# To 32 KiB.
smallest_of() { # RUNTIME
	little=0 enough=65536
	is_enough "$1" $enough || return 1
	while [ $((enough - little)) -gt 32 ]; do
		middle=$(((little + enough) / 2))
		if is_enough "$1" $middle; then enough=$middle; else little=$middle; fi
	done
	echo $enough
}

limits() {
	[ -d /sys/fs/cgroup/memory ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers 2> /dev/null || return
	say "containers, with as little memory as can be"
	for runtime in $runtimes; do
		mkdir -p "$work/$runtime/limited"
		if kib=$(smallest_of "$runtime"); then
			printf '{"size":"1","step":"memory.limit","peer":"%s","smallest_kib":%d}\n' "$runtime" "$kib" >> "$results"
		else
			printf '{"size":"1","step":"memory.limit","peer":"%s","failed":"not even with 64 MiB"}\n' "$runtime" >> "$results"
		fi
	done
}
