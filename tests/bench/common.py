"""What the whole-process benchmarks share: test files, eviction, medians, tables."""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time


def arguments(description, mib=1024, **more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--reel", required=True, help="the command to measure")
    parser.add_argument("--mib", type=int, default=mib, help="size of a video")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", help="where to work; on the disk to be measured")
    for name, options in more.items():
        parser.add_argument(f"--{name}", **options)
    return parser.parse_args()


def workspace(args):
    return tempfile.TemporaryDirectory(prefix="reel-bench-", dir=args.dir)


def make_file(path, mib, seed=1):
    """Incompressible bytes, fast: blocks of one seeded generator in shuffled order. Files that are alike
    need seeds of their own where something might store equal ones once."""
    source = random.Random(seed)
    blocks = [source.randbytes(1 << 20) for _ in range(min(mib, 64))]
    with open(path, "wb") as out:
        for _ in range(mib):
            out.write(blocks[source.randrange(len(blocks))])
        out.flush()
        os.fsync(out.fileno())


def evict(path):
    """Out of the page cache. Not through drop_caches: on virtual machines that gives memory back."""
    paths = [path]
    if os.path.isdir(path):
        found = (os.path.join(root, name) for root, _, names in os.walk(path) for name in names)
        paths = [name for name in found if os.path.isfile(name)]  # not the socket of a store's owner
    for name in paths:
        try:
            fd = os.open(name, os.O_RDONLY)
        except FileNotFoundError:
            continue  # files of a store that is open come and go
        try:
            try:
                os.fdatasync(fd)
            except OSError:
                pass  # a read-only mount has nothing to sync
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(fd)


def seconds(work):
    start = time.monotonic()
    work()
    return time.monotonic() - start


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def launch(closing, *command, **options):
    """A process that is ended when `closing` is."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    closing.callback(process.wait)
    closing.callback(process.terminate)
    return process


MEASURED_CHILD = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_mib(*command):
    """The largest resident set of one command. Started from a small process: until a child has become
    the command it counts its parent's memory as its own."""
    return int(run(sys.executable, "-c", MEASURED_CHILD, *command)) / 1024


def median(values):
    return statistics.median(values)


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
