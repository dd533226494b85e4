"""A server that says of what it holds that it is cut into chunks that can't be."""

import hashlib
import os
import unittest

from client import Client
from harness import MIB, DriveTest
from hostile_server import HostileServer, entry

BLOCK = 256 * 1024
SIZE = 2 * MIB + 5


class CuttingServer(HostileServer):
    """Answers GetChunks with pages of (lengths, hashes), which `cut` makes of the size of a chunk that is asked for.
    The answer ends only if they are all of the content."""

    def __init__(self, path, content, cut):
        super().__init__(path, [[entry(b"large", content=content)]], content)
        self.cut, self.asked = cut, 0

    def _info(self, offset=0):
        return {"size": len(self.content), "version": 1, "sha256": hashlib.sha256(self.content).digest(),
                "offset": offset, "attributes": {"mtime_ns": 1, "mode": 0o644}}

    def _getchunks(self, wire, frame):
        self.asked += 1
        wire.send("FileInfo", frame.stream, **self._info())
        pages = self.cut(1 << frame["average_log2"])
        for lengths, hashes in pages:
            wire.send("ChunksPage", frame.stream, lengths=lengths, hashes=hashes)
        if sum(sum(lengths) for lengths, _ in pages) == len(self.content):
            wire.send("End", frame.stream)

    def _open(self, wire, frame):
        wire.send("FileInfo", frame.stream, **self._info())
        for at in range(0, len(self.content), BLOCK):
            wire.send("Data", frame.stream, offset=at, content=self.content[at:at + BLOCK])
        wire.send("End", frame.stream)


def whole(size):
    """A cut that can be, of content that nobody has."""
    lengths = [size] * (SIZE // size) + ([SIZE % size] if SIZE % size else [])
    return lengths, list(range(1, len(lengths) + 1))


class HostileChunks(DriveTest):
    def get(self, cut):
        """Of new content, over an older file."""
        self.content, self.older = os.urandom(SIZE), os.urandom(SIZE)
        server = CuttingServer(self.path("socket"), self.content, cut)
        self.addCleanup(server.close)
        self.write("here/tree/large", self.older)
        client = Client(self.path("client"), server=server.address)
        result = client.run("get", "-r", "tree", "-t", self.path("here"))
        self.assertGreater(server.asked, 0)
        return result

    def test_chunks_that_nobody_has_are_no_hindrance(self):
        self.assertEqual(self.get(lambda size: [whole(size)]).code, 0)
        self.assertEqual(self.read("here/tree/large"), self.content)

    def test_at_the_first_that_can_not_be_no_more_is_waited_for_and_all_is_got(self):
        cuts = {
            "one that is empty": lambda size: [([0], [1])],
            "a small one that is not the last": lambda size: [([size // 4 - 1], [1])],
            "one that is too large": lambda size: [([4 * size + 1], [1])],
            "more than a number can say": lambda size: [([2**64 - 1], [1])],
            "one behind the end": lambda size: [whole(size), ([size], [1])],
            "hashes without lengths": lambda size: [([size], [1, 2])],
            "lengths without hashes": lambda size: [([size, size], [1])],
        }
        for name, cut in cuts.items():
            with self.subTest(name):
                self.setUp()
                self.assertEqual(self.get(cut).code, 0)
                self.assertEqual(self.read("here/tree/large"), self.content)


if __name__ == "__main__":
    unittest.main()
