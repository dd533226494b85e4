"""What stands in the model's drive: folders and files with their versions, and the walks over them."""

import hashlib
import re
from fnmatch import translate

FILE, FOLDER, LINK = 1, 2, 3
INVALID, NOT_FOUND, CONFLICT, INTEGRITY, IS_FOLDER, NOT_FOLDER = 2, 3, 6, 8, 14, 15
MAX_PATH, MAX_PART = 4096, 255


class Refused(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Content:
    """Bytes and their digest."""

    def __init__(self, data):
        self.data = data
        self.sha256 = hashlib.sha256(data).digest()


class Version:
    """Never changed once it is made."""

    def __init__(self, reference, kind, content, mtime, mode, change, device):
        self.reference, self.kind, self.content = reference, kind, content
        self.mtime, self.mode, self.change, self.device = mtime, mode, change, device

    @property
    def size(self):
        return len(self.content.data)

    @property
    def attributes(self):
        return {"mtime_ns": self.mtime, "mode": self.mode}


class File:
    is_folder = False

    def __init__(self):
        self.versions = []  # oldest first

    @property
    def current(self):
        return self.versions[-1]

    @property
    def kind(self):
        return self.current.kind


class Folder:
    is_folder = True
    kind = FOLDER

    def __init__(self, mtime, mode=0o755):
        """`mtime`: nanoseconds, or a reference to a moment that only the server knows."""
        self.mtime, self.mode = mtime, mode
        self.children = {}


def split(path):
    """The parts of a path that keeps the rules; [] for the root."""
    if path == b"":
        return []
    parts = path.split(b"/")
    if len(path) > MAX_PATH or b"\0" in path:
        raise Refused(INVALID)
    if any(part in (b"", b".", b"..") or len(part) > MAX_PART for part in parts):
        raise Refused(INVALID)
    return parts


def find(root, parts):
    """What stands there, or None."""
    node = root
    for part in parts:
        if not node.is_folder or part not in node.children:
            return None
        node = node.children[part]
    return node


def way_is_blocked(root, parts):
    """Whether one of the parts before the last is a file."""
    for length in range(1, len(parts)):
        node = find(root, parts[:length])
        if node is not None and not node.is_folder:
            return True
    return False


def totals(folder):
    files = folders = size = 0
    for _, node in walk(folder):
        if node.is_folder:
            folders += 1
        else:
            files += 1
            size += node.current.size
    return {"files": files, "folders": folders, "bytes": size}


def walk(folder, above=()):
    """(parts, node) of all below, each folder's names in byte order, a folder's contents right after it."""
    for name in sorted(folder.children):
        node = folder.children[name]
        yield (*above, name), node
        if node.is_folder:
            yield from walk(node, (*above, name))


def files_of(node):
    """Every File at or below a node."""
    if not node.is_folder:
        return [node]
    return [below for _, below in walk(node) if not below.is_folder]


def entry(path, node, with_totals=False):
    """As a ListPage has it."""
    if node.is_folder:
        return {"path": path, "kind": FOLDER, "size": 0, "version": 0, "sha256": b"",
                "attributes": {"mtime_ns": node.mtime, "mode": node.mode},
                "totals": totals(node) if with_totals else None}
    current = node.current
    return {"path": path, "kind": current.kind, "size": current.size, "version": current.reference,
            "sha256": current.content.sha256, "attributes": current.attributes, "totals": None}


def glob(pattern):
    """A compiled pattern for names. fnmatch's syntax is the same, save for `\\`, which the sequences don't use."""
    return re.compile(translate(pattern.decode("latin-1")))


def is_shown(name, node, rule):
    """Whether a Filter shows an entry of this name."""
    if rule.get("names") and not any(glob(each).match(name.decode("latin-1")) for each in rule["names"]):
        return False
    if rule.get("kinds") and node.kind not in rule["kinds"]:
        return False
    if "min_size" in rule and (node.is_folder or node.current.size < rule["min_size"]):
        return False
    if "max_size" in rule and (node.is_folder or node.current.size > rule["max_size"]):
        return False
    mtime = node.mtime if node.is_folder else node.current.mtime
    if not isinstance(mtime, int):
        mtime = float("inf")  # made by the server's clock, which is past every time in a sequence
    if "newer_than_ns" in rule and not mtime > rule["newer_than_ns"]:
        return False
    if "older_than_ns" in rule and not mtime < rule["older_than_ns"]:
        return False
    if rule.get("empty"):
        return not node.children if node.is_folder else node.current.size == 0
    return True


def clone(node):
    """A copy that can change; versions don't."""
    if not node.is_folder:
        other = File()
        other.versions = list(node.versions)
        return other
    other = Folder(node.mtime, node.mode)
    other.children = {name: clone(child) for name, child in node.children.items()}
    return other
