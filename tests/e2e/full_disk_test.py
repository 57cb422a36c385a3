"""A store on a small disk, which it fills itself, or others do, and which has space again."""

import errno
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from harness import MIB, SKIPPED, WORK, fuse_refusal, wait_until
from serving import ServeCase

DISK_MIB = 96


def mount_disk(directory):
    """None, or why no file system can be mounted here."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", str(directory)],
                          capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else None


class FullDisk(ServeCase):
    def setUp(self):
        super().setUp()
        self.disk = self.dir / "disk"
        self.disk.mkdir()
        refusal = mount_disk(self.disk)
        self.assertIsNone(refusal)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=True)
        self.store = self.disk / "store"
        self.random = random.Random(7)
        self.stored = {}

    def put(self, server, size):
        """The status of storing a new video; what is acknowledged is remembered."""
        content = self.random.randbytes(size)
        key = f"video:{len(self.stored)}-{self.random.randrange(1 << 32)}.mp4"
        status, _, body = server.ask("PUT", f"/videos/{key}", content)
        if status == 201:
            self.stored[key] = content
        else:
            self.assertEqual(status, 507, body)
            self.assertIn(b"(free some space and try again)", body)
        return status

    def fill(self):
        """Leaves nothing to anybody."""
        with open(self.disk / "of-others", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)

    def assert_all_there(self, server):
        self.assertIsNone(server.process.poll(), "the server has ended")
        for key, content in self.stored.items():
            status, _, body = server.ask("GET", f"/videos/{key}")
            self.assertTrue(status == 200 and body == content, f"{key}: {status}")

    def assert_readable(self, keys):
        for key in keys:
            self.assertTrue(self.reel("get", key) == self.stored[key], key)
        self.reel("scrub")

    def test_a_store_that_has_filled_its_disk_can_remove(self):
        with self.serve() as server:
            while self.put(server, 3 * MIB) == 201:
                pass
            self.assertGreater(len(self.stored), 10)
            for _ in range(5):
                self.assertEqual(self.put(server, 100), 507)
            self.assert_all_there(server)
            for key in list(self.stored)[:3]:
                self.assertLess(server.ask("DELETE", f"/videos/{key}")[0], 300)
                del self.stored[key]
            # What is removed may go a moment later.
            wait_until(lambda: self.put(server, 3 * MIB) == 201, "a video in the place of others")
            while self.put(server, 3 * MIB) == 201:
                pass
        key, *others = list(self.stored)
        self.reel("rm", key)
        self.assertEqual(self.reel("ls").decode().split(), sorted(others))
        self.assert_readable(others)

    @unittest.skipIf(fuse_refusal(), "no FUSE here")
    def test_a_mount_tells_cp(self):
        content = self.random.randbytes(3 * MIB)

        def copy(name):
            try:
                (mountpoint / name).write_bytes(content)
                return True
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)
                return False

        (self.dir / "first").write_bytes(content)
        self.reel("put", self.dir / "first", "--key", "video:first")
        with self.mounted() as mountpoint:
            count = 0
            while copy(f"copy{count}"):
                count += 1
            self.assertGreater(count, 10)
            self.assertEqual(sorted(os.listdir(mountpoint)),
                             sorted(["first", *(f"copy{i}" for i in range(count))]))
            for name in ("first", "copy0", "copy1"):
                os.remove(mountpoint / name)
            wait_until(lambda: copy("again"), "a video in the place of others")
            for name in os.listdir(mountpoint):
                self.assertTrue((mountpoint / name).read_bytes() == content, name)

    def test_a_server_outlives_a_disk_that_others_have_filled(self):
        with self.serve() as server:
            for _ in range(2):
                self.put(server, 3 * MIB)
                self.fill()
                # RocksDB's log has some room set aside.
                refused = 0
                while refused < 20:
                    refused += self.put(server, self.random.choice([100, 200_000])) != 201
                self.assert_all_there(server)
                os.remove(self.disk / "of-others")
                wait_until(lambda: self.put(server, 100) == 201, "a small video")
                wait_until(lambda: self.put(server, 3 * MIB) == 201, "a large video")
                self.assert_all_there(server)
        self.assert_readable(self.stored)

    def test_a_server_ends_on_it(self):
        with self.serve() as server:
            self.put(server, 3 * MIB)
            self.fill()
            while self.put(server, 3 * MIB) == 201:
                pass
        os.remove(self.disk / "of-others")
        self.assert_readable(self.stored)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=WORK) as probe:
        said = mount_disk(Path(probe))
        if said is None:
            subprocess.run(["umount", probe], check=True)
    if said is not None:
        print(f"skipped: no file system can be mounted here: {said}")
        sys.exit(SKIPPED)
    unittest.main()
