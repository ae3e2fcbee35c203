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

# One value of the image's config: image_config .config.Cmd
image_config() { # FILTER
	cooper inspect "${IMAGE:-$ID}" | jq -c "$1"
}

# Runs it and keeps what it prints.
image_run() { # [COMMAND…]
	run_ok cooper run --rm "${IMAGE:-$ID}" "$@"
}
