.process.args = ["/bin/no-such-program"]
