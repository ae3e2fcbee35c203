#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What happens in the guest. "init", as process 1, sets it up, or has systemd do that; "job" runs the
# command of /vm/job, says how it ended in /vm/status, and switches the machine off. /vm/conf says
# whether there is systemd and a user, /vm/shares what is mounted: tag, tab, path, tab, "ro" or nothing.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
. /vm/conf
cgroups=/sys/fs/cgroup
out=/dev/vport0p1
err=/dev/vport0p2

mount_shares() {
	while IFS='	' read -r tag path readonly; do
		mkdir -p "$path"
		mount -t virtiofs ${readonly:+-o ro} "$tag" "$path" || echo "vm: cannot mount $path" > /dev/console
	done < /vm/shares
}

make_devices() {
	mkdir -p /dev/net
	[ -c /dev/net/tun ] || mknod /dev/net/tun c 10 200
	[ -c /dev/fuse ] || mknod /dev/fuse c 10 229
	[ -c /dev/loop-control ] || mknod -m 660 /dev/loop-control c 10 237
	chmod 666 /dev/net/tun /dev/fuse
	ip link set lo up
}

# Its children have all the controllers that it has.
enable_all() { # CGROUP
	for controller in $(cat "$1/cgroup.controllers"); do
		echo "+$controller" > "$1/cgroup.subtree_control"
	done 2> /dev/null
}

# The kernel says which files make a cgroup a user's own.
delegate() { # CGROUP
	chown tester:tester "$1"
	for file in $(cat /sys/kernel/cgroup/delegate); do
		[ ! -e "$1/$file" ] || chown tester:tester "$1/$file"
	done
}

set_up() {
	mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
	mkdir -p /dev/pts /dev/shm /dev/mqueue
	ln -s /proc/self/fd /dev/fd
	ln -s fd/0 /dev/stdin
	ln -s fd/1 /dev/stdout
	ln -s fd/2 /dev/stderr
	mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm
	mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
	mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run
	mkdir -p /run/lock /run/user
	mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 $cgroups
	mount -t bpf -o nosuid,nodev,noexec,mode=700 bpf /sys/fs/bpf
	mount -t securityfs -o nosuid,nodev,noexec securityfs /sys/kernel/security
	mount -t debugfs debugfs /sys/kernel/debug
	mount --make-rshared /
	hostname vm
	make_devices
	mount_shares
	enable_all $cgroups
}

# Boots no further than to a bus and logind, and to the user's own systemd if there is a user.
become_systemd() {
	mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run
	mkdir -p /run/systemd/system/vm.target.wants
	ln -s ../vm-job.service /run/systemd/system/vm.target.wants/
	needs='dbus.socket systemd-logind.service'
	[ -z "$user" ] || needs="$needs user@1000.service"
	cat > /run/systemd/system/vm.target << END
[Unit]
Requires=basic.target
Wants=$needs
After=basic.target $needs
AllowIsolate=yes
END
	cat > /run/systemd/system/vm-job.service << END
[Unit]
Wants=$needs
After=$needs
[Service]
ExecStart=/bin/sh /vm/agent job
Delegate=yes
TasksMax=infinity
LimitNOFILE=1048576
LimitMEMLOCK=infinity
OOMPolicy=continue
END
	exec /lib/systemd/systemd --unit=vm.target
}

# As a login would set the user up; without systemd, below a cgroup that was made over.
prepare_user() {
	run=/run/user/1000
	[ -d $run ] || { mkdir -p $run && chmod 700 $run && chown tester:tester $run; }
	if [ -z "$systemd" ]; then
		mkdir $cgroups/tester $cgroups/tester/job
		delegate $cgroups/tester
		delegate $cgroups/tester/job
		enable_all $cgroups/tester
	fi
}

as_user() { # COMMAND…
	bus=
	if [ -n "$systemd" ]; then
		bus=DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus
		set -- systemd-run --user --quiet --wait --collect --pipe -p Delegate=yes -p TasksMax=infinity \
			-E PATH -E HOME -E XDG_RUNTIME_DIR -E DBUS_SESSION_BUS_ADDRESS -E USER -E LOGNAME \
			sh /vm/agent leaf "$@"
	fi
	set -- setpriv --reuid 1000 --regid 1000 --init-groups env -i HOME=/home/tester USER=tester \
		LOGNAME=tester SHELL=/bin/bash TERM=dumb LANG=C.UTF-8 PATH="$PATH" \
		XDG_RUNTIME_DIR=/run/user/1000 $bus "$@"
	[ -n "$systemd" ] || set -- sh /vm/agent enter $cgroups/tester/job "$@"
	cd /home/tester || exit 125
	exec "$@"
}

as_root() { # COMMAND…
	export HOME=/root USER=root LOGNAME=root SHELL=/bin/bash TERM=dumb LANG=C.UTF-8
	[ -z "$systemd" ] || set -- sh /vm/agent leaf "$@"
	cd /root || exit 125
	exec "$@"
}

# The command writes to pipes, since a port can be opened only once.
run_job() {
	mkdir -p /run/vm
	mkfifo -m 666 /run/vm/out /run/vm/err
	: > /run/vm/status
	chmod 666 /run/vm/status
	for port in $out $err; do
		# The kernel adds these a little late.
		until [ -c $port ]; do sleep 0.02; done
	done
	cat /run/vm/out > $out &
	out_writer=$!
	cat /run/vm/err > $err &
	err_writer=$!
	# shellcheck disable=SC3045 # every sh of Debian has it
	ulimit -n 1048576
	who=as_root
	if [ -n "$user" ]; then
		prepare_user
		who=as_user
	fi
	($who bash -c 'bash /vm/job; echo $? > /run/vm/status') < /dev/null > /run/vm/out 2> /run/vm/err
	status=$?
	read -r inner < /run/vm/status && status=$inner
	# Processes left behind may hold the pipes open: they are waited for, but not for long.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 $out_writer 2> /dev/null || kill -0 $err_writer 2> /dev/null || break
		sleep 0.1
	done
	say_status "$status"
}

# Only what the host can see must be written out: the disk is thrown away.
say_status() { # STATUS
	while IFS='	' read -r _ path _; do
		sync -f "$path"
	done < /vm/shares
	echo "$1" > /vm/status.new
	mv /vm/status.new /vm/status
	sync -f /vm
	exec busybox poweroff -f
}

case $1 in
init)
	[ -z "$systemd" ] || become_systemd
	set_up
	run_job
	;;
job)
	make_devices
	mount_shares
	run_job
	;;
enter) # CGROUP COMMAND…: from within the cgroup
	echo $$ > "$2/cgroup.procs"
	shift 2
	exec "$@"
	;;
leaf) # COMMAND…: in a child of our delegated cgroup, so that it can have more children
	read -r own < /proc/self/cgroup
	own=$cgroups${own#0::}
	mkdir -p "$own/job"
	for pid in $(cat "$own/cgroup.procs"); do
		echo "$pid" > "$own/job/cgroup.procs"
	done 2> /dev/null
	enable_all "$own"
	shift
	exec "$@"
	;;
esac
