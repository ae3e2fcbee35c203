.linux.namespaces += [{type: "user"}]
