.process.env = ["PATH=/bin", "novalue"]
