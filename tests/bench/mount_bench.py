"""Reading videos from a mount, with fio and with players, against the plain files and, with --peers, other
FUSE file systems. docs/benchmarks.md says how to measure: eviction by posix_fadvise on the store, the
plain files and the mounted ones; variants in turn; medians."""

import contextlib
import json
import os
import shutil
import sys

import common
import mounts

RANDOM_READS = 400
NOISE = "noise.mp4"
FILM = "film.mkv"
FRAMES_PER_SECOND = 25


def fio(path, *how):
    """What fio measured of one kind of reads, without advice to the kernel, which players give none."""
    report = json.loads(common.run(
        "fio", "--name=read", f"--filename={path}", "--readonly", "--ioengine=psync", "--invalidate=0",
        "--fadvise_hint=0", "--output-format=json", *how))
    return report["jobs"][0]["read"]


def sequential(path):
    """MB/s of reading the whole file."""
    return fio(path, "--rw=read", "--bs=1m")["bw_bytes"] / 1e6


def random_reads(path, length):
    """Microseconds of the median read, at offsets that every variant gets alike."""
    read = fio(path, "--rw=randread", f"--bs={length}", f"--number_ios={RANDOM_READS}", "--randseed=7")
    return read["clat_ns"]["percentile"]["50.000000"] / 1e3


def make_film(path, mib):
    """A real video of about that size, quickly: frames of 3 to 4 MiB that are hardly compressed."""
    common.run("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
               f"testsrc2=size=1920x1080:rate={FRAMES_PER_SECOND},noise=alls=20:allf=t",
               "-frames:v", str(max(2, mib // 4)), "-c:v", "ffvhuff", "-y", path)


def demux(path):
    """Seconds in which ffmpeg reads a film from its beginning to its end."""
    return common.seconds(
        lambda: common.run("ffmpeg", "-v", "error", "-i", path, "-c", "copy", "-f", "null", "-"))


def probe(path):
    """Milliseconds until ffprobe knows what a film is."""
    return 1e3 * common.seconds(lambda: common.run("ffprobe", "-v", "error", "-show_streams", path))


COLUMNS = ["seq cold MB/s", "seq again MB/s", "random 64 KiB cold µs", "random 4 KiB cold µs",
           "ffmpeg cold s", "ffprobe cold ms", "daemon CPU s/GiB"]


def measure(mount, size):
    """One value for each of COLUMNS; the plain file has no daemon."""
    noise = os.path.join(mount.path, NOISE)
    film = os.path.join(mount.path, FILM)

    def cold(path):
        common.evict(path)
        common.evict(mount.backing)

    cold(noise)
    before = mounts.daemon_cpu_seconds(mount.pid) if mount.pid else 0
    values = [sequential(noise)]
    used = mounts.daemon_cpu_seconds(mount.pid) - before if mount.pid else None
    values.append(sequential(noise))
    for length in (64 << 10, 4 << 10):
        cold(noise)
        values.append(random_reads(noise, length))
    for player in (demux, probe):
        cold(film)
        values.append(player(film))
    return values + [used and used / (size / (1 << 30))]


def cell(values, base):
    """The median, and its ratio to the plain file's where that has one."""
    if None in values:
        return ""
    value = common.median(values)
    text = f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return text if None in base else f"{text} ({value / common.median(base):.2f})"


def main():
    args = common.arguments(__doc__, peers=mounts.PEERS_FLAG)
    if not mounts.have_fuse() or not all(shutil.which(tool) for tool in ("fio", "ffmpeg", "ffprobe")):
        print("needs /dev/fuse, fusermount3, fio and ffmpeg")
        sys.exit(77)
    with common.workspace(args) as work, contextlib.ExitStack() as closing:
        plain = os.path.join(work, "plain")
        store = os.path.join(work, "store")
        os.mkdir(plain)
        common.make_file(os.path.join(plain, NOISE), args.mib)
        make_film(os.path.join(plain, FILM), args.mib)
        for name in (NOISE, FILM):
            common.run(args.reel, "--store", store, "put", os.path.join(plain, name))
        variants = mounts.variants(args, work, store, plain, closing)
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
