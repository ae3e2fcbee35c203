# SPDX-License-Identifier: Apache-2.0
# The sweep of cooper: whatever fails, and wherever it is killed, what was in the store is there still
# and whole, the same command goes well afterwards and gives the same, and nothing is left lying about.
#
# Each point has a copy of a store that was prepared once, all of it in memory; one that it left as it was
# serves the next.
# `cooper.bash COMMAND…` sweeps these alone.
set -u
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
[ -n "${SECLUDED:-}" ] || SECLUDED=1 exec unshare --mount --propagation private bash "${BASH_SOURCE[0]}" "$@"
. "$(dirname "${BASH_SOURCE[0]}")/points.bash"
[ "$IS_SAMPLE" = no ] || SWEEP=2

RUNLET=${RUNLET:-$BUILD/runlet}
COOPER=${COOPER:-$BUILD/cooper}
NAME=cooper
export SOURCE_DATE_EPOCH=1700000000
shopt -s nullglob dotglob globstar

# What changes something, or reads or looks at what must be true.
CALLS=openat,openat2,mkdirat,unlinkat,renameat,renameat2,rename,symlinkat,mknodat,linkat,read,getdents64,write
CALLS+=,writev,pwrite64,copy_file_range,sendfile,ftruncate,fallocate,fchmod,fchmodat,fchown,fchownat,utimensat
CALLS+=,setxattr,lsetxattr,fsetxattr,fsync,fdatasync,syncfs,flock,mount,umount2,open_tree,move_mount
CALLS+=,faccessat,faccessat2,newfstatat
CALLS+=,mount_setattr,fsopen,fsconfig,fsmount,unshare,clone3,clone,execve,wait4,pipe2,memfd_create

# ---- the ground ------------------------------------------------------------------------------

quietly() { # COMMAND…
	timeout -k 5 60 "$COOPER" --root "$STORE" --runtime "$RUNLET" "$@" > "$WORK/output" 2> "$WORK/errors" < /dev/null
}

declare -A look_of
taken='' untouched='' # which of them the store is made of, and still is

prepare() { # NAME COMMAND…: the store as it is after the command
	quietly "${@:2}" || { echo "1..1"; echo "not ok 1 - ${*:2}: $(< "$WORK/errors")"; exit 1; }
	rm -rf "${WORK:?}/$1"
	cp -a "$STORE" "$WORK/$1"
	look_at_store
	look_of[$1]=$seen
}

take() { # NAME: a prepared store becomes the store, if it is not one that the last point left as it was
	if [ "$1" != "$untouched" ]; then
		[ ! -e "$STORE" ] || rm -rf "$STORE"
		cp -a "$WORK/$1" "$STORE"
	fi
	taken=$1 untouched=''
}

make_context() {
	mkdir -p "$WORK/context/files" "$WORK/tree/etc"
	cp "$BUILD/tests/faults/shell" "$WORK/context/shell" 2> "$WORK/errors" || cp "$(command -v busybox)" "$WORK/context/shell"
	echo text > "$WORK/context/files/plain"
	ln -s plain "$WORK/context/files/link"
	echo kept > "$WORK/tree/etc/kept"
	tar -C "$WORK/tree" --owner=0 --group=0 -cf "$WORK/root.tar" .
	printf '%s\n' 'FROM scratch AS base' 'COPY shell /bin/sh' 'FROM base' 'COPY files /files' \
		'RUN echo made > /made' 'COPY --from=base /bin/sh /bin/other' 'CMD ["/bin/sh"]' > "$WORK/context/Dockerfile"
	printf '%s\n' 'FROM scratch' 'COPY shell /bin/sh' 'RUN echo stepped > /stepped' > "$WORK/context/Stepfile"
	printf '%s\n' 'FROM scratch' 'COPY shell /bin/sh' > "$WORK/context/Basefile"
}

# Before each is there what an earlier command reported as stored: the image "kept".
sweep_begin() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/cooperage-sweep-XXXXXX")
	trap sweep_over EXIT
	mount -t tmpfs -o size=512m,mode=700 sweep "$WORK"
	STORE=$WORK/store
	make_context
	prepare kept import "$WORK/root.tar" kept
	look_up kept
	kept=$digest
	prepare based build -f "$WORK/context/Basefile" -t base "$WORK/context"
	take kept
	prepare built build -t built "$WORK/context"
	look_up built
	built=$digest
	quietly save -o "$WORK/reference.tar" built
	quietly tag kept built
	quietly build -f "$WORK/context/Basefile" "$WORK/context"
	quietly bundle --overlay base "$WORK/held"
	quietly rmi base
	prepare littered tag kept built
	quietly prune --all
	pruned=$(remains)
	take based
	quietly build -f "$WORK/context/Stepfile" -t stepped "$WORK/context"
	look_up stepped
	stepped=$digest
	take kept
	quietly import -c 'CMD ["/bin/sh"]' "$WORK/root.tar" imported
	look_up imported
	imported=$digest
	take kept
	prepare loaded load -i "$WORK/reference.tar"
	quietly bundle built "$WORK/bundle"
	reference=$(picture "$WORK/bundle/rootfs")
	rm -rf "$WORK/bundle" "$STORE"
	mounts=$(mounts_below) all_mounts=''
	[ -n "$built" ] && [ -n "$stepped" ] && [ -n "$imported" ] && [ -s "$WORK/reference.tar" ]
}

sweep_over() {
	umount -l "$WORK"
	rmdir "$WORK"
}

# The dynamic linker's calls are before the program's own, and not ours to judge; --version has one.
skip_linker() {
	line_of --version
	strike
	skipped=$((total - 1))
}

# ---- what must be true -----------------------------------------------------------------------

# What jq makes of a document is remembered: most points leave one of a few. Of an index "NAME DIGEST" on each line.
declare -A told_by parts_of
ask_index() {
	local text=''
	read_text text "$STORE/index.json"
	if [ -z "${told_by["=$text"]+known}" ]; then
		told_by["=$text"]=$(jq -er '.manifests[] |
			"\(.annotations["org.opencontainers.image.ref.name"] // "-") \(.digest)"' <<< "$text" 2> /dev/null) ||
			told_by["=$text"]=nothing
	fi
	index=${told_by["=$text"]#nothing}
	[ -n "$index" ]
}

# The digest of a name, in `digest`; empty if there is no such name.
look_up() { # NAME
	local end=$'\n'
	digest=''
	ask_index
	[[ $end$index$end =~ "${end}docker.io/library/$1:latest "([^"$end"]*)"$end" ]] && digest=${BASH_REMATCH[1]}
}

# What a manifest stands on, in `parts`; it is whole.
ask_manifest() { # DIGEST
	[ -n "${parts_of[$1]:-}" ] ||
		parts_of[$1]=$(jq -r '(.config, .layers[]).digest[7:]' "$STORE/blobs/sha256/$1" | tr '\n' ' ')
	parts=${parts_of[$1]}
}

# Others' mounts, of which we have a copy, go when their directories do.
mounts_below() {
	grep -F " $WORK" /proc/self/mountinfo
}

# All that is in a tree; its root is of no layer, and of the time when it was made.
picture() { # DIRECTORY
	(cd "$1" && stat -c '%a %u:%g' . && find . -mindepth 1 -printf '%P %y %m %U:%G %l %T@\n' | LC_ALL=C sort &&
		find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum)
}

# What is in the store, in `seen`: its names, and what the files are. Times are not looked at, nor what differs each
# time (the name of a container that is gone, when a context was seen), nor attributes, as these images have none.
look_at_store() {
	find "$STORE" -printf '%P %y %m %U:%G %l\n' -type f ! -path '*/layers/*/bundle/config.json' ! -path '*/contexts/*' \
		-exec sha256sum {} + > "$WORK/seen"
	read_text seen "$WORK/seen"
}

# All that names stand on is there, and nothing that is there is damaged. Read without cooper's help.
declare -A sound
judge_store() { # WHEN
	look_at_store
	local before=${#wrongs[@]}
	[ -z "${sound["$seen"]:-}" ] || return 0
	judge_names "$1"
	[ ${#wrongs[@]} -gt "$before" ] || sound["$seen"]=yes
}

judge_names() { # WHEN
	local name digest part parts
	local -A whole=()
	while read -r digest name; do
		[[ $name == "$STORE"/blobs/sha256/* ]] || continue
		name=${name##*/}
		[ "$digest" = "$name" ] || wrong "$1: damaged: $name"
		whole[$name]=$digest
	done <<< "$seen"
	ask_index || { wrong "$1: the index cannot be read"; return; }
	while read -r name digest; do
		digest=${digest#sha256:} parts=''
		[ -z "${whole[$digest]:-}" ] || ask_manifest "$digest"
		for part in "$digest" $parts; do
			[ -n "${whole[$part]:-}" ] || wrong "$1: $part is lost, of $name"
		done
	done <<< "$index"
	look_up kept
	[ "$digest" = "$kept" ] || wrong "$1: the image \"kept\" is lost"
}

# Nobody works here any more, so nothing may be half done.
find_litter() {
	local one
	litter=''
	for one in "$STORE"/{tmp,leases,runtime,containers,quarantine}/* "$STORE"/**/*.new*; do
		[[ $one == */runtime/.seccomp || $one == "$STORE"/layers/* ]] || litter+=" ${one#"$STORE/"}"
	done
}

judge_litter() {
	local litter
	find_litter
	[ -n "$litter" ] || return 0
	quietly prune || wrong "prune fails: $(< "$WORK/errors")"
	find_litter
	[ -z "$litter" ] || wrong "left in the store:$litter"
}

# Most points leave one of a few stores, and from one that looks the same the same command goes as well: then
# it need not be done. Nothing may be beside the store, as that is not looked at, and nobody may be at work still.
declare -A went_well
unless_known() { # COMMAND FUNCTION…
	local here=$1$'\n'$seen beside=("$WORK"/bundle* "$WORK"/archive.tar*)
	if [[ ${#beside[@]} -gt 0 || -n $left ]]; then
		"${@:2}"
	elif [ -n "${went_well["$here"]:-}" ]; then
		[ "$seen" != "${look_of["$taken"]}" ] || untouched=$taken
	else
		"${@:2}"
		[ ${#wrongs[@]} -gt 0 ] || went_well["$here"]=yes
	fi
}

# The same command again, undisturbed; `said` is what it tells.
again() { # COMMAND…
	quietly "$@" || wrong "again it fails: $(< "$WORK/errors")"
	read_text said "$WORK/errors" # before anything else speaks
	judge_store afterwards
	judge_litter
}

# The image that the command was to make or name; whatever was made of it before is what it will be.
judge_image() { # NAME DIGEST
	local digest
	judge_store "at once"
	look_up "$1"
	[ "$ending" != exit:0 ] || [ "$digest" = "$2" ] || wrong "it went well, but $1 is ${digest:-not there}"
	[ -z "$digest" ] || [ "$digest" = "$2" ] || wrong "$1 became $digest"
}

again_image() { # NAME DIGEST COMMAND…
	local digest
	again "${@:3}"
	look_up "$1"
	[ "$digest" = "$2" ] || wrong "again, $1 is ${digest:-not there}"
}

after_image() { # NAME DIGEST COMMAND…
	judge_image "$1" "$2"
	unless_known "$3" again_image "$@"
}

sweep_clean() {
	local one text below
	for one in $left; do
		is_gone "$one" || wrong "process $one is left: $(tr '\0' ' ' < "/proc/$one/cmdline")"
	done
	left=''
	read_text text /proc/self/mountinfo
	while [[ $text == *" $WORK/bundle/rootfs "* ]]; do
		umount "$WORK/bundle/rootfs"
		read_text text /proc/self/mountinfo
	done
	if [ "$text" != "$all_mounts" ]; then
		below=$(mounts_below)
		if [ "$below" = "$mounts" ]; then all_mounts=$text; else wrong "mounts are left: $below"; fi
	fi
	for one in "$WORK"/bundle* "$WORK"/archive.tar*; do
		rm -rf "$one"
	done
}

# ---- the commands ----------------------------------------------------------------------------

line_of() { # COMMAND…
	also='' counted=(-i 0 -s "$CALLS")
	line=("$COOPER" --root "$STORE" --runtime "$RUNLET" "$@")
}

# A build tells what it does, and shows where in the Dockerfile it failed; the error is the last line.
may_say_more() { # COMMAND
	[[ $1 == build || $1 == step ]] && [[ ${errors##*$'\n'} == "cooper: build: "* ]]
}

# How many steps are remembered, and not to be done again.
count_steps() {
	local one
	steps=0
	for one in "$STORE"/cache/**/steps/**; do
		[[ ! -f $one || $one == *.new* ]] || steps=$((steps + 1))
	done
}

again_build() { # NAME DIGEST OPTIONS…
	local steps cached rest names name said
	count_steps
	names=("$STORE"/runtime/cooper-*) # containers of builds that were killed
	again_image "$1" "$2" build --progress=plain -t "$1" "${@:3}" "$WORK/context"
	rest=${said//CACHED/}
	cached=$(((${#said} - ${#rest}) / 6))
	[ "$cached" -ge "$steps" ] || wrong "of $steps steps that were done, $((steps - cached)) were done again"
	for name in "${names[@]##*/}"; do
		[ -z "$(compgen -G "/sys/fs/cgroup/*/$name")" ] || wrong "cgroups of $name are left"
	done
}

after_any_build() { # NAME DIGEST OPTIONS…
	judge_image "$1" "$2"
	unless_known "$1" again_build "$@"
}

before_build() { take kept; }
line_build() { line_of build -t built "$WORK/context"; }
after_build() { after_any_build built "$built"; }

# One RUN alone, with all processes that belong to it.
before_step() { take based; }
line_step() {
	line_of build -f "$WORK/context/Stepfile" -t stepped "$WORK/context"
	counted=(-s "$CALLS,-read,-openat")
}
after_step() {
	# A program of the container's that fails may still end well, and leave something else.
	is_ours "$NAME" || is_ours runlet || [[ $fault != fail:* ]] || return 0
	after_any_build stepped "$stepped" -f "$WORK/context/Stepfile"
}

before_tag() { take built; }
line_tag() { line_of tag built other another:1; }
after_tag() { after_image other "$built" tag built other another:1; }

before_import() { take kept; }
line_import() { line_of import -c 'CMD ["/bin/sh"]' "$WORK/root.tar" imported; }
after_import() { after_image imported "$imported" import -c 'CMD ["/bin/sh"]' "$WORK/root.tar" imported; }

before_load() { take kept; }
line_load() { line_of load -i "$WORK/reference.tar"; }
after_load() { after_image built "$built" load -i "$WORK/reference.tar"; }

before_rmi() { take loaded; }
line_rmi() { line_of rmi built; }
after_rmi() {
	local digest
	judge_store "at once"
	look_up built
	[ "$ending" != exit:0 ] || [ -z "$digest" ] || wrong "it went well, but the image is there"
	unless_known rmi again_image built '' rmi --force built
}

# Of an image with a name, and of a bundle that is there.
remains() {
	printf '%s\n' "$STORE"/{blobs/sha256,layers,cache/bundles}/*
}

before_prune() { take littered; }
line_prune() { line_of prune --all; }
again_prune() {
	again prune --all
	[ "$(remains)" = "$pruned" ] || wrong "again, it leaves $(remains | diff <(echo "$pruned") - | tr '\n' ' ')"
}
after_prune() {
	judge_store "at once"
	unless_known prune again_prune
}

before_save() { take built; }
line_save() { line_of save -o "$WORK/archive.tar" built; }
again_save() {
	again save -o "$WORK/archive.tar" built
	cmp -s "$WORK/reference.tar" "$WORK/archive.tar" || wrong "again, the archive is not what it should be"
	local beside=("$WORK"/archive.tar?*)
	[ ${#beside[@]} = 0 ] || wrong "left beside the archive: ${beside[*]}"
}
after_save() {
	judge_store "at once"
	if [ "$ending" = exit:0 ] || [ -e "$WORK/archive.tar" ]; then
		cmp -s "$WORK/reference.tar" "$WORK/archive.tar" || wrong "the archive is not what it should be"
	fi
	unless_known save again_save
}

# What is half made is made again; what is whole, is said to be there.
again_bundle() { # OPTIONS…
	local now
	if [ "$ending" != exit:0 ]; then
		quietly bundle "$@" built "$WORK/bundle" || [[ $(< "$WORK/errors") == *"is a bundle already"* ]] ||
			wrong "again it fails: $(< "$WORK/errors")"
	fi
	now=$(picture "$WORK/bundle/rootfs" 2>&1)
	[ "$now" = "$reference" ] || wrong "its root file system is another: $(diff <(echo "$reference") <(echo "$now") | grep '^[<>]' | head -n 2 | tr '\n' ' ')"
	jq -e .process.args "$WORK/bundle/config.json" > /dev/null || wrong "its config.json is none"
	judge_store afterwards
	judge_litter
}

after_any_bundle() { # OPTIONS…
	judge_store "at once"
	[ "$ending" != exit:0 ] || [ -e "$WORK/bundle/config.json" ] || wrong "it went well, but there is no bundle"
	unless_known "bundle $*" again_bundle "$@"
}

before_bundle() { take loaded; }
line_bundle() { line_of bundle built "$WORK/bundle"; }
after_bundle() { after_any_bundle; }

before_overlay() { take loaded; }
line_overlay() { line_of bundle --overlay built "$WORK/bundle"; }
after_overlay() { after_any_bundle --overlay; }

# ---- all of them -----------------------------------------------------------------------------

command -v jq > /dev/null || { echo "1..0 # SKIP needs jq"; exit 0; }
[ -x "$BUILD/tests/faults/shell" ] || command -v busybox > /dev/null || { echo "1..0 # SKIP needs busybox"; exit 0; }
sweep_begin
skip_linker
[ $# -gt 0 ] || set -- build step tag import load rmi prune save bundle overlay
for command; do
	sweep_command "$command"
done
sweep_end
