# SPDX-License-Identifier: Apache-2.0
# Trees of files, written down so that two can be compared.

# One line for each file: path, type, mode, owner, group, time, link target, device, then what is in
# it, how many names it has, and its extended attributes.
tree_list() { # DIRECTORY
	(
		cd "$1" || exit
		find . -mindepth 1 \( -type f -printf '%P f %m %U:%G %T@ names=%n size=%s\n' \
			-o -type d -printf '%P d %m %U:%G %T@\n' \
			-o -type l -printf '%P l %U:%G %T@ -> %l\n' \
			-o -printf '%P %y %m %U:%G %T@\n' \) | sed 's/\.0000000000//' | sort
		find . -type f -print0 | sort -z | xargs -0 sha256sum
		find . \( -type b -o -type c \) -exec stat -c '%n %t,%T' {} + | sort
		getfattr -R -h -d -m - -e hex . 2> /dev/null | grep -v '^# file' | sort
	)
}

# What differs between two trees; fails if anything does.
tree_same() { # DIRECTORY DIRECTORY
	diff <(tree_list "$1") <(tree_list "$2") | head -n 40
	[ "${PIPESTATUS[0]}" = 0 ]
}
