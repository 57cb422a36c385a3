"""What is written for Cloudflare runs on `reel serve` unchanged: a Worker on workerd, wrangler, the
SDK. Skipped where tools/setup could not get them (build/npm)."""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import unittest
from pathlib import Path

import harness
from harness import DEADLINE_S, MIB
from serving import Server, ServeCase

NPM = Path(os.environ.get("REEL_NPM", ""))
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


class WorkerCase(ServeCase):
    @contextlib.contextmanager
    def worker(self, reel_port):
        """The example Worker at a free port, with its KV at `reel_port`."""
        readable, writable = os.pipe()
        with open(self.dir / "workerd.log", "wb") as log:
            process = subprocess.Popen(
                [NPM / ".bin/workerd", "serve", EXAMPLES / "worker/config.capnp",
                 "--socket-addr=http=127.0.0.1:0", f"--external-addr=reel=127.0.0.1:{reel_port}",
                 f"--control-fd={writable}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[writable])
        os.close(writable)
        try:
            with open(readable, encoding="utf-8") as events:
                first = events.readline()
                self.assertTrue(first, (self.dir / "workerd.log").read_text())
                event = json.loads(first)
                self.assertEqual((event["event"], event["socket"]), ("listen", "http"))
                yield Server(process, [event["port"]])
        finally:
            process.kill()
            process.wait()


class Worker(WorkerCase):
    def test_its_own_chunks_come_and_go(self):
        content = self.random_file("film.bin", 23 * MIB + 456).read_bytes()
        size = len(content)
        with self.serve() as server, self.worker(server.ports[0]) as worker:
            blocks = (content[at:at + 700_001] for at in range(0, size, 700_001))
            status, _, body = worker.ask("PUT", "/a%20b/film.mp4", blocks, {"Content-Type": "video/mp4"})
            self.assertEqual(status, 201, body)
            manifest = json.loads(body)
            self.assertEqual(manifest["actualChunkSizes"], [5 * MIB] * 4 + [3 * MIB + 456])
            status, headers, body = worker.ask("GET", "/a%20b/film.mp4")
            self.assertEqual((status, headers["Content-Type"], body == content), (200, "video/mp4", True))
            for asked, first, end in (
                    ("1000000-2000000", 1_000_000, 2_000_001), ("0-0", 0, 1),
                    (f"{5 * MIB - 1}-{5 * MIB}", 5 * MIB - 1, 5 * MIB + 1),
                    (f"{7 * MIB}-{16 * MIB}", 7 * MIB, 16 * MIB + 1), (f"{20 * MIB}-", 20 * MIB, size),
                    ("-100", size - 100, size), (f"{size - 1}-{10 * size}", size - 1, size)):
                status, headers, body = worker.ask("GET", "/a%20b/film.mp4", headers={"Range": f"bytes={asked}"})
                self.assertEqual((status, headers["Content-Range"], body == content[first:end]),
                                 (206, f"bytes {first}-{end - 1}/{size}", True), asked)
            status, headers, _ = worker.ask("GET", "/a%20b/film.mp4", headers={"Range": f"bytes={size}-"})
            self.assertEqual((status, headers["Content-Range"]), (416, f"bytes */{size}"))
            # What it wrote is there for every other client.
            entries = {"X-KV-Namespace": "films"}
            _, _, body = server.ask("GET", "/?prefix=video", headers=entries)
            names = [row["name"] for row in json.loads(body)["keys"]]
            key = "video:a b/film.mp4"
            generation = manifest["generation"]
            self.assertEqual(names, [key] + [f"{key}@{generation}_chunk_{i}" for i in range(5)])
            self.assertEqual(worker.ask("PUT", "/a%20b/film.mp4", b"short")[0], 201)
            self.assertEqual(worker.ask("GET", "/a%20b/film.mp4")[2], b"short")
            self.assertEqual(worker.ask("DELETE", "/a%20b/film.mp4")[0], 204)
            self.assertEqual(worker.ask("GET", "/a%20b/film.mp4")[0], 404)
            _, _, body = server.ask("GET", "/", headers=entries)
            self.assertEqual(json.loads(body)["keys"], [])

    def test_it_rehearses_what_kv_does_to_it(self):
        content = self.random_file("film.bin", 21 * MIB).read_bytes()
        script = self.dir / "faults.json"
        script.write_text(json.dumps({"faults": [
            {"fault": "delay", "milliseconds": 50, "chunk": 1}, {"fault": "missing", "chunk": 3}]}))
        with self.serve("--fault", script) as server, self.worker(server.ports[0]) as worker:
            self.assertEqual(worker.ask("PUT", "/film", content)[0], 201)
            status, _, body = worker.ask("GET", "/film", headers={"Range": f"bytes=0-{12 * MIB}"})
            self.assertEqual((status, body == content[:12 * MIB + 1]), (206, True))
            with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
                worker.ask("GET", "/film")

    def test_many_at_once(self):
        content = self.random_file("film.bin", 12 * MIB).read_bytes()
        with self.serve() as server, self.worker(server.ports[0]) as worker:
            failures = []

            def client(number):
                mine = content[number:] + content[:number]
                try:
                    for _ in range(3):
                        self.assertEqual(worker.ask("PUT", f"/film{number}", mine)[0], 201)
                        self.assertTrue(worker.ask("GET", f"/film{number}")[2] == mine)
                except Exception as failure:  # pylint: disable=broad-except
                    failures.append(failure)

            clients = [threading.Thread(target=client, args=(n,)) for n in range(6)]
            for each in clients:
                each.start()
            for each in clients:
                each.join()
            self.assertEqual(failures, [])


class Wrangler(ServeCase):
    def wrangler(self, server, *arguments, stdin=None):
        """What the command printed; it has to succeed."""
        environment = dict(os.environ, CLOUDFLARE_API_BASE_URL=server.url("/client/v4"),
                           CLOUDFLARE_API_TOKEN="anything", CLOUDFLARE_ACCOUNT_ID="acc1",
                           WRANGLER_SEND_METRICS="false", WRANGLER_LOG_SANITIZE="false", CI="1",
                           HOME=str(self.dir), XDG_CONFIG_HOME=str(self.dir), NO_COLOR="1")
        done = subprocess.run([NPM / ".bin/wrangler", "kv", *arguments], cwd=self.dir, env=environment,
                              input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                              capture_output=True, timeout=2 * DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 0, (arguments, done.stdout[-2000:], done.stderr[-2000:]))
        return done.stdout

    def test_it_puts_lists_gets_and_loads(self):
        video = self.random_file("clip.bin", 6 * MIB)
        with self.serve() as server:
            self.wrangler(server, "namespace", "create", "films")
            rows = json.loads(self.wrangler(server, "namespace", "list"))
            ids = {row["title"]: row["id"] for row in rows}
            self.assertEqual(set(ids), {"films", "videos"})
            at = ("--remote", "--namespace-id", ids["films"])
            self.wrangler(server, "key", "put", *at, "a/b c", "--path", str(video), "--ttl", "3600",
                          "--metadata", '{"frames":250}')
            self.assertEqual(self.wrangler(server, "key", "get", *at, "a/b c"), video.read_bytes())
            keys = json.loads(self.wrangler(server, "key", "list", *at, "--prefix", "a/"))
            self.assertEqual([(row["name"], row["metadata"]) for row in keys], [("a/b c", {"frames": 250})])
            self.assertIn("expiration", keys[0])
            pairs = [{"key": f"k{i:04}", "value": f"value {i}"} for i in range(1200)]
            bulk = self.dir / "bulk.json"
            bulk.write_text(json.dumps(pairs))
            self.wrangler(server, "bulk", "put", *at, str(bulk))
            keys = json.loads(self.wrangler(server, "key", "list", *at, "--prefix", "k"))
            self.assertEqual([row["name"] for row in keys], [pair["key"] for pair in pairs])
            bulk.write_text(json.dumps(["k0003", "k0007", "none"]))
            got = self.wrangler(server, "bulk", "get", *at, str(bulk)).decode()
            self.assertIn("value 7", got)
            self.wrangler(server, "bulk", "delete", *at, str(bulk), "--force")
            self.wrangler(server, "key", "delete", *at, "a/b c")
            keys = json.loads(self.wrangler(server, "key", "list", *at))
            self.assertEqual(len(keys), 1198)
            self.assertNotIn("k0003", [row["name"] for row in keys])
            self.wrangler(server, "namespace", "delete", "--namespace-id", ids["films"])
            rows = json.loads(self.wrangler(server, "namespace", "list"))
            self.assertEqual([row["title"] for row in rows], ["videos"])


class Sdk(ServeCase):
    def test_the_official_client(self):
        # A module looks for its packages beside itself.
        script = self.dir / "sdk.mjs"
        shutil.copy(EXAMPLES / "sdk.mjs", script)
        os.symlink(NPM, self.dir / "node_modules")
        with self.serve() as server:
            done = subprocess.run(["node", script, server.url("/client/v4")], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=DEADLINE_S, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        got = json.loads(done.stdout)
        self.assertEqual(got, {"titles": ["videos", "films"], "missing": 404, "same": True,
                               "metadata": {"frames": 250},
                               "keys": ["clip.bin"] + [f"k{i:02}" for i in range(25)]})


if __name__ == "__main__":
    if not (NPM / ".bin/workerd").exists() or not shutil.which("node"):
        print("skipped: there are no npm packages (install npm, and run tools/setup test)")
        sys.exit(harness.SKIPPED)
    unittest.main()
