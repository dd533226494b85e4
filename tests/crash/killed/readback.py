"""Gets back what is in the drive, through kills, and compares every byte with what was put there."""

import hashlib
import os
import re
import shutil

from contents import FOLDER, File
from ledger import compare

# What a killed `ndisk get` leaves beside its targets; a later one removes it when it is a day old.
TEMPORARY = re.compile(rb"\.ndisk-[0-9a-f]{16}\.tmp")


class Readback:
    def __init__(self, device):
        self.device = device

    def get(self, path, expected, kill=True):
        """`expected`: path in the drive → value, of `path` and all below it."""
        target = os.path.join(self.device.home, "back")
        os.mkdir(target)
        arguments = ("get", "-r", path, "-t", target)
        kill = kill and self.device.chance.random() < 0.4
        for _ in range(5):
            if not kill or self.device.run(*arguments, kill=True).code == 0:
                break
            self._check_partial(target, path, expected)
        self.device.do(*arguments)
        found = read_tree(os.fsencode(target))
        above = os.path.dirname(path)
        found = {os.path.join(above, name): value for name, value in found.items()}
        compare(expected, found, f"what came back of {path!r}")
        files = [value for value in expected.values() if value != FOLDER]
        self.device.figures.read_back += len(files)
        self.device.figures.bytes_read_back += sum(file.size for file in files)
        shutil.rmtree(target)

    def _check_partial(self, target, path, expected):
        """Of a get that was cut short: what stands under its own name is whole."""
        above = os.path.dirname(path)
        found = {os.path.join(above, name): value for name, value in read_tree(os.fsencode(target)).items()
                 if b".ndisk-partial-" not in name}
        # A file gets its mtime before its name.
        compare({name: expected.get(name) for name in found}, found, f"after a get that was killed, of {path!r}")

    def prove(self, receipts):
        """Every receipt. A file without any may be what a kill left of the first `put`."""
        if os.path.exists(receipts) and os.path.getsize(receipts) > 0:
            ended = self.device.do("verify", receipts)
            self.device.figures.receipts += sum(item["type"] == "verified" for item in ended.objects)


def read_tree(root):
    """Every file and folder below root: path relative to it → File, by its content, or FOLDER."""
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not TEMPORARY.fullmatch(name)]
        names = [name for name in names if not TEMPORARY.fullmatch(name)]
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), root)] = FOLDER
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root)] = read_file(path)
    return found


def read_file(path):
    with open(path, "rb") as file:
        about = os.fstat(file.fileno())
        return File(about.st_size, about.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest())
