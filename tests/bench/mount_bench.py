"""Reading a video from a mount, against the plain file. docs/benchmarks.md says how to measure: eviction
by posix_fadvise on the store, the plain file and the mounted file; variants in turn; medians."""

import os
import random
import shutil
import subprocess
import sys

import common

BLOCK = 1 << 20
RANDOM_READS = 400


def sequential(path, size):
    """MB/s of reading the whole file."""
    fd = os.open(path, os.O_RDONLY)
    buffer = bytearray(BLOCK)

    def read():
        while os.readv(fd, [buffer]) > 0:
            pass

    try:
        return size / 1e6 / common.seconds(read)
    finally:
        os.close(fd)


def random_reads(path, size, length):
    """Microseconds a read, at offsets that every variant gets alike."""
    source = random.Random(7)
    offsets = [source.randrange(size // length) * length for _ in range(RANDOM_READS)]
    fd = os.open(path, os.O_RDONLY)
    buffer = bytearray(length)

    def read():
        for offset in offsets:
            os.preadv(fd, [buffer], offset)

    try:
        return common.seconds(read) / RANDOM_READS * 1e6
    finally:
        os.close(fd)


def main():
    args = common.arguments(__doc__)
    if not os.path.exists("/dev/fuse") or not shutil.which("fusermount3"):
        sys.exit(77)
    with common.workspace(args) as work:
        plain = os.path.join(work, "plain.mp4")
        store = os.path.join(work, "store")
        mountpoint = os.path.join(work, "mnt")
        os.mkdir(mountpoint)
        size = args.mib << 20
        common.make_file(plain, args.mib)
        common.run(args.reel, "--store", store, "put", plain)
        common.run(args.reel, "--store", store, "mount", mountpoint)
        try:
            mounted = os.path.join(mountpoint, "plain.mp4")
            columns = ["seq cold MB/s", "seq again MB/s", "seq store-warm MB/s",
                       "random 64 KiB cold µs", "random 4 KiB cold µs"]
            results = {name: [[] for _ in columns] for name in ("plain file", "reel mount")}
            for _ in range(args.rounds):
                for name, path in (("plain file", plain), ("reel mount", mounted)):
                    def cold():
                        common.evict(path)
                        common.evict(store if path == mounted else path)
                    row = results[name]
                    cold()
                    row[0].append(sequential(path, size))
                    row[1].append(sequential(path, size))
                    if path == mounted:
                        common.evict(path)
                    row[2].append(sequential(path, size))
                    cold()
                    row[3].append(random_reads(path, size, 64 << 10))
                    cold()
                    row[4].append(random_reads(path, size, 4 << 10))
            base = [common.median(values) for values in results["plain file"]]
            common.table(
                [f"{args.mib} MiB, {args.rounds} rounds"] + columns,
                [[name] + [f"{common.median(v):.0f} ({common.median(v) / b:.2f})"
                           for v, b in zip(values, base)] for name, values in results.items()])
        finally:
            subprocess.run(["fusermount3", "-u", mountpoint], check=True)


if __name__ == "__main__":
    main()
