"""What -o asks for, and the mount as mount(8) makes it."""

import os
import shutil
import stat
import subprocess
import unittest
from pathlib import Path

from harness import REEL, Case, is_mounted, main, unmount, wait_until

# The real /usr/sbin must not change, so mount(8) runs where another directory stands in its place.
MOUNT_8 = """
mount --bind "$1" "$(readlink -f /sbin)" && mount -t fuse.reel "$2" "$3" -o "$4" || exit 3
grep " $3 fuse.reel " /proc/self/mounts && ls -ln "$3" && umount "$3"
"""


class Options(Case):
    def setUp(self):
        super().setUp()
        self.original = self.random_file("v.bin", 1000)
        self.reel("put", self.original, "--key", "video:films/v.bin")

    def look(self, path):
        found = os.stat(path)
        return found.st_uid, found.st_gid, oct(stat.S_IMODE(found.st_mode))

    def kernel_options(self, directory):
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
        return next(line.split()[3] for line in lines if line.split()[1] == str(directory)).split(",")

    def test_owner_and_modes(self):
        self_ = (os.getuid(), os.getgid())
        for options, owner, directory_mode, file_mode in (
            ("ro", self_, "0o555", "0o444"),
            ("rw,defaults,nofail,x-systemd.automount", self_, "0o755", "0o644"),
            ("uid=1234,gid=5678,umask=027", (1234, 5678), "0o750", "0o640"),
            ("ro,uid=1234,gid=5678,umask=027", (1234, 5678), "0o550", "0o440"),
        ):
            with self.subTest(options), self.mounted("-o", options) as mount:
                self.assertEqual(self.look(mount), (*owner, directory_mode))
                self.assertEqual(self.look(mount / "films"), (*owner, directory_mode))
                self.assertEqual(self.look(mount / "films" / "v.bin"), (*owner, file_mode))

    def test_what_the_kernel_is_told(self):
        with self.mounted("-o", "ro,noexec,noatime") as mount:
            options = self.kernel_options(mount)
            self.assertLessEqual({"ro", "nodev", "nosuid", "noexec", "noatime"}, set(options))
        with self.mounted("-o", "noexec,noatime", "-o", "exec,relatime,dev,suid") as mount:
            options = self.kernel_options(mount)
            self.assertLessEqual({"rw", "nodev", "nosuid"}, set(options))
            self.assertFalse({"noexec", "noatime"} & set(options))

    def helper(self, *arguments):
        link = self.dir / "mount.fuse.reel"
        if not link.is_symlink():
            link.symlink_to(Path(REEL).resolve())
        return subprocess.run([link, self.store, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, check=False)

    def store_is_free(self):
        return self.run_reel("ls").returncode == 0

    def test_the_helper_mounts(self):
        directory = self.new_mountpoint()
        self.addCleanup(lambda: is_mounted(directory) and unmount(directory))
        log = self.dir / "log"
        done = self.helper(directory, "-nv", "-t", "fuse.reel", "-o",
                           f"rw,nofail,umask=077,prefix=video:films/,log={log}")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        self.assertEqual(os.listdir(directory), ["v.bin"])
        self.assertEqual((directory / "v.bin").read_bytes(), self.original.read_bytes())
        self.assertEqual(self.look(directory / "v.bin")[2], "0o600")
        self.assertTrue(log.exists())
        unmount(directory)
        wait_until(self.store_is_free, "the store's release")

    def test_the_helper_refuses_and_fakes(self):
        directory = self.new_mountpoint()
        self.assertIn("nonsense", self.assert_refused(self.helper(directory, "-o", "nonsense"), 1))
        self.assertIn("nowhere", self.assert_refused(self.helper(self.dir / "nowhere"), 32))
        done = self.helper(directory, "-sf", "-o", "nonsense")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        self.assertFalse(is_mounted(directory))

    def test_mount_8(self):
        names = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
        if not shutil.which("mount") or names.returncode != 0:
            raise unittest.SkipTest("mount namespaces are not permitted here")
        programs = self.dir / "sbin"
        programs.mkdir()
        (programs / "mount.fuse.reel").symlink_to(Path(REEL).resolve())
        directory = self.new_mountpoint()
        options = "ro,nofail,noexec,uid=1234,umask=0,prefix=video:films/"
        done = subprocess.run(["unshare", "-m", "sh", "-c", MOUNT_8, "sh", programs, self.store,
                               directory, options],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        shown = done.stdout.decode()
        self.assertRegex(shown, f"{self.store} {directory} fuse.reel ro,nosuid,nodev,noexec")
        self.assertRegex(shown, r"-r--r--r-- 1 1234 \d+ 1000 .* v\.bin")
        wait_until(self.store_is_free, "the store's release")


if __name__ == "__main__":
    main()
