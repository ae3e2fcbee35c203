# The container of the sweep: something of everything that runlet does.
.linux.cgroupsPath = $cgroup |
.process.args = ["/bin/sleep", "600"] |
.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }] |
.process.oomScoreAdj = 100 |
.mounts += [
	{ destination: "/data", type: "bind", source: $work, options: ["rbind", "ro"] },
	{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "ro"] }
] |
.linux.sysctl = { "net.ipv4.ip_unprivileged_port_start": "80" } |
.linux.namespaces += [{ type: "cgroup" }] |
.linux.resources = {
	pids: { limit: 100 },
	memory: { limit: 134217728 },
	devices: [{ allow: false, access: "rwm" }]
} |
.linux.seccomp = {
	defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{ names: ["kexec_load", "swapon"], action: "SCMP_ACT_ERRNO" }]
} |
.hooks.createRuntime = [{ path: $hook, args: ["busybox", "true"] }]
