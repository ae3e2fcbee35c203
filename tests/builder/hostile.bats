#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Contexts and images of people who mean no good: nothing outside is read, written or waited for.

load ../helpers/suite

setup() {
	require realm busybox jq overlay
	suite_begin
	CONTEXT=$WORK/context
	CANARY=$WORK/canary
	mkdir -p "$CONTEXT" "$CANARY/dir"
	echo secret-of-host > "$CANARY/secret"
	picture > "$WORK/canary.before"
}

teardown() {
	picture | cmp - "$WORK/canary.before"
	[ ! -d "$STORE" ] || store_is_clean
	suite_end
}

# Everything about the files that must not be touched, with the times at which they changed.
picture() {
	find "$CANARY" -printf '%p %y %m %U:%G %C@ %l\n' | sort
}

root_tar() { # FILES in $WORK/root → base image "evil"
	mkdir -p "$WORK/root/bin"
	cp "$(command -v busybox)" "$WORK/root/bin/sh"
	tar -C "$WORK/root" -cf "$WORK/root.tar" .
	run_ok cooper import "$WORK/root.tar" evil
}

@test "a Dockerfile that is a link to outside is not read" {
	ln -s "$CANARY/secret" "$CONTEXT/Dockerfile"
	run_quietly cooper build "$CONTEXT"
	[ "$status" != 0 ]
	said_not secret-of-host
}

@test "passwd and group that are links, fifos, directories or huge change nothing and keep nobody waiting" {
	local kind
	for kind in link fifo directory huge device; do
		rm -rf "$WORK/root"
		mkdir -p "$WORK/root/etc"
		case $kind in
		link) ln -s "$CANARY/secret" "$WORK/root/etc/passwd" ;;
		fifo) mkfifo "$WORK/root/etc/passwd" ;;
		directory) mkdir "$WORK/root/etc/passwd" ;;
		huge) truncate -s 1G "$WORK/root/etc/passwd" ;;
		device) mknod "$WORK/root/etc/passwd" c 1 5 || continue ;; # only root can
		esac
		root_tar
		printf 'FROM evil\nUSER someone\nRUN true\n' | context_make
		run_quietly timeout 20 "$COOPER" --root "$STORE" build "$CONTEXT"
		[ "$status" = 1 ]
		said_not secret-of-host
		printf 'FROM evil\nCOPY --chown=someone busybox /x\n' | context_make
		run_quietly timeout 20 "$COOPER" --root "$STORE" build "$CONTEXT"
		[ "$status" = 1 ]
	done
}

@test "ids beyond what there is are no ids" {
	mkdir -p "$WORK/root/etc"
	printf 'big:x:4294967296:0::/:\nneg:x:-1:0::/:\nmax:x:4294967295:0::/:\n' > "$WORK/root/etc/passwd"
	root_tar
	local user
	for user in big neg max 4294967295 4294967296; do
		printf 'FROM evil\nUSER %s\nRUN true\n' "$user" | context_make
		run_fails 'find the user' cooper build "$CONTEXT"
	done
}

@test "a destination through links of the image stays in the image" {
	mkdir -p "$WORK/root"
	ln -s "$CANARY/dir" "$WORK/root/out"
	ln -s ../../../../../../../..//"$CANARY/dir" "$WORK/root/climb"
	root_tar
	context_file f x
	printf '%s\n' 'FROM evil' 'COPY f /out/f' 'ADD f /climb/f' 'COPY <<EOF /out/g' y EOF | context_make
	run_quietly cooper build "$CONTEXT"
	[ -z "$(ls "$CANARY/dir")" ]
}

@test "an archive's links are no way out" {
	python3 - "$CONTEXT" "$CANARY" <<- 'END'
		import io, sys, tarfile
		context, canary = sys.argv[1:]
		def make(name, *entries):
		    with tarfile.open(f"{context}/{name}", "w") as tar:
		        for kind, path, what in entries:
		            entry = tarfile.TarInfo(path)
		            entry.type = kind
		            if kind == tarfile.REGTYPE:
		                entry.size = len(what)
		                tar.addfile(entry, io.BytesIO(what))
		            else:
		                entry.linkname = what
		                tar.addfile(entry)
		make("link.tar", (tarfile.SYMTYPE, "l", canary), (tarfile.REGTYPE, "l/dir/x", b"x"))
		make("hard.tar", (tarfile.LNKTYPE, "h", canary + "/secret"))
		make("chain.tar", (tarfile.SYMTYPE, "a", ".."), (tarfile.SYMTYPE, "a/b", ".."), (tarfile.REGTYPE, "a/b/c", b"x"))
		make("over.tar", (tarfile.SYMTYPE, "s", canary + "/secret"), (tarfile.REGTYPE, "s", b"overwritten"))
	END
	local archive
	for archive in link hard chain over; do
		printf 'FROM scratch\nADD %s.tar /d/\n' "$archive" | context_make
		run_quietly cooper build "$CONTEXT"
	done
}

@test "variables of an image that reach for ours get nothing" {
	printf 'FROM scratch\nCOPY busybox /bin/sh\n' | context_make
	image_build
	run_ok cooper save --format oci-dir -o "$WORK/layout" "$ID"
	python3 - "$WORK/layout" <<- 'END'
		import hashlib, json, sys
		layout = sys.argv[1]
		def read(digest): return json.load(open(f"{layout}/blobs/{digest.replace(':', '/')}"))
		def write(value):
		    data = json.dumps(value).encode()
		    digest = "sha256:" + hashlib.sha256(data).hexdigest()
		    open(f"{layout}/blobs/{digest.replace(':', '/')}", "wb").write(data)
		    return digest, len(data)
		index = json.load(open(f"{layout}/index.json"))
		manifest = read(index["manifests"][0]["digest"])
		config = read(manifest["config"]["digest"])
		config["config"]["Env"] = ["HOST_SECRET", "*", "=x", "A=B=C"]
		manifest["config"]["digest"], manifest["config"]["size"] = write(config)
		index["manifests"][0]["digest"], index["manifests"][0]["size"] = write(manifest)
		json.dump(index, open(f"{layout}/index.json", "w"))
	END
	printf 'FROM oci:%s\nRUN set > /env\n' "$WORK/layout" | context_make
	HOST_SECRET=secret-of-host image_build
	image_unpack
	not grep -q secret-of-host "$ROOT/env"
	grep -q "A='B=C'" "$ROOT/env"
}

@test "a step cannot change what was there before it, nor its own way out" {
	context_make <<- END
		FROM scratch
		COPY busybox /bin/busybox
		RUN ["/bin/busybox", "--install", "-s", "/bin"]
		RUN rm -f /etc/hosts; umount /proc; mv /proc /p; rm -rf /dev /sys /etc; ln -s $CANARY/dir /etc-new; ls -d /proc /dev /sys; true
		RUN ls /
	END
	image_build
	image_unpack
	[ ! -e "$ROOT/proc" ] && [ ! -e "$ROOT/sys" ]
}

@test "processes that a step leaves behind are gone with it" {
	context_make <<- 'END'
		FROM scratch
		COPY busybox /bin/busybox
		RUN ["/bin/busybox", "--install", "-s", "/bin"]
		RUN setsid sleep 1234 > /dev/null 2>&1 &
		RUN setsid sh -c 'sleep 4321' > /dev/null 2>&1 < /dev/null & echo parent ends
	END
	run_ok timeout 60 "$COOPER" --root "$STORE" build "$CONTEXT"
	not pgrep -f 'sleep 1234'
	not pgrep -f 'sleep 4321'
}

@test "a context with a loop of links, a fifo and a device is copied as it is" {
	ln -s loop "$CONTEXT/loop"
	mkfifo "$CONTEXT/fifo"
	[ "$(id -u)" != 0 ] || mknod "$CONTEXT/null" c 1 3
	printf 'FROM scratch\nCOPY . /d/\n' | context_make
	run_ok timeout 20 "$COOPER" --root "$STORE" build -t "$ID" "$CONTEXT"
	printf 'FROM scratch\nCOPY loop /\n' | context_make
	run_fails 'too many links' cooper build "$CONTEXT"
}

@test "names with newlines, quotes and bytes that are no text come through" {
	touch "$CONTEXT/"$'new\nline' "$CONTEXT/"$'quote"\\' "$CONTEXT/"$'\xff\xfe' "$CONTEXT/-rf"
	printf 'FROM scratch\nCOPY . /d/\n' | context_make
	image_build
	image_unpack
	[ -e "$ROOT/d/"$'new\nline' ] && [ -e "$ROOT/d/"$'quote"\\' ] && [ -e "$ROOT/d/"$'\xff\xfe' ] && [ -e "$ROOT/d/-rf" ]
}

@test "a deep tree is copied" {
	local path=$CONTEXT/deep i
	for ((i = 0; i < 30; i++)); do path+=/$(printf '%0100d' "$i"); done
	mkdir -p "$path"
	echo bottom > "$path/f"
	printf 'FROM scratch\nCOPY deep /d/\n' | context_make
	image_build
}
