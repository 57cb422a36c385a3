"""Mounts that cannot be: one line that says why, the right exit status, and nothing left behind."""

import os
import shutil
import subprocess
import unittest

from harness import Case, is_mounted, main


class Refusals(Case):
    def setUp(self):
        super().setUp()
        self.reel("put", self.random_file("v.bin", 1000))

    def refused(self, directory, *arguments, status=1, store=None):
        for foreground in ([], ["-f"]):
            done = self.run_reel("mount", directory, *foreground, *arguments, store=store)
            text = self.assert_refused(done, status)
            self.assertIn(b"v.bin", self.reel("ls"))
        return text

    def test_missing(self):
        self.assertIn("nowhere", self.refused(self.dir / "nowhere"))
        self.assertFalse((self.dir / "nowhere").exists())

    def test_a_file(self):
        self.assertIn("v.bin", self.refused(self.dir / "v.bin"))

    def test_not_empty(self):
        directory = self.new_mountpoint()
        (directory / "precious").write_text("x")
        self.refused(directory)
        self.assertEqual(os.listdir(directory), ["precious"])

    def test_already_mounted(self):
        other = self.dir / "other"
        self.reel("put", self.dir / "v.bin", "--key", "video:w.bin", store=other)
        with self.mounted("--prefix", "video:", store=other) as mount:
            self.refused(mount)
            self.assertEqual(os.listdir(mount), ["w.bin"])

    def test_a_store_that_is_not_there(self):
        missing = self.dir / "no-store"
        self.assertIn("no-store", self.refused(self.new_mountpoint(), store=missing))
        self.assertFalse(missing.exists())

    def test_options(self):
        directory = self.new_mountpoint()
        for options in (["-o", "nonsense"], ["-o", "ro,nonsense=1"], ["-o"], ["--nonsense"]):
            with self.subTest(options):
                self.refused(directory, *options, status=2)
                self.assertFalse(is_mounted(directory))
        self.assert_refused(self.run_reel("mount"), 2)
        self.assert_refused(self.run_reel("mount", directory, directory), 2)

    def in_a_machine_without_fuse(self, *command):
        """Runs a command in a mount namespace of its own whose /dev has little in it."""
        script = "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && exec \"$@\""
        return subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *command],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)

    def test_no_fuse_device(self):
        if not shutil.which("unshare") or self.in_a_machine_without_fuse("true").returncode != 0:
            raise unittest.SkipTest("mount namespaces are not permitted here")
        directory = self.new_mountpoint()
        for foreground in ([], ["-f"]):
            command = self.command("mount", directory, *foreground)
            text = self.assert_refused(self.in_a_machine_without_fuse(*command), 1)
            self.assertIn("/dev/fuse", text)
        self.assertFalse(is_mounted(directory))
        self.assertIn(b"v.bin", self.reel("ls"))


if __name__ == "__main__":
    main()
