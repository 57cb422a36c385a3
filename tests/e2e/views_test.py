"""What is under `.reel` of a mount: the same videos in other ways, and what the store says of itself."""

import errno
import json
import os
import shutil
import subprocess
from pathlib import Path

import harness


def listed(*path):
    return sorted(os.listdir(Path(*path)))


class Views(harness.Case):
    def setUp(self):
        super().setUp()
        self.film = self.random_file("film.mp4", 2 * harness.MIB + 17)
        self.clip = self.random_file("clip.webm", 70_001, seed=2)
        self.reel("put", self.film, "--key", "video:films/film.mp4", "--tag", "trip", "--tag", "a/b")
        self.reel("put", self.clip, "--ttl", "7200")

    def assert_errno(self, expected, call, *arguments):
        with self.assertRaises(OSError) as caught:
            call(*arguments)
        self.assertIn(caught.exception.errno, expected, errno.errorcode[caught.exception.errno])

    def test_other_ways_to_the_same_files(self):
        with self.mounted() as mount:
            self.assertEqual(listed(mount), ["clip.webm", "films"])
            self.assertEqual(listed(mount, ".reel"),
                             ["by-tag", "config.json", "expiring", "stats.json"])
            self.assertEqual(listed(mount, ".reel/by-tag"),
                             ["a%2Fb", "trip", "video-mode:video", "video-path:clip.webm",
                              "video-path:films%2Ffilm.mp4"])
            self.assertEqual(listed(mount, ".reel/expiring"), ["1h", "24h", "30d", "7d"])
            self.assertEqual(listed(mount, ".reel/expiring/1h"), [])
            self.assertEqual(listed(mount, ".reel/expiring/24h"), ["clip.webm"])
            self.assertEqual(listed(mount, ".reel/expiring/121m"), ["clip.webm"])
            film = mount / "films" / "film.mp4"
            for view in (".reel/by-tag/trip/films/film.mp4", ".reel/by-tag/a%2Fb/films/film.mp4"):
                self.assertEqual(os.stat(mount / view).st_ino, os.stat(film).st_ino)
                subprocess.run(["cmp", self.film, mount / view], check=True)
            subprocess.run(["cmp", self.clip, mount / ".reel/expiring/24h/clip.webm"], check=True)
            # Set here, it shows there.
            os.setxattr(film, "user.reel.tags", b"late")
            self.assertEqual(listed(mount, ".reel/by-tag/late/films"), ["film.mp4"])
            found = subprocess.run(["find", mount / ".reel/by-tag", "-type", "f"], check=True,
                                   capture_output=True)
            self.assertEqual(found.stderr, b"")
            self.assertEqual(len(found.stdout.splitlines()), 5)
            self.assertNotIn(b".reel", subprocess.run(["find", mount], check=True,
                                                      capture_output=True).stdout)

    def test_inodes_stay_over_mounts(self):
        seen = []
        for _ in range(2):
            with self.mounted() as mount:
                seen.append([os.stat(mount / path).st_ino for path in
                             (".reel", ".reel/by-tag/trip", ".reel/by-tag/trip/films",
                              ".reel/by-tag/trip/films/film.mp4", ".reel/stats.json")])
        self.assertEqual(seen[0], seen[1])

    def test_texts_are_live(self):
        with self.mounted() as mount:
            stats = mount / ".reel" / "stats.json"

            def videos():
                text = subprocess.run(["cat", stats], check=True, capture_output=True).stdout
                return json.loads(text)["namespaces"][0]["videos"]

            self.assertEqual(videos(), 2)
            with open(stats, "rb") as before:
                for i in range(9):
                    shutil.copy(self.clip, mount / f"{i}.webm")
                self.assertEqual(videos(), 11)
                # What is open says what it said.
                self.assertEqual(json.loads(before.read())["namespaces"][0]["videos"], 2)
            # The length may be asked for while another number of digits becomes the true one.
            harness.wait_until(lambda: os.stat(stats).st_size == len(stats.read_bytes()), "length")
            harness.wait_until(
                lambda: {entry.name: entry.stat().st_size for entry in os.scandir(stats.parent)}
                ["stats.json"] == len(stats.read_bytes()), "length in a listing")
            shutil.copy(stats, self.dir / "copy.json")
            told = json.loads((self.dir / "copy.json").read_text())
            config = (mount / ".reel" / "config.json").read_bytes()
        self.assertEqual(json.loads(self.reel("stats", "--json"))["namespaces"], told["namespaces"])
        self.assertEqual(self.reel("config", "--json"), config)

    def test_the_settings_are_those_of_the_mount(self):
        (self.dir / "other.json").write_text('{"kvChunking": {"maxChunks": 77}}')
        flags = ("--config", self.dir / "other.json")
        with self.mounted(*flags) as mount:
            config = (mount / ".reel" / "config.json").read_bytes()
        self.assertEqual(self.reel("config", "--json", *flags), config)
        self.assertIn(b'"kvChunking.maxChunks","value":77,', config)

    def test_nothing_can_be_changed(self):
        # Others than root are kept out by the modes already.
        unless_root = errno.EROFS if os.geteuid() == 0 else errno.EACCES
        with self.mounted() as mount:
            view = mount / ".reel" / "by-tag" / "trip" / "films"
            film = view / "film.mp4"
            there = mount / "films" / "film.mp4"
            stats = mount / ".reel" / "stats.json"
            create = os.O_WRONLY | os.O_CREAT
            table = [
                (errno.EROFS, os.open, view / "new", create),
                (errno.EROFS, os.open, view / "new", create | os.O_EXCL),
                (errno.EROFS, os.open, film, os.O_WRONLY | os.O_TRUNC),
                (errno.EROFS, os.open, film, create | os.O_TRUNC),
                (errno.EROFS, shutil.copyfile, self.clip, film),
                (errno.EROFS, os.mkdir, view / "new"),
                (errno.EROFS, os.mkdir, mount / ".reel" / "by-tag" / "new"),
                (errno.EROFS, os.unlink, film),
                (errno.EROFS, os.unlink, stats),
                (errno.EROFS, os.rmdir, view),
                (errno.EROFS, os.rmdir, mount / ".reel" / "expiring" / "1h"),
                (errno.EROFS, os.rmdir, mount / ".reel"),
                (errno.EROFS, os.rename, film, view / "b.mp4"),
                (errno.EROFS, os.rename, film, mount / "b.mp4"),
                (errno.EROFS, os.rename, there, view / "b.mp4"),
                (errno.EROFS, os.rename, mount / ".reel", mount / "b"),
                (errno.EROFS, os.open, stats, os.O_WRONLY),
                (errno.EROFS, os.open, stats, os.O_RDWR),
                (errno.EROFS, os.truncate, stats, 0),
                (errno.EROFS, os.utime, view),
                (errno.EROFS, os.chmod, stats, 0o600),
                (errno.EEXIST, os.mkdir, mount / ".reel"),
                # An inode is the same by whatever name it was found.
                (errno.EPERM, os.open, film, os.O_WRONLY),
                (errno.EPERM, os.truncate, film, 0),
            ]
            for expected, call, *arguments in table:
                with self.subTest(call=call.__name__, arguments=arguments):
                    self.assert_errno({expected, unless_root}, call, *arguments)
                    subprocess.run(["cmp", self.film, there], check=True)
                    self.assertEqual(os.stat(there).st_size, os.stat(self.film).st_size)
            os.setxattr(film, "user.reel.ttl", b"3600")
            self.assertEqual(listed(mount, ".reel/expiring/1h/films"), ["film.mp4"])
            self.assertEqual(listed(mount), ["clip.webm", "films"])


if __name__ == "__main__":
    harness.main()
