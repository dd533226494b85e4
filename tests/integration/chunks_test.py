"""The base of the tests of content by reference over the wire."""

import os
import random

from harness import KIB
from wire_test import WireTest, sha256


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


class ChunksTest(WireTest):
    def upload(self, path, content, wire=None, **more):
        """A file of any size, all of it sent; the answer to Commit."""
        wire = wire or self.wire
        stream = self.begin(path, len(content), wire=wire, **more)
        for offset in range(0, len(content), 256 * KIB):
            wire.send("Data", stream, offset=offset, content=content[offset:offset + 256 * KIB])
        return self.commit(stream, content, "Committed", wire=wire)

    def begin(self, path, size, wire=None, **more):
        """Offers, and is told to send all; the stream."""
        wire = wire or self.wire
        fields = {} if size is None else {"size": size}
        stream = wire.stream()
        wire.send("Offer", stream, request_id=os.urandom(16), path=path, attributes={"mtime_ns": 1, "mode": 0o600},
                  **fields, **more)
        wire.receive("Send")
        return stream

    def commit(self, stream, content, *answers, wire=None):
        wire = wire or self.wire
        wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        return wire.receive(*answers)

    def copy(self, stream, offset, version, version_offset, length, wire=None):
        (wire or self.wire).send("CopyRange", stream, offset=offset, version=version, version_offset=version_offset,
                                 length=length)

    def assert_error(self, code, wire=None):
        error = (wire or self.wire).receive("Error")
        self.assertEqual(error["code"], code, error)
        return error

    def assert_held(self, path, content):
        self.assert_content(self.open(path)[1], content)
