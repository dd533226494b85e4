"""Content by reference over the wire: uploads that take parts of versions, parts of a download."""

import glob
import os
import unittest

from chunks_test import ChunksTest, noise
from harness import KIB, MIB, SANITIZED
from test_users import UsersTest
from wire import HEADER, MESSAGES
from wire_test import CANCELLED, INTEGRITY, INVALID, NO_SPACE, NOT_FOUND, PROTOCOL, sha256

MOST_COPIED = 64 * MIB


class Copies(ChunksTest):
    def setUp(self):
        super().setUp()
        self.old = noise(MIB)
        self.version = self.upload(b"old", self.old)["version"]

    def test_content_is_put_together_of_data_and_of_versions(self):
        other = noise(300_000, 2)
        second = self.upload(b"other", other)["version"]
        fresh = noise(70_000, 3)
        content = self.old[500_000:800_000] + fresh + other + self.old + other[:1]
        stream = self.begin(b"new", len(content))
        self.copy(stream, 0, self.version, 500_000, 300_000)
        self.wire.send("Data", stream, offset=300_000, content=fresh)
        self.copy(stream, 370_000, second, 0, len(other))
        self.copy(stream, 670_000, self.version, 0, len(self.old))
        self.copy(stream, 670_000 + len(self.old), second, 0, 1)
        committed = self.commit(stream, content, "Committed")
        self.assertEqual((committed["size"], committed["sha256"]), (len(content), sha256(content)))
        self.assert_held(b"new", content)
        self.assertEqual(self.server.command("fsck", "--read-data").returncode, 0)

    def test_a_version_of_one_path_is_taken_for_another_version_of_it(self):
        content = self.old[:-1] + b"!"
        stream = self.begin(b"old", len(content))
        self.copy(stream, 0, self.version, 0, len(self.old) - 1)
        self.wire.send("Data", stream, offset=len(content) - 1, content=b"!")
        self.commit(stream, content, "Committed")
        self.assert_held(b"old", content)
        self.assert_content(self.open(b"old", version=self.version)[1], self.old)

    def test_versions_that_were_replaced_or_removed_still_give_their_content(self):
        self.upload(b"old", noise(500_000, 9))
        self.change("Remove", path=b"old")
        stream = self.begin(b"new", 1000)
        self.copy(stream, 0, self.version, 77, 1000)
        self.commit(stream, self.old[77:1077], "Committed")
        self.assert_held(b"new", self.old[77:1077])

    def test_what_can_not_be_copied_is_invalid_and_ends_the_upload(self):
        cases = {"another offset": (1, 0, 10), "nothing": (0, 0, 0), "behind the end": (0, MIB - 9, 10),
                 "far behind the end": (0, 2**63, 10), "all too long": (0, 1, 2**64 - 1),
                 "more than a range may have": (0, 0, MOST_COPIED + 1), "more than was offered": (0, 0, 2001)}
        for case, (offset, version_offset, length) in cases.items():
            with self.subTest(case):
                stream = self.begin(os.urandom(8).hex().encode(), 2000)
                self.copy(stream, offset, self.version, version_offset, length)
                self.assertEqual(self.assert_error(INVALID).stream, stream)

    def test_a_version_that_is_not_there_is_not_found(self):
        stream = self.begin(b"new", 10)
        self.copy(stream, 0, self.version + 1000, 0, 10)
        self.assert_error(NOT_FOUND)

    def test_a_range_of_the_greatest_length_is_copied(self):
        content = noise(MIB) * 65
        version = self.upload(b"large", content)["version"]
        stream = self.begin(b"new", MOST_COPIED)
        self.copy(stream, 0, version, MIB, MOST_COPIED)
        self.commit(stream, content[MIB:], "Committed")

    def test_what_came_before_an_error_stays_and_is_resumed(self):
        stream = self.begin(b"new", 700_000)
        self.copy(stream, 0, self.version, 0, 600_000)
        self.copy(stream, 600_000, self.version + 1000, 0, 100_000)
        self.assert_error(NOT_FOUND)
        stream = self.offer(b"new", 700_000)
        resume = self.wire.receive("Resume")
        self.assertEqual((resume["offset"], resume["sha256"]), (600_000, sha256(self.old[:600_000])))
        self.copy(stream, 600_000, self.version, 600_000, 100_000)
        self.commit(stream, self.old[:700_000], "Committed")
        self.assert_held(b"new", self.old[:700_000])

    def test_another_digest_than_that_of_the_content_is_integrity(self):
        stream = self.begin(b"new", 1000)
        self.copy(stream, 0, self.version, 0, 1000)
        self.assertEqual(self.commit(stream, self.old[1:1001], "Error")["code"], INTEGRITY)
        self.refused("Stat", NOT_FOUND, path=b"new")

    def test_fewer_bytes_than_were_offered_are_kept_and_not_committed(self):
        stream = self.begin(b"new", 2000)
        self.copy(stream, 0, self.version, 0, 1000)
        self.assertEqual(self.commit(stream, self.old[:2000], "Error")["code"], INVALID)
        self.offer(b"new", 2000)
        self.assertEqual(self.wire.receive("Resume")["offset"], 1000)

    def test_who_cancels_in_the_middle_of_copies_is_told_so_when_the_upload_rests(self):
        content = self.old * 60
        version = self.upload(b"large", content)["version"]
        stream = self.begin(b"new", 3 * len(content) + 1)
        self.wire.send("Data", stream, offset=0, content=b"!")
        for number in range(3):
            self.copy(stream, number * len(content) + 1, version, 0, len(content))
        self.wire.send("Cancel", stream)
        self.assertEqual(self.assert_error(CANCELLED).stream, stream)
        upload, = self.rows("ListUploads", "UploadsPage", "uploads")
        self.assertFalse(upload["active"], upload)

    @unittest.skipIf(SANITIZED, "a sanitizer's own memory is not the program's")
    def test_frames_without_content_that_queue_up_behind_copies_take_bounded_memory(self):
        large = self.old * 64
        version = self.upload(b"large", large)["version"]
        stream = self.begin(b"new", 4 * len(large))
        for number in range(4):
            self.copy(stream, number * len(large), version, 0, len(large))
        self.wire.socket.sendall(HEADER.pack(0, MESSAGES["CopyRange"][0], 0, 0, stream) * 2_000_000)
        self.assert_error(NOT_FOUND)
        self.assertLess(self.server.peak_memory(), 64 * MIB)

    def test_content_that_is_cut_short_on_the_disk_is_integrity_and_ends_the_upload(self):
        path, = glob.glob(os.path.join(self.server.data, "objects", "*", sha256(self.old).hex() + ".*"))
        os.truncate(path, MIB - 1)
        stream = self.begin(b"new", MIB)
        self.copy(stream, 0, self.version, 0, MIB)
        self.assert_error(INTEGRITY)

    def test_a_client_that_copies_outside_of_an_upload_ends_its_session(self):
        def on_a_fresh_stream():
            self.copy(self.wire.stream(), 0, self.version, 0, 10)

        def while_a_file_is_read():
            stream = self.wire.stream()
            self.wire.send("Verify", stream, path=b"large")
            self.copy(stream, 0, self.version, 0, 10)

        def on_the_sessions_own_stream():
            self.copy(0, 0, self.version, 0, 10)

        def without_a_message():
            self.wire.send_raw(3, 0x27, self.begin(b"new", 10), b"\xff\xff\xff")

        self.upload(b"large", self.old * 40)
        for breach in (on_a_fresh_stream, while_a_file_is_read, on_the_sessions_own_stream, without_a_message):
            with self.subTest(breach.__name__):
                breach()
                errors = [frame for frame in self.wire.until_end() if frame.name == "Error" and frame.stream == 0]
                self.assertEqual([error["code"] for error in errors], [PROTOCOL])
                self.wire = self.connect()
                self.wire.log_in()


class OfUsers(UsersTest, ChunksTest):
    def test_a_version_of_another_user_is_not_there(self):
        content = noise(300_000)
        version = self.upload(b"a", content, wire=self.anna)["version"]
        self.refused("GetChunks", NOT_FOUND, wire=self.ben, path=b"a", average_log2=14)
        self.refused("GetChunks", NOT_FOUND, wire=self.ben, version=version, average_log2=14)
        self.refused("Open", NOT_FOUND, wire=self.ben, version=version, ranges=[{"offset": 0, "length": 1}])
        stream = self.begin(b"mine", len(content), wire=self.ben)
        self.copy(stream, 0, version, 0, len(content), wire=self.ben)
        self.assert_error(NOT_FOUND, wire=self.ben)
        self.refused("Stat", NOT_FOUND, wire=self.ben, path=b"mine")

    def test_what_is_copied_counts_against_the_quota(self):
        content = noise(MIB)
        version = self.upload(b"a", content, wire=self.anna)["version"]
        self.ask("SetQuota", "Done", name="anna", quota=3 * MIB)
        stream = self.begin(b"b", None, wire=self.anna)
        for number in range(5):
            self.copy(stream, number * MIB, version, 0, MIB, wire=self.anna)
        self.assertEqual(self.assert_error(NO_SPACE, wire=self.anna).stream, stream)


class Ranges(ChunksTest):
    def setUp(self):
        super().setUp()
        self.content = noise(MIB)
        self.upload(b"a", self.content)

    def parts(self, *ranges, path=b"a", **more):
        """What is answered: (FileInfo, [(offset, content)], with neighbours of one range joined)."""
        self.wire.send("Open", self.wire.stream(), path=path,
                       ranges=[{"offset": offset, "length": length} for offset, length in ranges], **more)
        info, parts = self.wire.receive("FileInfo"), []
        begins = {offset for offset, _ in ranges}
        while (frame := self.wire.receive("Data", "End")).name == "Data":
            if frame["offset"] in begins:
                parts.append((frame["offset"], b""))
            offset, before = parts[-1]
            self.assertEqual(frame["offset"], offset + len(before))
            parts[-1] = (offset, before + frame.content)
        return info, parts

    def assert_parts(self, *ranges, **more):
        info, parts = self.parts(*ranges, **more)
        self.assertEqual([(offset, len(content)) for offset, content in parts], list(ranges))
        for offset, content in parts:
            self.assert_content(content, self.content[offset:offset + len(content)])
        self.assertEqual((info["offset"], info["size"]), (ranges[0][0], MIB))

    def test_the_bytes_of_each_come_in_order(self):
        self.assert_parts((5, 1), (100, 300_000), (600_000, MIB - 600_000))

    def test_neighbours_are_two_parts(self):
        self.assert_parts((0, 10), (10, 20), (30, MIB - 30))

    def test_one_may_be_all(self):
        self.assert_parts((0, MIB))

    def test_as_many_as_there_may_be_are_answered(self):
        self.assert_parts(*[(number * 512, 1) for number in range(2048)])

    def test_more_than_there_may_be_end_the_session(self):
        ranges = [{"offset": 3 * number, "length": 1} for number in range(2049)]
        self.wire.send("Open", self.wire.stream(), path=b"a", ranges=ranges)
        error, = [frame for frame in self.wire.until_end() if frame.name == "Error"]
        self.assertEqual((error["code"], error.stream), (PROTOCOL, 0))

    def test_offset_length_and_digest_do_not_count_beside_them(self):
        self.assert_parts((10, 10), offset=MIB + 1, length=3, if_sha256=bytes(32))

    def test_ranges_that_can_not_be_are_invalid(self):
        for ranges in ([(0, 0)], [(0, 5), (9, 0)], [(10, 5), (0, 5)], [(0, 5), (4, 5)], [(0, 5), (0, 5)],
                       [(MIB, 1)], [(0, MIB + 1)], [(2**63, 1)], [(5, 2**64 - 1)], [(2**64 - 1, 2)]):
            with self.subTest(ranges):
                self.refused("Open", INVALID, path=b"a",
                             ranges=[{"offset": offset, "length": length} for offset, length in ranges])

    def test_of_a_small_file_parts_are_parts_and_all_is_a_small_file(self):
        self.put(b"small", b"0123456789")
        info, parts = self.parts((2, 3), (7, 1), path=b"small")
        self.assertEqual((info["offset"], parts), (2, [(2, b"234"), (7, b"7")]))
        answer = self.ask("Open", "SmallFile", path=b"small", ranges=[{"offset": 0, "length": 10}])
        self.assertEqual(answer.content, b"0123456789")

    def test_several_that_begin_with_all_of_a_small_file_are_answered_each_once(self):
        self.put(b"small", b"0123456789")
        self.refused("Open", INVALID, path=b"small", ranges=[{"offset": 0, "length": 10}, {"offset": 10, "length": 1}])


if __name__ == "__main__":
    unittest.main()
