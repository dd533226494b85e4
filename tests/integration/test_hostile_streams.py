"""A server that answers with frames that can't be, or without end: what the client holds of them is bounded."""

import hashlib
import select
import socket
import struct
import subprocess
import threading
import unittest

from client import Client
from harness import KIB, MIB, SANITIZED, DriveTest
from hostile_server import FILE, NOT_FOUND, HostileServer, entry
from process_status import status_of
from protobuf import encode
from waiting import DEADLINE
from wire import HEADER
from wire_messages import MESSAGES

BLOCK = 256 * KIB
FRAMES = 1_500_000  # of one byte at most each: above 60 MiB in memory
LIMIT = 48 * MIB
DATA, END = MESSAGES["Data"][0], MESSAGES["End"][0]


def data(stream, offset, content=b""):
    return HEADER.pack(8 + len(content), DATA, 0, 0, stream) + struct.pack(">Q", offset) + content


class FloodingServer(HostileServer):
    """Sends, of a file, its beginning, then what `flood` makes of the stream's id, then the rest and End."""

    def __init__(self, path, content, flood, flooded=0):
        """`flooded` bytes of the content are in the flood."""
        super().__init__(path, [], content)
        self.stands, self.flood, self.flooded = entry(b"x", FILE, content), flood, flooded
        self.enough = threading.Event()  # the client takes no more, or has all of the flood

    def _open(self, wire, frame):
        content = self.content
        wire.send("FileInfo", frame.stream, size=len(content), version=1, offset=0,
                  sha256=hashlib.sha256(content).digest(), attributes={"mtime_ns": 1, "mode": 0o644})
        beginning = min(len(content), BLOCK)  # more than a pipe takes: writing it waits for the reader
        if beginning:
            wire.send("Data", frame.stream, offset=0, content=content[:beginning])
        self._send_flood(wire.socket, memoryview(self.flood(frame.stream)))
        for at in range(beginning + self.flooded, len(content), BLOCK):
            wire.send("Data", frame.stream, offset=at, content=content[at:at + BLOCK])
        wire.send("End", frame.stream)

    def _send_flood(self, connection, flood):
        while flood:
            # A client that is slow for as long as this is taken for one that takes no more: the test is weaker then.
            if not select.select([], [connection], [], 1)[1]:
                self.enough.set()
                select.select([], [connection], [], DEADLINE)
            flood = flood[connection.send(flood[:MIB], socket.MSG_DONTWAIT):]
        self.enough.set()


class Floods(DriveTest):
    def get(self, content, flood, flooded=0):
        """Gets the file, while nobody reads it; the most memory in use by then, and the result."""
        server = FloodingServer(self.path("socket"), content, flood, flooded)
        self.addCleanup(server.close)
        client = Client(self.path("client"), server=server.address)
        process = client.start("get", "x", "-o", "-", stdout=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.assertTrue(server.enough.wait(DEADLINE))
        peak = max(int(each.split()[0]) * KIB for each in status_of(process.pid, "VmHWM"))
        out, err = process.communicate(timeout=DEADLINE)
        return peak, process.returncode, out, err.decode()

    def assert_little(self, peak):
        if not SANITIZED:  # a sanitizer's own memory is not the program's
            self.assertLess(peak, LIMIT)

    def test_ends_without_end_break_the_protocol_and_take_no_memory(self):
        def ends(stream):
            return HEADER.pack(0, END, 0, 0, stream) * FRAMES

        peak, code, _, err = self.get(bytes(3 * MIB), ends)
        self.assert_little(peak)
        self.assertEqual(code, 1, err)

    def test_frames_without_content_break_the_protocol_and_take_no_memory(self):
        peak, code, _, err = self.get(bytes(3 * MIB), lambda stream: data(stream, BLOCK) * FRAMES)
        self.assert_little(peak)
        self.assertEqual(code, 1, err)
        self.assertIn("without content", err)

    def test_content_of_one_byte_a_frame_is_taken_and_waits_at_the_server(self):
        content = bytes(BLOCK + FRAMES)

        def bytewise(stream):
            return b"".join(data(stream, BLOCK + at, b"\0") for at in range(FRAMES))

        peak, code, out, err = self.get(content, bytewise, FRAMES)
        self.assert_little(peak)
        self.assertEqual(code, 0, err)
        self.assert_content(out, content)


class RepeatingServer(HostileServer):
    """Says twice what is said once."""

    sessions = 0

    def _locallogin(self, wire, frame):
        self.sessions += 1
        super()._locallogin(wire, frame)

    def _stat(self, wire, frame):
        number, schema = MESSAGES["StatInfo"]
        payload = encode(schema, {"entry": {**entry(b"x"), "path": frame["path"]}})
        wire.socket.sendall(2 * (HEADER.pack(len(payload), number, 0, 0, frame.stream) + payload))


class Answers(DriveTest):
    def serve(self, server):
        self.addCleanup(server.close)
        return Client(self.path("client"), server=server.address)

    def test_a_frame_after_the_last_one_of_a_stream_ends_the_session(self):
        server = RepeatingServer(self.path("socket"), [])
        self.serve(server).do("get", "x", "-o", self.path("out"))
        self.assertEqual(server.sessions, 2)  # what was answered before stands, and the rest is asked for anew

    def test_an_empty_file_that_comes_like_a_large_one_is_no_file(self):
        server = FloodingServer(self.path("socket"), b"", lambda stream: b"")
        client = self.serve(server)
        self.assert_fails(client.run("get", "x", "-o", self.path("out")), 1, "server")

    def test_a_small_file_that_comes_like_a_large_one_is_no_file(self):
        server = FloodingServer(self.path("socket"), b"small", lambda stream: b"")
        client = self.serve(server)
        self.assert_fails(client.run("get", "x", "-o", self.path("out")), 1, "server")

    def test_control_characters_of_two_bytes_do_not_reach_the_terminal(self):
        server = HostileServer(self.path("socket"), [])
        server.ending = {"code": NOT_FOUND, "message": "gone \u009b2J\u009d0;title\u009c \u00fcber"}
        result = self.serve(server).run("list")
        self.assert_fails(result, 3, "gone \\xC2\\x9B2J", "über")
        self.assertNotIn("\u009b", result.err)


if __name__ == "__main__":
    unittest.main()
