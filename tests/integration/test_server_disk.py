"""A server whose disk is full, or that has no descriptors left: it serves what it can, says what it can't, and recovers
when there is room again."""

import os
import resource
import socket
import subprocess
import unittest

from client import Client
from harness import KIB, MIB, SANITIZED, DriveTest
from test_bounds import can_mount, small_disk
from waiting import wait_until
from wire_test import WireTest, sha256

NO_SPACE, NETWORK = 9, 10
BUSY = 8
DISK_MIB = 40


@unittest.skipUnless(can_mount(), "needs root, for a small file system")
class FullDisk(DriveTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("data"))
        self.server = self.start_server(wrap=small_disk(self.path("data"), DISK_MIB))
        self.client = Client(self.path("client"))
        self.client.do("login", self.server.invite)

    def on_its_disk(self, name):
        """The disk is out of sight from here, save through the process that has it."""
        return f"/proc/{self.server.process.pid}/root{self.path('data', name)}"

    def fill(self):
        """To the last byte, as another program would."""
        with open(self.on_its_disk("filler"), "wb", buffering=0) as filler:
            with self.assertRaises(OSError):
                while True:
                    filler.write(bytes(4 * KIB))

    def fill_by_uploads(self):
        for number in range(DISK_MIB * 20):
            self.write(f"many/{number}", os.urandom(60 * KIB))
        self.assert_fails(self.client.run("put", "-r", self.path("many")), NO_SPACE, "full")

    def test_a_drive_that_was_filled_by_its_clients_can_be_emptied_by_them(self):
        self.fill_by_uploads()
        stored = len(self.client.do("list", "many").lines())
        self.assertGreater(stored, 0)
        self.client.do("rm", "-r", "many")
        self.client.do("trash", "empty")
        wait_until(lambda: self.client.run("put", self.write("after", os.urandom(60 * KIB))).code == 0,
                   "the collector to make room")
        self.assertEqual(self.client.do("list").lines(), ["after"])

    def free_bytes(self):
        disk = os.statvfs(self.on_its_disk("objects"))
        return disk.f_bavail * disk.f_bsize

    def test_a_restore_that_its_disk_has_no_room_for_takes_none_of_what_there_is(self):
        for number in range(1000):
            self.write(f"many/0/{number}", b"same")
        self.client.do("put", "-r", self.path("many"))
        for number in range(1, 12):
            self.client.do("cp", "-r", "many/0", f"many/{number}")
        far = "/".join(["e" * 250] * 15)
        self.client.do("mkdir", "-p", far)
        self.client.do("mv", "many", far)
        self.client.do("rm", "-r", f"{far}/many")
        before = self.free_bytes()
        self.assert_fails(self.client.run("restore", f"{far}/many"), NO_SPACE, "no room")
        self.assertGreater(self.free_bytes(), before - MIB)
        self.client.do("put", self.write("after", os.urandom(60 * KIB)))
        self.assertIn("after", self.client.do("list").lines())

    def test_a_disk_that_others_filled_is_read_and_taken_up_again_when_there_is_room(self):
        large = self.write_large("large", 4 * MIB)
        self.client.do("put", self.write("small", b"kept"), large)
        self.fill()
        self.assert_fails(self.client.run("put", self.write("more", b"more")), NO_SPACE, "space")
        self.assert_fails(self.client.run("put", self.write_large("huge", 5 * MIB)), NO_SPACE, "huge")
        self.assertEqual(self.client.do("list").lines(), ["large", "small"])
        self.assertEqual(self.client.do("cat", "small").raw, b"kept")
        self.client.do("get", "large", "-o", self.path("back"))
        self.assert_same_content(large, self.path("back"))
        os.unlink(self.on_its_disk("filler"))
        self.client.do("put", self.path("more"), self.path("huge"))
        self.assertEqual(self.client.do("list").lines(), ["huge", "large", "more", "small"])


@unittest.skipIf(SANITIZED, "a sanitizer needs descriptors itself: it looks at memory through pipes")
class NoDescriptors(WireTest):
    def first_free(self):
        """The lowest number without a descriptor: the limit is one of numbers, and there may be holes."""
        used = {int(number) for number in os.listdir(f"/proc/{self.server.process.pid}/fd")}
        return next(number for number in range(len(used) + 1) if number not in used)

    def await_collector(self):
        """Starts the server anew, with a file that no row knows: that it was removed is said when the first run of the
        collector has ended, and the next one is an hour away."""
        self.assertEqual(self.server.terminate(), 0, self.server.log()[-2000:])
        self.write(os.path.join(self.server.data, "objects", "00", "0" * 64 + ".1"), b"litter")
        self.server.restart()
        self.wire = self.connect()
        self.wire.log_in()
        wait_until(lambda: "litter=1" in self.server.log(), "the collector to rest")

    def allow(self, count):
        """From now on the server may have so many descriptors open."""
        subprocess.run(["prlimit", "--pid", str(self.server.process.pid), f"--nofile={count}:"], check=True)

    def test_who_is_connected_is_served_and_others_come_in_when_there_is_room(self):
        self.put(b"a", b"content")
        self.allow(self.first_free() + 3)
        self.addCleanup(self.allow, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        crowd = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(10)]
        wait_until(lambda: "accept paused" in self.server.log(), "the server to run out of descriptors")
        rows = self.rows("List", "ListPage", "entries", path=b"")
        self.assertEqual([row["path"] for row in rows], [b"a"])
        for connection in crowd:
            connection.close()
        wait_until(lambda: self.local_client(self.server).run("list").code == 0, "the server to take others in")

    def test_what_can_not_be_opened_is_said_and_works_later(self):
        # What the first run of the collector and the tree's thread have open, they close when they are done.
        self.await_collector()
        self.put(b"a", b"content")
        self.rows("List", "ListPage", "entries", path=b"")  # its connection to the catalog stays
        wait_until(lambda: os.path.exists(os.path.join(self.server.data, "tree", "owner", "a")), "the tree to follow")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.allow(self.first_free())
        self.addCleanup(self.allow, before)
        self.wire.send("Open", self.wire.stream(), path=b"a")
        error = self.wire.receive("Error")
        self.assertIn("open files", error["message"])
        self.assertTrue(error["retryable"], error)
        self.put_small(b"b", b"more")
        self.assertTrue(self.wire.receive("Error")["retryable"])
        self.assertEqual([row["path"] for row in self.rows("List", "ListPage", "entries", path=b"")], [b"a"])
        self.allow(before)
        self.assertEqual(self.open(b"a")[1], b"content")
        self.put(b"b", b"more")


if __name__ == "__main__":
    unittest.main()
