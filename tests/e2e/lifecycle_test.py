"""How mounts begin and end, and who may have the store meanwhile."""

import contextlib
import errno
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from harness import DEADLINE_S, MIB, Case, is_mounted, main, opened, unmount, wait_until


# fusermount3 waits beside a mount for its process to die, but only root's can look at it then.
CLEARED_BY_ITSELF = os.geteuid() == 0 and shutil.which("fusermount3") is not None


def children(pid):
    """The processes that `pid` has started itself."""
    found = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit():
                stat = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
                if int(stat.rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry))
    return found


class Lifecycle(Case):
    def setUp(self):
        super().setUp()
        self.original = self.random_file("v.bin", 21 * MIB, 31)
        self.reel("put", self.original)

    def assert_all_is_well(self, directory):
        """The mountpoint is an ordinary directory again and the store opens with its video whole."""
        (directory / "file").touch()
        (directory / "file").unlink()
        self.assertIn(b"video:v.bin", self.reel("ls"))
        self.assertTrue(self.reel("get", "video:v.bin") == self.original.read_bytes())

    def shown(self, directory):
        return directory / "v.bin"

    def test_ctrl_c(self):
        process, directory = self.start_mount("--prefix", "video:")
        subprocess.run(["cmp", self.original, self.shown(directory)], check=True)
        self.stop(process, directory, signal.SIGINT)
        self.assert_all_is_well(directory)

    def test_sigterm(self):
        process, directory = self.start_mount("--prefix", "video:")
        self.stop(process, directory, signal.SIGTERM)
        self.assert_all_is_well(directory)

    def test_fusermount(self):
        process, directory = self.start_mount("--prefix", "video:")
        self.assertEqual(os.stat(self.shown(directory)).st_size, 21 * MIB)
        unmount(directory)
        self.assert_ended_cleanly(process, directory)
        self.assert_all_is_well(directory)

    def test_sigterm_while_a_file_is_open(self):
        process, directory = self.start_mount("--prefix", "video:")
        with opened(self.shown(directory)) as fd:
            self.assertEqual(len(os.pread(fd, 100, 20 * MIB)), 100)
            self.stop(process, directory, signal.SIGTERM)
            with self.assertRaises(OSError):
                os.pread(fd, 100, 5 * MIB)
        self.assert_all_is_well(directory)

    def test_ended_at_the_first_moment(self):
        """Also by SIGKILL, which leaves a process that waits for its own mount undead."""
        directory = self.new_mountpoint()
        for how in 3 * (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            with self.subTest(how.name):
                process, directory = self.start_mount(directory=directory)
                process.send_signal(how)
                status = process.wait(DEADLINE_S)
                if how == signal.SIGKILL:
                    unmount(directory)
                else:
                    self.assertEqual(status, 0, process.stderr.read().decode())
                    self.assertFalse(is_mounted(directory))
        self.assert_all_is_well(directory)

    def assert_cleared_away(self, directory):
        """What a killed mount left goes by itself, or can be made to where that is not to be had."""
        if CLEARED_BY_ITSELF:
            wait_until(lambda: not is_mounted(directory), "the mount's removal by fusermount3")
        else:
            unmount(directory)

    def test_a_killed_mount_goes_by_itself(self):
        directory = self.new_mountpoint()
        for options in ("ro", "ro,allow_other,umask=0"):
            if "allow_other" in options and os.geteuid() != 0:
                continue
            with self.subTest(options):
                process, directory = self.start_mount("-o", options, directory=directory)
                with opened(self.shown(directory)) as fd:
                    self.assertEqual(len(os.pread(fd, 100, 20 * MIB)), 100)
                    process.kill()
                    process.wait(DEADLINE_S)
                    self.assert_cleared_away(directory)
                    with self.assertRaises(OSError):
                        os.pread(fd, 100, 5 * MIB)
                self.assert_all_is_well(directory)

    def test_a_killed_mount_in_the_background_goes_by_itself(self):
        directory = self.mount_in_background()
        os.kill(self.owner(), signal.SIGKILL)
        self.assert_cleared_away(directory)
        wait_until(lambda: self.run_reel("ls").returncode == 0, "the store's release")
        self.assert_all_is_well(directory)

    def test_a_mount_killed_with_its_fusermount3_can_be_cleared_away(self):
        process, directory = self.start_mount("--prefix", "video:")
        self.assertEqual(os.listdir(directory), ["v.bin"])
        for child in children(process.pid):
            os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait(DEADLINE_S)
        with self.assertRaises(OSError) as caught:
            os.listdir(directory)
        self.assertEqual(caught.exception.errno, errno.ENOTCONN)
        self.assert_refused(self.run_reel("mount", directory), 1)
        unmount(directory)
        self.assert_all_is_well(directory)
        process, directory = self.start_mount("--prefix", "video:", directory=directory)
        subprocess.run(["cmp", self.original, self.shown(directory)], check=True)
        self.stop(process, directory)

    def owner(self):
        """The process that a second mount names as the store's owner."""
        other = self.dir / "other"
        other.mkdir(exist_ok=True)
        text = self.assert_refused(self.run_reel("mount", other), 1)
        found = re.search(r"\b(?:process|pid) (\d+)", text)
        self.assertIsNotNone(found, text)
        return int(found[1])

    def test_the_owner_is_named(self):
        process, directory = self.start_mount("--prefix", "video:")
        self.assertEqual(self.owner(), process.pid)
        self.assertEqual(os.listdir(directory), ["v.bin"])
        self.stop(process, directory)

    def mount_in_background(self):
        directory = self.new_mountpoint()
        self.addCleanup(lambda: is_mounted(directory) and unmount(directory))
        # Waits for the pipes as well: a mount that keeps them open would hang its caller.
        done = self.run_reel("mount", directory, "--prefix", "video:")
        self.assertEqual(os.stat(self.shown(directory)).st_size, 21 * MIB)
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        return directory

    def test_in_the_background(self):
        directory = self.mount_in_background()
        self.assertNotEqual(os.getsid(self.owner()), os.getsid(0), "hangs on the caller's terminal")
        self.assertEqual(os.readlink(f"/proc/{self.owner()}/cwd"), "/")
        subprocess.run(["cmp", self.original, self.shown(directory)], check=True)
        unmount(directory)
        self.await_free_store()
        self.assert_all_is_well(directory)

    def test_in_the_background_ended_by_sigterm(self):
        directory = self.mount_in_background()
        os.kill(self.owner(), signal.SIGTERM)
        wait_until(lambda: not is_mounted(directory), "unmounting")
        self.await_free_store()
        self.assert_all_is_well(directory)


if __name__ == "__main__":
    main()
