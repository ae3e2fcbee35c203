.process.cwd = "tmp" | .linux.resources.memory.limit = "1g" | .linux.namespaces[1].type = "netwrok" | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: -1, hard: 10}]
