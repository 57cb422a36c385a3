"""What the end-to-end tests share: stores, mounts and bytes. Everything waits on a deadline, never
for a while, and ends only the processes that it started."""

import contextlib
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

REEL = os.environ.get("REEL", "reel")
WORK = os.environ.get("REEL_E2E_DIR")  # on a disk with some GiB to spare
SKIPPED = 77
DEADLINE_S = 60
MIB = 1 << 20

if WORK:
    os.makedirs(WORK, exist_ok=True)


def fuse_refusal():
    """Why this machine cannot mount FUSE file systems; None if it can. Asks the kernel, not reel."""
    if os.geteuid() != 0:
        if not os.path.exists("/dev/fuse"):
            return "there is no /dev/fuse"
        return None if shutil.which("fusermount3") else "there is no fusermount3"
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        return f"/dev/fuse: {error.strerror}"
    libc = ctypes.CDLL(None, use_errno=True)
    directory = tempfile.mkdtemp(dir=WORK)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0"
    try:
        if libc.mount(b"probe", directory.encode(), b"fuse", 0, options.encode()) != 0:
            return f"mount: {os.strerror(ctypes.get_errno())}"
        libc.umount2(directory.encode(), 2)
        return None
    finally:
        os.close(device)
        os.rmdir(directory)


def main():
    """Runs the calling test file; skips it as a whole where FUSE is not to be had."""
    refusal = fuse_refusal()
    if refusal:
        print(f"skipped: no FUSE here: {refusal}")
        sys.exit(SKIPPED)
    unittest.main()


def wait_until(condition, what):
    """Polls until `condition()` is true and returns its value."""
    end = time.monotonic() + DEADLINE_S
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {DEADLINE_S} s")
        time.sleep(0.01)


def write_random(path, size, seed=1):
    """Fills `path` with `size` random bytes, the same for the same seed."""
    source = random.Random(seed)
    print(f"{Path(path).name}: {size} bytes, seed {seed}")
    with open(path, "wb") as file:
        while size > 0:
            block = source.randbytes(min(size, 16 * MIB))
            file.write(block)
            size -= len(block)


def pread_exactly(fd, offset, length):
    """Bytes at `offset`, short only at the end of the file."""
    parts = []
    while length > 0:
        part = os.pread(fd, length, offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)


@contextlib.contextmanager
def opened(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def is_mounted(directory):
    """Whether a file system is mounted there, even one whose process is gone."""
    target = os.path.realpath(directory).replace(" ", "\\040")
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        return any(line.split(" ")[1] == target for line in mounts)


def unmount(directory):
    """fusermount3 -u, again while something still looks at the mount."""

    def once():
        subprocess.run(["fusermount3", "-u", str(directory)], capture_output=True, check=False)
        return not is_mounted(directory)

    wait_until(once, f"unmounting {directory}")


class Case(unittest.TestCase):
    """A directory `self.dir` of its own with a store, both gone after the test."""

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="e2e-", dir=WORK)).resolve()
        self.addCleanup(shutil.rmtree, self.dir)
        self.store = self.dir / "store"

    def command(self, *arguments, store=None):
        return [REEL, "--store", str(store or self.store), *map(str, arguments)]

    def run_reel(self, *arguments, store=None, **options):
        """The finished process, whatever became of it; its output as bytes."""
        return subprocess.run(self.command(*arguments, store=store), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300, check=False, **options)

    def reel(self, *arguments, store=None):
        """The standard output of a command that must succeed."""
        done = self.run_reel(*arguments, store=store)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stderr.decode()}")
        return done.stdout

    def cut_off_put(self, content, cut_off):
        """What `reel put` says when `cut_off()` meets it amid its input, `content`; it ends with 1."""
        put = subprocess.Popen(self.command("put", "-", "--key", "video:x"), stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        put.stdin.write(content)
        put.stdin.flush()
        cut_off()
        self.assertEqual(put.wait(DEADLINE_S), 1)
        said = put.stderr.read()
        put.stdin.close()
        put.stderr.close()
        return said

    def assert_refused(self, done, status):
        """Asserts that a finished process said why in one line, and returns that."""
        text = done.stderr.decode()
        self.assertEqual(done.returncode, status, text)
        self.assertRegex(text, r"\Areel: [^\n]+\n\Z")
        self.assertEqual(done.stdout, b"")
        return text

    def random_file(self, name, size, seed=1):
        path = self.dir / name
        write_random(path, size, seed)
        return path

    def await_free_store(self):
        """Waits until a command would have the store to itself: until then there is the socket of
        its owner, or the lock."""
        wait_until(lambda: not (self.store / "owner.sock").exists() and
                   self.run_reel("ls").returncode == 0, "the store's release")

    def new_mountpoint(self, name="mnt"):
        path = self.dir / name
        path.mkdir()
        return path

    def start_mount(self, *arguments, store=None, directory=None):
        """A mount in the foreground: (process, mountpoint), once it is there. Ends with the test."""
        directory = directory or self.new_mountpoint()
        process = subprocess.Popen(self.command("mount", directory, "-f", *arguments, store=store),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        self.addCleanup(self.end, process, directory)
        wait_until(lambda: is_mounted(directory) or process.poll() is not None, "mounting")
        if process.poll() is not None:
            self.fail(f"reel mount ended with {process.returncode}: {process.stderr.read().decode()}")
        return process, directory

    def end(self, process, directory):
        """Ends a mount that a test may have left, by force if need be."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if is_mounted(directory):
            # Forced first: that fails what still waits for an answer, which a lazy one leaves waiting.
            subprocess.run(["umount", "-f", str(directory)], capture_output=True, check=False)
            subprocess.run(["fusermount3", "-uz", str(directory)], capture_output=True, check=False)
        process.wait(DEADLINE_S)

    @contextlib.contextmanager
    def mounted(self, *arguments, store=None):
        """The mountpoint of a mount that lasts for the block, and must end well with it."""
        process, directory = self.start_mount(*arguments, store=store)
        yield directory
        self.stop(process, directory)
        directory.rmdir()

    def stop(self, process, directory, how=signal.SIGTERM):
        """Ends a mount by a signal and asserts that it ended cleanly."""
        process.send_signal(how)
        self.assert_ended_cleanly(process, directory)

    def assert_ended_cleanly(self, process, directory):
        self.assertEqual(process.wait(DEADLINE_S), 0, process.stderr.read().decode())
        self.assertFalse(is_mounted(directory))
        self.assertEqual(os.listdir(directory), [])
