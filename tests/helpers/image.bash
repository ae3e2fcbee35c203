# SPDX-License-Identifier: Apache-2.0
# Builds and images of cooper, in the test's own store.

cooper() {
	"$COOPER" --root "$STORE" "$@"
}

# Makes the build context $CONTEXT; the Dockerfile comes from stdin:
#	context_make << 'END'
#	FROM scratch
#	END
context_make() {
	CONTEXT=${CONTEXT:-$WORK/context}
	mkdir -p "$CONTEXT"
	cat > "$CONTEXT/Dockerfile"
	[ -e "$CONTEXT/busybox" ] || cp "$(command -v busybox)" "$CONTEXT/busybox"
}

# A file of the context, its text from the second argument.
context_file() { # PATH TEXT
	mkdir -p "$(dirname "$CONTEXT/$1")"
	printf '%s' "$2" > "$CONTEXT/$1"
}

# Builds $CONTEXT as $IMAGE.
image_build() { # [OPTIONS…]
	IMAGE=${IMAGE:-$ID}
	run_ok cooper build -t "$IMAGE" "$@" "$CONTEXT"
}

# One value of what the image says of itself: image_config .Config.Cmd
image_config() { # FILTER
	cooper inspect "${IMAGE:-$ID}" | jq -c ".[0]$1"
}

# Runs it and keeps what it prints.
image_run() { # [COMMAND…]
	run_ok cooper run --rm "${IMAGE:-$ID}" "$@"
}

# Unpacks the image's root file system to $ROOT, as a bundle would have it.
image_unpack() {
	ROOT=$WORK/root-$RANDOM
	run_ok cooper bundle "${IMAGE:-$ID}" "$ROOT.bundle"
	mv "$ROOT.bundle/rootfs" "$ROOT"
}

# A file of the unpacked image looks like this: file_is PATH "mode uid:gid" [CONTENT]
file_is() {
	[ "$(as_owner stat -c '%a %u:%g' "$ROOT/$1")" = "$2" ] || {
		echo "$1 is $(as_owner stat -c '%a %u:%g' "$ROOT/$1"), not $2"
		return 1
	}
	[ $# -lt 3 ] || [ "$(as_owner cat "$ROOT/$1")" = "$3" ] || {
		echo "$1 holds: $(as_owner cat "$ROOT/$1")"
		return 1
	}
}

# The entries of a layer, the first is 1: a name a line, as they stand in the archive.
layer_entries() { # NUMBER
	local digest
	digest=$(cooper inspect "${IMAGE:-$ID}" | jq -r ".[0].RootFS.Layers[$1 - 1]")
	tar -tf "$STORE/blobs/sha256/${digest#sha256:}"
}

layer_count() {
	cooper inspect "${IMAGE:-$ID}" | jq '.[0].RootFS.Layers | length'
}

# Nothing is half done: no staging, no mount, no state of a container.
store_is_clean() {
	[ -z "$(ls -A "$STORE/tmp")" ] || {
		echo "in tmp: $(ls -A "$STORE/tmp")"
		return 1
	}
	[ ! -d "$STORE/runtime" ] || [ -z "$(ls "$STORE/runtime")" ] || {
		echo "in runtime: $(ls "$STORE/runtime")"
		return 1
	}
	! grep -q "$STORE" /proc/self/mountinfo
}
