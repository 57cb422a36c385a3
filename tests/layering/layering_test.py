"""Holds the layers of the tree, and shows on small fake trees that each rule can fail."""

import os
import tempfile
import unittest
from pathlib import Path

import layering

ROOT = Path(os.environ.get("REEL_ROOT", Path(__file__).resolve().parents[2]))
COMPILER = os.environ.get("CXX", "c++")

# A sound tree to spoil in one place.
SOUND = {
    "engine/include/reel/status.h": "#pragma once\n#include <string>\nstruct S { std::string s; };\n",
    "engine/include/reel/store.h": "#pragma once\n#include <reel/status.h>\n",
    "engine/base/status.cc": "#include <reel/status.h>\n",
    "engine/base/hash.h": "#include <cstdint>\n",
    "engine/base/hash.cc": '#include "base/hash.h"\n#include <xxhash.h>\n',
    "engine/format/json.cc": '#include "format/json.h"\n#include <nlohmann/json.hpp>\n',
    "engine/format/json.h": '#include "base/hash.h"\n',
    "engine/storage/database.cc": "#include <rocksdb/db.h>\n#include <sys/stat.h>\n",
    "engine/kv/store.cc": "#include <reel/store.h>\n",
    "engine/kv/rows.h": "",
    "engine/video/reader.cc": '#include "kv/rows.h"\n',
    "engine/video/plan.h": "",
    "engine/scrub/scrubber.cc": '#include "kv/rows.h"\n',
    "fuse/session.h": "#include <reel/store.h>\n",
    "fuse/session.cc": '#include "fuse/session.h"\n#include <fuse_lowlevel.h>\n#include <unistd.h>\n',
    "tools/main.cc": '#include "fuse/session.h"\n#include "flags.h"\n',
    "tools/flags.h": "",
}

# What is spoiled, the file's new text, and the words that must be said of it.
BREACHES = [
    ("base looks up", "engine/base/hash.h", '#include "format/json.h"', "includes upward"),
    ("format looks up", "engine/format/json.h", '  #  include "storage/a.h"', "not in the tree"),
    ("kv looks up", "engine/kv/rows.h", '#include "video/plan.h"', "includes upward"),
    ("up through a public header", "engine/base/hash.h", "#include <reel/store.h>", "upward: <reel/store.h>"),
    ("public headers among themselves", "engine/include/reel/status.h", "#include <reel/store.h>",
     "upward: <reel/store.h>"),
    ("the neighbour", "engine/scrub/scrubber.cc", '#include "video/plan.h"', "stands beside it"),
    ("the engine knows a surface", "engine/video/reader.cc", '#include "fuse/session.h"', "includes upward"),
    ("fuse knows the tools", "fuse/session.h", '#include "tools/flags.h"', "includes upward"),
    ("a surface looks inside", "tools/main.cc", '#include "kv/rows.h"', "a surface includes"),
    ("a surface looks inside by path", "tools/main.cc", '#include "../engine/kv/rows.h"', "a surface includes"),
    ("rocksdb outside storage", "engine/kv/store.cc", "#include <rocksdb/db.h>", "only engine/storage/ may"),
    ("rocksdb in a surface", "tools/main.cc", "#include <rocksdb/db.h>", "only engine/storage/ may"),
    ("libfuse twice", "fuse/session.h", "#include <fuse3/fuse_lowlevel.h>", "only fuse/handlers.cc"),
    ("json elsewhere", "engine/video/reader.cc", "#include <nlohmann/json.hpp>", "only engine/format/json.cc"),
    ("a foreign type in public", "engine/include/reel/store.h", "#include <rocksdb/db.h>", "only std and"),
    ("the system in public", "engine/include/reel/store.h", "#include <sys/stat.h>", "only std and"),
    ("a quoted include in public", "engine/include/reel/store.h", '#include "status.h"', "only std and"),
    ("a new library", "tools/main.cc", "#include <zlib.h>", "does not know"),
    ("a macro for a name", "tools/main.cc", "#include HEADER", "hides a name"),
    ("a public header without a home", "engine/include/reel/odd.h", "#include <reel/status.h>", "is unknown"),
    ("a folder without a layer", "engine/extra/a.cc", "", "lies in no layer"),
]


def plant(directory, files):
    for name, text in files.items():
        path = Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")


class Rules(unittest.TestCase):
    def findings(self, changed):
        with tempfile.TemporaryDirectory() as directory:
            plant(directory, {**SOUND, **changed})
            return layering.Tree(directory).check()

    def test_a_sound_tree_passes(self):
        self.assertEqual(self.findings({}), [])

    def test_each_breach_is_found(self):
        for what, path, text, words in BREACHES:
            with self.subTest(what):
                found = self.findings({path: text})
                self.assertEqual(len(found), 1, found)
                self.assertIn(words, found[0])
                self.assertTrue(found[0].startswith(path + ":1: "), found)

    def test_a_header_that_needs_another_is_found(self):
        with tempfile.TemporaryDirectory() as directory:
            plant(directory, SOUND)
            self.assertEqual(layering.compile_public_headers(directory, COMPILER), [])
            plant(directory, {"engine/include/reel/status.h": "#pragma once\nstd::string s;"})
            found = layering.compile_public_headers(directory, COMPILER)
            self.assertEqual(len(found), 2, found)
            self.assertIn("reel/status.h does not compile alone", found[0])


class TheTree(unittest.TestCase):
    def test_includes(self):
        self.assertGreater(len(list(layering.sources(ROOT))), 20)
        found = layering.Tree(ROOT).check()
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_public_headers_compile_alone(self):
        found = layering.compile_public_headers(ROOT, COMPILER)
        self.assertEqual(found, [], "\n" + "\n".join(found))


if __name__ == "__main__":
    unittest.main()
