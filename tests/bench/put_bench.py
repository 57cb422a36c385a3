"""Storing a file with `reel put`, against `cp` and `sync` of the same file onto the same disk; and the
memory that it takes, against a command that only opens the store."""

import os
import shutil

import common


def main():
    args = common.arguments(__doc__)
    with common.workspace(args) as work:
        source = os.path.join(work, "source.mp4")
        copy = os.path.join(work, "copy.mp4")
        store = os.path.join(work, "store")
        common.make_file(source, args.mib)

        def cp():
            common.run("sh", "-c", 'cp "$0" "$1" && sync "$1"', source, copy)

        def put():
            common.run(args.reel, "--store", store, "put", source)

        times = {"cp, sync": [], "reel put": []}
        for _ in range(args.rounds):
            for name, work_once in (("cp, sync", cp), ("reel put", put)):
                times[name].append(common.seconds(work_once))
                if os.path.exists(copy):
                    os.remove(copy)
                shutil.rmtree(store, ignore_errors=True)
        base = common.median(times["cp, sync"])
        common.table(
            [f"{args.mib} MiB, {args.rounds} rounds", "seconds", "MB/s", "time / cp"],
            [[name, f"{common.median(t):.2f}", f"{args.mib * 1.048576 / common.median(t):.0f}",
              f"{common.median(t) / base:.2f}"] for name, t in times.items()])

        print()
        rows = []
        for mib in sorted({min(args.mib, 100), args.mib * 4}):
            common.make_file(source, mib)
            peak = common.peak_mib(args.reel, "--store", store, "put", source)
            idle = common.peak_mib(args.reel, "--store", store, "ls")
            rows.append([f"{mib} MiB", f"{idle:.0f}", f"{peak:.0f}", f"{peak - idle:.0f}"])
            shutil.rmtree(store)
        common.table(["video", "open store, MiB", "put, peak MiB", "more"], rows)


if __name__ == "__main__":
    main()
