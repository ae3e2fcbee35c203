.linux.timeOffsets.monotonic = {secs: 5, nanosecs: 0}
