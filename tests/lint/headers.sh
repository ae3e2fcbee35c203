#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each header of ours stands alone: it compiles with nothing before it.
cd "${srcdir:-.}" || exit 99
bad=0
for header in $(find libcommon oci-spec runtime builder -name '*.h' | sort); do
	printf '#include "%s"\n' "$header" |
		${CC:-cc} -std=gnu11 -D_GNU_SOURCE -I. -fsyntax-only -x c - || bad=1
done
exit $bad
