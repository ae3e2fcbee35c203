#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # what the parts share is set in one and used in another
# Part of bench.sh: the one table, and bench.json.

versions() {
	for program in runlet cooper crun runc youki podman buildah umoci skopeo docker; do
		where=$(found $program)
		[ ! -x "$where" ] || printf '%s\t%s\n' $program "$("$where" --version 2> /dev/null | head -n 1)"
	done | jq -Rn '[inputs / "\t" | {(.[0]): .[1]}] | add'
}

cgroup_layout() {
	[ ! -f /sys/fs/cgroup/cgroup.controllers ] || { echo v2; return; }
	[ -z "${BENCH_UNIFIED:-}" ] || { echo "hybrid, without the v2 part while measured"; return; }
	echo v1
}

machine() {
	jq -n --arg kernel "$(uname -r)" --arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
		--argjson cpus "$(getconf _NPROCESSORS_ONLN)" \
		--argjson memory_kib "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" \
		--arg cgroups "$(cgroup_layout)" --arg storage "$(stat -f -c %T "$work")" \
		--arg load "$(cut -d' ' -f1-3 /proc/loadavg)" '$ARGS.named'
}

# A row is a step, a column a peer. A cell: the median in milliseconds, and how many times that is as
# long as ours, with the quartiles of that ratio; or that the peer is missing, or fell out.
rows='
def fixed(n): . * pow(10; n) | round / pow(10; n) | tostring |
	if n > 0 then (. / ".") | (.[0] + "." + ((.[1] // "") + "000")[:n]) else . end;
def ms: . / 1000 | if . >= 100 then fixed(0) elif . >= 10 then fixed(1) else fixed(2) end;
def cell: if .failed then "failed" else (.median | ms) +
	(if .ratio then "  x" + (.ratio.median | fixed(2)) + " (" + (.ratio.q1 | fixed(2)) + "-" + (.ratio.q3 | fixed(2)) + ")"
	else "" end) end;
def columns(f): . as $all | ($names | split(" ")) | map(. as $peer | if $versions[$peer] == null and $peer != "floor" then "missing"
	else [$all[] | select(.peer == $peer)][0] | if . == null then "-" else f end end);
def once(f): reduce (.[] | f) as $key ([]; if index([$key]) then . else . + [$key] end);
def row(title; f): [title] + columns(f) | join("\t");

($names | split(" ")) as $peers |
map(select(.peer as $peer | $peers | index($peer))) |
([$title] + $peers | join("\t")),
(. as $all | once([.size, .step])[] as $key | $all | map(select([.size, .step] == $key)) |
	if $key[1] == "memory.limit" then
		row("least memory limit, KiB"; if .failed then "failed" else .smallest_kib | tostring end)
	else
		row((if $key[0] == "1" or $key[0] == "Debian" then "" else $key[0] + ": " end) + $key[1]; cell)
	end),
(map(.size)[0] as $first | map(select(.size == $first and .peak_kib)) |
	. as $all | once([.step])[] as $key | $all | map(select([.step] == $key)) | $key[0] as $step | row("peak MiB of " + $step; .peak_kib / 1024 | fixed(1)))
'

block() { # TITLE "PEERS"
	jq -rs --argjson versions "$(versions)" --arg title "$1" --arg names "$2" "$rows" "$results"
	echo
}

align() {
	awk -F '\t' '
		{ for (i = 1; i <= NF; i++) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } fields[NR] = NF }
		END {
			for (line = 1; line <= NR; line++) {
				text = ""
				for (i = 1; i <= fields[line]; i++)
					text = text sprintf("%-" (width[i] + 2) "s", cell[line, i])
				sub(/ +$/, "", text)
				print text
			}
		}'
}

report() { # RESULTS JSON
	jq -s --argjson machine "$(machine)" --argjson versions "$(versions)" \
		'{unit: "microseconds", machine: $machine, versions: $versions, results: .}' "$1" > "$2"
	{
		block "median ms (x ours)" "runlet floor crun runc youki"
		block "median ms (x ours)" "cooper buildah podman docker umoci skopeo"
	} | align
	jq -r 'select(.failed) | "\(.peer) is out, \(.step): \(.failed)"' "$1"
}
