"""Serving a video with `reel serve`, against nginx (sendfile off) serving the plain file, on loopback and
warm: whole files and random ranges with wrk at 1 and 32 connections, the time to the first byte, and the
memory that 1,000 open connections take."""

import contextlib
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time

import common
import nginx

SECONDS = 3
RANGE_BYTES = 1 << 20
CONNECTIONS = 1000
FIRST_BYTES = 200

RANGES = """math.randomseed(7)
request = function()
  local from = math.random(0, {last})
  return wrk.format("GET", nil, {{["Range"] = "bytes=" .. from .. "-" .. (from + {bytes} - 1)}})
end
"""


class Server:
    def __init__(self, name, port, path, process):
        self.name = name
        self.port = port
        self.path = path
        self.process = process

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.path}"

    def throughput(self, connections, script):
        """MB/s of bodies."""
        threads = min(connections, 2)
        out = common.run("wrk", f"-t{threads}", f"-c{connections}", f"-d{SECONDS}", "--timeout", "60",
                         *(["-s", script] if script else []), self.url).decode()
        found = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", out)
        scale = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[found.group(2)]
        return float(found.group(1)) * scale / 1e6

    def first_bytes(self, size):
        """Seconds from a request for a range to its first byte, one after another."""
        source = random.Random(7)
        times = []
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(FIRST_BYTES):
                begin = source.randrange(size - 65536)
                request = (f"GET {self.path} HTTP/1.1\r\nHost: x\r\n"
                           f"Range: bytes={begin}-{begin + 65535}\r\n\r\n").encode()
                start = time.perf_counter()
                client.sendall(request)
                answer = client.recv(1 << 17)
                times.append(time.perf_counter() - start)
                length = answer.index(b"\r\n\r\n") + 4 + 65536
                while len(answer) < length:
                    answer += client.recv(1 << 17)
        return common.median(times)


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def memory_with_connections(server):
    """Before, and with open connections that each asked for the video and read nothing of it."""
    before = resident_mib(server.process.pid)
    with contextlib.ExitStack() as opened:
        for _ in range(CONNECTIONS):
            client = opened.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(f"GET {server.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        # All are being answered once the last one has its head.
        client.recv(1)
        return before, resident_mib(server.process.pid)


def start(args, work, closing):
    process, port = nginx.start(work, closing)
    plain = Server("nginx, sendfile off", port, "/v.mp4", process)
    port = nginx.free_port()
    process = common.launch(closing, args.reel, "--store", f"{work}/store", "serve", "--listen",
                            f"127.0.0.1:{port}", stdout=subprocess.DEVNULL)
    nginx.await_listening(port, "reel serve")
    return plain, Server("reel serve", port, "/videos/v.mp4", process)


def main():
    args = common.arguments(__doc__)
    if not shutil.which("nginx") or not shutil.which("wrk"):
        print("skipped: it takes nginx and wrk (Debian: nginx-light, wrk)")
        sys.exit(77)
    with common.workspace(args) as work, contextlib.ExitStack() as closing:
        os.mkdir(f"{work}/www")
        os.chmod(work, 0o755)
        common.make_file(f"{work}/www/v.mp4", args.mib)
        common.run(args.reel, "--store", f"{work}/store", "put", f"{work}/www/v.mp4", "--key", "v.mp4")
        size = args.mib << 20
        script = f"{work}/ranges.lua"
        with open(script, "w", encoding="ascii") as lua:
            lua.write(RANGES.format(last=size - RANGE_BYTES, bytes=RANGE_BYTES))
        servers = start(args, work, closing)
        kinds = [(f"{what}, {connections} connection{'s' if connections > 1 else ''}", connections, lua)
                 for what, lua in (("whole", None), ("1 MiB ranges", script)) for connections in (1, 32)]
        speeds = {(kind[0], server.name): [] for kind in kinds for server in servers}
        waits = {server.name: [] for server in servers}
        for _ in range(args.rounds):
            for name, connections, lua in kinds:
                for server in servers:
                    speeds[name, server.name].append(server.throughput(connections, lua))
            for server in servers:
                waits[server.name].append(server.first_bytes(size))
        rows = []
        for name, _, _ in kinds:
            base, ours = (common.median(speeds[name, server.name]) for server in servers)
            rows.append([name, f"{base:.0f} MB/s", f"{ours:.0f} MB/s", f"{ours / base:.2f}"])
        base, ours = (common.median(waits[server.name]) * 1e6 for server in servers)
        rows.append(["first byte of a range", f"{base:.0f} µs", f"{ours:.0f} µs", f"{ours / base:.2f}"])
        common.table([f"{args.mib} MiB, {args.rounds} rounds", servers[0].name, servers[1].name, "ratio"],
                     rows)
        before, after = memory_with_connections(servers[1])
        print(f"\nreel serve: {before:.0f} MiB, with {CONNECTIONS} connections being answered {after:.0f} MiB")


if __name__ == "__main__":
    main()
