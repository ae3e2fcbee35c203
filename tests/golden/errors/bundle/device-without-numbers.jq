.linux.devices = [{type: "c", path: "/dev/fuse"}]
