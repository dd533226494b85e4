"""A server that ends content with an error that another try may mend, while what came before is still being stored."""

import hashlib
import os
import unittest

from client import Client
from harness import DriveTest
from hostile_server import HostileServer, entry

BLOCK = 256 * 1024
BUSY = 17


class RefusingServer(HostileServer):
    """The first answer to Open ends after three blocks, which come with the error all at once."""

    def __init__(self, path, content):
        super().__init__(path, [[entry(b"large", content=content)]], content)
        self.opened = []

    def _open(self, wire, frame):
        offset = frame.fields.get("offset", 0)
        self.opened.append(offset)
        whole = len(self.content)
        end = min(whole, offset + 3 * BLOCK) if len(self.opened) == 1 else whole
        wire.send("FileInfo", frame.stream, size=whole, version=1, offset=offset,
                  sha256=hashlib.sha256(self.content).digest(), attributes={"mtime_ns": 1, "mode": 0o644})
        for at in range(offset, end, BLOCK):
            wire.send("Data", frame.stream, offset=at, content=self.content[at:min(end, at + BLOCK)])
        if end < whole:
            wire.send("Error", frame.stream, code=BUSY, message="no memory just now", retryable=True)
        else:
            wire.send("End", frame.stream)


class RefusedInTheMiddle(DriveTest):
    def test_what_came_is_kept_and_the_rest_is_asked_for(self):
        content = os.urandom(8 * BLOCK)
        server = RefusingServer(self.path("socket"), content)
        self.addCleanup(server.close)
        os.makedirs(self.path("here"))
        client = Client(self.path("client"), server=server.address)
        client.do("get", "-r", "tree", "-t", self.path("here"))
        self.assertEqual(self.read("here/tree/large"), content)
        self.assertEqual(server.opened, [0, 3 * BLOCK])


if __name__ == "__main__":
    unittest.main()
