.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo out of luck >&2; exit 3"]}]
