.mounts += [{destination: "/data", type: "bind", source: "/nowhere/data", options: ["rbind"]}]
