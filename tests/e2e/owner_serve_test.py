"""Commands beside `reel serve`: they work through it, and both see what the other does."""

import json
import re
import signal
import subprocess
import unittest

from harness import DEADLINE_S, MIB, REEL
from serving import ServeCase

NAMESPACES = "/client/v4/accounts/a/storage/kv/namespaces"


class Changes(ServeCase):
    def test_videos(self):
        first = self.random_file("first.bin", 11 * MIB + 3, 71).read_bytes()
        second = self.random_file("second.bin", 7 * MIB, 72).read_bytes()
        with self.serve() as server:
            def get(key):
                status, _, body = server.ask("GET", f"/videos/{key}")
                return body if status == 200 else status

            self.assertEqual(server.ask("PUT", "/videos/video:a", first)[0], 201)
            self.assertTrue(self.reel("get", "video:a") == first)
            # What the server has read, it must not remember.
            self.assertTrue(get("video:a") == first)
            self.reel("put", self.dir / "second.bin", "--key", "video:a")
            self.assertTrue(get("video:a") == second)
            self.reel("put", self.dir / "first.bin", "--key", "video:b", "--tag", "t")
            self.assertTrue(get("video:b") == first)
            self.assertEqual(self.reel("ls"), b"video:a\nvideo:b\n")
            self.assertEqual(server.ask("DELETE", "/videos/video:a")[0], 204)
            self.assertEqual(self.reel("ls"), b"video:b\n")
            self.assertEqual(json.loads(self.reel("purge", "--tag", "t", "--json")),
                             {"videos": 1, "bytes": len(first)})
            self.assertEqual(get("video:b"), 404)
            self.reel("put", self.dir / "second.bin", "--key", "video:c")
            self.assertTrue(get("video:c") == second)
            self.reel("version", "bump", "video:c")
            self.assertEqual(get("video:c"), 404)
            self.reel("put", self.dir / "second.bin", "--key", "video:d")
            self.reel("rm", "video:d")
            self.assertEqual(get("video:d"), 404)
        self.assertEqual(server.errors, "")

    def test_entries(self):
        value = self.random_file("value", MIB, 73).read_bytes()
        with self.serve("--kv", "127.0.0.1:0=films") as server:
            port = server.ports[1]

            def get(key):
                status, _, body = server.ask("GET", f"/{key}?urlencoded=true", port=port)
                return body if status == 200 else status

            self.assertEqual(server.ask("PUT", "/k?urlencoded=true", value, port=port)[0], 200)
            self.assertTrue(self.reel("--namespace", "films", "kv", "get", "k") == value)
            bulk = self.dir / "bulk.json"
            bulk.write_text(json.dumps([{"key": "k", "value": "new"}, {"key": "l", "value": "x"}]))
            self.reel("--namespace", "films", "kv", "bulk", "put", bulk)
            self.assertEqual((get("k"), get("l")), (b"new", b"x"))
            self.reel("--namespace", "films", "kv", "delete", "k")
            self.assertEqual(get("k"), 404)
            self.assertEqual(server.ask("DELETE", "/l?urlencoded=true", port=port)[0], 200)
            self.assertEqual(self.reel("--namespace", "films", "kv", "list"), b"")

    def test_namespaces(self):
        with self.serve() as server:
            _, _, body = server.ask("POST", NAMESPACES, json.dumps({"title": "films"}))
            value = f"{NAMESPACES}/{json.loads(body)['result']['id']}/values/k"
            self.assertEqual(server.ask("PUT", value, b"bytes")[0], 200)
            self.reel("namespace", "rename", "films", "pictures")
            self.assertEqual(server.ask("GET", value)[2], b"bytes")
            self.assertEqual(self.reel("--namespace", "pictures", "kv", "get", "k"), b"bytes")
            self.reel("namespace", "drop", "pictures")
            self.assertEqual(server.ask("GET", value)[0], 404)


class Commands(ServeCase):
    def outcomes(self, commands):
        """Exit status, output and errors of each; numbers of bytes on disk and speeds left out."""
        outcomes = []
        for words in commands:
            done = self.run_reel(*words)
            out = done.stdout
            if words[0] in ("scrub", "stats"):
                # What was dropped leaves the disk a moment later.
                out = re.sub(rb" *\d+ +[0-9.]+ ([KMG]i)?B  garbage\n|garbage: .*\n", b"", out)
                out = re.sub(rb" *\d[0-9.]*( ([KMG]i)?B)?", b"N", out)
            outcomes.append((words, done.returncode, out, done.stderr))
        return outcomes

    def test_they_print_and_return_the_same(self):
        video = self.random_file("v.bin", 9 * MIB + 1, 74)
        commands = [
            ("put", video), ("put", video, "--key", "video:w.bin", "--tag", "t"),
            ("version", "bump", "video:w.bin"), ("put", self.dir / "none"),
            ("get", "video:v.bin"), ("get", "video:none"), ("get", "video:v.bin", "--range", "9-99"),
            ("ls",), ("ls", "none"), ("kv", "put", "k", video), ("kv", "get", "k"),
            ("kv", "list", "--json"), ("kv", "get", "none"), ("rm", "video:v.bin", "video:none"),
            ("kv", "delete", "k"), ("purge",), ("purge", "--tag", "t"), ("scrub",),
            ("scrub", "--key", "video:none"), ("stats",), ("namespace", "list"),
        ]
        alone = self.outcomes(commands)
        self.store = self.dir / "other"
        with self.serve():
            beside = self.outcomes(commands)
        for one, other in zip(alone, beside, strict=True):
            self.assertTrue(one == other, f"{one[0]}: {one[1:]!r:.500} {other[1:]!r:.500}")

    def test_another_owner_is_refused(self):
        with self.serve() as server:
            process = f"process {server.process.pid}"
            self.assertIn(process, self.assert_refused(
                self.run_reel("serve", "--listen", "127.0.0.1:0"), 1))
            self.assertEqual(self.reel("ls"), b"")
        self.assertFalse((self.store / "owner.sock").exists())

    def test_a_large_put_is_streamed(self):
        size = 100 * MIB
        video = self.random_file("v.bin", size, 75)
        with self.serve() as server:
            def resident():
                with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
                    return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1]) * 1024

            before = resident()
            with subprocess.Popen(["cat", video], stdout=subprocess.PIPE) as cat:
                subprocess.run(self.command("put", "-", "--key", "video:piped"), stdin=cat.stdout,
                               check=True, timeout=300)
            self.reel("put", video)
            for key in ("video:v.bin", "video:piped"):
                out = self.dir / "out.bin"
                self.reel("get", key, "-o", out)
                subprocess.run(["cmp", video, out], check=True)
            grown = resident() - before
            print(f"the server took {grown >> 20} MiB more")
            if not self.is_sanitized():
                self.assertLess(grown, size // 2)

    @staticmethod
    def is_sanitized():
        """Sanitizers keep memory that was given back."""
        with open(REEL, "rb") as program:
            content = program.read()
        return b"__asan_init" in content or b"__tsan_init" in content


class Killed(ServeCase):
    def test_a_killed_server_fails_what_runs(self):
        video = self.random_file("v.bin", 21 * MIB, 76)
        server = subprocess.Popen(self.command("serve", "--listen", "127.0.0.1:0"),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

        def kill():
            server.send_signal(signal.SIGKILL)
            server.wait(DEADLINE_S)

        try:
            server.stdout.readline()
            self.reel("put", video)
            said = self.cut_off_put(video.read_bytes(), kill)
            self.assertEqual(said, b"reel: put: the process that owned the store ended (try again)\n")
        finally:
            server.kill()
            server.wait(DEADLINE_S)
            server.stdout.close()
        # Its socket is there, and nobody listens.
        self.assertTrue((self.store / "owner.sock").exists())
        self.assertEqual(self.reel("ls"), b"video:v.bin\n")
        self.assertTrue(self.reel("get", "video:v.bin") == video.read_bytes())


if __name__ == "__main__":
    unittest.main()
