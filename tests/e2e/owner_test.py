"""Commands beside a mount: they work through it, and both see what the other does."""

import os
import signal
import subprocess

from harness import DEADLINE_S, MIB, Case, is_mounted, main, unmount, wait_until


class Owner(Case):
    def setUp(self):
        super().setUp()
        self.original = self.random_file("v.bin", 21 * MIB, 61)
        self.reel("put", self.original)

    def start_mount(self, *arguments, **options):
        process, directory = super().start_mount(*arguments, **options)
        os.listdir(directory)  # it is there before its process listens, and answers only then
        return process, directory

    def test_both_see_what_the_other_does(self):
        bytes_ = self.original.read_bytes()
        with self.mounted() as mount:
            self.assertEqual(self.reel("put", self.original, "--key", "video:other.bin"), b"")
            self.assertEqual(sorted(os.listdir(mount)), ["other.bin", "v.bin"])
            self.assertTrue((mount / "other.bin").read_bytes() == bytes_)
            (mount / "written.bin").write_bytes(bytes_[:MIB])
            wait_until(lambda: b"video:written.bin" in self.reel("ls"), "the file's arrival")
            self.assertTrue(self.reel("get", "video:written.bin") == bytes_[:MIB])
            self.reel("rm", "video:other.bin")
            self.assertFalse((mount / "other.bin").exists())
            self.reel("version", "bump", "video:v.bin")
            self.assertEqual(os.listdir(mount), ["written.bin"])
            self.assertTrue(self.reel("scrub").startswith(b"clean: nothing is damaged\n"))

    def test_its_own_files_are_refused(self):
        """Its process would wait for itself, and could not be killed then. A pipe is no such file."""
        out = self.dir / "out.bin"
        with self.mounted() as mount:
            def assert_told(done):
                self.assertIn("is in the mount of the process that the command works through",
                              self.assert_refused(done, 1))

            assert_told(self.run_reel("put", mount / "v.bin", "--key", "video:copy.bin"))
            assert_told(self.run_reel("get", "video:v.bin", "-o", mount / "copy.bin"))
            assert_told(self.run_reel("get", "video:v.bin", "-o", mount / "v.bin"))
            with open(mount / "v.bin", "rb") as file:
                assert_told(subprocess.run(self.command("put", "-", "--key", "video:copy.bin"),
                                           stdin=file, capture_output=True, check=False))
            self.assertIn("is in the mount of the process", self.assert_refused(
                self.run_reel("scrub", "--repair-from", mount), 2))
            self.assertEqual(os.listdir(mount), ["v.bin"])
            self.assertEqual(self.reel("ls"), b"video:v.bin\n")
            bytes_ = (mount / "v.bin").read_bytes()
            self.assertTrue(bytes_ == self.original.read_bytes())
            with subprocess.Popen(["cat", mount / "v.bin"], stdout=subprocess.PIPE) as cat:
                subprocess.run(self.command("put", "-", "--key", "video:copy.bin"),
                               stdin=cat.stdout, check=True, timeout=DEADLINE_S)
            self.assertTrue((mount / "copy.bin").read_bytes() == bytes_)
            # Another mount's files are files like others.
            other = self.dir / "other-store"
            self.reel("put", self.original, "--key", "video:far.bin", store=other)
            process, far = self.start_mount(store=other, directory=self.new_mountpoint("far"))
            self.reel("put", far / "far.bin")
            self.assertTrue(self.reel("get", "video:far.bin") == bytes_)
            self.stop(process, far)
            self.reel("get", "video:copy.bin", "-o", out)
            self.assertTrue(out.read_bytes() == bytes_)

    def test_a_read_only_mount_keeps_nobody_from_storing(self):
        with self.mounted("-o", "ro") as mount:
            self.reel("put", self.original, "--key", "video:other.bin")
            self.assertEqual(sorted(os.listdir(mount)), ["other.bin", "v.bin"])

    def test_in_the_background(self):
        """Which has / as its working directory, and nobody's descriptors."""
        directory = self.new_mountpoint()
        self.addCleanup(lambda: is_mounted(directory) and unmount(directory))
        self.reel("mount", directory)
        done = subprocess.run(self.command("put", "v.bin", "--key", "video:there.bin"),
                              cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        done = subprocess.run(self.command("get", "video:there.bin", "-o", "out.bin"),
                              cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))
        subprocess.run(["cmp", self.original, self.dir / "out.bin"], check=True)
        unmount(directory)
        self.await_free_store()

    def test_unmounting_interrupts_what_runs(self):
        process, directory = self.start_mount()
        said = self.cut_off_put(self.original.read_bytes(), lambda: self.stop(process, directory))
        self.assertEqual(said, b"reel: put video:x: interrupted (nothing was stored)\n"
                               b"reel: put: the owner of the store ends (try again)\n")
        self.assertEqual(self.reel("ls"), b"video:v.bin\n")

    def test_a_killed_mount(self):
        process, _ = self.start_mount()

        def kill():
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE_S)

        said = self.cut_off_put(self.original.read_bytes(), kill)
        self.assertEqual(said, b"reel: put: the process that owned the store ended (try again)\n")
        self.assertTrue((self.store / "owner.sock").exists())
        self.assertEqual(self.reel("ls"), b"video:v.bin\n")


if __name__ == "__main__":
    main()
