"""nginx, as a baseline of what answers HTTP: two workers, sendfile off, no access log."""

import contextlib
import socket
import subprocess
import time

import common

CONF = """worker_processes 2;
user root;
pid {work}/nginx.pid;
error_log {work}/nginx.err;
daemon off;
events {{ worker_connections 4000; }}
http {{
  access_log off;
  sendfile off;
  keepalive_requests 1000000;
  client_max_body_size 0;
  client_body_temp_path {work}/nginx.bodies;
  server {{ listen 127.0.0.1:{port}; root {work}/www; {directives} }}
}}
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def await_listening(port, name):
    for _ in range(1000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise RuntimeError(f"{name} does not listen")


def start(work, closing, directives=""):
    """Serves `work`/www until `closing` ends. Returns the process and the port."""
    port = free_port()
    with open(f"{work}/nginx.conf", "w", encoding="ascii") as conf:
        conf.write(CONF.format(work=work, port=port, directives=directives))
    process = common.launch(closing, "nginx", "-c", f"{work}/nginx.conf", stdout=subprocess.DEVNULL)
    await_listening(port, "nginx")
    return process, port
