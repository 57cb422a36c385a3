"""What -o asks for."""

import os
import stat
from pathlib import Path

from harness import Case, main

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
            ("rw,defaults,nofail,x-systemd.automount", self_, "0o555", "0o444"),
            ("uid=1234,gid=5678,umask=027", (1234, 5678), "0o550", "0o440"),
        ):
            with self.subTest(options), self.mounted("-o", options) as mount:
                self.assertEqual(self.look(mount), (*owner, directory_mode))
                self.assertEqual(self.look(mount / "films"), (*owner, directory_mode))
                self.assertEqual(self.look(mount / "films" / "v.bin"), (*owner, file_mode))

    def test_what_the_kernel_is_told(self):
        with self.mounted("-o", "noexec,noatime") as mount:
            options = self.kernel_options(mount)
            self.assertLessEqual({"ro", "nodev", "nosuid", "noexec", "noatime"}, set(options))
        with self.mounted("-o", "noexec,noatime", "-o", "exec,relatime,dev,suid") as mount:
            options = self.kernel_options(mount)
            self.assertLessEqual({"ro", "nodev", "nosuid"}, set(options))
            self.assertFalse({"noexec", "noatime"} & set(options))


if __name__ == "__main__":
    main()
