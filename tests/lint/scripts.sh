#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our scripts parse, and shellcheck finds nothing that would go wrong.
cd "${srcdir:-.}" || exit 99
bad=0

scripts=$(find tests .ci quickstart -type f \( -name '*.sh' -o -name '*.sweep' -o -perm -u+x ! -name '*.*' \) 2> /dev/null | sort)
helpers=$(find tests -name '*.bash' | sort)

for script in $scripts; do
	case $(head -n 1 "$script") in
	*bash) bash -n "$script" || bad=1 ;;
	*) sh -n "$script" || bad=1 ;;
	esac
done
for helper in $helpers; do
	bash -n "$helper" || bad=1
done
if command -v shellcheck > /dev/null; then
	# shellcheck disable=SC2086
	shellcheck --severity=warning --format=gcc $scripts || bad=1
	# A helper's variables are set in one file and used in another.
	# shellcheck disable=SC2086
	[ -z "$helpers" ] || shellcheck --severity=warning --format=gcc --exclude=SC2034,SC2154 $helpers || bad=1
fi
exit $bad
