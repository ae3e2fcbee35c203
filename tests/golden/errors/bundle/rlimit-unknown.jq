.process.rlimits = [{type: "RLIMIT_NOFILES", soft: 0, hard: 0}]
