.root.path = "nowhere"
