"""`reel serve` as its users meet it: players, scripts, operators."""

import json
import os
import re
import resource
import socket
import subprocess
import threading
import unittest
from pathlib import Path

from harness import MIB, wait_until
from serving import ServeCase


class Videos(ServeCase):
    def test_a_video_goes_in_and_comes_out_in_ranges(self):
        video = self.random_file("v.bin", 30 * MIB + 123)
        content = video.read_bytes()
        with self.serve() as server:
            status, headers, body = server.ask("PUT", "/videos/video:v.bin?tag=t", content)
            self.assertEqual(status, 201, body)
            stored = json.loads(body)
            self.assertEqual((stored["size"], stored["chunkCount"]), (len(content), 7))
            etag = headers["ETag"]
            status, headers, body = server.ask("GET", "/videos/video:v.bin")
            self.assertEqual((status, headers["ETag"], body == content), (200, etag, True))
            for first, last in ((0, 0), (5 * MIB - 1, 5 * MIB), (MIB, 12 * MIB), (30 * MIB, 10**12)):
                status, headers, body = server.ask("GET", "/videos/video:v.bin",
                                                   headers={"Range": f"bytes={first}-{last}"})
                self.assertEqual((status, body == content[first:last + 1]), (206, True), (first, last))
                end = min(last, len(content) - 1)
                self.assertEqual(headers["Content-Range"], f"bytes {first}-{end}/{len(content)}")
            self.assertEqual(server.ask("GET", "/videos/video:v.bin",
                                        headers={"If-None-Match": etag})[0], 304)
            status, _, body = server.ask("GET", "/videos?tag=t")
            self.assertEqual([v["key"] for v in json.loads(body)["videos"]], ["video:v.bin"])
            status, _, body = server.ask("POST", "/purge?tag=t")
            self.assertEqual(json.loads(body), {"videos": 1, "bytes": len(content)})
            self.assertEqual(server.ask("GET", "/videos/video:v.bin")[0], 404)
            server.ask("PUT", "/videos/video:w.bin", iter([content[:MIB], content[MIB:]]))
        self.assertEqual(server.errors, "")
        self.assertEqual(self.reel("get", "video:w.bin"), content)

    def test_the_commands_of_the_documentation(self):
        content = self.random_file("film.mp4", 21 * MIB).read_bytes()
        page = (Path(__file__).resolve().parents[2] / "docs/http.md").read_text(encoding="utf-8")
        commands = re.search(r"```sh\n(.*?)```", page, re.DOTALL)[1].splitlines()
        self.assertEqual(len(commands), 6)
        with self.serve() as server:
            said = [subprocess.run(["bash", "-c", command.replace("curl", "curl -fsS", 1)], check=True,
                                   cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                                   env=dict(os.environ, SERVER=server.url(""))).stdout
                    for command in commands]
        self.assertEqual(json.loads(said[0])["size"], len(content))
        self.assertTrue((self.dir / "part").read_bytes() == content[1_000_000:2_000_001])
        ends = (self.dir / "ends").read_bytes()
        self.assertIn(b"Content-Range: bytes 0-9/22020096\r\n\r\n" + content[:10] + b"\r\n", ends)
        self.assertIn(b"\r\n\r\n" + content[-10:] + b"\r\n", ends)
        self.assertEqual([video["key"] for video in json.loads(said[3])["videos"]], ["video:film.mp4"])
        head = said[4].decode().splitlines()
        self.assertIn("Content-Length: 22020096", head)
        self.assertIn("trip", next(line for line in head if line.startswith("Cache-Tag:")))
        self.assertEqual(json.loads(said[5]), {"videos": 1, "bytes": len(content)})

    def test_a_player_plays_and_seeks(self):
        film = self.dir / "film.mp4"
        subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i",
                        "testsrc2=size=640x360:rate=25", "-t", "8", "-c:v", "mpeg4", "-b:v", "24M",
                        film], stdin=subprocess.DEVNULL, check=True)
        self.reel("put", film)

        def frames(source, *seek):
            return subprocess.run(["ffmpeg", "-loglevel", "error", *seek, "-i", source, "-an", "-f",
                                   "framemd5", "-"], stdin=subprocess.DEVNULL, check=True,
                                  capture_output=True, timeout=120).stdout

        with self.serve() as server:
            url = server.url("/videos/video:film.mp4")
            self.assertEqual(frames(url), frames(str(film)))
            self.assertEqual(frames(url, "-ss", "6"), frames(str(film), "-ss", "6"))

    def test_a_stop_ends_what_hangs_on_purpose(self):
        content = self.random_file("v.bin", 21 * MIB).read_bytes()
        self.reel("put", self.dir / "v.bin")
        script = self.dir / "faults.json"
        script.write_text(json.dumps({"faults": [{"fault": "hang", "chunk": 4}]}))
        got = []
        with self.serve("--fault", script) as server:
            connection = server.connect()
            connection.request("GET", "/videos/video:v.bin")
            response = connection.getresponse()
            got.append(response.read(18 * MIB))  # little is left for the seconds that a stop grants
            reader = threading.Thread(target=lambda: got.append(response.read()))
            reader.start()
        reader.join()
        connection.close()
        self.assertTrue(b"".join(got) == content)

    def test_damage_cuts_the_stream_off_and_degrade_tells(self):
        video = self.random_file("v.bin", 21 * MIB)
        content = video.read_bytes()
        self.reel("put", video)
        script = self.dir / "faults.json"
        script.write_text(json.dumps({"faults": [{"fault": "missing", "chunk": 2}]}))
        with self.serve("--fault", script) as server:
            connection = server.connect()
            connection.request("GET", "/videos/video:v.bin")
            response = connection.getresponse()
            self.assertEqual(int(response.headers["Content-Length"]), len(content))
            with self.assertRaises(Exception) as caught:
                response.read()
            self.assertIn("IncompleteRead", type(caught.exception).__name__)
            connection.close()
            status, _, body = server.ask("GET", "/videos/video:v.bin",
                                         headers={"Range": f"bytes={15 * MIB}-"})
            self.assertEqual((status, body == content[15 * MIB:]), (206, True))
        with self.serve("--fault", script, "--degrade") as server:
            with socket.create_connection(("127.0.0.1", server.ports[0])) as client:
                client.sendall(b"GET /videos/video:v.bin HTTP/1.1\r\nHost: x\r\nTE: trailers\r\n"
                               b"Connection: close\r\n\r\n")
                answer = b"".join(iter(lambda: client.recv(MIB), b""))
            self.assertTrue(answer.endswith(
                f"\r\n0\r\nX-Reel-Filled: bytes={10 * MIB}-{15 * MIB - 1}\r\n\r\n".encode()))


class Operators(ServeCase):
    def test_a_token_keeps_others_out(self):
        token = self.dir / "token"
        token.write_text("s3cret\n")
        with self.serve("--token-file", token) as server:
            for given in (None, "Bearer wrong", "Bearer s3cre", "Basic s3cret", "Bearer "):
                status, headers, _ = server.ask(
                    "GET", "/videos", headers={"Authorization": given} if given else {})
                self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"), given)
            self.assertEqual(server.ask("GET", "/videos",
                                        headers={"Authorization": "Bearer s3cret"})[0], 200)
            self.assertEqual(server.ask("GET", "/healthz")[0], 200)
            self.assertEqual(server.ask("GET", "/metrics")[0], 401)
        env = {**os.environ, "REEL_TOKEN": "from-env"}
        with self.serve(env=env) as server:
            self.assertEqual(server.ask("GET", "/videos")[0], 401)

    def test_refusals(self):
        empty = self.dir / "empty"
        empty.write_text("\n")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            for arguments, status, words in (
                    (("--listen", "0.0.0.0:0"), 2, "a token is needed"),
                    (("--listen", "[::]:0"), 2, "a token is needed"),
                    (("--listen", "example.org:80"), 2, "not numeric"),
                    (("--listen", address), 1, address),
                    (("--token-file", empty), 2, "no token|is empty"),
                    (("--token-file", self.dir / "none"), 1, "No such file"),
                    (("--access-log-format", "json"), 2, "--access-log"),
                    (("--access-log", self.dir / "log", "--access-log-format", "x"), 2, "common or json"),
                    (("--fault", empty), 2, "JSON"),
                    (("--scrub-rate", "1M"), 2, "--scrub-every"),
            ):
                done = self.run_reel("serve", *arguments)
                self.assertEqual(done.returncode, status, (arguments, done.stderr))
                self.assertRegex(done.stderr.decode(), r"\Areel: serve: .*(" + words + r").*\n\Z")
                self.assertEqual(done.stdout, b"")
        with self.serve():
            done = self.run_reel("serve", "--listen", "127.0.0.1:0")
            self.assertEqual(done.returncode, 1)
            self.assertIn("in use by process", done.stderr.decode())

    def test_logs_and_metrics_tell_of_requests(self):
        self.reel("put", self.random_file("v.bin", 1000), "--key", "k")
        for format_ in ("common", "json"):
            log = self.dir / f"access.{format_}"
            with self.serve("--access-log", log, "--access-log-format", format_) as server:
                server.ask("GET", "/videos/k", headers={
                    "X-Request-Id": "id-1", "User-Agent": 'a "b"', "Referer": "r\x80"})
                server.ask("GET", "/videos/none%0a", headers={"X-Request-Id": "id-2"})
                # What is counted when a request is over may come after its answer.
                def metrics_of_both():
                    text = server.ask("GET", "/metrics")[2].decode()
                    return 'status="200"' in text and 'status="404"' in text and text

                metrics = wait_until(metrics_of_both, "metrics of both requests")
            self.assertRegex(metrics, r'reel_http_requests_total\{method="GET",status="200"\} \d')
            self.assertRegex(metrics, r'reel_http_requests_total\{method="GET",status="404"\} 1\n')
            self.assertRegex(metrics, r'reel_videos\{namespace="videos"\} 1\n')
            self.assertRegex(metrics, r"reel_http_request_duration_seconds_count \d")
            # A request may be told of after one that followed it on another connection.
            lines = [next(line for line in log.read_text().splitlines() if one in line)
                     for one in ("id-1", "id-2")]
            if format_ == "common":
                self.assertRegex(lines[0], re.compile(
                    r'\A127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] '
                    r'"GET /videos/k HTTP/1\.1" 200 1000 "r\\x80" "a \\"b\\"" id-1 \d+\.\d{6}\Z'))
                self.assertIn('"GET /videos/none%0a HTTP/1.1" 404 ', lines[1])
            else:
                first = json.loads(lines[0])
                self.assertEqual((first["id"], first["status"], first["bytesSent"], first["userAgent"]),
                                 ("id-1", 200, 1000, 'a "b"'))
                self.assertEqual(json.loads(lines[1])["target"], "/videos/none%0a")


class SlowClients(ServeCase):
    STALLED = 1000
    PLAYERS = 10

    def test_players_stream_on(self):
        files = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files[1], files[1]))
        content = self.random_file("v.bin", 8 * MIB).read_bytes()
        with self.serve() as server:
            server.ask("PUT", "/videos/v", content)
            stalled = []
            self.addCleanup(lambda: [one.close() for one in stalled])
            for i in range(self.STALLED):
                one = socket.socket()
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                one.connect(("127.0.0.1", server.ports[0]))
                one.sendall((b"GET /videos/v HTTP/1.1\r\nHost: x\r\n\r\n",
                             b"PUT /videos/u%d HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nab" % i,
                             b"GET /vid", b"")[i % 4])
                stalled.append(one)
            wrong = []

            def play():
                for _ in range(3):
                    status, _, body = server.ask("GET", "/videos/v")
                    if (status, body == content) != (200, True):
                        wrong.append(status)

            players = [threading.Thread(target=play) for _ in range(self.PLAYERS)]
            for player in players:
                player.start()
            for player in players:
                player.join()
            self.assertEqual(wrong, [])
            for one in stalled:
                one.close()
        self.assertEqual(json.loads(self.reel("stats", "--json"))["namespaces"][0]["videos"], 1)


if __name__ == "__main__":
    unittest.main()
