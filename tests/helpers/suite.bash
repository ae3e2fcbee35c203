# SPDX-License-Identifier: Apache-2.0
# What every suite begins with: `load ../helpers/suite`.
#
# Each test has a work directory of its own ($WORK), a state directory ($STATE) and an id that no
# other test has ($ID). It begins by remembering the host and ends by clearing away what it made and
# proving that the host is as it was. A suite with a setup of its own calls suite_begin in it.
#
# Programs are those of the build directory ($BUILD). RUNLET=/usr/sbin/runc runs the same suites
# against another runtime: a test that only we pass should say why. In the virtual machine SETTING is
# where we are; in v2-systemd the cgroups of `runlet` are made by systemd ($CGROUP_MANAGER).

SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
BUILD=${BUILD:-$SOURCE/build}
RUNLET=${RUNLET:-$BUILD/runlet}
COOPER=${COOPER:-$BUILD/cooper}
[ "${SETTING:-}" != v2-systemd ] || CGROUP_MANAGER=${CGROUP_MANAGER:-systemd}
PROBE=$BUILD/tests/runtime/probe
FAULT=$BUILD/tests/faults/fault
PATH=$BUILD:/usr/local/sbin:/usr/sbin:/sbin:$PATH
# Data of other projects that is not part of this one; tests that find none skip.
DATA=${COOPERAGE_DATA:-$SOURCE/../shared/data}

for noun in outcome require host reports bundle container image; do
	load "../helpers/$noun"
done

suite_begin() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/cooperage-XXXXXX")
	chmod 755 "$WORK"
	ID=test-$$-$BATS_TEST_NUMBER
	STATE=$WORK/state
	STORE=$WORK/store
	host_remember
}

suite_end() {
	[ -n "${WORK:-}" ] || return 0
	local fine=0
	container_remove_all
	host_is_unchanged || fine=1
	[ "$fine" = 0 ] || host_restore
	reports_are_none || fine=1
	as_owner rm -rf --one-file-system "$WORK"
	return "$fine"
}

# What looks at files that a user had made for other ids, as root of those.
as_owner() { # COMMAND…
	if [ "$EUID" = 0 ]; then
		"$@"
	else
		"$COOPER" unshare "$@"
	fi
}

setup() { suite_begin; }
teardown() { suite_end; }
