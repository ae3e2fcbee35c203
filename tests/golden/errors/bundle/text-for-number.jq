.linux.resources.memory.limit = "1g"
