# SPDX-License-Identifier: Apache-2.0
# The sweep of cooper: whatever fails, and wherever it is killed, what was in the store is there still
# and whole, the same command goes well afterwards and gives the same, and nothing is left lying about.
#
# Each point has a copy of a store that was prepared once, all of it in memory.
set -u
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
[ -n "${SECLUDED:-}" ] || SECLUDED=1 exec unshare --mount --propagation private bash "${BASH_SOURCE[0]}"
. "$(dirname "${BASH_SOURCE[0]}")/points.bash"
[ "$IS_SAMPLE" = no ] || SWEEP=2

RUNLET=${RUNLET:-$BUILD/runlet}
COOPER=${COOPER:-$BUILD/cooper}
NAME=cooper
export SOURCE_DATE_EPOCH=1700000000

# What changes something, or reads what must be true; not what only looks.
CALLS=openat,openat2,mkdirat,unlinkat,renameat,renameat2,rename,symlinkat,mknodat,linkat,read,getdents64,write
CALLS+=,writev,pwrite64,copy_file_range,sendfile,ftruncate,fallocate,fchmod,fchmodat,fchown,fchownat,utimensat
CALLS+=,setxattr,lsetxattr,fsetxattr,fsync,fdatasync,syncfs,flock,mount,umount2,open_tree,move_mount
CALLS+=,mount_setattr,fsopen,fsconfig,fsmount,unshare,clone3,clone,execve,wait4,pipe2,memfd_create

# ---- the ground ------------------------------------------------------------------------------

quietly() { # COMMAND…
	timeout -k 5 60 "$COOPER" --root "$STORE" --runtime "$RUNLET" "$@" > "$WORK/output" 2> "$WORK/errors" < /dev/null
}

prepare() { # NAME COMMAND…: the store as it is after the command
	quietly "${@:2}" || { echo "1..1"; echo "not ok 1 - ${*:2}: $(< "$WORK/errors")"; exit 1; }
	rm -rf "${WORK:?}/$1"
	cp -a "$STORE" "$WORK/$1"
}

take() { # NAME: a prepared store becomes the store
	rm -rf "$STORE"
	cp -a "$WORK/$1" "$STORE"
}

make_context() {
	mkdir -p "$WORK/context/files" "$WORK/tree/etc"
	cp "$(command -v busybox)" "$WORK/context/busybox"
	echo text > "$WORK/context/files/plain"
	ln -s plain "$WORK/context/files/link"
	echo kept > "$WORK/tree/etc/kept"
	tar -C "$WORK/tree" --owner=0 --group=0 -cf "$WORK/root.tar" .
	printf '%s\n' 'FROM scratch AS base' 'COPY busybox /bin/sh' 'FROM base' 'COPY files /files' \
		'RUN echo made > /made' 'COPY --from=base /bin/sh /bin/other' 'CMD ["/bin/sh"]' > "$WORK/context/Dockerfile"
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' 'RUN echo stepped > /stepped' > "$WORK/context/Stepfile"
	printf '%s\n' 'FROM scratch' 'COPY busybox /bin/sh' > "$WORK/context/Basefile"
}

# Before each is there what an earlier command reported as stored: the image "kept".
sweep_begin() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/cooperage-sweep-XXXXXX")
	trap sweep_over EXIT
	mount -t tmpfs -o size=512m,mode=700 sweep "$WORK"
	STORE=$WORK/store
	make_context
	prepare kept import "$WORK/root.tar" kept
	prepare based build -f "$WORK/context/Basefile" -t base "$WORK/context"
	take kept
	prepare built build -t built "$WORK/context"
	built=$(digest_of built)
	quietly save -o "$WORK/reference.tar" built
	quietly tag kept built
	quietly build -f "$WORK/context/Basefile" "$WORK/context"
	prepare littered tag kept built
	take based
	quietly build -f "$WORK/context/Stepfile" -t stepped "$WORK/context"
	stepped=$(digest_of stepped)
	take kept
	quietly import -c 'CMD ["/bin/sh"]' "$WORK/root.tar" imported
	imported=$(digest_of imported)
	take kept
	prepare loaded load -i "$WORK/reference.tar"
	quietly bundle built "$WORK/bundle"
	reference=$(picture "$WORK/bundle/rootfs")
	rm -rf "$WORK/bundle" "$STORE"
	mounts=$(mounts_below)
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

digest_of() { # NAME
	jq -r --arg name "docker.io/library/$1:latest" \
		'.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $name).digest' "$STORE/index.json"
}

# Others' mounts, of which we have a copy, go when their directories do.
mounts_below() {
	grep -F " $WORK" /proc/self/mountinfo
}

# Of what the runtime remembers: containers of builds that were killed.
containers() {
	find "$STORE/runtime" -mindepth 1 -maxdepth 1 -name 'cooper-*' -printf '%f\n' 2> /dev/null
}

# All that is in a tree; its root is of no layer, and of the time when it was made.
picture() { # DIRECTORY
	(cd "$1" && stat -c '%a %u:%g' . && find . -mindepth 1 -printf '%P %y %m %U:%G %l %T@\n' | LC_ALL=C sort &&
		find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum)
}

# All that names stand on is there, and nothing that is there is damaged. Read without cooper's help.
judge_store() { # WHEN
	local wanted digest bad
	bad=$(cd "$STORE/blobs/sha256" && find . -type f -printf '%P\0' | xargs -0r sha256sum | awk '$1 != $2 { print $2 }')
	[ -z "$bad" ] || wrong "$1: damaged: $bad"
	wanted=$(cd "$STORE/blobs/sha256" && jq -r '.manifests[].digest[7:]' ../../index.json | sort -u |
		while read -r digest; do echo "$digest"; jq -r '(.config, .layers[]).digest[7:]' "$digest"; done) 2> /dev/null ||
		wrong "$1: the index or a manifest cannot be read"
	for digest in $wanted; do
		[ -e "$STORE/blobs/sha256/$digest" ] || wrong "$1: $digest is lost"
	done
	[ "$(digest_of kept)" = "$(jq -r '.manifests[0].digest' "$WORK/kept/index.json")" ] || wrong "$1: the image \"kept\" is lost"
}

# Nobody works here any more, so nothing may be half done.
find_litter() {
	find "$STORE"/{tmp,leases,runtime,containers,quarantine} -mindepth 1 -maxdepth 1 ! -name .seccomp -printf '%P in %h\n' 2> /dev/null
	find "$STORE" -path "$STORE/layers" -prune -o -name '*.new*' -print
}

judge_litter() {
	local litter
	litter=$(find_litter)
	[ -n "$litter" ] || return 0
	quietly prune || wrong "prune fails: $(< "$WORK/errors")"
	litter=$(find_litter)
	[ -z "$litter" ] || wrong "left in the store: ${litter//$'\n'/, }"
}

# The same command again, undisturbed; `said` is what it tells.
again() { # COMMAND…
	quietly "$@" || wrong "again it fails: $(< "$WORK/errors")"
	said=$(< "$WORK/errors") # before anything else speaks
	judge_store afterwards
	judge_litter
}

# The image that the command was to make or name; whatever was made of it before is what it will be.
judge_image() { # NAME DIGEST
	local now
	judge_store "at once"
	now=$(digest_of "$1")
	[ "$ending" != exit:0 ] || [ "$now" = "$2" ] || wrong "it went well, but $1 is ${now:-not there}"
	[ -z "$now" ] || [ "$now" = "$2" ] || wrong "$1 became $now"
}

sweep_clean() {
	local one text
	for one in $left; do
		is_gone "$one" || wrong "process $one is left: $(tr '\0' ' ' < "/proc/$one/cmdline")"
	done
	left=''
	while [[ $(< /proc/self/mountinfo) == *" $WORK/bundle/rootfs "* ]]; do
		umount "$WORK/bundle/rootfs"
	done
	text=$(mounts_below)
	[ "$text" = "$mounts" ] || wrong "mounts are left: $text"
	rm -rf "$WORK/bundle" "$WORK/archive.tar"*
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
	find "$STORE/cache" -path '*/steps/*' -type f ! -name '*.new*' 2> /dev/null | wc -l
}

after_any_build() { # NAME DIGEST OPTIONS…
	local steps cached names name said
	judge_image "$1" "$2"
	steps=$(count_steps)
	names=$(containers)
	again build --progress=plain -t "$1" "${@:3}" "$WORK/context"
	cached=$(grep -c CACHED <<< "$said")
	[ "$cached" -ge "$steps" ] || wrong "of $steps steps that were done, $((steps - cached)) were done again"
	[ "$(digest_of "$1")" = "$2" ] || wrong "built again, it is $(digest_of "$1")"
	for name in $names; do
		[ -z "$(compgen -G "/sys/fs/cgroup/*/$name")" ] || wrong "cgroups of $name are left"
	done
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
after_tag() {
	judge_image other "$built"
	again tag built other another:1
	[ "$(digest_of other)" = "$built" ] || wrong "again, other is $(digest_of other)"
}

before_import() { take kept; }
line_import() { line_of import -c 'CMD ["/bin/sh"]' "$WORK/root.tar" imported; }
after_import() {
	judge_image imported "$imported"
	again import -c 'CMD ["/bin/sh"]' "$WORK/root.tar" imported
	[ "$(digest_of imported)" = "$imported" ] || wrong "again, it is $(digest_of imported)"
}

before_load() { take kept; }
line_load() { line_of load -i "$WORK/reference.tar"; }
after_load() {
	judge_image built "$built"
	again load -i "$WORK/reference.tar"
	[ "$(digest_of built)" = "$built" ] || wrong "again, it is $(digest_of built)"
}

before_rmi() { take loaded; }
line_rmi() { line_of rmi built; }
after_rmi() {
	judge_store "at once"
	[ "$ending" != exit:0 ] || [ -z "$(digest_of built)" ] || wrong "it went well, but the image is there"
	again rmi --force built
	[ -z "$(digest_of built)" ] || wrong "it cannot be removed"
}

before_prune() { take littered; }
line_prune() { line_of prune --all; }
after_prune() {
	judge_store "at once"
	again prune --all
	[ "$(find "$STORE/blobs/sha256" -type f | wc -l)" = 3 ] || wrong "again, it leaves more than one image"
}

before_save() { take built; }
line_save() { line_of save -o "$WORK/archive.tar" built; }
after_save() {
	judge_store "at once"
	if [ "$ending" = exit:0 ] || [ -e "$WORK/archive.tar" ]; then
		cmp -s "$WORK/reference.tar" "$WORK/archive.tar" || wrong "the archive is not what it should be"
	fi
	again save -o "$WORK/archive.tar" built
	cmp -s "$WORK/reference.tar" "$WORK/archive.tar" || wrong "again, the archive is not what it should be"
	[ -z "$(compgen -G "$WORK/archive.tar?*")" ] || wrong "left beside the archive: $(compgen -G "$WORK/archive.tar?*")"
}

# What is half made is made again; what is whole, is said to be there.
after_any_bundle() { # OPTIONS…
	local now
	judge_store "at once"
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

before_bundle() { take loaded; }
line_bundle() { line_of bundle built "$WORK/bundle"; }
after_bundle() { after_any_bundle; }

before_overlay() { take loaded; }
line_overlay() { line_of bundle --overlay built "$WORK/bundle"; }
after_overlay() { after_any_bundle --overlay; }

# ---- all of them -----------------------------------------------------------------------------

for needed in jq busybox; do
	command -v "$needed" > /dev/null || { echo "1..0 # SKIP needs $needed"; exit 0; }
done
sweep_begin
skip_linker
for command in build step tag import rmi prune bundle overlay save load; do
	sweep_command "$command"
done
sweep_end
