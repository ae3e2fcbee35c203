.hooks.createRuntime = [{path: "bin/hook"}]
