"""The repository's own files, and the #include lines of its C++ files."""

import os
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")')


class Include(NamedTuple):
    file: str  # relative to the root
    line: int
    header: str
    own: bool  # in quotes: ours; in angle brackets: a library's


def files(*suffixes):
    """Paths relative to the root, without build trees and hidden folders (.ci is looked into)."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        at_root = Path(folder) == ROOT
        folders[:] = sorted(name for name in folders if (not name.startswith(".") or name == ".ci")
                            and not (at_root and name.startswith("build")) and name != "__pycache__")
        found += [str((Path(folder) / name).relative_to(ROOT)) for name in sorted(names) if name.endswith(suffixes)]
    return found


def text(file):
    return (ROOT / file).read_text(encoding="utf-8")


def includes():
    for file in files(".hpp", ".cpp", ".h", ".cc"):
        for number, line in enumerate(text(file).splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                yield Include(file, number, match[1][1:-1], match[1][0] == '"')
