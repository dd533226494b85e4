"""A server that may have few descriptors: one user's downloads and uploads don't take those that others need, and who
asks for many files gets all of them."""

import os
import unittest

from faults import SYNC, Faults, FaultsTest
from harness import KIB, MIB, SANITIZED, DriveTest
from users_test import UsersTest
from waiting import wait_until
from wire_test import BUSY, WireTest, sha256

DESCRIPTORS = 256
USUAL_DESCRIPTORS = 1024
OF_ONE_USER = 16  # files that are open for it: server/door_limits.hpp
SESSIONS, STREAMS = 20, 100
BURST = 800  # of small files, at once


def few_descriptors(count):
    return ["prlimit", f"--nofile={count}:{count}"]


@unittest.skipIf(SANITIZED, "a sanitizer needs descriptors itself: it looks at memory through pipes")
class OpenFiles(UsersTest):
    def start_server(self, *options, name="data", **more):
        return super().start_server(*options, name=name, wrap=few_descriptors(DESCRIPTORS), **more)

    def descriptors(self, folder=""):
        """How many the server has open; those of files in this folder of its data."""
        own = f"/proc/{self.server.process.pid}/fd"
        count = 0
        for number in os.listdir(own):
            try:
                count += os.path.join(self.server.data, folder) in os.readlink(os.path.join(own, number))
            except FileNotFoundError:
                pass  # closed since
        return count

    def wait_until_nothing_more_is_opened(self):
        seen = [-1]

        def is_still():
            before, seen[0] = seen[0], self.descriptors()
            return before == seen[0]
        wait_until(is_still, "the server to have opened what it opens", pause=1.0)

    def put_large(self, wire, path, content):
        stream = self.offer_as(wire, path, len(content))
        wire.receive("Send")
        for offset in range(0, len(content), 256 * KIB):
            wire.send("Data", stream, content=content[offset:offset + 256 * KIB], offset=offset)
        wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        wire.receive("Committed")

    def assert_ben_is_served(self):
        wire = self.session(self.bens)
        self.assertEqual(self.put_as(wire, b"b", b"ben's").name, "Committed")
        content = os.urandom(MIB)
        self.put_large(wire, b"large", content)
        stream = wire.stream()
        wire.send("Open", stream, path=b"b")
        self.assertEqual(wire.receive("SmallFile").content, b"ben's")
        wire.send("Open", wire.stream(), path=b"large")
        wire.receive("FileInfo")
        came = b""
        while (frame := wire.receive("Data", "End")).name == "Data":
            came += frame.content
        self.assertEqual(sha256(came), sha256(content))

    def test_a_user_that_opens_all_the_downloads_it_may_leaves_the_others_theirs(self):
        self.put_large(self.anna, b"large", os.urandom(MIB))
        for _ in range(SESSIONS):
            wire = self.session(self.annas)
            for _ in range(STREAMS):
                wire.send("Open", wire.stream(), path=b"large")
        self.wait_until_nothing_more_is_opened()
        self.assert_ben_is_served()
        self.assertLessEqual(self.descriptors("objects/"), OF_ONE_USER + 1)

    def test_a_user_that_begins_many_uploads_is_told_to_wait_and_the_others_begin_theirs(self):
        for number in range(OF_ONE_USER):
            self.offer_as(self.anna, b"%d" % number, 1)
            self.anna.receive("Send")
        stream = self.offer_as(self.anna, b"more", 1)
        error = self.anna.receive("Error")
        self.assertEqual((error.stream, error["code"], error["retryable"]), (stream, BUSY, True), error)
        self.assert_ben_is_served()
        self.anna.send("Cancel", 1)
        self.assertEqual(self.anna.receive("Error").stream, 1)
        self.offer_as(self.anna, b"more", 1)
        self.anna.receive("Send")

    def test_what_waits_for_its_turn_is_sent_in_the_end(self):
        content = os.urandom(200 * KIB)
        self.put_large(self.anna, b"large", content)
        streams = {self.anna.stream(): b"" for _ in range(STREAMS)}
        for stream in streams:
            self.anna.send("Open", stream, path=b"large")
        ended = 0
        while ended < len(streams):
            frame = self.anna.receive("FileInfo", "Data", "End")
            streams[frame.stream] += frame.content
            ended += frame.name == "End"
        self.assertEqual(set(streams.values()), {content})


@unittest.skipIf(SANITIZED, "a sanitizer needs descriptors itself: it looks at memory through pipes")
class ManyFiles(DriveTest):
    def test_a_client_gets_and_puts_many_files_side_by_side(self):
        server = self.start_server(wrap=few_descriptors(USUAL_DESCRIPTORS))
        client = self.local_client(server)
        for number in range(2000):
            self.write(f"many/{number}", os.urandom(100))
        for number in range(200):
            self.write(f"many/large/{number}", os.urandom(80 * KIB))
        client.do("put", "-r", self.path("many"))
        os.mkdir(self.path("back"))
        client.do("get", "-r", "many", "-t", self.path("back"))
        for folder, _, names in os.walk(self.path("many")):
            for name in names:
                there = os.path.relpath(os.path.join(folder, name), self.path("many"))
                self.assert_same_content(self.path("many", there), self.path("back", "many", there))


class BurstOfSmallFiles(FaultsTest):
    def start_server(self, *options, **more):
        self.faults = Faults(self.path("faults"))
        wrap = self.faults.wrap + few_descriptors(DESCRIPTORS)
        return WireTest.start_server(self, *options, wrap=wrap, **more)

    def test_a_burst_of_small_files_waits_for_the_disk_and_all_of_it_is_stored(self):
        self.faults.fail(SYNC, "objects", times=1, slow_ms=2000)
        for number in range(BURST):
            self.put_small(b"%d" % number, b"content %d" % number)
        for _ in range(BURST):
            self.wire.receive("Committed")


if __name__ == "__main__":
    unittest.main()
