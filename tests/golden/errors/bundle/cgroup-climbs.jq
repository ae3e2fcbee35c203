.linux.cgroupsPath = "/../../etc"
