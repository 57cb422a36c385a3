"""Storing videos through the mount, as programs do it: cp, mv, rm, mkdir, ffmpeg, downloads."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path

import harness
from harness import MIB


def read(path):
    return Path(path).read_bytes()


def run(*command, **options):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=300, check=False, **options)


class Writes(harness.Case):
    def setUp(self):
        super().setUp()
        # A mount makes no store: a mistyped path would look like one that lost everything.
        self.reel("put", self.random_file("first", 10))
        self.reel("rm", "video:first")

    def assert_runs(self, *command, **options):
        done = run(*command, **options)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr.decode()}")
        return done.stdout

    def test_cp_rm_mkdir_and_what_is_stored(self):
        film = self.random_file("film.mp4", 23 * MIB + 17)
        clip = self.random_file("clip.webm", 70_001, seed=2)
        with self.mounted() as mount:
            self.assert_runs("cp", film, mount)
            self.assert_runs("mkdir", "-p", mount / "a" / "b")
            self.assert_runs("cp", "-p", clip, mount / "a" / "b")
            self.assert_runs("cmp", film, mount / "film.mp4")
            self.assert_runs("cp", clip, mount / "film.mp4")  # replaces it
            self.assert_runs("cmp", clip, mount / "film.mp4")
            self.assert_runs("cp", film, mount / "film.mp4")
            self.assert_runs("cp", film, mount / "gone.mp4")
            self.assert_runs("rm", mount / "gone.mp4")
            self.assert_runs("mv", mount / "a" / "b" / "clip.webm", mount / "moved.webm")
            self.assert_runs("rm", "-r", mount / "a")
            self.assertEqual(sorted(os.listdir(mount)), ["film.mp4", "moved.webm"])
        # Durable, and videos as any other.
        rows = [json.loads(line) for line in self.reel("ls", "--json").splitlines()]
        self.assertEqual([(row["key"], row["size"], row["contentType"]) for row in rows],
                         [("video:film.mp4", 23 * MIB + 17, "video/mp4"),
                          ("video:moved.webm", 70_001, "video/webm")])
        self.assertTrue(self.reel("get", "video:film.mp4") == read(film))
        self.assertTrue(self.reel("get", "video:moved.webm") == read(clip))

    def test_a_file_appears_when_it_is_closed(self):
        with self.mounted() as mount:
            path = mount / "new.mp4"
            stat = lambda: run("stat", "-c", "%s", path)  # by another process
            with open(path, "w+b") as file:
                file.write(b"x" * 100_000)
                file.flush()
                self.assertNotEqual(stat().returncode, 0)
                self.assertEqual(os.listdir(mount), [])
                self.assertEqual(os.stat(path).st_size, 100_000)  # by its own
                file.seek(10)
                file.write(b"abc")
                file.seek(0)
                self.assertEqual(file.read(14), b"x" * 10 + b"abcx")
                os.fsync(file.fileno())
            self.assertEqual(stat().stdout, b"100000\n")
            self.assertEqual(read(path), b"x" * 10 + b"abc" + b"x" * 99_987)

    def test_a_download_is_renamed_when_it_is_complete(self):
        film = self.random_file("film.mp4", 22 * MIB)
        self.reel("put", self.random_file("old", 1000), "--key", "video:d/film.mp4")
        with self.mounted() as mount:
            part = mount / "d" / "film.mp4.part"
            shutil.copyfile(film, part)
            inode = os.stat(part).st_ino
            os.utime(part)
            self.assertAlmostEqual(os.stat(part).st_mtime, time.time(), delta=60)
            os.utime(part, (10**9, 10**9))
            os.rename(part, mount / "d" / "film.mp4")
            self.assertEqual(os.listdir(mount / "d"), ["film.mp4"])
            now = os.stat(mount / "d" / "film.mp4")
            self.assertEqual((now.st_ino, now.st_size, now.st_mtime), (inode, 22 * MIB, 10**9))
            self.assert_runs("cmp", film, mount / "d" / "film.mp4")
            os.rename(mount / "d" / "film.mp4", mount / "film.mp4")
            self.assertEqual(os.listdir(mount / "d"), [])
        record = json.loads(self.reel("stat", "video:film.mp4", "--json"))
        self.assertEqual(record["contentType"], "video/mp4")
        self.assertTrue(self.reel("get", "video:film.mp4") == read(film))

    @unittest.skipUnless(shutil.which("rsync"), "rsync is not installed")
    def test_rsync_copies_what_is_new(self):
        source = self.dir / "library"
        (source / "a").mkdir(parents=True)
        shutil.move(self.random_file("x.mkv", 3 * MIB), source / "a" / "x.mkv")
        shutil.move(self.random_file("y.mp4", 22 * MIB), source / "y.mp4")
        with self.mounted() as mount:
            rsync = ("rsync", "-a", "--itemize-changes", "--no-owner", "--no-group", "--omit-dir-times",
                     "--no-perms", f"{source}/", mount)
            self.assertIn(b"y.mp4", self.assert_runs(*rsync))
            self.assert_runs("diff", "-r", source, mount)
            self.assertEqual(self.assert_runs(*rsync), b"")  # size and time say that all is there

    def test_a_reader_keeps_what_is_being_replaced(self):
        film = self.random_file("film.mp4", 22 * MIB)
        self.reel("put", film)
        with self.mounted() as mount:
            path = mount / "film.mp4"
            with open(path, "rb") as reader, open(path, "wb") as writer:
                writer.write(b"short")
                writer.flush()
                self.assertEqual(run("stat", "-c", "%s", path).stdout, b"%d\n" % (22 * MIB))
                writer.close()
                self.assertEqual(read(path), b"short")
                self.assertTrue(reader.read() == read(film))

    def test_ffmpeg_writes_into_the_mount(self):
        source = self.dir / "source.mp4"
        self.assert_runs("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25",
                         "-t", "4", "-c:v", "libx264", "-preset", "ultrafast", source)
        frames = lambda path: self.assert_runs("ffmpeg", "-v", "error", "-i", path, "-map", "0:v",
                                               "-f", "framehash", "-hash", "md5", "-")
        with self.mounted() as mount:
            for name, flags in (("index_behind.mp4", []), ("index_ahead.mp4", ["-movflags", "+faststart"]),
                                ("a.mkv", [])):
                with self.subTest(name):
                    # faststart reads its own output back, by name, before it closes it.
                    self.assert_runs("ffmpeg", "-v", "error", "-i", source, "-c", "copy", *flags,
                                     mount / name)
                    self.assertEqual(frames(mount / name).split(b"\n")[-50:],
                                     frames(source).split(b"\n")[-50:])
            head = read(mount / "index_ahead.mp4")[:4096]
            self.assertIn(b"moov", head)

    def test_extended_attributes_and_the_disk(self):
        self.reel("put", self.random_file("a.mp4", 50_000), "--tag", "trip")
        record = json.loads(self.reel("stat", "video:a.mp4", "--json"))
        with self.mounted() as mount:
            video = mount / "a.mp4"
            told = {name: os.getxattr(video, name).decode() for name in os.listxattr(video)}
            self.assertEqual(told, {"user.reel.key": "video:a.mp4", "user.reel.xxh3": record["xxh3"],
                                    "user.reel.content_type": "video/mp4", "user.reel.chunks": "0",
                                    "user.reel.tags": ",".join(record["tags"])})
            os.setxattr(video, "user.reel.ttl", b"3600")
            self.assertAlmostEqual(int(os.getxattr(video, "user.reel.ttl")), 3600, delta=60)
            os.setxattr(video, "user.reel.tags", b"beach")
            self.assertIn(b"beach", os.getxattr(video, "user.reel.tags").split(b","))
            disk, shown = os.statvfs(self.store), os.statvfs(mount)
            self.assertEqual((shown.f_blocks, shown.f_frsize), (disk.f_blocks, disk.f_frsize))
        self.assertIsNotNone(json.loads(self.reel("stat", "video:a.mp4", "--json"))["expires"])

    def test_many_writers_and_readers(self):
        """Each file is whole or not there, whoever looks."""
        with self.mounted() as mount:
            wrong = []

            def write(worker):
                for turn in range(12):
                    content = bytes([worker, turn]) * (1000 * (turn + 1))
                    path = mount / f"w{worker}" / f"{turn % 4}.bin"
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(content)
                    if turn % 5 == 4:
                        path.unlink()

            script = ("import os,sys\n"
                      "bad = 0\n"
                      "while not os.path.exists(sys.argv[2]):\n"
                      "  for d, _, names in os.walk(sys.argv[1]):\n"
                      "    for n in names:\n"
                      "      try: b = open(os.path.join(d, n), 'rb').read()\n"
                      "      except OSError: continue\n"
                      "      if not b or b != b[:2] * (len(b) // 2) or len(b) != 2000 * (b[1] + 1): bad += 1\n"
                      "sys.exit(1 if bad else 0)\n")
            stop = self.dir / "stop"
            readers = [subprocess.Popen([sys.executable, "-c", script, str(mount), str(stop)])
                       for _ in range(2)]
            writers = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
            try:
                for writer in writers:
                    writer.start()
                for writer in writers:
                    writer.join()
            finally:
                stop.touch()
                wrong = [reader.wait(harness.DEADLINE_S) for reader in readers]
            self.assertEqual(wrong, [0, 0])

    @unittest.skipUnless(shutil.which("fio"), "fio is not installed")
    def test_fio_verifies_what_it_wrote(self):
        with self.mounted() as mount:
            for order in ("write", "randwrite"):
                with self.subTest(order):
                    fio = ("fio", f"--name={order}", f"--directory={mount}", "--size=16m", f"--rw={order}",
                           "--bs=64k", "--verify=xxhash", "--verify_fatal=1", "--ioengine=psync",
                           "--output-format=json")
                    self.assert_runs(*fio, "--end_fsync=1", cwd=self.dir)
                    stored = os.stat(mount / f"{order}.0.0")
                    self.assertEqual(stored.st_size, 16 * MIB)
                    # Once more, of what was stored.
                    done = json.loads(self.assert_runs(*fio, "--verify_only", cwd=self.dir))
                    self.assertEqual(done["jobs"][0]["read"]["io_bytes"], 16 * MIB)
                    self.assertEqual(os.stat(mount / f"{order}.0.0").st_ino, stored.st_ino)


if __name__ == "__main__":
    harness.main()
