"""`producer | ndisk put -` over a line that is cut again and again, while the producer pauses and while it does not."""

import hashlib
import subprocess
import threading
import time
import unittest

from client import Client
from harness import KIB, DriveTest
from hostile_server import FILE, HostileServer, entry
from waiting import DEADLINE, wait_until

PATIENCE = 1
CUTS = 3


def let_the_patience_pass():
    """And a session that is there after a cut to have served for as long."""
    end = time.monotonic() + PATIENCE * 3
    wait_until(lambda: time.monotonic() > end, "the patience to have passed")


class Pipeline:
    """A running `put -` that is fed by hand, and ends with the test."""

    def __init__(self, test, client, patience=PATIENCE):
        client.environment["NDISK_RETRY_SECONDS"] = str(patience)
        self.process = client.start("put", "-", "--name", "x", stdin=subprocess.PIPE)
        test.addCleanup(self.end)
        self.written = b""

    def end(self):
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass
        self.process.wait()

    def feed(self, size):
        block = len(self.written).to_bytes(8, "big") * (size // 8)
        self.process.stdin.write(block)
        self.process.stdin.flush()
        self.written += block

    def finish(self):
        _, errors = self.process.communicate(timeout=DEADLINE * 2)
        return self.process.returncode, errors.decode()


class Cuts(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.proxy = self.start_proxy(self.server)
        self.pipeline = Pipeline(self, self.enrol(self.server, at=self.proxy.address))

    def cut_and_see_it_come_back(self):
        resumed = self.server.log().count("upload resumed")
        self.proxy.cut()
        wait_until(lambda: self.server.log().count("upload resumed") > resumed or self.process_ended(),
                   "the upload to be resumed")

    def process_ended(self):
        return self.pipeline.process.poll() is not None

    def feed_a_block(self):
        """The server has all of it but what does not fill a block."""
        before = self.proxy.up
        self.pipeline.feed(300 * KIB)
        wait_until(lambda: self.proxy.up - before >= 256 * KIB or self.process_ended(), "a block to be sent")

    def assert_stored(self):
        code, errors = self.pipeline.finish()
        self.assertEqual(code, 0, errors)
        back = self.local_client(self.server).do("get", "x", "-o", "-").raw
        self.assert_content(back, self.pipeline.written)

    def test_a_paused_pipeline_comes_back_after_a_cut_without_waiting_for_input(self):
        self.feed_a_block()
        self.cut_and_see_it_come_back()
        self.assert_stored()

    def test_a_paused_pipeline_outlives_any_number_of_cuts_while_the_server_can_be_reached(self):
        self.feed_a_block()
        for _ in range(CUTS):
            self.cut_and_see_it_come_back()
            let_the_patience_pass()
        self.assert_stored()

    def test_a_pipeline_with_input_between_the_cuts_outlives_any_number_of_them(self):
        for _ in range(CUTS):
            self.feed_a_block()
            self.proxy.cut()
            let_the_patience_pass()
        self.assert_stored()

    def test_a_paused_pipeline_waits_for_a_server_that_is_away_for_longer_than_the_patience(self):
        self.feed_a_block()
        self.cut_and_see_it_come_back()
        self.server.kill()
        self.proxy.cut()
        let_the_patience_pass()
        self.server.restart()
        self.assert_stored()


class CuttingServer(HostileServer):
    """Takes what comes first of an upload. Every session after that is cut as soon as it has said where to go on."""

    def __init__(self, path):
        super().__init__(path, [])
        self.stands, self.held = entry(b"x", FILE), b""
        self.cut = threading.Event()

    def _offer(self, wire, frame):
        if not self.held:
            return wire.send("Send", frame.stream, upload_id=bytes(16))
        wire.send("Resume", frame.stream, upload_id=bytes(16), offset=len(self.held),
                  sha256=hashlib.sha256(self.held).digest())
        raise EOFError

    def _data(self, _, frame):
        self.held += frame.content
        self.cut.set()
        raise EOFError

    def _cancelupload(self, wire, frame):
        wire.send("Done", frame.stream)


class AlwaysCut(DriveTest):
    def test_a_server_that_cuts_every_session_at_once_is_given_up_though_the_input_has_paused(self):
        server = CuttingServer(self.path("socket"))
        self.addCleanup(server.close)
        pipeline = Pipeline(self, Client(self.path("client"), server=server.address), patience=3)
        pipeline.feed(300 * KIB)
        self.assertTrue(server.cut.wait(DEADLINE))
        self.assertEqual(pipeline.process.wait(DEADLINE), 10)


if __name__ == "__main__":
    unittest.main()
