.linux.namespaces[1].path = "/proc/self/ns/uts"
