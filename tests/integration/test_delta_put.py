"""put over an older version: what the drive has is not sent, and what comes is right."""

import os
import random
import select
import signal
import unittest

from client import Client
from delta_test import CONTENTS, FEW, FRESH, LARGE, LARGE_CONTENTS, LARGE_FEW, OLD, SIZE, DeltaTest, edited
from harness import KIB, MIB, DriveTest, wait_until
from hostile_server import HostileServer, entry
from wire_test import NO_SPACE


def bytes_read():
    """By this process and those of its children that it has waited for."""
    with open("/proc/self/io", encoding="ascii") as counters:
        return int(next(line for line in counters if line.startswith("rchar:")).split()[1])


class Put(DeltaTest):
    def test_what_an_older_version_has_is_not_sent_again(self):
        for name, (content, fresh) in CONTENTS.items():
            with self.subTest(name):
                self.store(OLD)
                result, sent = self.put(content)
                self.assert_held(content)
                self.assertLess(sent, fresh + FEW)
                self.assertNotIn("of no use", result.err)
                self.other.do("rm", "file")

    def test_of_a_large_file_what_stays_where_it_was_from_either_end_is_not_sent_again(self):
        for name, (content, fresh) in LARGE_CONTENTS.items():
            with self.subTest(name):
                self.store(LARGE)
                result, sent = self.put(content)
                self.assert_held(content)
                self.assertLess(sent, fresh + LARGE_FEW)
                self.assertNotIn("of no use", result.err)
                self.other.do("rm", "file")

    def test_zeros_that_the_older_version_has_elsewhere_are_not_sent(self):
        old = LARGE[:9 * MIB] + bytes(2 * MIB) + LARGE[9 * MIB:]
        self.store(old)
        content = old[:3 * MIB] + bytes(4 * MIB) + old[7 * MIB:] + bytes(5 * MIB)
        _, sent = self.put(content)
        self.assert_held(content)
        self.assertLess(sent, LARGE_FEW)

    def test_blocks_that_are_where_they_were_make_the_list_of_chunks_short(self):
        for name in ("edits where they are", "an insertion near the front", "an append", "a truncation",
                     "a removal, and an edit behind it"):
            with self.subTest(name):
                self.store(LARGE)
                before = self.proxy.down
                self.put(LARGE_CONTENTS[name][0])
                self.assertLess(self.proxy.down - before, 20 * KIB)  # 12 bytes a chunk: 24 KB for all of it
                self.other.do("rm", "file")

    def test_a_version_that_is_many_times_larger_is_not_read(self):
        self.store(OLD * 17)
        before = self.proxy.down
        self.put(OLD[:MIB])
        self.assert_held(OLD[:MIB])
        self.assertLess(self.proxy.down - before, 8 * KIB)

    def test_more_places_than_one_request_may_name_are_compared_all_at_once(self):
        old = LARGE * 14
        self.store(old)
        content = bytearray(old)
        for place in range(0, len(old), 128 * KIB):
            content[place] ^= 1
        _, sent = self.put(bytes(content))
        self.assert_held(bytes(content))
        self.assertLess(sent, len(old) / 4)

    def test_a_new_file_of_a_size_that_is_held_is_read_once(self):
        self.store(OLD)
        for place, is_read_once in ((5, True), (SIZE // 2, True), (SIZE - 5, True), (MIB, False)):
            with self.subTest(place):
                self.write("here/new", edited(OLD, [place]))
                before = bytes_read()
                self.client.do("put", self.path("here", "new"))
                self.assertEqual(bytes_read() - before < SIZE * 3 // 2, is_read_once)
                self.assert_content(self.other.do("cat", "new").raw, edited(OLD, [place]))
                self.other.do("rm", "new")

    def test_whole_file_sends_all(self):
        self.store(OLD)
        for option in ("-W", "--whole-file"):
            content = OLD + os.urandom(10)
            _, sent = self.put(content, option)
            self.assert_held(content)
            self.assertGreater(sent, SIZE)

    def test_a_file_that_was_only_touched_is_not_sent(self):
        self.store(OLD)
        result, sent = self.put(OLD, "--json")
        self.assertLess(sent, 64 * KIB)
        row, = [row for row in result.objects() if row["type"] == "file"]
        self.assertTrue(row["instant"] or row["unchanged"], row)
        self.assert_held(OLD)

    def test_content_that_stood_there_before_the_newest_is_not_sent(self):
        self.store(OLD)
        self.store(FRESH)
        _, sent = self.put(OLD)
        self.assertLess(sent, 64 * KIB)
        self.assert_held(OLD)

    def test_below_a_mebibyte_all_is_sent_and_from_there_on_what_is_new(self):
        for size, is_planned in ((MIB - 1, False), (MIB, True), (MIB + 1, True)):
            with self.subTest(size):
                self.store(OLD[:size])
                _, sent = self.put(edited(OLD[:size], [5]))
                self.assert_held(edited(OLD[:size], [5]))
                self.assertEqual(sent < FEW, is_planned, sent)
                self.other.do("rm", "file")

    def test_an_older_version_below_a_mebibyte_is_not_asked_for(self):
        self.store(OLD[:MIB - 1])
        _, sent = self.put(OLD)
        self.assert_held(OLD)
        self.assertGreater(sent, SIZE)

    def test_a_dry_run_sends_nothing_and_says_what_it_says_of_every_file(self):
        self.store(OLD)
        result, sent = self.put(OLD + b"!", "--dry-run")
        self.assertEqual(result.out, "replace file\n")
        self.assertLess(sent, 64 * KIB)
        self.assert_held(OLD)

    def test_what_is_said_as_json_is_the_same_with_all_of_it_sent(self):
        rows = []
        for number, options in enumerate(((), ("-W",))):
            self.store(OLD + b"%d" % number)
            found = self.put(OLD + b"!!%d" % number, "--json", *options)[0].objects()
            rows.append([{name: value for name, value in row.items() if isinstance(value, bool) or name == "size"}
                         | {"names": sorted(row)} for row in found])
        self.assertEqual(*rows)

    def test_many_files_of_a_folder_at_once(self):
        contents = [random.Random(number).randbytes(2 * MIB) for number in range(12)]
        for number, content in enumerate(contents):
            self.write(f"folder/{number}", content, mtime_ns=10**9)
        self.other.do("put", "-r", self.path("folder"))
        for number, content in enumerate(contents):
            self.write(f"folder/{number}", edited(content, [MIB]), mtime_ns=2 * 10**9)
        before = self.proxy.up
        self.client.do("put", "-r", self.path("folder"))
        self.assertLess(self.proxy.up - before, 12 * 200 * KIB)
        self.assertEqual(self.other.do("verify", self.path("folder")).code, 0)

    def test_a_cut_in_the_middle_goes_on_by_itself(self):
        self.store(OLD)
        content = OLD[:MIB] + FRESH[:2 * MIB] + edited(OLD[MIB:], [MIB])
        for count in (20 * KIB, 500 * KIB, 2 * MIB):
            with self.subTest(count):
                connections = self.proxy.connections
                self.proxy.cut_at("up", count)
                _, sent = self.put(content)
                self.assertGreater(self.proxy.connections, connections + 1)
                self.assert_held(content)
                self.assertLess(sent, 2 * (2 * MIB + FEW))
                self.store(OLD)
                content = content[:-1] + b"%d" % count

    def test_the_same_command_goes_on_after_a_killed_client(self):
        self.store(OLD)
        content = OLD[:MIB] + FRESH + OLD[MIB:]
        self.write_file(content)
        upload = self.start_and_hold(self.client, self.proxy, "up", 3 * MIB, "put", self.file)
        wait_until(lambda: self.staged_bytes() >= 3 * MIB, "the server to have taken what came")
        upload.send_signal(signal.SIGKILL)
        upload.communicate()
        self.proxy.cut()
        self.proxy.release()
        before = self.proxy.up
        self.client.do("put", self.file)
        self.assert_held(content)
        self.assertLess(self.proxy.up - before, 3 * MIB)

    def staged_bytes(self):
        staging = os.path.join(self.server.data, "staging")
        return sum(os.path.getsize(os.path.join(staging, name)) for name in os.listdir(staging))

    def hold_in_fresh_bytes(self, fresh=FRESH[:2 * MIB]):
        """An upload stands in the midst of what is new; what it takes from the older version is to come."""
        content = fresh + OLD
        self.write_file(content)
        return content, self.start_and_hold(self.client, self.proxy, "up", MIB, "put", self.file)

    def test_an_older_version_that_rots_meanwhile_is_noticed_and_all_is_sent(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        self.rot(self.object_of(OLD), 3 * MIB)
        self.assertIn("the older version is of no use", self.release(upload))
        self.assert_held(content)

    def test_an_older_version_that_is_gone_meanwhile_is_done_without(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        self.other.do("rm", "file")
        self.other.do("trash", "empty")
        self.assertIn("the older version is of no use", self.release(upload))
        self.assert_held(content)

    def test_an_older_version_that_is_cut_short_meanwhile_is_done_without(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        os.truncate(self.object_of(OLD), 2 * MIB)
        self.assertIn("the older version is of no use", self.release(upload))
        self.assert_held(content)

    def test_an_older_version_that_had_rotted_before_gives_what_is_right_of_it(self):
        self.store(OLD)
        self.rot(self.object_of(OLD), 3 * MIB)
        content = edited(OLD, [10])
        _, sent = self.put(content)
        self.assert_held(content)
        self.assertLess(sent, FEW)

    def test_an_older_version_that_can_not_be_read_is_done_without(self):
        self.store(OLD)
        os.truncate(self.object_of(OLD), 2 * MIB)
        content = edited(OLD, [10])
        _, sent = self.put(content)
        self.assert_held(content)
        self.assertGreater(sent, SIZE)

    def test_a_file_that_changes_meanwhile_is_sent_anew(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes(FRESH * 8)  # more than lies in sockets on the way
        changed = edited(content, [len(content) - 100])
        with open(self.file, "r+b") as file:
            file.write(changed)
        self.release(upload)
        self.assert_held(changed)

    def test_two_that_replace_one_file_at_once_are_both_kept(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        theirs = edited(OLD, [MIB])
        self.store(theirs)
        self.release(upload)
        self.assert_held(content)
        versions = [row["version"] for row in self.other.do("versions", "--json", "file").objects()
                    if row["type"] == "version"]
        self.other.do("restore", "file", "--version", str(versions[1]))
        self.assert_held(theirs)


class SlowCopier(HostileServer):
    """A version of zeros stands at every path. Tells how far its copying is when nothing more comes."""

    BLOCK, HASH = 64 * KIB, 0x33B202D302B65CAA  # XXH3 of as many zeros

    def __init__(self, path, size):
        super().__init__(path, [])
        self.size, self.stream, self.end, self.told, self.leads = size, 0, 0, 0, []

    def _stat(self, wire, frame):
        wire.send("StatInfo", frame.stream, entry={**entry(frame["path"]), "size": self.size})

    def _offer(self, wire, frame):
        wire.send("Send", frame.stream, upload_id=bytes(16))

    def _getchunks(self, wire, frame):
        wire.send("FileInfo", frame.stream, size=self.size, version=1)
        for _ in range(self.size // self.BLOCK // 4096):
            wire.send("ChunksPage", frame.stream, hashes=[self.HASH] * 4096, lengths=[self.BLOCK] * 4096)
        wire.send("End", frame.stream)

    def _copyrange(self, wire, frame):
        self.stream, self.end = frame.stream, frame["offset"] + frame["length"]
        self.leads.append(self.end - self.told)
        if not wire.received and not select.select([wire.socket], [], [], 0.3)[0]:
            self._tell(wire)

    def _ping(self, wire, _):
        wire.send("Pong", 0)
        self._tell(wire)

    def _tell(self, wire):
        if self.told < self.end:
            self.told = self.end
            wire.send("Progress", self.stream, received=self.end)

    def _commit(self, wire, frame):
        wire.send("Committed", frame.stream, version=2, size=frame["size"], sha256=frame["sha256"])


class Pace(DriveTest):
    def test_ranges_are_sent_no_further_ahead_than_the_server_copies(self):
        server = SlowCopier(self.path("socket"), 512 * MIB)
        self.addCleanup(server.close)
        file = self.write("file", b"")
        os.truncate(file, server.size)
        Client(self.path("home"), server=server.address).do("put", file)
        self.assertGreaterEqual(len(server.leads), 8)
        self.assertLessEqual(max(server.leads), 192 * MIB)


class ServerOfGiants(HostileServer):
    """What stands at every path is larger than any disk. Takes the beginning of an upload; says what it was asked."""

    def __init__(self, path):
        super().__init__(path, [])
        self.asked = []

    def _stat(self, wire, frame):
        self.asked.append("Stat")
        wire.send("StatInfo", frame.stream, entry={**entry(frame["path"]), "size": 2**62})

    def _getchunks(self, wire, frame):
        self.asked.append("GetChunks")
        wire.send("Error", frame.stream, code=NO_SPACE, message="planned")

    def _offer(self, wire, frame):
        self.asked.append("Offer")
        wire.send("Send", frame.stream, upload_id=bytes(16))
        wire.send("Error", frame.stream, code=NO_SPACE, message="full")


class Giants(DriveTest):
    def test_what_no_disk_holds_is_not_compared_with(self):
        server = ServerOfGiants(self.path("socket"))
        self.addCleanup(server.close)
        client = Client(self.path("home"), server=server.address)
        result = client.run("put", self.write("file", OLD))
        self.assert_fails(result, 9, "full")
        self.assertIn("Offer", server.asked)
        self.assertNotIn("GetChunks", server.asked)


if __name__ == "__main__":
    unittest.main()
