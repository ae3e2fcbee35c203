#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# STEP tells a story: only in host.c, guest.c, join.c and pipeline.c.
cd "${srcdir:-.}" || exit 99

find libcommon oci-spec runtime builder -name '*.[ch]' | sort |
	grep -vE '^(libcommon/base\.h|runtime/life/(host|guest|join)\.c|builder/build/pipeline\.c)$' |
	xargs grep -nE '(^|[^A-Z_])STEP\(' /dev/null |
	sed 's/^\([^:]*:[0-9]*\):.*/\1: STEP is only for host.c, guest.c, join.c and pipeline.c/' | {
	bad=0
	while read -r complaint; do
		echo "$complaint"
		bad=1
	done
	exit $bad
}
