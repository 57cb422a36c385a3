"""A browser plays from `reel serve`, and seeks: Chromium without a window, and a <video> element."""

import contextlib
import http.client
import json
import re
import shutil
import subprocess
import sys
import unittest

import harness
from harness import DEADLINE_S, MIB
from serving import ServeCase

DRIVER = "chromedriver"
# Without the last ones it would look for servers of its maker's.
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]

# A second of each, so that a frame tells where it was taken.
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255), (0, 255, 255),
           (128, 128, 128), (255, 255, 255), (0, 0, 0), (255, 128, 0))

# Plays a moment, then seeks to each place, and answers with the colour of the middle of each frame.
PLAY = """
const [url, places, done] = arguments;
const video = document.createElement("video");
const canvas = document.createElement("canvas");
const happened = (name) => new Promise((resolve, reject) => {
  video.addEventListener(name, resolve, {once: true});
  video.addEventListener("error", () => reject(new Error(video.error.message)), {once: true});
});
const colour = () => {
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  return [...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data].slice(0, 3);
};
(async () => {
  document.body.append(video);
  video.src = url;
  await happened("loadedmetadata");
  await video.play();
  while (video.currentTime < 0.3) {
    await happened("timeupdate");
  }
  video.pause();
  const colours = [];
  for (const place of places) {
    const seeked = happened("seeked");
    video.currentTime = place;
    await seeked;
    colours.push(colour());
  }
  return {duration: video.duration, size: [video.videoWidth, video.videoHeight], colours};
})().then(done, (error) => done({error: String(error)}));
"""


class Browser:
    """A session of the driver's, in the W3C's WebDriver protocol."""

    def __init__(self, port):
        self.port = port
        options = {"args": FLAGS, "binary": shutil.which("chromium")}
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "timeouts": {"script": DEADLINE_S * 1000}}}})
        self.session = f"/session/{answer['sessionId']}"

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * DEADLINE_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise AssertionError(f"{path}: {value}")
        return value

    def open(self, url):
        self.call("POST", f"{self.session}/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", f"{self.session}/execute/async",
                         {"script": script, "args": list(arguments)})

    def close(self):
        self.call("DELETE", self.session)


class Videos(ServeCase):
    @contextlib.contextmanager
    def browser(self):
        with open(self.dir / "driver.log", "w+", encoding="utf-8") as log:
            process = subprocess.Popen([DRIVER, "--port=0"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=log, text=True,
                                       env={"HOME": str(self.dir), "PATH": "/usr/bin:/bin"})
            try:
                port = next((int(found[1]) for line in process.stdout
                             if (found := re.search(r"successfully on port (\d+)", line))), None)
                self.assertIsNotNone(port, "the driver did not start")
                browser = Browser(port)
                try:
                    yield browser
                finally:
                    browser.close()
            finally:
                process.terminate()
                process.stdout.close()
                process.wait()

    def film(self, name, noise, *codec):
        """A video whose every second is of one colour; with noise, it takes several chunks."""
        film = self.dir / name
        inputs = []
        for red, green, blue in COLOURS:
            inputs += ["-f", "lavfi", "-i", f"color=c=0x{red:02x}{green:02x}{blue:02x}:s=640x360:r=25:d=1"]
        count = len(COLOURS)
        chain = f"concat=n={count}:v=1[film];color=c=gray:s=640x120:r=25:d={count},noise=alls={noise}:allf=t[top];" \
                "[film][top]overlay=0:0"
        subprocess.run(["ffmpeg", "-loglevel", "error", *inputs, "-filter_complex", chain, *codec, "-g", "10",
                        film], stdin=subprocess.DEVNULL, check=True, timeout=2 * DEADLINE_S)
        return film

    def test_a_video_element_plays_and_seeks(self):
        films = [self.film("film.mp4", 100, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "4",
                           "-pix_fmt", "yuv420p"),
                 self.film("film.webm", 1, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")]
        self.assertGreater(films[0].stat().st_size, 20 * MIB)
        for film in films:
            self.reel("put", film)
        places = [8.5, 1.5, 9.5, 0.5, 5.5, 3.5, 7.5, 2.5, 6.5, 4.5]
        with self.serve() as server, self.browser() as browser:
            browser.open(server.url("/healthz"))  # so that the page may look at the video's pixels
            for film in films:
                got = browser.run(PLAY, server.url(f"/videos/video:{film.name}"), places)
                self.assertNotIn("error", got, film.name)
                self.assertEqual(got["size"], [640, 360])
                self.assertAlmostEqual(got["duration"], len(COLOURS), delta=0.1)
                for place, colour in zip(places, got["colours"]):
                    wanted = COLOURS[int(place)]
                    self.assertTrue(all(abs(a - b) < 24 for a, b in zip(colour, wanted)),
                                    (film.name, place, colour, wanted))


if __name__ == "__main__":
    if not shutil.which(DRIVER) or not shutil.which("chromium"):
        print("skipped: there is no chromium and chromedriver (tools/setup test installs them)")
        sys.exit(harness.SKIPPED)
    unittest.main()
