"""A disk that can't hold all names apart: in memory, mounted by FUSE, one name whatever the case and the Unicode form.

Run as a program (it needs root): `folding_disk.py FOLDER` mounts it there, prints "ready", and serves until it is
unmounted. After `--refuse PREFIX`, folders whose names begin with that can't be made (EIO); after `--only NAME`, only
what is below folders of that name folds; after `--except NAME`, all else. Written from linux/fuse.h; just what
programs that write trees need.
"""

import argparse
import ctypes
import errno
import os
import stat
import struct
import sys
import time
import unicodedata

HEADER = struct.Struct("<IIQQIIIHH")
ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
ENTRY = struct.Struct("<QQQQII")
ROOT = 1
MODE, SIZE, MTIME = 1, 8, 32


def key_of(folder, name):
    if not folder.folds:
        return name
    text = name.decode("utf-8", "surrogateescape")
    return unicodedata.normalize("NFC", text).casefold().encode("utf-8", "surrogateescape")


def names_of(payload):
    return payload.rstrip(b"\0").split(b"\0")


class Node:
    def __init__(self, number, mode, folds=True):
        self.folds = folds
        self.number, self.mode, self.mtime = number, mode, time.time_ns()
        self.content = bytearray()
        self.children = {}  # folded name: (name, node)

    def attributes(self):
        at, rest = divmod(self.mtime, 10**9)
        links = 2 if stat.S_ISDIR(self.mode) else 1
        return ATTRIBUTES.pack(self.number, len(self.content), 0, at, at, at, rest, rest, rest, self.mode,
                               links, 0, 0, 0, 4096, 0)


class FoldingDisk:
    """One thread; every request is answered before the next is read."""

    def __init__(self, device, refused, only, but):
        self.device, self.refused, self.only, self.but = device, refused, only, but
        self.nodes = {ROOT: Node(ROOT, stat.S_IFDIR | 0o755, folds=only is None)}
        self.answers = {1: self.lookup, 3: self.getattr, 4: self.setattr, 5: self.readlink, 6: self.symlink,
                        9: self.mkdir, 10: self.unlink, 11: self.unlink, 12: self.rename, 14: self.open, 15: self.read,
                        16: self.write, 17: self.statfs, 18: self.nothing, 20: self.nothing, 25: self.nothing,
                        26: self.init, 27: self.open, 28: self.readdir, 29: self.nothing, 30: self.nothing,
                        34: self.nothing, 35: self.create}

    def serve(self):
        while True:
            try:
                request = os.read(self.device, 1 << 20)
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return
                continue
            _, code, unique, node, *_ = HEADER.unpack_from(request)
            if code in (2, 36, 42):  # forget, interrupt: nobody waits
                continue
            answer, failure = b"", errno.ENOSYS
            if code in self.answers:
                try:
                    answer, failure = self.answers[code](self.nodes.get(node), request[HEADER.size:]), 0
                except OSError as error:
                    failure = error.errno
            os.write(self.device, struct.pack("<IiQ", 16 + len(answer), -failure, unique) + answer)

    def entry(self, node):
        return ENTRY.pack(node.number, 0, 0, 0, 0, 0) + node.attributes()

    def child(self, folder, name):
        if key_of(folder, name) not in folder.children:
            raise OSError(errno.ENOENT, "")
        return folder.children[key_of(folder, name)][1]

    def add(self, folder, name, mode):
        if key_of(folder, name) in folder.children:
            raise OSError(errno.EEXIST, "")
        node = Node(max(self.nodes) + 1, mode, folds=name != self.but and (folder.folds or name == self.only))
        self.nodes[node.number] = node
        folder.children[key_of(folder, name)] = (name, node)
        return node

    def nothing(self, _node, _payload):
        return b""

    def init(self, _node, _payload):
        return struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 8, 8, 1 << 17, 1, 0, 0, 0)

    def lookup(self, node, payload):
        return self.entry(self.child(node, names_of(payload)[0]))

    def getattr(self, node, _payload):
        return struct.pack("<QII", 0, 0, 0) + node.attributes()

    def setattr(self, node, payload):
        valid, size, seconds, rest, mode = struct.unpack_from("<I12xQ16xQ12xI4xI", payload)
        if valid & MODE:
            node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        if valid & SIZE:
            node.content = node.content[:size].ljust(size, b"\0")
        if valid & MTIME:
            node.mtime = seconds * 10**9 + rest
        return self.getattr(node, b"")

    def readlink(self, node, _payload):
        return bytes(node.content)

    def symlink(self, node, payload):
        name, target = names_of(payload)
        made = self.add(node, name, stat.S_IFLNK | 0o777)
        made.content = bytearray(target)
        return self.entry(made)

    def mkdir(self, node, payload):
        mode, umask = struct.unpack_from("<II", payload)
        name = names_of(payload[8:])[0]
        if self.refused is not None and name.startswith(self.refused):
            raise OSError(errno.EIO, "")
        return self.entry(self.add(node, name, stat.S_IFDIR | (mode & 0o7777 & ~umask)))

    def create(self, node, payload):
        _, mode, umask, _ = struct.unpack_from("<IIII", payload)
        made = self.add(node, names_of(payload[16:])[0], stat.S_IFREG | (mode & 0o7777 & ~umask))
        return self.entry(made) + self.open(made, b"")

    def unlink(self, node, payload):
        name = names_of(payload)[0]
        if self.child(node, name).children:
            raise OSError(errno.ENOTEMPTY, "")
        del node.children[key_of(node, name)]
        return b""

    def rename(self, node, payload):
        old, new = names_of(payload[8:])
        target = self.nodes[struct.unpack_from("<Q", payload)[0]]
        moved = self.child(node, old)
        del node.children[key_of(node, old)]
        kept = target.children.get(key_of(target, new), (new,))[0]  # the name stays as it was written first
        target.children[key_of(target, new)] = (kept, moved)
        return b""

    def open(self, _node, _payload):
        return struct.pack("<QII", 0, 0, 0)

    def read(self, node, payload):
        _, offset, size = struct.unpack_from("<QQI", payload)
        return bytes(node.content[offset:offset + size])

    def write(self, node, payload):
        _, offset, size = struct.unpack_from("<QQI", payload)
        node.content[offset:offset + size] = payload[40:40 + size]
        return struct.pack("<II", size, 0)

    def statfs(self, _node, _payload):
        return struct.pack("<QQQQQIIII24x", 1 << 20, 1 << 19, 1 << 19, 1 << 20, 1 << 19, 4096, 255, 4096, 0)

    def readdir(self, node, payload):
        _, offset, size = struct.unpack_from("<QQI", payload)
        out = b""
        for number, (name, child) in list(enumerate(node.children.values(), 1))[offset:]:
            row = struct.pack("<QQII", child.number, number, len(name), child.mode >> 12) + name
            row += bytes(-len(row) % 8)
            if len(out) + len(row) > size:
                break
            out += row
        return out


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder")
    arguments.add_argument("--refuse", type=os.fsencode)
    arguments.add_argument("--only", type=os.fsencode)
    arguments.add_argument("--except", dest="but", type=os.fsencode)
    wanted = arguments.parse_args()
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if libc.mount(b"folding", os.fsencode(wanted.folder), b"fuse", 0, options) != 0:
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    print("ready", flush=True)
    FoldingDisk(device, wanted.refuse, wanted.only, wanted.but).serve()


if __name__ == "__main__":
    main()
