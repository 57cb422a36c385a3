"""Files of the mount hold the bytes that were stored, whatever their size and however they are read."""

import errno
import json
import mmap
import os
import random
import subprocess
import threading

from harness import MIB, Case, main, opened, pread_exactly

SIZES = [1, 4095, 65537, 20 * MIB - 1, 20 * MIB, 25 * MIB, 25 * MIB + 1, 30 * MIB]
CHUNK = 5 * MIB


def odd_ranges(source, size, count):
    """Ranges around the borders of pages and chunks, and anywhere."""
    for border in (4096, 65536, 128 << 10, CHUNK, 2 * CHUNK, size):
        for before, length in ((1, 2), (4097, 8195), (131073, 262147)):
            if 0 < border <= size:
                yield max(0, border - before), length
    for _ in range(count):
        yield source.randrange(max(1, size)), source.randrange(1, 3 * MIB)


class Contents(Case):
    def put(self, name, size, seed):
        path = self.random_file(name, size, seed)
        self.reel("put", path)
        return path

    def assert_same(self, original, shown):
        self.assertEqual(os.stat(shown).st_size, os.stat(original).st_size)
        subprocess.run(["cmp", original, shown], check=True)

    def assert_same_ranges(self, original, shown, count, seed):
        source = random.Random(seed)
        with opened(original) as theirs, opened(shown) as ours:
            for offset, length in odd_ranges(source, os.fstat(theirs).st_size, count):
                same = pread_exactly(ours, offset, length) == os.pread(theirs, length, offset)
                self.assertTrue(same, f"{shown}: {length} bytes at {offset}, seed {seed}")


class Sizes(Contents):
    def test_every_size(self):
        files = [self.put(f"{size}.bin", size, seed) for seed, size in enumerate(SIZES)]
        with self.mounted("--prefix", "video:") as mount:
            self.assertEqual(sorted(os.listdir(mount)), sorted(file.name for file in files))
            for file in files:
                with self.subTest(file.name):
                    self.assert_same_ranges(file, mount / file.name, 20, seed=7)
                    self.assert_same(file, mount / file.name)

    def test_other_ways_to_read(self):
        original = self.put("v.bin", 25 * MIB + 1, 3)
        expected = original.read_bytes()
        with self.mounted("--prefix", "video:") as mount:
            shown = mount / "v.bin"
            with opened(shown) as fd, mmap.mmap(fd, 0, prot=mmap.PROT_READ) as mapped:
                for offset in (25 * MIB, 20 * MIB - 5000, 1, 12345678):
                    self.assertEqual(mapped[offset:offset + 9999], expected[offset:offset + 9999])
            odd = subprocess.run(["dd", f"if={shown}", "bs=4999", "skip=1051", "count=333"],
                                 capture_output=True, check=True).stdout
            self.assertEqual(odd, expected[4999 * 1051:4999 * (1051 + 333)])
            with open(shown, "rb", buffering=0) as file:
                self.assertEqual(file.seek(-3, os.SEEK_END), len(expected) - 3)
                self.assertEqual(file.read(100), expected[-3:])
                self.assertEqual(file.read(100), b"")
            self.assert_same(original, shown)

    def test_stat_tells_the_hash_of_the_file(self):
        for size in (1, 25 * MIB + 1):
            file = self.put(f"{size}.bin", size, 5)
            record = json.loads(self.reel("stat", f"video:{file.name}", "--json"))
            told = subprocess.run(["xxhsum", "-H2", file], capture_output=True, text=True, check=True)
            self.assertEqual(record["xxh3"], told.stdout.split()[0])
            self.assertEqual(record["size"], size)

    def test_a_read_only_mount_cannot_be_written(self):
        original = self.put("v.bin", 70000, 6)
        with self.mounted("-o", "ro") as mount:
            for attempt in (lambda: os.open(mount / "v.bin", os.O_RDWR),
                            lambda: os.truncate(mount / "v.bin", 0),
                            lambda: os.unlink(mount / "v.bin"),
                            lambda: os.mkdir(mount / "d"),
                            lambda: os.open(mount / "new", os.O_WRONLY | os.O_CREAT)):
                with self.assertRaises(OSError) as caught:
                    attempt()
                self.assertEqual(caught.exception.errno, errno.EROFS)
            self.assert_same(original, mount / "v.bin")


class Gigabyte(Contents):
    def test_a_gigabyte(self):
        original = self.put("big.bin", 1024 * MIB, 8)
        with self.mounted("--prefix", "video:") as mount:
            self.assert_same(original, mount / "big.bin")
            self.assert_same_ranges(original, mount / "big.bin", 100, seed=9)


class ManyReaders(Contents):
    READERS = 8

    def test_many_readers_at_once(self):
        files = [self.put("chunked.bin", 47 * MIB + 3, 10), self.put("single.bin", 7 * MIB + 1, 11)]
        failures = []
        with self.mounted("--prefix", "video:") as mount:

            def read(reader):
                try:
                    for file in files:
                        self.assert_same_ranges(file, mount / file.name, 25, seed=100 + reader)
                except (AssertionError, OSError) as failure:
                    failures.append(failure)

            threads = [threading.Thread(target=read, args=(i,)) for i in range(self.READERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])


if __name__ == "__main__":
    main()
