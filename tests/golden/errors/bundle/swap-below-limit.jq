.linux.resources.memory = {limit: 2097152, swap: 1048576}
