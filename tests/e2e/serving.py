"""A running `reel serve`, and requests to it."""

import contextlib
import http.client
import subprocess

from harness import DEADLINE_S, Case


class Server:
    """The process, its ports of 127.0.0.1, and what it wrote to stderr once it is gone."""

    def __init__(self, process, ports):
        self.process = process
        self.ports = ports
        self.errors = None

    def url(self, path):
        return f"http://127.0.0.1:{self.ports[0]}{path}"

    def connect(self, port=None):
        return http.client.HTTPConnection("127.0.0.1", port or self.ports[0], timeout=DEADLINE_S)

    def ask(self, method, path, body=None, headers=None, port=None):
        """(status, header fields, body); the answer has to be whole."""
        connection = self.connect(port)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()


class ServeCase(Case):
    @contextlib.contextmanager
    def serve(self, *arguments, env=None):
        """Serves at a free port of 127.0.0.1 and stops as an operator would: it has to end well."""
        process = subprocess.Popen(
            self.command("serve", "--listen", "127.0.0.1:0", *arguments), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        try:
            wanted = 1 + arguments.count("--listen") + arguments.count("--kv")
            lines = [process.stdout.readline() for _ in range(wanted)]
            self.assertTrue(lines[0].startswith("http://127.0.0.1:"), lines)
            ports = [int(line.rsplit(":", 1)[1]) for line in lines if line.startswith("http")]
            server = Server(process, ports)
            yield server
            process.terminate()
            _, server.errors = process.communicate(timeout=DEADLINE_S)
            self.assertEqual(process.returncode, 0, server.errors)
        finally:
            if process.poll() is None:
                process.kill()
            process.stdout.close()
            process.stderr.close()
            process.wait()
