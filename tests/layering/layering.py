"""The architecture as rules over #include lines; layering_test.py applies them to the tree."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# A folder may include itself and what stands on a smaller number.
LAYERS = {
    "engine/base": 0,
    "engine/format": 1,
    "engine/storage": 2,
    "engine/kv": 3,
    "engine/video": 4,
    "engine/scrub": 4,
    "fuse": 5,
    "tools/http": 5,
    "tools/routes": 6,
    "tools": 7,
}
SURFACES = ("fuse", "tools/http", "tools/routes", "tools")
PUBLIC = "engine/include"

# A public header belongs to the layer that holds its .cc file. These have none of their own name:
# kv.h is in format because records encode its Entry.
HEADER_LAYERS = {
    "reel/types.h": "engine/base",
    "reel/kv.h": "engine/format",
    "reel/video.h": "engine/video",
}

# Foreign library, by its include path -> the files (or folders) that may know it.
FOREIGN = {
    r"rocksdb/": ["engine/storage/"],
    r"fuse": ["fuse/handlers.cc", "fuse/handlers.h", "fuse/session.cc"],
    r"nlohmann/": ["engine/format/json.cc", "engine/format/json.h"],
    r"xx(hash|h)": ["engine/base/hash.cc"],
    r"zstd": ["engine/base/compression.cc"],
    r"boost/": ["tools/http/blocking_slots.h", "tools/http/connection.cc", "tools/http/connection.h",
                "tools/http/connection_send.cc", "tools/http/exchange.h", "tools/http/server.cc",
                "tools/http/timed_socket.cc", "tools/http/timed_socket.h"],
}

CXX_HEADERS = set(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv
    chrono cinttypes climits clocale cmath codecvt compare complex concepts condition_variable
    coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar
    cwctype deque exception execution filesystem format forward_list fstream functional future
    initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map
    memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio
    regex scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept
    stop_token streambuf string string_view syncstream system_error thread tuple type_traits
    typeindex typeinfo unordered_map unordered_set utility valarray variant vector version""".split()
)
SYSTEM_HEADER = re.compile(
    r"(arpa|linux|net|netinet|sys)/\w+\.h|"
    r"(dirent|dlfcn|errno|fcntl|fnmatch|getopt|glob|grp|ifaddrs|limits|locale|malloc|mntent|netdb|poll|"
    r"pthread|pwd|sched|semaphore|signal|spawn|stdio|stdlib|string|sysexits|syslog|termios|time|"
    r"ucontext|unistd|utime|wordexp)\.h"
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)"|(\S+))', re.MULTILINE)


def sources(root):
    """The product's C++ files, relative to `root`."""
    for top in ("engine", "fuse", "tools"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".cc", ".h", ".cpp", ".hpp"):
                yield path.relative_to(root)


def folder_of(path):
    """The entry of LAYERS (or PUBLIC) that a file of the tree lies in, or None."""
    text = path.as_posix()
    return next((f for f in (PUBLIC, *LAYERS) if text.startswith(f + "/")), None)


def public_header_layer(root, name):
    """The folder whose layer the public header `name` has, or None if that cannot be told."""
    if name in HEADER_LAYERS:
        return HEADER_LAYERS[name]
    stem = Path(name).stem
    homes = [f for f in LAYERS if f not in SURFACES and (root / f / f"{stem}.cc").is_file()]
    return homes[0] if len(homes) == 1 else None


class Tree:
    def __init__(self, root):
        self.root = Path(root)
        self.findings = []

    def find(self, path, line, what):
        self.findings.append(f"{path}:{line}: {what}")

    def check(self):
        """Every breach of the rules, as `file:line: what`."""
        for path in sources(self.root):
            if folder_of(path) is None:
                self.find(path, 1, "lies in no layer (add its folder to LAYERS in tests/layering)")
                continue
            text = (self.root / path).read_text(encoding="utf-8")
            for match in INCLUDE.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                angled, quoted, computed = match.groups()
                if computed:
                    self.find(path, line, f"includes {computed}, which hides a name")
                elif quoted:
                    self.quoted(path, line, quoted)
                else:
                    self.angled(path, line, angled)
        return self.findings

    def angled(self, path, line, name):
        if name.startswith("reel/"):
            self.public(path, line, name)
        elif name in CXX_HEADERS:
            return
        elif folder_of(path) == PUBLIC:
            self.find(path, line, f"a public header includes <{name}>: only std and <reel/...>")
        else:
            allowed = next((a for p, a in FOREIGN.items() if re.match(p, name)), None)
            if allowed is not None:
                if not any(path.as_posix() == a or (a.endswith("/") and path.as_posix().startswith(a))
                           for a in allowed):
                    self.find(path, line, f"includes <{name}>: only {', '.join(allowed)} may")
            elif not SYSTEM_HEADER.fullmatch(name):
                self.find(path, line, f"includes <{name}>, which tests/layering does not know: "
                          "is it a new foreign library, and which one file should hold it?")

    def public(self, path, line, name):
        if not (self.root / PUBLIC / name).is_file():
            self.find(path, line, f"includes <{name}>, which does not exist")
            return
        theirs = public_header_layer(self.root, name)
        ours = folder_of(path)
        if ours == PUBLIC:
            ours = public_header_layer(self.root, path.relative_to(PUBLIC).as_posix())
        if theirs is None or ours is None:
            unknown = name if theirs is None else path
            self.find(path, line, f"the layer of {unknown} is unknown "
                      "(name it in HEADER_LAYERS in tests/layering)")
        elif LAYERS[theirs] > LAYERS[ours]:
            self.find(path, line, f"includes upward: <{name}> of {theirs} from {ours}")

    def quoted(self, path, line, name):
        ours = folder_of(path)
        if ours == PUBLIC:
            self.find(path, line, f'a public header includes "{name}": only std and <reel/...>')
            return
        roots = [path.parent, Path(""), Path("engine")]
        target = next((r / name for r in roots if (self.root / r / name).is_file()), None)
        if target is None:
            self.find(path, line, f'includes "{name}", which is not in the tree')
            return
        target = (self.root / target).resolve().relative_to(self.root.resolve())
        theirs = folder_of(target)
        if theirs is None:
            self.find(path, line, f"includes {target}, which lies in no layer")
        elif theirs == PUBLIC:
            self.find(path, line, f"includes {target} by path: write <reel/...>")
        elif ours in SURFACES and theirs not in SURFACES:
            self.find(path, line, f"a surface includes {target}: only <reel/...>")
        elif LAYERS[theirs] > LAYERS[ours]:
            self.find(path, line, f"includes upward: {target} from {ours}")
        elif LAYERS[theirs] == LAYERS[ours] and theirs != ours:
            self.find(path, line, f"includes {target} from {ours}, which stands beside it")


def compile_public_headers(root, compiler):
    """What the compiler says of each public header that does not compile alone."""
    include = Path(root) / PUBLIC

    def one(header):
        name = header.relative_to(include).as_posix()
        run = subprocess.run(
            [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
             "-I", str(include), "-x", "c++", "-"],
            input=f"#include <{name}>\n", text=True, capture_output=True, check=False)
        return [] if run.returncode == 0 else [f"{PUBLIC}/{name} does not compile alone:\n{run.stderr}"]

    with ThreadPoolExecutor(max_workers=2) as pool:
        return [f for found in pool.map(one, sorted(include.rglob("*.h"))) for f in found]
