"""The base of the tests that speak the protocol themselves, and the numbers of docs/protocol.md that they need."""

import hashlib
import os

from harness import DriveTest
from wire import Wire, local_socket

INVALID, NOT_FOUND, NOT_ALLOWED, CONFLICT, INTEGRITY, NO_SPACE = 2, 3, 4, 6, 8, 9
PROTOCOL, UNSUPPORTED_VERSION, IS_FOLDER, NOT_FOLDER, CANCELLED, BUSY = 12, 13, 14, 15, 16, 17
FILE, FOLDER, LINK = 1, 2, 3


def sha256(content):
    return hashlib.sha256(content).digest()


class WireTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.wire = self.connect()
        self.hello, self.welcome = self.wire.log_in()

    def connect(self):
        wire = Wire(local_socket(self.server.data))
        self.addCleanup(wire.close)
        return wire

    def put_small(self, path, content, **more):
        stream = self.wire.stream()
        fields = {"request_id": os.urandom(16), "path": path, "sha256": sha256(content),
                  "attributes": {"mtime_ns": 1, "mode": 0o644}, **more}
        self.wire.send("PutSmall", stream, content=content, **fields)
        return stream

    def put(self, path, content=b"", **more):
        """A small file that has to be committed; the answer."""
        self.put_small(path, content, **more)
        return self.wire.receive("Committed")

    def ask(self, request, /, *answers, wire=None, **fields):
        """A request that is answered by one frame."""
        wire = wire or self.wire
        wire.send(request, wire.stream(), **fields)
        return wire.receive(*answers)

    def change(self, request, /, **fields):
        """A request with a fresh id, which has to be done."""
        return self.ask(request, "Done", **{"request_id": os.urandom(16), **fields})

    def refused(self, request, code, /, wire=None, **fields):
        """A request that has to fail with this code; the message."""
        error = self.ask(request, "Error", wire=wire, **fields)
        self.assertEqual(error["code"], code, error)
        return error["message"]

    def rows(self, request, page, rows, /, wire=None, **fields):
        """All rows of an answer in pages."""
        wire = wire or self.wire
        wire.send(request, wire.stream(), **fields)
        found = []
        while (frame := wire.receive(page, "End")).name == page:
            found += frame[rows]
        return found

    def offer(self, path, size, **more):
        stream = self.wire.stream()
        self.wire.send("Offer", stream, request_id=os.urandom(16), path=path, size=size,
                       attributes={"mtime_ns": 1, "mode": 0o600}, **more)
        return stream

    def open(self, path, **more):
        """What an Open is answered with, and the content."""
        self.wire.send("Open", self.wire.stream(), path=path, **more)
        info = self.wire.receive("FileInfo", "SmallFile")
        content = info.content
        while info.name == "FileInfo":
            frame = self.wire.receive("Data", "End")
            if frame.name == "End":
                break
            self.assertEqual(frame["offset"], info["offset"] + len(content))
            content += frame.content
        return info, content

    def list_all(self, path=b"", **more):
        self.wire.send("List", self.wire.stream(), path=path, **more)
        entries = []
        while (frame := self.wire.receive("ListPage", "End")).name == "ListPage":
            entries += frame["entries"]
        return entries
