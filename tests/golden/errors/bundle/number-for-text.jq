.process.cwd = 7
