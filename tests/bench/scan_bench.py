"""What a media server does to a mount: it scans videos (opens each, reads its head and tail, asks for
attributes), lists a tree of many and stats one of them. docs/benchmarks.md says how to measure."""

import contextlib
import json
import os
import random
import sys
import time

import common
import mounts

PART = 64 << 10
LISTED_PER_DIRECTORY = 100
STAT_DIRECTORIES = 5


def tail_offset(size):
    return max(0, size - PART)


def scan_one(path):
    """Returns how many bytes it asked for."""
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        with contextlib.suppress(OSError):
            os.getxattr(fd, "user.mime_type")
        return len(os.pread(fd, PART, 0)) + len(os.pread(fd, PART, tail_offset(size)))
    finally:
        os.close(fd)


def scan(mount, names):
    """Milliseconds of each video at the median, at 99 of 100 and at most; KiB that the disk gave beyond
    what was asked for, a video."""
    paths = [os.path.join(mount.path, name) for name in names]
    for path in paths:
        common.evict(path)
    common.evict(mount.backing)
    reader = mount.pid or os.getpid()
    before = mounts.daemon_read_bytes(reader)
    times = []
    asked = 0
    for path in paths:
        start = time.monotonic()
        asked += scan_one(path)
        times.append((time.monotonic() - start) * 1e3)
    more = (mounts.daemon_read_bytes(reader) - before - asked) / len(paths) / 1024
    times.sort()
    return [common.median(times), times[len(times) * 99 // 100], times[-1], more]


def walk(root):
    """Lists a tree and stats each file, as scanners do. Returns how many."""
    count = 0
    for directory, _, names in os.walk(root):
        for name in names:
            os.stat(os.path.join(directory, name))
        count += len(names)
    return count


def list_and_stat(root, videos):
    """Microseconds to stat one, in a tree that nobody has looked at since it was mounted; then seconds to
    list the tree, warm, and to list it and stat each."""
    shelves = random.Random(5).sample(range(videos // LISTED_PER_DIRECTORY), STAT_DIRECTORIES)
    paths = [os.path.join(root, listed_name(shelf * LISTED_PER_DIRECTORY + number))
             for shelf in shelves for number in range(LISTED_PER_DIRECTORY)]
    stat = common.seconds(lambda: [os.stat(path) for path in paths]) / len(paths) * 1e6
    walk(root)
    listed = common.seconds(lambda: sum(1 for _ in os.walk(root)))
    return [listed, common.seconds(lambda: walk(root)), stat]


def listed_name(number):
    return f"shelf {number // LISTED_PER_DIRECTORY:05}/clip {number:06}.mp4"


def make_listed(work, reel, videos):
    """The same small videos as a store, and as plain files."""
    store = os.path.join(work, f"store-{videos}")
    plain = os.path.join(work, f"plain-{videos}")
    names = [listed_name(number) for number in range(videos)]
    load = os.path.join(work, "load.json")
    with open(load, "w", encoding="utf-8") as out:
        json.dump([{"key": "video:" + name, "value": name} for name in names], out)
    common.run(reel, "--store", store, "kv", "bulk", "put", load)
    for name in names:
        path = os.path.join(plain, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(name)
    return store, plain


def main():
    args = common.arguments(
        __doc__, mib=4, videos={"type": int, "default": 1000, "help": "how many to scan, of --mib MiB each"},
        listed={"type": int, "default": 100000, "help": "how many to list"},
        peers=mounts.PEERS_FLAG)
    if not mounts.have_fuse():
        sys.exit(77)
    with common.workspace(args) as work, contextlib.ExitStack() as closing:
        def table_of(header, rows):
            common.table(header, [[name] + [f"{common.median(v):.2f}" for v in zip(*values)]
                                  for name, values in rows.items()])

        plain = os.path.join(work, "plain")
        store = os.path.join(work, "store")
        os.mkdir(plain)
        names = [f"clip {number:04}.mp4" for number in range(args.videos)]
        for seed, name in enumerate(names):
            common.make_file(os.path.join(plain, name), args.mib, seed)
            common.run(args.reel, "--store", store, "put", os.path.join(plain, name))
        variants = mounts.variants(args, work, store, plain, closing)
        results = {variant.name: [] for variant in variants}
        for _ in range(args.rounds):
            for variant in variants:
                results[variant.name].append(scan(variant, names))
        table_of([f"scan of {args.videos} videos of {args.mib} MiB, {args.rounds} rounds", "median ms",
                  "99 of 100, ms", "most, ms", "KiB from the disk beyond what was asked, each"], results)

        print()
        results = {}
        for videos in sorted({max(500, args.listed // 100), args.listed}):
            store, plain = make_listed(work, args.reel, videos)
            rows = {name: results.setdefault(f"{name}, {videos}", [])
                    for name in ("plain files", "reel mount")}
            for number in range(args.rounds):
                rows["plain files"].append(list_and_stat(plain, videos))
                mount = mounts.mount_reel(args.reel, store, os.path.join(work, f"mnt-{videos}-{number}"))
                with contextlib.closing(mount):
                    rows["reel mount"].append(list_and_stat(mount.path, videos))
        table_of(["videos in a tree, warm", "list, s", "list and stat each, s", "stat one, µs"], results)


if __name__ == "__main__":
    main()
