# SPDX-License-Identifier: Apache-2.0
# Running a command and judging how it ended.
#
# What it printed goes to files, not pipes: a container that lives on holds them open, and nobody
# must wait for that. bats' own fd 3 is closed for the same reason. Afterwards $output and $errors
# hold the text, $status how it ended, $output_file where more may still come.

outcomes=0
run_quietly() { # COMMAND…
	output_file=$WORK/output.$BASHPID.$((++outcomes))
	local errors_file=$WORK/errors.$BASHPID.$outcomes
	status=0
	COOPERAGE_TEST=$ID "$@" > "$output_file" 2> "$errors_file" < "${INPUT:-/dev/null}" 3>&- || status=$?
	{ # bash says where it leaves out a NUL
		output=$(< "$output_file")
		errors=$(< "$errors_file")
	} 2> /dev/null
}

explain() { # WHAT COMMAND…
	echo "$1: ${*:2}"
	echo "status: $status"
	echo "output: $output"
	echo "errors: $errors"
	return 1
}

run_ok() { # COMMAND…
	run_quietly "$@"
	[ "$status" = 0 ] || explain "should have gone well" "$@"
}

# The status too when it matters: run_fails 125 "no such image" cooper run nothing
run_fails() { # [STATUS] TEXT COMMAND…
	local wanted=
	if [[ $1 =~ ^[0-9]+$ ]]; then
		wanted=$1
		shift
	fi
	local text=$1
	shift
	run_quietly "$@"
	[ "$status" != 0 ] || explain "should have failed" "$@" || return
	[ -z "$wanted" ] || [ "$status" = "$wanted" ] || explain "should have ended with $wanted" "$@" || return
	[[ $errors$output == *"$text"* ]] || explain "should have said \"$text\"" "$@"
}

# Ends as the container's process did.
run_ends() { # STATUS COMMAND…
	local wanted=$1
	shift
	run_quietly "$@"
	[ "$status" = "$wanted" ] || explain "should have ended with $wanted" "$@"
}

# The last command printed this, among other things.
said() { # TEXT
	[[ $output == *"$1"* ]] || explain "should have printed" "$1"
}

said_not() { # TEXT
	[[ $output$errors != *"$1"* ]] || explain "should not have printed" "$1"
}

# The last command printed exactly this.
said_only() { # TEXT
	[ "$output" = "$1" ] || explain "should have printed nothing but" "$1"
}

# Waits until a command goes well, at most ten seconds.
until_ok() { # COMMAND…
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		if "$@" > /dev/null 2>&1 3>&-; then
			return 0
		fi
		sleep 0.05
	done
	echo "did not come true in ten seconds: $*"
	return 1
}

# A plain ! does not fail a test.
not() { # COMMAND…
	if "$@"; then
		echo "should have failed: $*"
		return 1
	fi
}
