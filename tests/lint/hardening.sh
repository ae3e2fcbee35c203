#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The programs as built: position independent, relocations read-only, no executable stack, stack
# protector and checked string functions really in; runlet without any shared library if it can.
programs=${BUILD:-$PWD}
bad=0
complain() { echo "$1: $2"; bad=1; }

if [ -n "$INSTRUMENTED" ]; then
	echo "skipped: built with sanitizers or coverage"
	exit 77
fi

for name in runlet runlet-systemd cooper; do
	program=$programs/$name
	[ "$name" != runlet-systemd ] || [ -e "$program" ] || continue # built where libsystemd is
	if [ ! -x "$program" ]; then
		complain "$name" "not built"
		continue
	fi
	headers=$(readelf -hlW "$program")
	dynamic=$(readelf -dW "$program")
	symbols=$(readelf -sW "$program")

	echo "$headers" | grep -q 'Type: *DYN' || complain "$name" "not position independent"
	echo "$dynamic" | grep -q 'FLAGS_1.*PIE' || complain "$name" "not marked as PIE"
	echo "$headers" | grep -q GNU_RELRO || complain "$name" "relocations stay writable"
	echo "$headers" | grep 'GNU_STACK' | grep -q 'RW ' || complain "$name" "the stack is executable"
	echo "$headers" | grep LOAD | grep -q 'RWE' && complain "$name" "memory both writable and executable"
	echo "$dynamic" | grep -qE 'RPATH|RUNPATH' && complain "$name" "has a library search path of its own"
	echo "$dynamic" | grep -q TEXTREL && complain "$name" "has text relocations"
	# A program without our error.c is a toy that holds no text; ours are not.
	if echo "$symbols" | grep -q error_prefix; then
		echo "$symbols" | grep -q "__stack_chk_fail" ||
			complain "$name" "no stack protector"
		echo "$symbols" | grep -qE "__[a-z]+_chk(@|\$| )" ||
			complain "$name" "no checked string functions"
	fi

	if [ "$name" = runlet ] && [ -n "$RUNLET_STATIC" ]; then
		echo "$dynamic" | grep -q NEEDED && complain "$name" "needs shared libraries"
		echo "$headers" | grep -q INTERP && complain "$name" "needs a loader"
	else
		echo "$dynamic" | grep -qE 'BIND_NOW|FLAGS_1.*NOW' || complain "$name" "binds lazily"
	fi
done
exit $bad
