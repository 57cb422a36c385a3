"""Scrubbing a store: cold against reading the same bytes from a plain file, warm against `xxhsum -H2`
of it; a player on a mount that scrubs itself meanwhile, without a limit, against one that does not;
the rate that --rate holds; and the memory that a scrub takes."""

import os
import shutil
import subprocess
import sys

import common
import mounts

SKIPPED = 77
RATE_MIB = 200


def read_all(path):
    """Like a player that decodes at once what it gets."""
    with open(path, "rb", buffering=0) as video:
        while video.read(1 << 20):
            pass


def main():
    args = common.arguments(__doc__, mib=2048)
    if shutil.which("xxhsum") is None:
        print("xxhsum is not installed", file=sys.stderr)
        sys.exit(SKIPPED)
    with common.workspace(args) as work:
        source = os.path.join(work, "source.mp4")
        store = os.path.join(work, "store")
        common.make_file(source, args.mib)

        def reel(*command):
            return subprocess.run([args.reel, "--store", store, *command], check=True,
                                  stdout=subprocess.DEVNULL)

        def put():
            shutil.rmtree(store, ignore_errors=True)
            reel("put", source, "--key", "video:a.mp4")

        put()
        size = os.path.getsize(source)
        jobs = {
            "plain file, cold": (lambda: common.evict(source), lambda: read_all(source)),
            "reel scrub, cold": (lambda: common.evict(store), lambda: reel("scrub")),
            "xxhsum -H2, warm": (lambda: read_all(source),
                                 lambda: common.run("xxhsum", "-q", "-H2", source)),
            "reel scrub, warm": (lambda: common.run("sh", "-c", f"cat '{store}'/db/*.sst >/dev/null"),
                                 lambda: reel("scrub")),
        }
        times = {name: [] for name in jobs}
        for _ in range(args.rounds):
            for name, (prepare, work_once) in jobs.items():
                prepare()
                times[name].append(common.seconds(work_once))
        medians = {name: common.median(t) for name, t in times.items()}
        bases = {"cold": medians["plain file, cold"], "warm": medians["xxhsum -H2, warm"]}
        common.table(
            [f"{args.mib} MiB, {args.rounds} rounds", "seconds", "MB/s", "speed / baseline"],
            [[name, f"{t:.2f}", f"{size / t / 1e6:.0f}", f"{bases[name[-4:]] / t:.2f}"]
             for name, t in medians.items()])

        limited = common.seconds(lambda: reel("scrub", "--rate", f"{RATE_MIB}M"))
        print()
        common.table(["--rate", "MiB/s", "held"],
                     [[f"{RATE_MIB}M", f"{args.mib / limited:.0f}",
                       f"{args.mib / limited / RATE_MIB:.2f}"]])

        idle = common.peak_mib(args.reel, "--store", store, "ls")
        peak = common.peak_mib(args.reel, "--store", store, "scrub")
        print()
        common.table(["video", "open store, MiB", "scrub, peak MiB", "more"],
                     [[f"{args.mib} MiB", f"{idle:.0f}", f"{peak:.0f}", f"{peak - idle:.0f}"]])

        if not mounts.have_fuse():
            print("no FUSE here: no player", file=sys.stderr)
            return
        times = {"alone": [], "beside a scrub": []}
        for _ in range(args.rounds):
            for name, flags in (("alone", []), ("beside a scrub", ["--scrub-every", "1d"])):
                put()  # nothing of it was verified yet
                reel("put", source, "--key", "video:b.mp4")
                mount = mounts.Mount(name, [args.reel, "--store", store, "mount",
                                            os.path.join(work, "mnt"), "-f", *flags],
                                     os.path.join(work, "mnt"), store)
                try:
                    common.evict(store)
                    times[name].append(
                        common.seconds(lambda: read_all(os.path.join(work, "mnt", "b.mp4"))))
                finally:
                    mount.close()
                    os.rmdir(os.path.join(work, "mnt"))
        print()
        common.table(["player, cold", "seconds", "MB/s", "speed / alone"],
                     [[name, f"{common.median(t):.2f}", f"{size / common.median(t) / 1e6:.0f}",
                       f"{common.median(times['alone']) / common.median(t):.2f}"]
                      for name, t in times.items()])


if __name__ == "__main__":
    main()
