.process.args = ["no-such-program"]
