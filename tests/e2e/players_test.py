"""Players play from the mount, seeks included, and decode what they decode from the originals."""

import contextlib
import filecmp
import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness
from playback_test import FRAMES_PER_SECOND, ffmpeg, frames, make_video, probe

NOBODY = 65534
PLAYED = ("a.mp4", "b.mkv", "c.ts", "d.webm", "hls/index.m3u8")
SECONDS = 4
FRAMES = SECONDS * FRAMES_PER_SECOND
SIZE = "320x240"
FRAME_BYTES = 320 * 240 * 3 // 2
X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-b:v", "4M", "-c:a", "aac"]
VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "4M", "-c:a", "libopus"]

# Above FUSE it would read ahead as above a network, and seek in what it has.
MPV = ["mpv", "--no-config", "--no-terminal", "--cache=no"]


def make_library(directory):
    """A video in each container, and a stream of segments beside its playlist."""
    (directory / "hls").mkdir(parents=True)
    mp4 = make_video(directory / "a.mp4", X264, SIZE, SECONDS)
    ffmpeg("-i", mp4, "-map", "0", "-c", "copy", directory / "b.mkv")
    ffmpeg("-i", mp4, "-map", "0", "-c", "copy", directory / "c.ts")
    make_video(directory / "d.webm", VP8, SIZE, SECONDS)
    ffmpeg("-i", mp4, "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod",
           directory / "hls" / "index.m3u8")


class Mpv:
    """A player without a window, told what to do through a socket."""

    def __init__(self, directory):
        self.screenshot = directory / "screenshot.png"
        ours, theirs = socket.socketpair()
        ours.settimeout(harness.DEADLINE_S)
        with theirs:
            self.process = subprocess.Popen(
                [*MPV, "--vo=null", "--ao=null", "--untimed",
                 "--ao-null-untimed", "--pause", "--idle", f"--input-ipc-client=fd://{theirs.fileno()}"],
                stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        self.socket = ours
        self.lines = ours.makefile("r", encoding="utf-8")

    def close(self):
        self.lines.close()
        self.socket.close()
        self.process.kill()
        self.process.wait(harness.DEADLINE_S)

    def wait_for(self, is_it):
        for line in self.lines:
            message = json.loads(line)
            if is_it(message):
                return message
        raise AssertionError("mpv has ended")

    def event(self, name):
        return self.wait_for(lambda message: message.get("event") == name)

    def do(self, *command):
        self.socket.sendall(json.dumps({"command": command}).encode() + b"\n")
        reply = self.wait_for(lambda message: "error" in message)
        assert reply["error"] == "success", (command, reply)
        return reply["data"] if "data" in reply else None

    def play_with_seeks(self, path):
        """Where each seek has led, and the picture there; then how the video ended."""
        self.do("set_property", "pause", True)
        self.do("loadfile", str(path), "replace", "start=1.7")
        seen = []
        for at in (None, 3.2, 0.4, 2.5, 1.1):
            if at is not None:
                self.do("seek", at, "absolute+exact")
            self.event("playback-restart")
            self.do("screenshot-to-file", str(self.screenshot), "video")
            seen.append((self.do("get_property", "time-pos"), self.screenshot.read_bytes()))
        self.do("set_property", "pause", False)
        return seen, self.event("end-file")["reason"]


class Players(harness.Case):
    @classmethod
    def setUpClass(cls):
        # Not below REEL_E2E_DIR, which other users may not be let into.
        cls.base = Path(tempfile.mkdtemp(prefix="reel-players-"))
        cls.base.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.originals = cls.base / "originals"
        make_library(cls.originals)

    def setUp(self):
        super().setUp()
        self.reel("put", self.originals / "c.ts")  # makes the store
        self.reel("rm", "video:c.ts")
        # So that these short videos are cut too.
        (self.store / "reel.json").write_text(
            '{"kvChunking": {"sizeThreshold": 300000, "chunkSize": 200000}}', encoding="utf-8")
        options = "allow_other" if os.geteuid() == 0 else "rw"
        directory = self.base / "mnt"
        directory.mkdir()
        self.addCleanup(directory.rmdir)
        _, self.mount = self.start_mount("-o", options, directory=directory)
        subprocess.run(["cp", "-r", f"{self.originals}/.", self.mount], check=True)

    def each(self, compare):
        """Calls compare(on the mount, the original) for each that is played."""
        for name in PLAYED:
            with self.subTest(name):
                compare(self.mount / name, self.originals / name)

    def test_ffmpeg(self):
        def compare(shown, original):
            self.assertEqual(probe(shown), probe(original))
            expected = frames(original)
            self.assertGreater(expected.count("\n"), 200)
            self.assertTrue(frames(shown) == expected, "decodes to other frames")

        self.each(compare)

    @unittest.skipUnless(shutil.which("mpv"), "mpv is not installed")
    def test_mpv_seeks(self):
        def compare(shown, original):
            with contextlib.closing(Mpv(self.dir)) as mpv:
                expected, end = mpv.play_with_seeks(original)
                self.assertGreaterEqual(len({picture for _, picture in expected}), 3)
                self.assertEqual(end, "eof")
                seen, end = mpv.play_with_seeks(shown)
                self.assertEqual([at for at, _ in seen], [at for at, _ in expected])
                self.assertTrue(seen == expected, "shows other pictures")
                self.assertEqual(end, "eof")

        self.each(compare)

    @unittest.skipUnless(shutil.which("mpv"), "mpv is not installed")
    def test_mpv_decodes_all(self):
        def decode(path):
            out = self.dir / "frames"
            # With sound, which of the streams comes first is left to chance.
            done = subprocess.run([*MPV, "--no-audio", "--of=framemd5", f"--o={out}", "--ovc=rawvideo",
                                   path],
                                  stdin=subprocess.DEVNULL, timeout=harness.DEADLINE_S, check=False)
            self.assertEqual(done.returncode, 0)
            return out.read_text(encoding="utf-8")

        def compare(shown, original):
            expected = decode(original)
            self.assertGreater(expected.count(f" {FRAME_BYTES}, "), FRAMES - 3)
            self.assertTrue(decode(shown) == expected, "decodes to other frames")

        self.each(compare)

    @unittest.skipUnless(shutil.which("vlc"), "VLC is not installed")
    def test_vlc(self):
        out = self.base / "out"
        out.mkdir()
        # VLC refuses to run as root.
        other = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        if other:
            os.chown(out, NOBODY, NOBODY)

        def decode(path, to):
            done = subprocess.run(
                ["vlc", "-vv", "-I", "dummy", "--no-sout-audio", "--play-and-exit", "--sout",
                 f"#transcode{{vcodec=I420}}:std{{access=file,mux=dummy,dst={to}}}", path],
                stdin=subprocess.DEVNULL, capture_output=True, timeout=harness.DEADLINE_S, check=False,
                env={**os.environ, "HOME": str(out)}, **other)
            log = done.stderr.decode(errors="replace")
            self.assertEqual(done.returncode, 0, log[-3000:])
            self.assertIn("EOF reached", log)

        def compare(shown, original):
            decode(original, out / "original")
            decode(shown, out / "shown")
            self.assertGreater((out / "original").stat().st_size, (FRAMES - 3) * FRAME_BYTES)
            self.assertTrue(filecmp.cmp(out / "shown", out / "original", shallow=False),
                            "decodes to other frames")

        self.each(compare)


if __name__ == "__main__":
    harness.main()
