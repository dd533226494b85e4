"""A server that says of what it holds that it is cut into chunks that can't be."""

import hashlib
import os
import unittest

from client import Client
from harness import MIB, DriveTest
from hostile_server import HostileServer, entry

BLOCK = 256 * 1024
SIZE = 2 * MIB + 5
LARGE = 17 * MIB + 5  # from where on blocks are compared before chunks


class CuttingServer(HostileServer):
    """Answers GetChunks with pages of (lengths, hashes), which `cut` makes of the size of a chunk that is asked for.
    The answer ends only if they are all of the content. Notes the streams of GetChunks, and the cancelled ones."""

    def __init__(self, path, content, cut):
        super().__init__(path, [[entry(b"large", content=content)]], content)
        self.cut, self.asked, self.cancelled = cut, [], []

    def _getchunks(self, wire, frame):
        self.asked.append(frame.stream)
        self._info(wire, frame)
        pages = self.cut(1 << frame["average_log2"])
        for lengths, hashes in pages:
            wire.send("ChunksPage", frame.stream, lengths=lengths, hashes=hashes)
        if sum(sum(lengths) for lengths, _ in pages) == len(self.content):
            wire.send("End", frame.stream)

    def _cancel(self, _, frame):
        self.cancelled.append(frame.stream)

    def _open(self, wire, frame):
        self._info(wire, frame)
        for at in range(0, len(self.content), BLOCK):
            wire.send("Data", frame.stream, offset=at, content=self.content[at:at + BLOCK])
        wire.send("End", frame.stream)

    def _info(self, wire, frame):
        wire.send("FileInfo", frame.stream, size=len(self.content), version=1, offset=0,
                  sha256=hashlib.sha256(self.content).digest(), attributes={"mtime_ns": 1, "mode": 0o644})


def cut_of(content_size, size, more=()):
    """One that can be, of content that nobody has; with `more` lengths at its end."""
    rest = content_size % size
    lengths = [size] * (content_size // size) + ([rest] if rest else []) + list(more)
    return lengths, list(range(1, len(lengths) + 1))


class HostileChunks(DriveTest):
    def get(self, content_size, cut):
        """Gets new content over an older file, all of it right; the server, afterwards."""
        content = os.urandom(content_size)
        server = CuttingServer(self.path("socket"), content, cut)
        self.addCleanup(server.close)
        self.write("here/tree/large", os.urandom(content_size))
        client = Client(self.path("client"), server=server.address)
        client.do("get", "-r", "tree", "-t", self.path("here"))
        self.assert_content(self.read("here/tree/large"), content)
        return server

    def refused(self, content_size, cuts):
        for name, cut in cuts.items():
            with self.subTest(name):
                self.setUp()
                server = self.get(content_size, cut)
                self.assertEqual(len(server.asked), 1)
                self.assertEqual(server.cancelled, server.asked)

    def test_chunks_that_can_be_are_read_to_their_end(self):
        server = self.get(SIZE, lambda size: [cut_of(SIZE, size)])
        self.assertEqual((len(server.asked), server.cancelled), (1, []))

    def test_at_the_first_chunk_that_can_not_be_no_more_is_waited_for_and_all_is_got(self):
        self.refused(SIZE, {
            "one that is empty": lambda size: [([0], [1])],
            "a small one that is not the last": lambda size: [([size // 4 - 1], [1])],
            "one that is too large": lambda size: [([4 * size + 1], [1])],
            "so many bytes that counting them begins anew": lambda size: [([size, 2**64 - size], [1, 2])],
            "one across the end": lambda size: [([size] * (SIZE // size + 1), list(range(SIZE // size + 1)))],
            "one behind the end": lambda size: [cut_of(SIZE, size, [size])],
            "hashes without lengths": lambda size: [([size], [1, 2])],
            "lengths without hashes": lambda size: [([size, size], [1])],
        })

    def test_at_the_first_block_of_another_size_no_more_is_waited_for_and_all_is_got(self):
        self.refused(LARGE, {
            "a smaller one that is not the last": lambda size: [([size - 1], [1])],
            "a larger one": lambda size: [([size + 1], [1])],
        })


if __name__ == "__main__":
    unittest.main()
