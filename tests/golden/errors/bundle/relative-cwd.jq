.process.cwd = "srv"
