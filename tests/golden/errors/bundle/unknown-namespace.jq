.linux.namespaces[0].type = "pidd"
