"""Reading a video from a mount, against the plain file and, with --peers, other FUSE file systems.
docs/benchmarks.md says how to measure: eviction by posix_fadvise on the store, the plain file and the
mounted file; variants in turn; medians."""

import contextlib
import os
import random
import sys

import common
import mounts

BLOCK = 1 << 20
RANDOM_READS = 400
VIDEO = "plain.mp4"


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


COLUMNS = ["seq cold MB/s", "seq again MB/s", "random 64 KiB cold µs", "random 4 KiB cold µs",
           "daemon CPU s/GiB"]


def measure(mount, size):
    """One value for each of COLUMNS; the plain file has no daemon."""
    path = os.path.join(mount.path, VIDEO)

    def cold():
        common.evict(path)
        common.evict(mount.backing)

    cold()
    before = mounts.daemon_cpu_seconds(mount.pid) if mount.pid else 0
    values = [sequential(path, size)]
    used = mounts.daemon_cpu_seconds(mount.pid) - before if mount.pid else None
    values.append(sequential(path, size))
    for length in (64 << 10, 4 << 10):
        cold()
        values.append(random_reads(path, size, length))
    return values + [used and used / (size / (1 << 30))]


def cell(values, base):
    """The median, and its ratio to the plain file's where that has one."""
    if None in values:
        return ""
    value = common.median(values)
    return f"{value:.2f}" if None in base else f"{value:.0f} ({value / common.median(base):.2f})"


def main():
    args = common.arguments(
        __doc__, peers={"action": "store_true", "help": "measure other file systems too"})
    if not mounts.have_fuse():
        sys.exit(77)
    with common.workspace(args) as work, contextlib.ExitStack() as closing:
        plain = os.path.join(work, "plain")
        store = os.path.join(work, "store")
        os.mkdir(plain)
        common.make_file(os.path.join(plain, VIDEO), args.mib)
        common.run(args.reel, "--store", store, "put", os.path.join(plain, VIDEO))
        variants = [mounts.PlainFile(plain),
                    mounts.mount_reel(args.reel, store, os.path.join(work, "mnt"))]
        closing.callback(variants[1].close)
        if args.peers:
            peers, missing = mounts.mount_peers(work, plain, closing)
            variants += peers
            for name in missing:
                print(f"not installed, and left out: {name}")
        results = {variant.name: [[] for _ in COLUMNS] for variant in variants}
        for _ in range(args.rounds):
            for variant in variants:
                for column, value in zip(results[variant.name], measure(variant, args.mib << 20)):
                    column.append(value)
        base = results["plain file"]
        common.table([f"{args.mib} MiB, {args.rounds} rounds"] + COLUMNS,
                     [[name] + [cell(values, plain_values)
                                for values, plain_values in zip(columns, base)]
                      for name, columns in results.items()])


if __name__ == "__main__":
    main()
