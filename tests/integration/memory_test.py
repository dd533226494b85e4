"""Requests to a server that can't get the memory for them."""

import os
import re
import signal

from faults import FaultsTest
from harness import KIB, MIB, wait_until
from wire_test import BUSY, sha256

PIECE = 256 * KIB
FOLDER_FILES = 1200
AT_ONCE = 400  # streams
MOST_POINTS = 2000  # of one request: more, and it does not end
LARGE = 4 * KIB  # and every buffer that a peer can ask for
SMALL = LARGE - 1
# What asio begins, which it declares can't fail; and what a session could not wait for while it ended.
# The name of std::bad_alloc is as it is where there is no memory to make it readable, too.
ENDS_THE_PROCESS = ("terminate called without an active exception|terminate called after .* '(std::|St9)bad_alloc'|"
                    "tasks are left whose group ends")
LOG_LINE = r"\d{4}-\d\d-\d\dT\S+Z \w+ .*\n"


class Refused(Exception):
    """The server said that it has no memory for this, or ended the session."""


class MemoryTest(FaultsTest):
    def setUp(self):
        super().setUp()
        self.small = os.urandom(64 * KIB)
        self.large = os.urandom(MIB)
        self.put(b"small", self.small)
        self.upload(self.wire, b"large", self.large)
        self.other = self.connect()
        self.other.log_in()

    def answer(self, wire, *names, code=None):
        """One of `names`, or an Error with `code`. Refused: an Error that says to try again, or the session's end."""
        try:
            frame = wire.receive(*names, "Error")
        except (EOFError, ConnectionError) as error:
            raise Refused("cut off") from error
        if frame.name == "Error" and frame["code"] != code:
            self.assertEqual(frame["code"], BUSY, frame)
            self.assertTrue(frame["retryable"], frame)
            self.assertIn("memory", frame["message"])
            raise Refused(frame["message"])
        return frame

    def upload(self, wire, path, content):
        stream, frame = self.begin_upload(wire, path, len(content))
        self.finish_upload(wire, stream, content, frame["offset"] if frame.name == "Resume" else 0)

    def begin_upload(self, wire, path, size):
        stream = wire.stream()
        wire.send("Offer", stream, request_id=os.urandom(16), path=path, size=size,
                  attributes={"mtime_ns": 1, "mode": 0o600})
        return stream, self.answer(wire, "Send", "Resume")

    def finish_upload(self, wire, stream, content, offset):
        for start in range(offset, len(content), PIECE):
            wire.send("Data", stream, content=content[start:start + PIECE], offset=start)
        wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        while self.answer(wire, "Progress", "Committed").name != "Committed":
            pass

    # Each of these on a session of its own; Refused or done.

    def log_in(self, wire):
        """The session was begun for it."""

    def put_small_file(self, wire):
        content = os.urandom(64 * KIB)
        wire.send("PutSmall", wire.stream(), content=content, request_id=os.urandom(16), path=b"other small",
                  sha256=sha256(content), attributes={"mtime_ns": 1, "mode": 0o644})
        self.answer(wire, "Committed")

    def put_large_file(self, wire):
        self.upload(wire, b"large-" + os.urandom(4).hex().encode(), os.urandom(MIB))

    def get_small(self, wire):
        wire.send("Open", wire.stream(), path=b"small")
        self.assert_content(self.answer(wire, "SmallFile").content, self.small)

    def get_large(self, wire):
        wire.send("Open", wire.stream(), path=b"large")
        self.answer(wire, "FileInfo")
        content = b""
        while (frame := self.answer(wire, "Data", "End")).name == "Data":
            content += frame.content
        self.assert_content(content, self.large)

    def verify(self, wire):
        wire.send("Verify", wire.stream(), path=b"large")
        while (frame := self.answer(wire, "Progress", "Verified")).name == "Progress":
            pass
        self.assertEqual(frame["sha256"], sha256(self.large))

    def list_folder(self, wire):
        wire.send("List", wire.stream(), path=b"many")
        names = 0
        while (frame := self.answer(wire, "ListPage", "End")).name == "ListPage":
            names += len(frame["entries"])
        self.assertEqual(names, FOLDER_FILES)

    def make_folder(self):
        """Names so long that a page of them is as full as a message may be."""
        for first in range(0, FOLDER_FILES, AT_ONCE):
            for number in range(first, first + AT_ONCE):
                self.put_small(b"many/" + b"%d-" % number + b"n" * 200, b"%d" % number)
            for _ in range(AT_ONCE):
                self.wire.receive("Committed")

    def log_in_on(self, wire):
        wire.hello()
        wire.send("LocalLogin", 0)
        self.answer(wire, "ServerHello")
        self.answer(wire, "Welcome")

    def attempt(self, operation):
        """On a session of its own; whether it was done."""
        try:
            wire = self.connect()
            try:
                self.log_in_on(wire)
                operation(wire)
                return True
            finally:
                wire.close()
        except (Refused, EOFError, ConnectionError):
            return False

    def assert_others_are_served(self):
        self.assert_lives()
        self.ask("Ping", "Pong", wire=self.other)
        entries = self.rows("List", "ListPage", "entries", wire=self.other, path=b"")
        self.assertIn(b"small", [entry["path"] for entry in entries])

    def refuse_each_small_of(self, *operations, times=1):
        """At the end all that was stored is whole, and the server ends as it should."""
        tried = {operation.__name__: self.refuse_each_small(operation, times) for operation in operations}
        print("small allocations refused, and the process ended:", tried)
        for points, ended in tried.values():
            self.assertGreater(points, 10, tried)
            self.assertLess(ended, points / 10, tried)
        self.assertEqual(self.server.terminate(), 0, self.server.log()[-2000:])
        checked = self.server.command("fsck", "--read-data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def refuse_each_small(self, operation, times):
        """How many points there were, and at how many the process ended."""
        ended = 0
        for point in range(MOST_POINTS):
            said = len(self.server.log())
            self.faults.refuse_memory(1, most=SMALL, after=point, times=times)
            done = self.attempt(operation)
            self.faults.give_memory()
            if self.faults.refused() == 0:
                self.assertTrue(done, operation.__name__)
                return point, ended
            if not self.attempt(operation):
                # Its connections close a moment before it has ended.
                wait_until(lambda: self.server.process.poll() is not None,
                           f"the process to end, {operation.__name__} after point {point}")
                last_words = self.server.log()[said:]
                # Another thread may have logged in the midst of them.
                self.assertRegex(last_words + re.sub(LOG_LINE, "", last_words), ENDS_THE_PROCESS)
                self.assertEqual(self.server.process.returncode, -signal.SIGABRT)
                ended += 1
                self.server.restart()
                self.assertTrue(self.attempt(operation), f"{operation.__name__} after point {point}")
        raise AssertionError(f"{operation.__name__} does not end")
