.mounts += [{destination: "/data", type: "nofs", source: "x"}]
