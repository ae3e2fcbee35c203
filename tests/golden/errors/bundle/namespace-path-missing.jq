.linux.namespaces[1].path = "/nowhere/net"
