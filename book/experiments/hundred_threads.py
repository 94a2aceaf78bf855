"""What a hundred threads cost that wait for something."""

import threading


def megabytes(what):
    for line in open("/proc/self/status"):
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024


before = {what: megabytes(what) for what in ("VmSize", "VmRSS")}
done = threading.Event()
threads = [threading.Thread(target=done.wait) for _ in range(100)]
for thread in threads:
    thread.start()
for what, name in (("VmSize", "addresses"), ("VmRSS", "memory")):
    grown = megabytes(what) - before[what]
    print(f"{name}: more than 100 MB: {grown > 100}, less than 10 MB: {grown < 10}")
done.set()
