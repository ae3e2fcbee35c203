# SPDX-License-Identifier: Apache-2.0
# What a virtual machine is made of. It is made once, from Debian packages only, and kept:
#
#	$CACHE/toolbox-SUITE-DIGEST     a root directory with QEMU, virtiofsd and, in kernel/, the kernel
#	$CACHE/guest-SUITE-DIGEST.img   the guest's disk
#
# The digest is that of what went in. Work goes to NAME.new, which gets its name when it is whole, so
# that nothing looks finished which is not. HERE is the directory of this file.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
HERE=$(dirname "$(realpath -- "${BASH_SOURCE[0]}")")

cache_settings() {
	CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/cooperage/vm
	# The programs were linked here, so the guest is of this release; its kernel and QEMU are of one
	# that has what a runtime may ask for.
	: "${VM_SUITE:=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)}" "${VM_TOOL_SUITE:=trixie}"
	: "${VM_DISK_GIB:=8}"
	# shellcheck disable=SC2016 # for apt to expand
	: "${VM_MIRROR:=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' \
		2> /dev/null | sed 1q)}"
	TOOLBOX=$CACHE/toolbox-$VM_TOOL_SUITE-$(cat "$HERE/kernel.sh" | digest)
	GUEST=$CACHE/guest-$VM_SUITE-$({
		echo "$TOOLBOX $VM_DISK_GIB"
		cat "$HERE/packages" "$HERE/stub.sh"
		declare -f make_guest furnish_guest
	} | digest).img
}

digest() {
	sha256sum | cut -c1-12
}

# Says why there can be no virtual machine here, or says nothing.
cache_obstacle() {
	if ((EUID != 0)); then
		echo "not root"
	elif [[ $(uname -m) != x86_64 ]]; then
		echo "not amd64"
	elif [[ -e $TOOLBOX && -e $GUEST ]]; then
		return
	elif ! command -v mmdebstrap > /dev/null; then
		echo "mmdebstrap is not installed"
	elif [[ -z $VM_MIRROR || ! -e $KEYRING ]]; then
		echo "not Debian"
	fi
}

cache_make() {
	local began=$SECONDS
	mkdir -p -- "$CACHE"
	exec {lock}> "$CACHE/lock"
	flock "$lock"
	if [[ ! -e $TOOLBOX || ! -e $GUEST ]]; then
		[[ -e $TOOLBOX ]] || make_toolbox
		[[ -e $GUEST ]] || make_guest
		# What was made for an older tree goes when no tree has used it for a week.
		find "$CACHE" -maxdepth 1 \( -name 'toolbox-*' -o -name 'guest-*' \) -mtime +7 -exec rm -rf -- {} +
		say "made what it needs in $((SECONDS - began)) s"
	fi
	touch -- "$TOOLBOX" "$GUEST"
	exec {lock}>&-
}

# A mirror may lag, so a Release file that is signed but has expired will do. Failing to reach it is not
# a failure of ours.
bootstrap() { # SUITE DIRECTORY PACKAGES [OPTION…]
	local log=$CACHE/bootstrap.log
	# shellcheck disable=SC2016 # for the hooks' own shell
	mmdebstrap --mode=root --variant=apt --format=directory --include="$3" \
		--aptopt='APT::Install-Recommends "false"' \
		--aptopt='Acquire::Languages "none"' \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		"${@:4}" "$1" "$2" "deb [signed-by=$KEYRING] $VM_MIRROR $1 main" > "$log" 2>&1 && return
	tail -n 20 "$log" >&2
	! grep -qE '^E: .*(apt-get update|Failed to fetch)' "$log" || cannot "the packages of $1 cannot be had"
	die "mmdebstrap failed, see $log"
}

make_toolbox() {
	say "making the toolbox ($VM_TOOL_SUITE: QEMU, virtiofsd, a kernel)"
	rm -rf -- "$TOOLBOX.new"
	bootstrap "$VM_TOOL_SUITE" "$TOOLBOX.new" qemu-system-x86,virtiofsd,e2fsprogs,kmod,xz-utils,zstd \
		--customize-hook="$HERE/kernel.sh"
	mkdir -p "$TOOLBOX.new/cache"
	ln -sf ../proc/self/mounts "$TOOLBOX.new/etc/mtab"
	mv -- "$TOOLBOX.new" "$TOOLBOX"
}

make_guest() {
	local root=$CACHE/guest.new
	say "making the guest's disk ($VM_SUITE)"
	rm -rf -- "$root" "$GUEST.new"
	bootstrap "$VM_SUITE" "$root" "$(grep -v '^#' "$HERE/packages" | tr -s '\n' , | sed 's/^,//; s/,$//')"
	furnish_guest "$root"
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --propagation private -- sh -ec '
		mount --bind "$2" "$1/cache"
		mount --rbind /dev "$1/dev"
		mount -t proc proc "$1/proc"
		exec chroot "$1" mke2fs -q -t ext4 -O ^has_journal -m 0 -i 8192 -E lazy_itable_init=1,root_owner=0:0 \
			-d /cache/guest.new "/cache/$3" "$4"' \
		sh "$TOOLBOX" "$CACHE" "${GUEST##*/}.new" "${VM_DISK_GIB}G" >&2
	rm -rf -- "$root"
	mv -- "$GUEST.new" "$GUEST"
}

# Nothing is started that no test asks for: what starts must be waited for.
furnish_guest() { # ROOT
	local root=$1 unit
	install -m 755 "$HERE/stub.sh" "$root/sbin/vm-stub"
	mkdir -p "$root"/{vm,src,build,usr/lib/modules}
	cp -a "$TOOLBOX"/kernel/lib/modules/* "$root/usr/lib/modules/"
	rm -rf -- "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/*
	rm -f -- "$root/etc/resolv.conf"
	: > "$root/etc/resolv.conf"
	: > "$root/etc/fstab"
	echo vm > "$root/etc/hostname"
	printf '127.0.0.1 localhost vm\n::1 localhost\n' > "$root/etc/hosts"
	printf '%032x\n' 1 > "$root/etc/machine-id"
	chroot "$root" useradd --uid 1000 --user-group --create-home --shell /bin/bash tester
	echo tester:100000:65536 | tee "$root/etc/subuid" > "$root/etc/subgid"
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
		e2scrub_reap.service fstrim.timer systemd-timesyncd.service apparmor.service \
		getty@tty1.service serial-getty@ttyS0.service getty.target systemd-networkd.service \
		systemd-update-utmp.service systemd-update-utmp-runlevel.service \
		systemd-random-seed.service systemd-pcrphase.service systemd-pcrphase-sysinit.service \
		systemd-journal-flush.service systemd-journal-catalog-update.service \
		systemd-hwdb-update.service ldconfig.service systemd-firstboot.service \
		systemd-boot-update.service systemd-ask-password-wall.path \
		systemd-ask-password-console.path systemd-tmpfiles-clean.timer \
		systemd-remount-fs.service procps.service; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	# All that can be delegated to users, not only what is by itself.
	mkdir -p "$root/etc/systemd/system/user@.service.d"
	printf '[Service]\nDelegate=cpu cpuset io memory pids\n' \
		> "$root/etc/systemd/system/user@.service.d/delegate.conf"
}
