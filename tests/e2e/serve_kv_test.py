"""The KV protocols of `reel serve`, as workerd and REST clients speak them."""

import json
import unittest
from urllib.parse import quote

from harness import MIB
from serving import ServeCase

BASE = "/client/v4/accounts/a/storage/kv/namespaces"


class Workerd(ServeCase):
    def test_a_worker_and_the_command_see_the_same_entries(self):
        value = self.random_file("v.bin", 5 * MIB).read_bytes()
        with self.serve("--listen", "127.0.0.1:0", "--kv", "127.0.0.1:0=films") as server:
            kv = server.ports[2]
            key = "/" + quote("video:a b/c+d", safe="") + "?urlencoded=true"
            status, _, _ = server.ask("PUT", key + "&expiration_ttl=120", iter([value[:MIB], value[MIB:]]),
                                      {"CF-KV-Metadata": '{"a":"\u00fc"}'.encode("utf-8")}, port=kv)
            self.assertEqual(status, 200)
            status, headers, body = server.ask("GET", key, port=kv)
            self.assertEqual((status, body == value), (200, True))
            self.assertEqual(headers["CF-KV-Metadata"].encode("latin-1").decode("utf-8"),
                             '{"a":"\u00fc"}')
            # By the header, at any address.
            status, _, body = server.ask("GET", "/?prefix=video", headers={"X-KV-Namespace": "films"})
            page = json.loads(body)
            self.assertEqual([row["name"] for row in page["keys"]], ["video:a b/c+d"])
            self.assertEqual(page["keys"][0]["metadata"], '{"a":"\u00fc"}')
            self.assertEqual(server.ask("GET", "/healthz", port=kv)[0], 404)
            self.assertEqual(server.ask("GET", "/healthz")[0], 200)
            status, _, body = server.ask("PUT", "/k?urlencoded=true&expiration_ttl=59", b"x", port=kv)
            self.assertEqual((status, body.decode().strip()), (
                400, "Invalid expiration_ttl of 59. Expiration TTL must be at least 60."))
        self.assertEqual(self.reel("--namespace", "films", "kv", "get", "video:a b/c+d"), value)

    def test_faults_are_rehearsed(self):
        script = self.dir / "faults.json"
        script.write_text(json.dumps({"faults": [{"fault": "missing", "key": "lost"}]}))
        with self.serve("--fault", script) as server:
            headers = {"X-KV-Namespace": "n"}
            for key in ("lost", "kept"):
                self.assertEqual(server.ask("PUT", f"/{key}?urlencoded=true", b"x", headers)[0], 200)
            self.assertEqual(server.ask("GET", "/lost?urlencoded=true", headers=headers)[0], 404)
            self.assertEqual(server.ask("GET", "/kept?urlencoded=true", headers=headers)[2], b"x")


class Rest(ServeCase):
    def test_namespaces_keys_and_values(self):
        with self.serve() as server:
            status, _, body = server.ask("POST", BASE, json.dumps({"title": "films"}))
            created = json.loads(body)
            self.assertEqual((status, created["success"]), (200, True), created)
            one = f"{BASE}/{created['result']['id']}"
            self.assertEqual(server.ask("PUT", f"{one}/values/a%2Fb", b"bytes")[0], 200)
            self.assertEqual(server.ask("GET", f"{one}/values/a%2Fb")[2], b"bytes")
            status, _, body = server.ask("GET", f"{one}/keys?prefix=a")
            self.assertEqual([row["name"] for row in json.loads(body)["result"]], ["a/b"])
            status, _, body = server.ask("GET", f"{one}/values/none")
            self.assertEqual((status, json.loads(body)["errors"][0]["code"]), (404, 10009))
            self.assertEqual(server.ask("DELETE", one)[0], 200)
            self.assertEqual(server.ask("GET", f"{one}/keys")[0], 404)

    def test_the_token_is_asked_for_in_its_own_words(self):
        token = self.dir / "token"
        token.write_text("s3cret")
        with self.serve("--token-file", token) as server:
            status, _, body = server.ask("GET", BASE)
            self.assertEqual((status, json.loads(body)["errors"][0]["code"]), (403, 10000))
            status, _, body = server.ask("GET", BASE, headers={"Authorization": "Bearer s3cret"})
            self.assertEqual((status, json.loads(body)["success"]), (200, True))
            self.assertEqual(server.ask("GET", "/k", headers={"X-KV-Namespace": "n"})[0], 401)


if __name__ == "__main__":
    unittest.main()
