#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/LIFECYCLE.md tells the truth: its lists are what --debug prints, in that order.

load ../helpers/suite

# The numbered lines of a section.
listed() { # SECTION
	awk -v section="## $1" '
		/^## / { inside = $0 == section }
		inside && /^[0-9]+\. / { sub(/^[0-9]+\. /, ""); print }' "$SOURCE/docs/LIFECYCLE.md"
}

traced() { # WHO
	sed -n "s/^runlet: \[$1\] //p" <<< "$errors"
}

# bats test_tags=vm
@test "the steps of create and start are those of LIFECYCLE.md" {
	require containers busybox jq
	bundle_make true
	run_ok runlet --debug run --bundle "$BUNDLE" "$ID"
	diff <(listed Host) <(traced host)
	diff <(listed Guest) <(traced guest)
}
