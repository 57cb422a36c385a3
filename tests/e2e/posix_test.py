"""Every operation with the errno that docs/semantics.md promises, on a mount for writing and on one
that is not."""

import ctypes
import errno
import mmap
import os
import socket
import stat

import harness

LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT = 1, 2, 4
FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE = 1, 2
CREATE = os.O_WRONLY | os.O_CREAT


def checked(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def rename(source, target, flags):
    checked(LIBC.renameat2(AT_FDCWD, os.fsencode(source), AT_FDCWD, os.fsencode(target), flags))


def fallocate(fd, mode):
    checked(LIBC.fallocate(fd, mode, ctypes.c_long(0), ctypes.c_long(4096)))


def bind(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def map_shared(fd):
    mmap.mmap(fd, 0).close()


class Posix(harness.Case):
    def setUp(self):
        super().setUp()
        self.original = self.random_file("a.mp4", 50_000)
        for key in ("a.mp4", "b.mp4", "full/c.mp4"):
            self.reel("put", self.original, "--key", f"video:{key}")

    def errno_of(self, call, *arguments):
        try:
            result = call(*arguments)
        except OSError as error:
            return errno.errorcode[error.errno]
        if call is os.open:
            os.close(result)
        return "0"

    def check(self, table):
        """Rows of (errno or 0, call, argument...)."""
        for expected, call, *arguments in table:
            with self.subTest(call=call.__name__, arguments=arguments):
                expected = errno.errorcode[expected] if expected else "0"
                self.assertEqual(self.errno_of(call, *arguments), expected)

    def assert_nothing_changed(self, mount):
        for path in ("a.mp4", "b.mp4", "full/c.mp4"):
            self.assertEqual((mount / path).read_bytes(), self.original.read_bytes())

    def test_for_writing(self):
        with self.mounted() as mount:
            video, other, new = mount / "a.mp4", mount / "b.mp4", mount / "new.mp4"
            full, empty = mount / "full", mount / "empty"
            os.mkdir(empty)
            self.check([
                # Opening
                (errno.EPERM, os.open, video, os.O_WRONLY),
                (errno.EPERM, os.open, video, os.O_WRONLY | os.O_APPEND),
                (errno.EPERM, os.open, video, os.O_RDWR | os.O_APPEND),
                (0, os.open, video, os.O_RDWR),
                (errno.EEXIST, os.open, video, CREATE | os.O_EXCL),
                (errno.EISDIR, os.open, full, os.O_WRONLY),
                (errno.EISDIR, os.open, full, CREATE),
                (errno.ENOTDIR, os.open, video, os.O_RDONLY | os.O_DIRECTORY),
                (errno.ENOTDIR, os.open, video / "x", os.O_RDONLY),
                (errno.ENOTDIR, os.open, video / "x", CREATE),
                (errno.ENOENT, os.open, new, os.O_RDONLY),
                (errno.ENOENT, os.open, mount / "missing" / "x", CREATE),
                (errno.EOPNOTSUPP, os.open, mount, os.O_TMPFILE | os.O_RDWR),
                # Names
                (errno.EINVAL, os.open, mount / "100%", CREATE),
                (errno.EINVAL, os.open, mount / "%zz", CREATE),
                (errno.EISDIR, os.open, mount / ".reel", CREATE),
                (errno.EEXIST, os.mkdir, mount / ".reel"),
                (errno.EINVAL, os.mkdir, mount / "100%"),
                (errno.EINVAL, os.rename, video, mount / "100%"),
                (errno.ENAMETOOLONG, os.open, mount / ("n" * 256), CREATE),
                (errno.ENAMETOOLONG, os.stat, mount / ("n" * 256)),
                (errno.ENAMETOOLONG, os.mkdir, mount / ("n" * 256)),
                (errno.ENAMETOOLONG, os.rename, video, mount / ("n" * 256)),
                (0, os.makedirs, mount / ("d" * 240) / ("d" * 240)),
                (errno.ENAMETOOLONG, os.open, mount / ("d" * 240) / ("d" * 240) / ("n" * 100), CREATE),
                (errno.ENAMETOOLONG, os.mkdir, mount / ("d" * 240) / ("d" * 240) / ("n" * 100)),
                # Another size, other bytes
                (errno.EPERM, os.truncate, video, 10),
                (errno.EPERM, os.truncate, video, 60_000),
                (0, os.truncate, video, 50_000),
                (errno.EISDIR, os.truncate, full, 0),
                # Other kinds of files
                (errno.EPERM, os.link, video, new),
                (errno.EPERM, os.symlink, "a.mp4", new),
                (errno.EINVAL, os.readlink, video),
                (errno.EPERM, os.mkfifo, new),
                (errno.EPERM, os.mknod, new, 0o600 | stat.S_IFREG),
                (errno.EPERM, bind, new),
                (errno.ENOTDIR, os.listdir, video),
                # Renaming
                (errno.EXDEV, os.rename, empty, mount / "elsewhere"),
                (errno.EXDEV, os.rename, full, mount / "elsewhere"),
                (errno.EISDIR, os.rename, video, empty),
                (errno.ENOTDIR, os.rename, empty, video),
                (errno.ENOENT, os.rename, new, other),
                (errno.ENOENT, os.rename, video, mount / "missing" / "a.mp4"),
                (errno.EXDEV, os.rename, video, self.dir / "outside.mp4"),
                (0, os.rename, video, video),
                (errno.EEXIST, rename, video, other, RENAME_NOREPLACE),
                (errno.EINVAL, rename, video, other, RENAME_EXCHANGE),
                (errno.EINVAL, rename, video, new, RENAME_WHITEOUT),
                # Removing
                (errno.EISDIR, os.unlink, full),
                (errno.ENOENT, os.unlink, new),
                (errno.ENOTDIR, os.rmdir, video),
                (errno.ENOTEMPTY, os.rmdir, full),
                (errno.ENOENT, os.rmdir, mount / "missing"),
                (errno.EINVAL, os.rmdir, f"{mount}/full/."),
                (errno.EBUSY, os.rmdir, mount),
                # Making
                (errno.EEXIST, os.mkdir, video),
                (errno.EEXIST, os.mkdir, full),
                (errno.EEXIST, os.mkdir, empty),
                (errno.ENOENT, os.mkdir, mount / "missing" / "d"),
                (errno.ENOTDIR, os.mkdir, video / "d"),
                # Accepted, and not kept: cp -p and rsync -a must not fail over them.
                (0, os.chmod, video, 0o600),
                (0, os.chown, video, 1, 1),
                (0, os.chmod, full, 0o700),
                (0, os.utime, full),
                (0, os.utime, empty, (10**9, 10**9)),
                (0, os.rmdir, empty),
            ])
            self.assertEqual(stat.S_IMODE(os.stat(video).st_mode), 0o644)
            self.assert_nothing_changed(mount)
            self.assertFalse(new.exists())

    def test_open_files(self):
        with self.mounted() as mount:
            both = os.open(mount / "a.mp4", os.O_RDWR)
            self.addCleanup(os.close, both)
            new = os.open(mount / "new.mp4", os.O_RDWR | os.O_CREAT)
            directory = os.open(mount, os.O_RDONLY)
            try:
                self.check([
                    (errno.EPERM, os.pwrite, both, b"x", 0),
                    (errno.EPERM, os.ftruncate, both, 10),
                    (errno.ENODEV, map_shared, both),
                    (errno.EOPNOTSUPP, fallocate, both, 0),
                    (0, os.fsync, both),
                    (0, os.pwrite, new, b"x" * 10_000, 5),
                    (0, os.ftruncate, new, 100),
                    (errno.EOPNOTSUPP, fallocate, new, 0),
                    (errno.EOPNOTSUPP, fallocate, new, FALLOC_FL_KEEP_SIZE),
                    (errno.EOPNOTSUPP, fallocate, new, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE),
                    (0, os.fsync, new),
                    (0, os.fdatasync, new),
                    (0, os.fsync, directory),
                    # Not there for others, and not to be moved before it is stored.
                    (errno.EXDEV, os.rename, mount / "new.mp4", mount / "moved.mp4"),
                    (errno.EEXIST, os.open, mount / "new.mp4", CREATE | os.O_EXCL),
                    (errno.EISDIR, os.read, directory, 1),
                ])
            finally:
                os.close(directory)
                os.close(new)
            self.assertEqual((mount / "new.mp4").read_bytes(), b"\0" * 5 + b"x" * 95)
            self.assert_nothing_changed(mount)

    def test_mappings_stay_with_their_file(self):
        with self.mounted() as mount:
            video = mount / "a.mp4"
            for flags in (mmap.MAP_SHARED, mmap.MAP_PRIVATE):
                with self.subTest(flags), harness.opened(video) as fd:
                    mapping = mmap.mmap(fd, 0, flags=flags, prot=mmap.PROT_READ)
                    with mapping:
                        half = mapping[:25_000]
                        video.write_bytes(b"other bytes")
                        os.unlink(video)
                        self.assertTrue(half + mapping[25_000:] == self.original.read_bytes())
                    video.write_bytes(self.original.read_bytes())
            self.assert_nothing_changed(mount)

    def test_extended_attributes(self):
        with self.mounted() as mount:
            video, full = mount / "a.mp4", mount / "full"
            self.check([
                (0, os.setxattr, video, "user.reel.ttl", b"3600"),
                (0, os.removexattr, video, "user.reel.ttl"),
                (errno.EINVAL, os.setxattr, video, "user.reel.ttl", b"59"),
                (errno.EINVAL, os.setxattr, video, "user.reel.ttl", b"soon"),
                (errno.ENODATA, os.removexattr, video, "user.reel.ttl"),
                (errno.ENODATA, os.getxattr, video, "user.reel.ttl"),
                (errno.ENODATA, os.getxattr, video, "user.reel.expires"),
                (errno.ENODATA, os.setxattr, video, "user.reel.ttl", b"60", os.XATTR_REPLACE),
                (0, os.setxattr, video, "user.reel.tags", b"one,two"),
                (errno.EEXIST, os.setxattr, video, "user.reel.tags", b"x", os.XATTR_CREATE),
                (0, os.removexattr, video, "user.reel.tags"),
                (errno.EPERM, os.setxattr, video, "user.reel.xxh3", b"0"),
                (errno.EPERM, os.removexattr, video, "user.reel.key"),
                (errno.EPERM, os.setxattr, video, "user.reel.nonsense", b"0"),
                (errno.EOPNOTSUPP, os.setxattr, video, "user.other", b"0"),
                (errno.EOPNOTSUPP, os.setxattr, video, "trusted.other", b"0"),
                (errno.ENODATA, os.getxattr, video, "user.other"),
                (errno.EPERM, os.setxattr, full, "user.reel.ttl", b"3600"),
                (errno.ENODATA, os.getxattr, full, "user.reel.key"),
            ])
            self.assertEqual(os.listxattr(full), [])
            self.assert_nothing_changed(mount)

    def test_read_only(self):
        with self.mounted("-o", "ro") as mount:
            video, new, full = mount / "a.mp4", mount / "new.mp4", mount / "full"
            self.check((errno.EROFS, *row) for row in [
                (os.open, video, os.O_WRONLY),
                (os.open, video, os.O_RDWR),
                (os.open, video, os.O_RDONLY | os.O_TRUNC),
                (os.open, new, CREATE),
                (os.open, mount, os.O_TMPFILE | os.O_RDWR),
                (os.truncate, video, 10),
                (os.link, video, new),
                (os.symlink, "a.mp4", new),
                (os.mkfifo, new),
                (os.mknod, new, 0o600 | stat.S_IFREG),
                (bind, new),
                (os.rename, video, new),
                (os.rename, video, mount / "b.mp4"),
                (rename, video, mount / "b.mp4", RENAME_EXCHANGE),
                (os.rename, full, mount / "elsewhere"),
                (os.unlink, video),
                (os.mkdir, new),
                (os.rmdir, full),
                (os.chmod, video, 0o600),
                (os.chown, video, 1, 1),
                (os.utime, video),
                (os.utime, full),
                (os.setxattr, video, "user.reel.ttl", b"3600"),
                (os.setxattr, video, "user.other", b"0"),
                (os.removexattr, video, "user.reel.tags"),
            ])
            self.assertFalse(os.access(video, os.W_OK))
            self.check([
                (0, os.open, video, os.O_RDONLY),
                (0, os.getxattr, video, "user.reel.key"),
                (errno.ENOENT, os.stat, new),
                (errno.ENOENT, os.open, new, os.O_RDONLY),
            ])
            self.assert_nothing_changed(mount)


if __name__ == "__main__":
    harness.main()
