.process.args = ["/etc/passwd"]
