"""Which names a mount shows for which keys."""

import os
import subprocess

from harness import MIB, Case, main

# Key without "video:" -> path in the mount.
NAMES = {
    "clip.mp4": "clip.mp4",
    "clip.mp4:w=1280:h=720": "clip:w=1280:h=720.mp4",
    "shows/s1/e1.mkv": "shows/s1/e1.mkv",
    "shows/s1/日本.mkv": "shows/s1/日本.mkv",
    "a b/100%.mp4": "a b/100%25.mp4",
    "..": "%2E%2E%file",  # beside the directory of the next one
    "../escape.mp4": "%2E%2E/escape.mp4",
    "x/../../y.mp4": "x/%2E%2E/%2E%2E/y.mp4",
    "x/./z.mp4": "x/%2E/z.mp4",
    "not_chunk_0": "not_chunk_0",
}


def files_under(directory):
    return {os.path.relpath(os.path.join(path, name), directory)
            for path, _, names in os.walk(directory) for name in names}


class Names(Case):
    def test_names(self):
        for key in NAMES:
            file = self.dir / "source"
            file.write_text(key)
            self.reel("put", file, "--key", f"video:{key}")
        with self.mounted("--prefix", "video:") as mount:
            self.assertEqual(files_under(mount), set(NAMES.values()))
            for key, path in NAMES.items():
                self.assertEqual((mount / path).read_text(), key)
            for missing in ("clip.mp4:w=1280:h=720", "%2e%2e", "shows/s1/", "shows/e1.mkv", "100%.mp4"):
                self.assertFalse((mount / missing).is_file(), missing)
            # As a real path, `..` climbs: what it finds is this side of the mount.
            self.assertTrue(os.path.samefile(mount / "shows" / "..", mount))
            self.assertTrue(os.path.samefile(mount / "..", self.dir))

    def test_chunks_do_not_show(self):
        big = self.random_file("big.mp4", 26 * MIB)
        self.reel("put", big)
        self.reel("put", big, "--width", "1280", "--height", "720")
        with self.mounted("--prefix", "video:") as mount:
            self.assertEqual(files_under(mount), {"big.mp4", "big:w=1280:h=720.mp4"})
            self.assertFalse((mount / "big.mp4_chunk_0").exists())
            subprocess.run(["cmp", big, mount / "big:w=1280:h=720.mp4"], check=True)
        self.assertEqual(self.reel("ls").decode().splitlines(),
                         ["video:big.mp4", "video:big.mp4:w=1280:h=720"])

    def test_a_prefix_narrows_the_mount(self):
        for key in ("video:in/a.mp4", "video:in/b/c.mp4", "video:out/d.mp4", "audio:e.mp3"):
            self.reel("put", self.random_file("source", 100), "--key", key)
        with self.mounted("--prefix", "video:in/") as mount:
            self.assertEqual(files_under(mount), {"a.mp4", "b/c.mp4"})


if __name__ == "__main__":
    main()
