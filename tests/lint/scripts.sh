#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our scripts parse, and shellcheck finds nothing that would go wrong.
cd "${srcdir:-.}" || exit 99

scripts=$(find tests .ci quickstart -type f \( -name '*.sh' -o -name '*.bash' \
	-o -perm -u+x ! -name '*.*' \) 2>/dev/null | sort)
bad=0
for script in $scripts; do
	shell="sh"
	case $(head -n 1 "$script") in
	*bash | *bats) shell="bash" ;;
	esac
	"$shell" -n "$script" || bad=1
done
if command -v shellcheck > /dev/null; then
	# shellcheck disable=SC2086
	shellcheck --severity=warning --format=gcc $scripts || bad=1
fi
exit $bad
