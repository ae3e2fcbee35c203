.process.args = ["/bin"]
