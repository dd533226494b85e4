"""The base of the tests of transfers that leave out what the other end has."""

import glob
import hashlib
import os
import random

from harness import KIB, MIB, DriveTest

SIZE = 4 * MIB
FEW = 400 * KIB  # the chunks around an edit, hashes of all chunks, handshakes
OLD = random.Random(1).randbytes(SIZE)
FRESH = random.Random(2).randbytes(SIZE)


def edited(content, places):
    content = bytearray(content)
    for place in places:
        content[place:place + 3] = b"abc"
    return bytes(content)


CONTENTS = {  # name: (content, how much of it is in no old file)
    "a byte at the beginning": (b"!" + OLD, 1),
    "an insertion in the middle": (OLD[:MIB] + FRESH[:200 * KIB] + OLD[MIB:], 200 * KIB),
    "some edits": (edited(OLD, (10, MIB, 3 * MIB)), 9),
    "a removal": (OLD[:MIB] + OLD[2 * MIB:], 0),
    "an append": (OLD + FRESH[:100 * KIB], 100 * KIB),
    "a truncation": (OLD[:3 * MIB + 7], 0),
    "another order": (OLD[2 * MIB:] + OLD[:2 * MIB], 0),
    "all of it twice": (OLD + OLD, 0),
    "zeros behind it": (OLD + bytes(200 * KIB), 200 * KIB),
    "another content": (FRESH, SIZE),
}


# Large enough for blocks to be compared before chunks, with what of it is in no old file.
LARGE_SIZE = 20 * MIB + 12345
LARGE = random.Random(3).randbytes(LARGE_SIZE)
LARGE_CONTENTS = {
    "edits where they are": (edited(LARGE, (10, 5 * MIB, LARGE_SIZE - 5)), 9),
    "an insertion near the front": (LARGE[:MIB + 7] + FRESH[:MIB] + LARGE[MIB + 7:], MIB),
    "a removal, and an edit behind it": (edited(LARGE[:MIB] + LARGE[2 * MIB + 1:], (15 * MIB,)), 3),
    "an append": (LARGE + FRESH[:100 * KIB], 100 * KIB),
    "a truncation": (LARGE[:17 * MIB + 9], 0),
    "two insertions": (LARGE[:MIB] + b"one" + LARGE[MIB:9 * MIB] + b"other" + LARGE[9 * MIB:], 8),
    "another order": (LARGE[11 * MIB:] + LARGE[:11 * MIB], 0),
    "much less than before": (LARGE[3 * MIB:6 * MIB], 0),
    "much more than before": (FRESH + LARGE + FRESH[:3 * MIB], SIZE + 3 * MIB),
    "zeros in between": (LARGE[:8 * MIB] + bytes(2 * MIB) + LARGE[8 * MIB:], 2 * MIB),
    "all of it three times": (LARGE * 3, 0),
}
LARGE_FEW = FEW + 6 * 64 * KIB  # chunks around a block that is not the same at both its ends


class DeltaTest(DriveTest):
    """`self.client` comes through the proxy, `self.other` is the same user on the Unix socket."""

    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.proxy = self.start_proxy(self.server)
        self.client = self.enrol(self.server, at=self.proxy.address)
        self.other = self.local_client(self.server)
        self.file = self.path("here", "file")

    def write_file(self, content):
        """The local file, which has another mtime each time."""
        self.times = getattr(self, "times", 0) + 1
        self.write("here/file", content, mtime_ns=self.times * 10**9)

    def put(self, content, *options):
        """Puts the file with this content over what stands there; the result, and how many bytes went up."""
        self.write_file(content)
        before = self.proxy.up
        return self.client.do("put", *options, self.file), self.proxy.up - before

    def get(self, *options):
        """Gets the file over what is here; the result, and how many bytes came down."""
        before = self.proxy.down
        return self.client.do("get", "file", *options, "-t", self.path("here")), self.proxy.down - before

    def store(self, content):
        """The content becomes the newest version, without the proxy."""
        self.write("elsewhere/file", content)
        self.other.do("put", self.path("elsewhere", "file"))

    def assert_held(self, content):
        self.assert_content(self.other.do("cat", "file").raw, content)

    def object_of(self, content):
        path, = glob.glob(self.path("data", "objects", "*", hashlib.sha256(content).hexdigest() + ".*"))
        return path

    def rot(self, path, offset, count=1000):
        """Other bytes there, with the same size and mtime."""
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(b"#" * count)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def release(self, process):
        """What is held goes on and has to work; what it said."""
        self.proxy.release()
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        return errors.decode()
