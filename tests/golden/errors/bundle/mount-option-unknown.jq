.mounts += [{destination: "/data", type: "tmpfs", source: "tmpfs", options: ["sise=1m"]}]
