"""A real server on a disk, and with memory, that fail when the test wants it: tests/faults/preloaded_faults.cpp."""

import errno
import mmap
import os
import struct
import unittest

from wire_test import WireTest

LIBRARY = os.environ.get("NDISK_PRELOADED_FAULTS")

# tests/faults/preloaded_faults.hpp
READ, WRITE, SYNC, OPEN, NAME, LOOK, ACCEPT = (1 << bit for bit in range(7))
ANY = READ | WRITE | SYNC | OPEN | NAME | LOOK
CALLS, TURN, MEMORY, SLOW, MEMORY_TURN, PART = "<4I", 16, 32, 44, 48, 64
PAGE = 64 + 1024
ALWAYS = 0xffffffff


class Faults:
    """What the server's process is ordered to do; it may be changed at any time."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb+") as file:
            file.truncate(PAGE)
            self.page = mmap.mmap(file.fileno(), PAGE)

    @property
    def wrap(self):
        """What is put before the server's command line."""
        return ["env", f"LD_PRELOAD={LIBRARY}", f"NDISK_FAULTS={self.path}"]

    def fail(self, kinds, part, error=errno.EIO, after=0, times=ALWAYS, loses=False, slow_ms=0):
        """Calls of these kinds on all files whose path has this part: so many go well, so many fail, or are slow."""
        self.heal()
        struct.pack_into("<I", self.page, SLOW, slow_ms)
        name = os.fsencode(part)
        self.page[PART:PART + len(name) + 1] = name + b"\0"
        struct.pack_into("<4I", self.page, TURN, after, times, 0, 0)
        struct.pack_into("<3I", self.page, 4, kinds, error, int(loses))
        struct.pack_into("<I", self.page, 0, 1)

    def heal(self):
        struct.pack_into("<I", self.page, 0, 0)

    def refuse_memory(self, least, most=ALWAYS, after=0, times=ALWAYS):
        """Of the allocations of `least` to `most` bytes, so many go well, so many fail."""
        self.give_memory()
        struct.pack_into("<4I", self.page, MEMORY_TURN, after, times, 0, 0)
        struct.pack_into("<2I", self.page, MEMORY + 4, least, most)
        struct.pack_into("<I", self.page, MEMORY, 1)

    def give_memory(self):
        struct.pack_into("<I", self.page, MEMORY, 0)

    def slow_down(self, kinds, part, milliseconds):
        """Each call of these kinds on all files whose path has this part takes so long."""
        self.fail(kinds, part, slow_ms=milliseconds)

    def failed(self):
        """How many calls have failed, or taken long, by the newest order."""
        return struct.unpack_from("<I", self.page, TURN + 12)[0]

    def refused(self):
        """How many allocations."""
        return struct.unpack_from("<I", self.page, MEMORY_TURN + 12)[0]

    def asked(self):
        """How many allocations of that size there were."""
        return struct.unpack_from("<I", self.page, MEMORY_TURN + 8)[0]


@unittest.skipUnless(LIBRARY, "a sanitizer has its own functions where this test would put others")
class FaultsTest(WireTest):
    """A server of which `self.faults` decides what fails."""

    def start_server(self, *options, **more):
        self.faults = Faults(self.path("faults"))
        return super().start_server(*options, wrap=self.faults.wrap, **more)

    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.server)

    def assert_serves(self):
        """Somebody who comes now is served, by the process that was started."""
        self.assert_lives()
        self.assertEqual(self.client.run("list").code, 0, self.server.log()[-2000:])

    def assert_lives(self):
        self.assertIsNone(self.server.process.poll(), self.server.log()[-2000:])
