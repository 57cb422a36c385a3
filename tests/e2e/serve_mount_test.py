"""A server and a mount in one process."""

import os
import shutil
import subprocess

import harness
from harness import DEADLINE_S, MIB, is_mounted
from serving import ServeCase


class Mounted(ServeCase):
    def test_both_in_one_process(self):
        first = self.random_file("first.bin", 21 * MIB + 5, 74).read_bytes()
        directory = self.new_mountpoint()
        with self.serve("--mount", directory, "-o", "umask=077") as server:
            self.assertEqual(server.ask("PUT", "/videos/video:a/first.bin", first)[0], 201)
            self.assertTrue((directory / "a/first.bin").read_bytes() == first)
            self.assertEqual((directory / "a/first.bin").stat().st_mode & 0o777, 0o600)
            shutil.copy(self.dir / "first.bin", directory / "second.bin")
            self.assertTrue(server.ask("GET", "/videos/video:second.bin")[2] == first)
            self.reel("put", self.dir / "first.bin", "--key", "video:third.bin")
            self.assertTrue((directory / "third.bin").read_bytes() == first)
            self.assertEqual(server.ask("DELETE", "/videos/video:third.bin")[0], 204)
            self.assertEqual(sorted(os.listdir(directory)), ["a", "second.bin"])
            self.assertTrue(is_mounted(directory))
        self.assertFalse(is_mounted(directory))
        self.assertEqual(server.errors, "")

    def test_it_ends_when_it_is_unmounted(self):
        directory = self.new_mountpoint()
        with self.serve("--mount", directory) as server:
            subprocess.run(["fusermount3", "-u", directory], check=True)
            self.assertEqual(server.process.wait(DEADLINE_S), 0)

    def test_what_cannot_be(self):
        directory = self.new_mountpoint()
        with self.serve() as server:
            taken = f"127.0.0.1:{server.ports[0]}"
            for arguments, status, said in (
                    (("--mount", self.dir / "none"), 1, "none"),
                    (("-o", "ro"), 2, "give --mount DIR too"),
                    (("--mount", directory, "-o", "nonsense"), 2, "nonsense"),
                    (("--mount", directory), 1, "choose another address")):
                done = self.run_reel("serve", "--listen", taken, *arguments, store=self.dir / "other")
                self.assertIn(said, self.assert_refused(done, status))
        self.assertFalse(is_mounted(directory))


if __name__ == "__main__":
    harness.main()
