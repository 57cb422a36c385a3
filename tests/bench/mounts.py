"""The mounts that benchmarks compare: ours, and the peers that are installed here."""

import os
import shutil
import subprocess
import time

MOUNT_SECONDS_MAX = 30
PEERS_FLAG = {"action": "store_true", "help": "measure other file systems too"}


def daemon_cpu_seconds(pid):
    """What all threads of a process used so far, those that ended included."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def daemon_read_bytes(pid):
    """Bytes that the disk gave a process so far."""
    with open(f"/proc/{pid}/io", encoding="ascii") as counts:
        return int(dict(line.split(": ") for line in counts.read().splitlines())["read_bytes"])


class Mount:
    """A daemon in front of `backing`, what has to leave the page cache before a cold read."""

    def __init__(self, name, command, mountpoint, backing, environment=None):
        self.name = name
        self.path = mountpoint
        self.backing = backing
        os.mkdir(mountpoint)
        self._daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                        env={**os.environ, **(environment or {})})
        deadline = time.monotonic() + MOUNT_SECONDS_MAX
        while not os.path.ismount(mountpoint):
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise RuntimeError(f"{name} does not mount")
            time.sleep(0.01)

    @property
    def pid(self):
        return self._daemon.pid

    def close(self):
        if os.path.ismount(self.path):
            subprocess.run(["fusermount3", "-u", self.path], check=True)
        else:
            self._daemon.terminate()
        self._daemon.wait()


class PlainFile:
    """The files themselves, with the interface of a mount."""

    name = "plain file"
    pid = None

    def __init__(self, directory):
        self.path = directory
        self.backing = directory

    def close(self):
        pass


def have_fuse():
    return os.path.exists("/dev/fuse") and shutil.which("fusermount3") is not None


def mount_reel(reel, store, mountpoint):
    return Mount("reel mount", [reel, "--store", store, "mount", mountpoint, "-f"], mountpoint, store)


def mount_peers(work, plain, closing):
    """Mounts of the directory `plain`, which the ExitStack `closing` ends. Returns them, and the names
    of those not installed."""
    image = os.path.join(work, "image.squashfs")
    commands = {
        "bindfs": (["bindfs", "-f", plain], plain),
        "mergerfs": (["mergerfs", "-f", plain], plain),
        "squashfuse": (["squashfuse", "-f", image], image),
        "rclone mount": (["rclone", "--config", "/dev/null", "--cache-dir",
                          os.path.join(work, "rclone"), "mount", "--vfs-cache-mode", "off",
                          "--read-only", plain], plain),
    }
    mounts, missing = [], []
    for name, (command, backing) in commands.items():
        needed = [command[0], "mksquashfs"] if backing == image else [command[0]]
        if not all(shutil.which(tool) for tool in needed):
            missing.append(name)
            continue
        if backing == image:
            subprocess.run(["mksquashfs", plain, image, "-noD", "-noI", "-noF", "-quiet",
                            "-no-progress"], check=True, stdout=subprocess.DEVNULL)
        mountpoint = os.path.join(work, "mnt-" + command[0])
        mounts.append(Mount(name, command + [mountpoint], mountpoint, backing))
        closing.callback(mounts[-1].close)
    return mounts, missing


def variants(args, work, store, plain, closing):
    """What is compared: the directory `plain`, the same videos in `store`, and the peers if wanted."""
    compared = [PlainFile(plain), mount_reel(args.reel, store, os.path.join(work, "mnt"))]
    closing.callback(compared[1].close)
    if args.peers:
        peers, missing = mount_peers(work, plain, closing)
        compared += peers
        for name in missing:
            print(f"not installed, and left out: {name}")
    return compared
