#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A hook of mmdebstrap: puts the kernel of the suite into ROOT/kernel, as an ELF file, with its modules.
# Usage: kernel.sh ROOT
set -eu
root=${1:?the root directory}
export APT_CONFIG="${MMDEBSTRAP_APT_CONFIG:?is for mmdebstrap to call}"

dependencies() { # PACKAGE PATTERN
	apt-cache depends "$1" | sed -n "s/.*Depends: \(linux-\($2\)-[0-9].*\)/\1/p" | sort -u
}

# A little-endian number of FILE.
number_at() { # FILE OFFSET SIZE
	od -An -v -tu"$3" -j "$2" -N "$3" --endian=little -- "$1" | tr -d ' '
}

# QEMU enters an ELF kernel directly, and nothing is decompressed in the guest, where that takes
# seconds. The header of the boot protocol says where it lies in the bzImage.
unpack_kernel() { # BZIMAGE ELF
	from=$((($(number_at "$1" 497 1) + 1) * 512 + $(number_at "$1" 584 4)))
	size=$(number_at "$1" 588 4)
	case $(od -An -tx1 -j "$from" -N 4 -- "$1" | tr -d ' ') in
	28b52ffd) tool=zstd ;;
	fd377a58) tool=xz ;;
	1f8b*) tool=gzip ;;
	*) return 1 ;;
	esac
	# The last four bytes are the unpacked size, not data, and the tools complain of them.
	tail -c +$((from + 1)) "$1" | head -c "$size" | chroot "$root" "$tool" -dc > "$2" 2> /dev/null || :
	[ "$(head -c 4 "$2" | od -An -c | tr -d ' ')" = '177ELF' ]
}

mkdir -p "$root/kernel/packages"
cd "$root/kernel"
image=$(dependencies linux-image-cloud-amd64 image)
[ -n "$image" ] || { echo "there is no kernel in this suite" >&2; exit 1; }
# Newer suites put the image and the modules into packages of their own.
# shellcheck disable=SC2046 # names
(cd packages && apt-get -qq -o APT::Sandbox::User=root download "$image" $(dependencies "$image" 'binary\|modules\|base'))
for package in packages/*.deb; do
	dpkg-deb -x "$package" unpacked
done
found=$(find unpacked -name 'vmlinuz*' -type f | head -n 1)
unpack_kernel "$found" vmlinux || cp "$found" vmlinux

# The modules are unpacked too.
modules=$(find unpacked -path '*/lib/modules/*' -prune -type d | head -n 1)
mkdir -p lib/modules
mv "$modules" lib/modules/
rm -rf packages unpacked
find lib/modules -name '*.ko.xz' -exec xz -d {} +
rm -f lib/modules/*/vmlinuz lib/modules/*/config lib/modules/*/build lib/modules/*/source
chroot "$root" depmod -b /kernel "${modules##*/}"
