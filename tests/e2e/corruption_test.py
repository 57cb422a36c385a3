"""A byte that rots on the disk is an error where it lies and nowhere else; it is never shown."""

import errno

from harness import MIB, Case, main, opened, pread_exactly

SIZE = 30 * MIB + 17
ROTTEN = 12 * MIB + 5000  # in the third chunk
PAGE_MAX = 256 << 10      # no page of a value is larger


class Corruption(Case):
    def setUp(self):
        super().setUp()
        self.data = self.random_file("v.bin", SIZE, 21).read_bytes()
        self.reel("put", self.dir / "v.bin")
        self.reel("put", self.random_file("sound.bin", 21 * MIB, 22))
        self.flip_a_bit()

    def flip_a_bit(self):
        needle = self.data[ROTTEN:ROTTEN + 64]
        places = []
        for table in sorted(self.store.rglob("*.sst")):
            at = table.read_bytes().find(needle)
            if at >= 0:
                places.append((table, at))
        self.assertEqual(len(places), 1, "the video's bytes should lie in one table file")
        table, at = places[0]
        with open(table, "r+b") as file:
            file.seek(at)
            file.write(bytes([needle[0] ^ 0x10]))

    def read_block(self, fd, offset, length):
        """The bytes there, or the errno."""
        try:
            return pread_exactly(fd, offset, length)
        except OSError as error:
            return error.errno

    def test_the_mount(self):
        with self.mounted("--prefix", "video:") as mount:
            with opened(mount / "v.bin") as fd:
                self.assertEqual(self.read_block(fd, ROTTEN, 1), errno.EIO)
                self.assertEqual(self.read_block(fd, ROTTEN - 100, 4096), errno.EIO)
                for offset in range(0, SIZE, PAGE_MAX):
                    block = self.read_block(fd, offset, PAGE_MAX)
                    if offset <= ROTTEN < offset + PAGE_MAX:
                        self.assertEqual(block, errno.EIO, f"at {offset}")
                    else:
                        self.assertTrue(block == self.data[offset:offset + PAGE_MAX], f"at {offset}")
                self.assertEqual(self.read_block(fd, ROTTEN, 1), errno.EIO, "read again")
            self.assertEqual((mount / "sound.bin").read_bytes(),
                             (self.dir / "sound.bin").read_bytes())

    def test_small_reads_around_it(self):
        """What a read that failed brought along is not taken for good, nor lost."""
        with self.mounted("--prefix", "video:") as mount, opened(mount / "v.bin") as fd:
            begin, end = ROTTEN - PAGE_MAX, ROTTEN + PAGE_MAX
            for offset in range(begin - begin % 4096, end, 4096):
                block = self.read_block(fd, offset, 4096)
                if block != errno.EIO:
                    self.assertFalse(offset <= ROTTEN < offset + 4096)
                    self.assertEqual(block, self.data[offset:offset + 4096])

    def test_get(self):
        done = self.run_reel("get", "video:v.bin")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.decode(), r"\Areel: [^\n]+\n\Z")
        self.assertLessEqual(len(done.stdout), ROTTEN)
        self.assertTrue(self.data.startswith(done.stdout))

        target = self.dir / "out.bin"
        self.assert_refused(self.run_reel("get", "video:v.bin", "-o", target), 1)
        self.assertFalse(target.exists(), "a damaged video left a file")

        around = f"{ROTTEN + PAGE_MAX}-{ROTTEN + 2 * PAGE_MAX - 1}"
        self.assertEqual(self.reel("get", "video:v.bin", "--range", around),
                         self.data[ROTTEN + PAGE_MAX:ROTTEN + 2 * PAGE_MAX])
        self.assertEqual(self.reel("get", "video:sound.bin"), (self.dir / "sound.bin").read_bytes())


if __name__ == "__main__":
    main()
