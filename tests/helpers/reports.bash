# SPDX-License-Identifier: Apache-2.0
# What sanitizers found in runlet and cooper during a test, also in processes whose standard error was
# lost: tests/sanitize/report.c leaves it in a file of the build directory. Without that file, which
# `make check-sanitize` makes, there is nothing to be found.

reports_are_none() {
	local file=$BUILD/tests/sanitize/reports found
	[ -s "$file" ] || return 0
	found=$(tr -d '\0' < "$file")
	[ -n "$found" ] || return 0
	# In place, since processes have it mapped; the next test begins with none.
	dd if=/dev/zero of="$file" bs=1M count=1 conv=notrunc status=none
	echo "a sanitizer reported: $found"
	return 1
}
