"""A Worker that puts and gets entries of KV, on workerd with `reel serve` behind it, against the same
Worker on miniflare, whose KV is the local one of Cloudflare's tools. Values that were acknowledged are
durable with reel; miniflare leaves them to the page cache. How fast workerd can be at all is told by nginx
in the KV's place, which keeps nothing and gives the same bytes for all keys of a size."""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import common
import nginx

HERE = Path(__file__).resolve().parent / "workers"
NPM = Path(os.environ.get("REEL_NPM", HERE.parents[2] / "build/npm/node_modules"))
LARGE = 5 << 20
SMALL = 1024


class Bench:
    def __init__(self, name, port):
        self.name = name
        self.port = port

    def run(self, **query):
        """Seconds that the Worker took."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        with contextlib.closing(connection):
            def ask():
                connection.request("GET", "/?" + "&".join(f"{name}={value}" for name, value in query.items()))
                response = connection.getresponse()
                answer = response.read()
                if response.status != 200:
                    raise RuntimeError(f"{self.name}: {response.status} {answer[:500]}")
            return common.seconds(ask)


def start_workerd(name, address, closing):
    readable, writable = os.pipe()
    common.launch(closing, NPM / ".bin/workerd", "serve", HERE / "config.capnp",
                  "--socket-addr=http=127.0.0.1:0", f"--external-addr=reel={address}",
                  f"--control-fd={writable}", pass_fds=[writable])
    os.close(writable)
    with open(readable, encoding="utf-8") as events:
        return Bench(name, json.loads(events.readline())["port"])


def start_reel(args, work, closing):
    server = common.launch(closing, args.reel, "--store", f"{work}/store", "serve", "--listen",
                           "127.0.0.1:0", stdout=subprocess.PIPE, text=True)
    return start_workerd("reel serve", server.stdout.readline().strip().removeprefix("http://"), closing)


def start_nothing(work, closing):
    os.chmod(work, 0o755)
    os.mkdir(f"{work}/www")
    for size in (LARGE, SMALL):
        with open(f"{work}/www/{size}", "wb") as value:
            value.write(os.urandom(size))
    _, port = nginx.start(work, closing, """location / {
      if ($request_method = PUT) { return 200; }
      rewrite ^/([0-9]+)/ /$1 break;
    }""")
    return start_workerd("workerd alone", f"127.0.0.1:{port}", closing)


def start_miniflare(work, closing):
    # A module looks for its packages beside itself.
    script = shutil.copy(HERE / "miniflare.mjs", work)
    os.symlink(NPM, f"{work}/node_modules")
    host = common.launch(closing, "node", script, HERE / "worker.js", f"{work}/miniflare",
                         stdout=subprocess.PIPE, text=True)
    return Bench("miniflare", int(host.stdout.readline()))


def main():
    args = common.arguments(__doc__, mib=100, small={"type": int, "default": 500})
    if not (NPM / ".bin/workerd").exists() or not shutil.which("node"):
        print("skipped: there are no npm packages (install npm, and run tools/setup test)")
        sys.exit(77)
    kinds = []
    for op in ("put", "get"):
        for parallel in (1, 8):
            at_once = "one at a time" if parallel == 1 else f"{parallel} at a time"
            for name, size, count in (("5 MiB", LARGE, max(1, args.mib // 5)), ("1 KiB", SMALL, args.small)):
                kinds.append((f"{op} {name}, {at_once}", count,
                              {"op": op, "count": count, "bytes": size, "parallel": parallel}))
    with common.workspace(args) as work, contextlib.ExitStack() as closing:
        benches = [start_miniflare(work, closing), start_reel(args, work, closing)]
        if shutil.which("nginx"):
            benches.append(start_nothing(work, closing))
        times = {(kind[0], bench.name): [] for kind in kinds for bench in benches}
        for _ in range(args.rounds):
            for name, _, query in kinds:
                for bench in benches:
                    os.sync()  # what one left to the page cache is no burden of the next
                    times[name, bench.name].append(bench.run(**query))
        rows = []
        for name, count, query in kinds:
            medians = [common.median(times[name, bench.name]) for bench in benches]
            bytes_each, unit = (query["bytes"] / 1e6, "MB/s") if query["bytes"] == LARGE else (1, "/s")
            rows.append([name, *(f"{count * bytes_each / median:.0f} {unit}" for median in medians),
                         f"{medians[0] / medians[1]:.1f}"])
        common.table([f"{args.rounds} rounds", *(bench.name for bench in benches), "reel / miniflare"], rows)


if __name__ == "__main__":
    main()
