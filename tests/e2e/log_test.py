"""Where a mount in the background tells of failures."""

import json
import subprocess
import sys
import unittest

from harness import MIB, Case, main

# A machine whose /dev has little in it, so that a test can listen at /dev/log.
SMALL_DEV = """
mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/full c 1 7 &&
mknod -m 444 /dev/urandom c 1 9 && mknod -m 666 /dev/fuse c 10 229 && exec "$@"
"""

# Mounts, reads, and prints what the system's log was told. A fetch is logged to a full disk, which
# is a failure to tell of.
LISTENER = """
import socket, subprocess, sys
reel, store, config, directory = sys.argv[1:]
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
log.settimeout(30)
subprocess.run([reel, "--store", store, "--config", config, "mount", directory, "--log",
                "/dev/full"], stdin=subprocess.DEVNULL, check=True)
try:
    with open(directory + "/v.bin", "rb") as file:
        file.read(1000)
    print(log.recv(4096).decode())
finally:
    subprocess.run(["fusermount3", "-u", directory], check=True)
"""


class Log(Case):
    def test_the_systems_log_in_the_background(self):
        probe = subprocess.run(["unshare", "-m", "sh", "-c", SMALL_DEV, "sh", "true"],
                               capture_output=True, check=False)
        if probe.returncode != 0:
            raise unittest.SkipTest("mount namespaces are not permitted here")
        self.reel("put", self.random_file("v.bin", 21 * MIB))
        config = self.dir / "config.json"
        config.write_text(json.dumps({"kvChunking": {"logChunkOperations": True}}))
        done = subprocess.run(["unshare", "-m", "sh", "-c", SMALL_DEV, "sh", sys.executable, "-c",
                               LISTENER, self.command()[0], self.store, config,
                               self.new_mountpoint()],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        # 27: facility daemon, level error.
        self.assertRegex(done.stdout.decode(),
                         r"\A<27>.* reel\[\d+\]: cannot write to --log /dev/full: [^\n]+\n\Z")
        self.await_free_store()


if __name__ == "__main__":
    main()
