"""Scrubs as an operator runs them, rot below a mount, and a mount that scrubs itself.

REEL_MOUNT_ROT sets how many damages are tried below a mount; REEL_SEED repeats a run."""

import json
import os
import random
import re
import shutil

from harness import MIB, Case, main, unmount, wait_until

ROTS = int(os.environ.get("REEL_MOUNT_ROT", "6"))


def read_or_error(path):
    """The file's bytes, each block that cannot be read as None."""
    blocks = []
    with open(path, "rb", buffering=0) as file:
        for offset in range(0, os.fstat(file.fileno()).st_size, 64 << 10):
            try:
                blocks.append(os.pread(file.fileno(), 64 << 10, offset))
            except OSError:
                blocks.append(None)
    return blocks


class Scrub(Case):
    def setUp(self):
        super().setUp()
        self.videos = {}
        for seed, (name, size) in enumerate(
                {"large.mp4": 34 * MIB, "middle.mp4": 3 * MIB + 5, "small.mp4": 300_000}.items()):
            self.videos[name] = self.random_file(name, size, seed).read_bytes()
            self.reel("put", self.dir / name)

    def flip(self, name, offset):
        """A bit of the video, in the one table file that has it."""
        needle = self.videos[name][offset:offset + 64]
        for table in sorted(self.store.rglob("*.sst")):
            at = table.read_bytes().find(needle)
            if at >= 0:
                with open(table, "r+b") as file:
                    file.seek(at)
                    file.write(bytes([needle[0] ^ 4]))
                return
        self.fail("the video's bytes are in no table file")

    def test_found_quarantined_and_repaired(self):
        self.assertEqual(self.run_reel("scrub").returncode, 0)
        self.flip("large.mp4", 12 * MIB)
        done = self.run_reel("scrub", "--json")
        self.assertEqual(done.returncode, 1, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        found = [line for line in lines if line["event"] == "finding"]
        self.assertEqual([(line["key"], line["chunk"]) for line in found], [("video:large.mp4", 2)])
        with self.mounted() as mount:
            blocks = read_or_error(mount / "large.mp4")
            self.assertIn(None, blocks)
            self.assertTrue((mount / "middle.mp4").read_bytes() == self.videos["middle.mp4"])
        self.assertIn(b"video:large.mp4", self.reel("ls", "--damaged"))
        self.reel("scrub", "--key", "video:large.mp4", "--repair-from", self.dir / "large.mp4")
        self.assertEqual(self.reel("ls", "--damaged"), b"")
        with self.mounted() as mount:
            self.assertTrue((mount / "large.mp4").read_bytes() == self.videos["large.mp4"])
        self.reel("scrub")

    def test_a_mount_scrubs_itself(self):
        self.flip("large.mp4", 20 * MIB)
        process, mount = self.start_mount("--scrub-every", "1d")
        told = []

        def finding():
            told.append(process.stderr.readline().decode())
            return "large.mp4" in told[-1]

        wait_until(finding, "what the scrub finds")
        self.assertTrue((mount / "middle.mp4").read_bytes() == self.videos["middle.mp4"])
        self.stop(process, mount)
        self.assertIn(b"video:large.mp4", self.reel("ls", "--damaged"))

    def count_unreadable(self, path):
        """How many blocks cannot be read; all others are what was stored."""
        try:
            blocks = read_or_error(path)
        except OSError:
            return 1
        for number, block in enumerate(blocks):
            begin = number * (64 << 10)
            if block is not None:
                self.assertTrue(block == self.videos[path.name][begin:begin + len(block)],
                                f"{path.name} has wrong bytes from {begin} on")
        return blocks.count(None)

    def test_rot_below_a_mount(self):
        seed = int(os.environ.get("REEL_SEED", random.randrange(1 << 32)))
        print(f"REEL_SEED={seed}", flush=True)
        chance = random.Random(seed)
        sound = self.dir / "sound"
        self.store.rename(sound)
        mount = self.new_mountpoint()
        unreadable = 0
        for _ in range(ROTS):
            shutil.rmtree(self.store, ignore_errors=True)
            shutil.copytree(sound, self.store)
            # Of files in proportion to their bytes.
            tables = sorted(self.store.rglob("*.sst"))
            table = chance.choices(tables, [each.stat().st_size for each in tables])[0]
            size = table.stat().st_size
            at = chance.randrange(size)
            what = chance.choice(["flip", "zeros", "cut"])
            with self.subTest(f"{what} of {table.name} at {at}"):
                with open(table, "r+b") as file:
                    if what == "cut":
                        file.truncate(at)
                    else:
                        file.seek(at)
                        old = file.read(1 if what == "flip" else min(4096, size - at))
                        file.seek(at)
                        file.write(bytes([old[0] ^ 32]) if what == "flip" else bytes(len(old)))
                if self.run_reel("ls").returncode != 0:
                    continue  # told of, and nothing is served
                # In the background: nobody here reads what it says of each block that fails.
                self.reel("mount", mount)
                try:
                    failed = sum(self.count_unreadable(mount / name) for name in self.videos)
                    unreadable += failed
                finally:
                    unmount(mount)
                done = []

                def scrubbed():
                    done.append(self.run_reel("scrub"))
                    return not re.search(b"in use|the owner of the store ends", done[-1].stderr)

                wait_until(scrubbed, "the end of the mount's process")
                # A small table file may have been merged into another before its damage mattered.
                self.assertIn(done[-1].returncode, (1,) if failed else (0, 1), done[-1].stderr)
        print(f"rot below a mount: {ROTS} damages, {unreadable} blocks unreadable, 0 wrong bytes",
              flush=True)


if __name__ == "__main__":
    main()
