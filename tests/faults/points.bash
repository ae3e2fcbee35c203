# SPDX-License-Identifier: Apache-2.0
# What every sweep needs: which points are visited, the fault at each, and one line of TAP for each
# command and fault. Who sources this has, for each command:
#
#	before_COMMAND     brings about what the command wants, without a fault
#	line_COMMAND       fills the array `line` with the command itself, and `also` with a process of its tree
#	after_COMMAND      judges what is there now; calls `wrong` for all that should not be
#
# and `sweep_clean`, which leaves nothing of a point behind, and perhaps `is_truth COMMAND FAULT`, which
# knows what else than success or an error a command may rightly end with, and `may_say_more COMMAND`: than
# one line, if it fails.
#
# A sample visits other calls when processes run in another order, and is no judge of what is on the
# list: there it is only printed.
#
# SWEEP=full visits every point, SWEEP=12 twelve of each command and fault, evenly spread and the same
# each time. SWEEP_ONLY="create:kill start:*" picks some. What is wrong at a point is printed with the
# line that visits it again.

SOURCE=${SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD=${BUILD:-$SOURCE/build}
FAULT=$BUILD/tests/faults/fault
IS_SAMPLE=${SWEEP:+no}
SWEEP=${SWEEP:-3}
SWEEP_FAULTS=(kill killtree fail:ENOMEM fail:ENOSPC fail:EIO fail:EPERM fail:EINTR fail:EAGAIN fail:EMFILE
	fail:EBUSY fail:ENOSYS signal:TERM)

is_truth() { return 1; }
may_say_more() { return 1; }

declare -A total_of
tests=0
visited_all=0
skipped=0  # of the first points
counted=() # which calls count, if not all that are visible

say() { # TEXT…
	printf '# %s\n' "$*"
}

# What a file says, without the ends of its last lines. Unlike $(< FILE) it makes no process, and a sweep has a
# hundred thousand points.
read_text() { # VARIABLE FILE
	local read_text=''
	{ IFS= read -r -d '' read_text < "$2"; } 2> /dev/null
	while [[ $read_text == *$'\n' ]]; do
		read_text=${read_text%$'\n'}
	done
	printf -v "$1" %s "$read_text"
}

# ---- one point -------------------------------------------------------------------------------

# Runs $line with a fault; its answer is in $status, $output, $errors, and the report in $hit, $ending, $left.
strike() { # OPTIONS…
	local key value
	: > "$WORK/report"
	status=0
	"$FAULT" -o "$WORK/report" -t 15 ${also:+-p "$also"} "${counted[@]}" "$@" "${line[@]}" > "$WORK/output" 2> "$WORK/errors" \
		< /dev/null || status=$?
	read_text output "$WORK/output"
	read_text errors "$WORK/errors"
	hit='' ending='' left='' total=0
	while IFS='=' read -r key value; do
		case $key in
		total) total=$value ;;
		hit) hit=$value ;;
		end) ending=$value ;;
		left) left=$value ;;
		esac
	done < "$WORK/report"
	call=${hit##* call=}
	program=${hit##* program=}
	program=${program%% call=*}
	process=${hit#*process=}
	process=${process%% *}
}

# Something is not as it should be at this point.
wrong() { # WHAT…
	wrongs+=("$*")
}

was_killed() {
	[ "$ending" = signal:9 ]
}

# Of the command's own program, not of one that it runs for the user.
is_ours() {
	[[ $program == "$1" || $program =~ ^[0-9]*$ ]]
}

# A process that was killed may take a moment.
is_gone() { # PID
	local tries stat
	for ((tries = 0; tries < 100; tries++)); do
		read_text stat "/proc/$1/stat"
		[ -n "$stat" ] || return 0
		[[ ${stat##*) } != Z* ]] || return 0
		sleep 0.05
	done
	return 1
}

# Succeeding in spite of a fault is right where a reviewed list says why.
ignored_by=() ignored_calls=() ignored_faults=()
while IFS=$'\t' read -r commands calls faults reason; do
	[[ -n $reason && $commands != \#* ]] || continue
	ignored_by+=("$commands") ignored_calls+=("$calls") ignored_faults+=("$faults")
done < "$SOURCE/tests/faults/ignored.tsv"
is_ignored() { # COMMAND FAULT
	local i
	for i in "${!ignored_by[@]}"; do
		# shellcheck disable=SC2053
		[[ $1 == ${ignored_by[i]} && $call == ${ignored_calls[i]} && ${2#fail:} == ${ignored_faults[i]} ]] && return 0
	done
	return 1
}

# What may be said of any program: it ends in time, by our hand or its own, and says one line if it fails.
judge_end() { # COMMAND FAULT NAME
	[ "$ending" != timeout ] || wrong "it hangs"
	if [[ $ending == signal:* ]]; then
		case $2:$ending in
		kill:signal:9 | killtree:signal:9 | signal:TERM:signal:15) ;;
		*) wrong "it was ended by $ending" ;;
		esac
		return
	fi
	[ "$status" = "$fine" ] && return
	is_truth "$1" "$2" && return
	[[ $errors != *[Aa]ssert* ]] || wrong "an assertion failed"
	[ -z "$hit" ] && wrong "it fails without a fault"
	is_ours "$3" || return
	[ -n "$errors" ] || wrong "it fails and does not say why"
	[[ $errors != *$'\n'* ]] || may_say_more "$1" || wrong "it says more than one line"
}

# Goes well although a call failed.
judge_success() { # COMMAND FAULT NAME
	[[ $2 == fail:* && $2 != fail:EINTR && -n $hit && $ending == "exit:$fine" ]] || return 0
	is_ours "$3" || return 0
	is_ignored "$1" "$2" && return
	[ "$IS_SAMPLE" = no ] || { say "$1 $2 goes well in spite of $hit"; return; }
	wrong "the fault is ignored"
}

visit() { # COMMAND FAULT K
	wrongs=()
	"before_$1" || wrong "it cannot be prepared: $(tail -n 1 "$WORK/errors")"
	"line_$1"
	strike -k "$3" -a "$2"
	# What is asked of it meanwhile must not change what is told of the point.
	local told="$status $ending: ${errors//$'\n'/ | }"
	judge_end "$1" "$2" "$NAME"
	judge_success "$1" "$2" "$NAME"
	"after_$1"
	sweep_clean
	[ ${#wrongs[@]} -gt 0 ] || return 0
	failed_points+=("$3")
	say "$1 $2 -k $3: ${wrongs[*]}"
	say "    $hit"
	say "    ended $told"
}

# ---- all points ------------------------------------------------------------------------------

count() { # COMMAND
	[ -z "${total_of[$1]:-}" ] || return 0
	"before_$1" || return 1
	"line_$1"
	strike
	sweep_clean
	[ "$ending" = "exit:$fine" ] || return 1
	total_of[$1]=$total
}

is_wanted() { # COMMAND:FAULT
	local pattern
	[ -n "${SWEEP_ONLY:-}" ] || return 0
	local -
	set -f # they are not for file names
	for pattern in $SWEEP_ONLY; do
		# shellcheck disable=SC2053
		[[ $1 == $pattern ]] && return 0
	done
	return 1
}

# The first one moves from test to test, so that all of them together visit more than one grid.
sweep_one() { # COMMAND FAULT FINE
	local all stride=1 first k visited=0 fine=$3
	is_wanted "$1:$2" || return 0
	tests=$((tests + 1))
	failed_points=()
	if ! count "$1"; then
		echo "not ok $tests - $1, $2: it fails without a fault"
		say "$ending: $errors"
		return
	fi
	all=$((total_of[$1] - skipped))
	first=$((skipped + 1))
	if [ "$SWEEP" != full ] && [ "$all" -gt "$SWEEP" ]; then
		stride=$((all / SWEEP))
		first=$((first + tests * 7919 % stride))
	fi
	for ((k = first; k <= skipped + all; k += stride)); do
		visit "$1" "$2" "$k"
		visited=$((visited + 1))
	done
	visited_all=$((visited_all + visited))
	[ ${#failed_points[@]} = 0 ] || printf 'not '
	echo "ok $tests - $1, $2: $visited of $all points, ${#failed_points[@]} wrong"
}

# The exit status of one that goes well is 0, unless it is that of what it runs.
sweep_command() { # COMMAND [STATUS]
	local fault
	for fault in "${SWEEP_FAULTS[@]}"; do
		sweep_one "$1" "$fault" "${2:-0}"
	done
}

sweep_end() {
	say "$visited_all points in all"
	echo "1..$tests"
}
