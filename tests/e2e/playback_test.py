"""Players read videos from the mount and see exactly what they see in the originals."""

import json
import subprocess

from harness import MIB, Case, main

X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "56M", "-maxrate", "56M", "-bufsize", "56M",
        "-c:a", "aac"]
VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "8M", "-c:a", "libopus"]


def ffmpeg(*arguments):
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *map(str, arguments)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# A frame takes whole milliseconds, as mkv and webm store them. At 30 a second, VLC's encoder takes
# two rounded times for one and drops a frame in three, in one run of a hundred.
FRAMES_PER_SECOND = 25


def make_video(path, codecs, size, seconds):
    """A moving picture with noise, which no codec makes small, and a tone."""
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={FRAMES_PER_SECOND}",
           "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", seconds,
           "-vf", "noise=alls=20:allf=t,format=yuv420p", *codecs, path)
    return path


def frames(path, *arguments):
    """A hash of each decoded frame of every stream."""
    return ffmpeg("-xerror", *arguments, "-i", path, "-map", "0", "-f", "framehash", "-hash", "md5", "-")


def probe(path):
    done = subprocess.run(["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path],
                          capture_output=True, text=True, check=True)
    record = json.loads(done.stdout)
    del record["format"]["filename"]
    return record


class Playback(Case):
    def test_containers(self):
        mp4 = make_video(self.dir / "a.mp4", X264, "1280x720", 4)
        data = mp4.read_bytes()
        self.assertGreater(len(data), 20 * MIB)
        self.assertGreater(data.rfind(b"moov"), 20 * MIB, "the index should lie at the end")
        videos = [mp4]
        for name in ("b.mkv", "c.ts"):
            videos.append(self.dir / name)
            ffmpeg("-i", mp4, "-map", "0", "-c", "copy", videos[-1])
        videos.append(make_video(self.dir / "d.webm", VP8, "640x360", 4))
        for video in videos:
            self.reel("put", video)

        with self.mounted("--prefix", "video:") as mount:
            for video in videos:
                with self.subTest(video.name):
                    shown = mount / video.name
                    self.assertEqual(probe(shown), probe(video))
                    expected = frames(video)
                    self.assertGreater(expected.count("\n"), 200)
                    self.assertTrue(frames(shown) == expected, "decodes to other frames")
                    seek = ["-ss", "2.5", "-t", "0.5"]
                    self.assertEqual(frames(shown, *seek), frames(video, *seek))


if __name__ == "__main__":
    main()
