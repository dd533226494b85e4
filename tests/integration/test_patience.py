"""How long, and how often, a client asks again: of a server that cuts, and of one that has no room at the moment."""

import time
import unittest

from client import Client
from harness import MIB, DriveTest
from hostile_server import HostileServer
from waiting import DEADLINE, wait_until

BUSY = 17


class SlowServer(HostileServer):
    """Cuts the first session that asks at once, the second after it worked for longer than the patience."""

    def __init__(self, path, patience):
        super().__init__(path, [])
        self.patience, self.asked = patience, 0

    def _makefolder(self, wire, frame):
        self.asked += 1
        if self.asked == 2:
            end = time.monotonic() + self.patience * 1.2
            wait_until(lambda: time.monotonic() > end, "the patience to have passed")
        if self.asked <= 2:
            raise EOFError
        wire.send("Done", frame.stream)


class BusyServer(HostileServer):
    asked = 0

    def _makefolder(self, wire, frame):
        self.asked += 1
        wire.send("Error", frame.stream, code=BUSY, message="no room at the moment", retryable=True)


class CuttingServer(HostileServer):
    """Cuts each session after the first page of what is asked."""

    def _listuploads(self, wire, frame):
        wire.send("UploadsPage", frame.stream)
        raise EOFError

    def _list(self, wire, frame):
        wire.send("ListPage", frame.stream)
        raise EOFError


class Patience(DriveTest):
    def make_folder(self, server, patience):
        self.addCleanup(server.close)
        client = Client(self.path("client"), server=server.address)
        client.environment["NDISK_RETRY_SECONDS"] = str(patience)
        return client.run("mkdir", "folder")

    def test_a_request_that_takes_longer_than_the_patience_outlives_a_second_cut(self):
        done = self.make_folder(SlowServer(self.path("socket"), 1), 1)
        self.assertEqual(done.code, 0, done.err)

    def test_pages_that_come_again_and_again_are_no_progress(self):
        server = CuttingServer(self.path("socket"), [])
        self.addCleanup(server.close)
        client = Client(self.path("client"), server=server.address)
        client.environment["NDISK_RETRY_SECONDS"] = "1"
        for command in (["uploads"], ["list"]):
            done = client.run(*command)
            self.assertEqual(done.code, 10, (command, done.err))

    def test_a_busy_server_is_asked_less_and_less_often(self):
        server = BusyServer(self.path("socket"), [])
        done = self.make_folder(server, 4)
        self.assertEqual(done.code, 10, done.err)
        self.assertLess(server.asked, 15)  # pauses that don't grow: some fifty

    def test_another_server_at_one_address_cuts_no_wait_for_the_right_one_short(self):
        server, other = self.start_server(), self.start_server(name="other")
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=f"{other.address},{proxy.address}")
        content = self.write_large("content", 4 * MIB)
        upload = self.start_and_hold(client, proxy, "up", MIB, "put", content)
        self.addCleanup(upload.kill)
        server.kill()
        proxy.cut()
        proxy.release()
        # With the second, a first has failed everywhere.
        wait_until(lambda: len(proxy.unreached) >= 2 or upload.poll() is not None, "the client to try again")
        server.restart()
        _, errors = upload.communicate(timeout=DEADLINE)
        self.assertEqual(upload.returncode, 0, errors)


if __name__ == "__main__":
    unittest.main()
