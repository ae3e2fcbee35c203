# SPDX-License-Identifier: Apache-2.0
# Containers of runlet, in the test's own state directory.

runlet() {
	"$RUNLET" --root "$STATE" ${CGROUP_MANAGER:+"--$CGROUP_MANAGER-cgroup"} "$@"
}

# Creates it; what it prints later is in $CONTAINER_OUTPUT.
container_create() { # [OPTIONS…]
	run_ok runlet create --bundle "$BUNDLE" "$@" "$ID"
	CONTAINER_OUTPUT=$output_file
}

container_start() {
	run_ok runlet start "$ID"
}

# Creates and starts it.
container_up() { # [OPTIONS…]
	container_create "$@"
	container_start
}

# Runs it in the foreground to its end, which must be a good one.
container_run() { # [OPTIONS…]
	run_ok runlet run --bundle "$BUNDLE" "$@" "$ID"
}

# Runs a shell script in it.
container_exec() { # SCRIPT
	run_ok runlet exec "$ID" /bin/sh -c "$1"
}

container_status() { # [ID]
	runlet state "${1:-$ID}" | jq -r .status
}

container_pid() { # [ID]
	runlet state "${1:-$ID}" | jq -r .pid
}

container_is() { # STATUS [ID]
	local now
	now=$(container_status "${2:-$ID}")
	[ "$now" = "$1" ] || { echo "the container is $now, not $1"; return 1; }
}

# The same, but it may take a moment.
container_becomes() { # STATUS [ID]
	until_ok container_is "$@"
}

# It prints this, now or soon.
container_prints() { # TEXT
	until_ok grep -qF -- "$1" "$CONTAINER_OUTPUT" || {
		echo "it printed: $(cat "$CONTAINER_OUTPUT")"
		return 1
	}
}

container_is_gone() { # [ID]
	run_fails "does not exist" runlet state "${1:-$ID}"
}

# The cgroup of a container in one hierarchy: $(container_cgroup memory)/memory.limit_in_bytes
container_cgroup() { # CONTROLLER
	local directory
	for directory in "/sys/fs/cgroup/$1" "$(cgroup2_mount)"; do
		if [ -d "$directory/cooperage-$ID" ]; then
			echo "$directory/cooperage-$ID"
			return
		fi
	done
	return 1
}

# For teardown: whatever is there goes, whatever its state.
container_remove_all() {
	local state
	for state in "$STATE"/*/; do
		[ ! -d "$state" ] || timeout 20 "$RUNLET" --root "$STATE" delete --force "$(basename "$state")" \
			> /dev/null 2>&1 3>&- || true
	done
}
