"""The protocol as docs/protocol.md has it, spoken by another client; and what happens when its rules are broken."""

import hashlib
import os
import unittest

from harness import KIB, MIB, DriveTest
from wire import Wire

NOT_FOUND, PROTOCOL, INVALID, INTEGRITY, CONFLICT, UNSUPPORTED_VERSION = 3, 12, 2, 8, 6, 13
FILE, FOLDER = 1, 2


def sha256(content):
    return hashlib.sha256(content).digest()


class WireTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.wire = self.connect()
        self.hello, self.welcome = self.wire.log_in()

    def connect(self):
        wire = Wire(self.server.data)
        self.addCleanup(wire.close)
        return wire

    def put_small(self, path, content, **more):
        stream = self.wire.stream()
        fields = {"request_id": os.urandom(16), "path": path, "sha256": sha256(content),
                  "attributes": {"mtime_ns": 1, "mode": 0o644}, **more}
        self.wire.send("PutSmall", stream, content=content, **fields)
        return stream

    def offer(self, path, size, **more):
        stream = self.wire.stream()
        self.wire.send("Offer", stream, request_id=os.urandom(16), path=path, size=size,
                       attributes={"mtime_ns": 1, "mode": 0o600}, **more)
        return stream

    def open(self, path, **more):
        """What an Open is answered with, and the content."""
        self.wire.send("Open", self.wire.stream(), path=path, **more)
        info = self.wire.receive("FileInfo", "SmallFile")
        content = info.content
        while info.name == "FileInfo":
            frame = self.wire.receive("Data", "End")
            if frame.name == "End":
                break
            self.assertEqual(frame["offset"], info["offset"] + len(content))
            content += frame.content
        return info, content

    def list_all(self, path=b"", **more):
        self.wire.send("List", self.wire.stream(), path=path, **more)
        entries = []
        while (frame := self.wire.receive("ListPage", "End")).name == "ListPage":
            entries += frame["entries"]
        return entries


class Session(WireTest):
    def test_the_server_says_who_it_is_and_who_is_logged_in(self):
        self.assertEqual(self.hello["version"], 1)
        self.assertEqual(len(self.hello["nonce"]), 32)
        self.assertGreater(self.hello["max_streams"], 1)
        self.assertEqual(self.welcome["user"], "owner")
        self.assertEqual(len(self.welcome["device_id"]), 16)

    def test_a_ping_comes_back_with_its_payload_and_the_servers_clock(self):
        self.wire.send("Ping", 0, payload=b"there?")
        pong = self.wire.receive("Pong")
        self.assertEqual(pong["payload"], b"there?")
        self.assertGreater(pong["time_ns"], 0)

    def test_no_version_in_common_is_said(self):
        wire = self.connect()
        wire.send("Hello", 0, version_min=7, version_max=9, software="future", nonce=os.urandom(32))
        self.assertEqual(wire.receive("Error")["code"], UNSUPPORTED_VERSION)
        wire.until_end()

    def test_nothing_is_answered_before_a_login(self):
        wire = self.connect()
        wire.send("Hello", 0, version_min=1, version_max=1, software="wire.py", nonce=os.urandom(32))
        wire.send("List", 1, path=b"")
        self.assertNotIn("ListPage", [frame.name for frame in wire.until_end()])

    def test_unknown_fields_are_passed_over(self):
        self.wire.send_raw(3, 0x12, 0, b"\x98\x06\x01")  # Ping with field 99 = 1
        self.wire.receive("Pong")


class Files(WireTest):
    def test_a_small_file_goes_up_in_one_frame_and_comes_down_in_one(self):
        self.put_small(b"folder/song", b"la la")
        committed = self.wire.receive("Committed")
        self.assertEqual((committed["size"], committed["sha256"]), (5, sha256(b"la la")))
        info, content = self.open(b"folder/song")
        self.assertEqual(content, b"la la")
        self.assertEqual((info["version"], info["attributes"]["mode"]), (committed["version"], 0o644))

    def test_many_small_files_are_answered_each_on_its_own_stream(self):
        sent = {self.put_small(b"%d" % number, b"content %d" % number): number for number in range(200)}
        for _ in range(200):
            sent.pop(self.wire.receive("Committed").stream)
        self.assertEqual(len(self.list_all()), 200)

    def test_a_large_file_goes_up_in_data_frames_and_comes_down_in_them(self):
        content = os.urandom(MIB + 5)
        stream = self.offer(b"large", len(content))
        self.wire.receive("Send")
        for offset in range(0, len(content), 256 * KIB):
            self.wire.send("Data", stream, offset=offset, content=content[offset:offset + 256 * KIB])
        self.wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.assertEqual(self.wire.receive("Committed")["sha256"], sha256(content))
        self.assertEqual(self.open(b"large")[1], content)

    def test_a_range_is_sent_from_its_offset(self):
        content = os.urandom(300 * KIB)
        stream = self.offer(b"large", len(content))
        self.wire.receive("Send")
        for offset in (0, 150 * KIB):
            self.wire.send("Data", stream, offset=offset, content=content[offset:offset + 150 * KIB])
        self.wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.wire.receive("Committed")
        self.assertEqual(self.open(b"large", offset=1000, length=5000, if_sha256=sha256(content))[1],
                         content[1000:6000])

    def test_an_upload_goes_on_in_another_session_from_the_durable_prefix(self):
        content = os.urandom(2 * MIB)
        stream = self.offer(b"large", len(content))
        self.wire.receive("Send")
        for offset in range(0, MIB, 256 * KIB):
            self.wire.send("Data", stream, offset=offset, content=content[offset:offset + 256 * KIB])
        self.wire.send("Ping", 0)
        self.wire.receive("Pong")
        self.wire = self.connect()
        self.wire.log_in()
        stream = self.offer(b"large", len(content))
        resume = self.wire.receive("Resume")
        self.assertEqual(resume["sha256"], sha256(content[:resume["offset"]]))
        for offset in range(resume["offset"], len(content), 128 * KIB):
            self.wire.send("Data", stream, offset=offset, content=content[offset:offset + 128 * KIB])
        self.wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.wire.receive("Committed")
        self.assertEqual(self.open(b"large")[1], content)

    def test_content_that_is_held_is_not_sent_again(self):
        content = b"held already" * 10000
        stream = self.offer(b"one", len(content))
        self.wire.receive("Send")
        self.wire.send("Data", stream, offset=0, content=content)
        self.wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.wire.receive("Committed")
        self.offer(b"two", len(content), sha256=sha256(content))
        self.assertTrue(self.wire.receive("Committed")["instant"])

    def test_the_same_request_gets_the_same_answer(self):
        request = os.urandom(16)
        answers = []
        for _ in range(2):
            self.put_small(b"song", b"la", request_id=request)
            answers.append(self.wire.receive("Committed").fields)
        self.assertEqual(answers[0], answers[1])

    def test_a_wrong_digest_is_an_error_and_nothing_becomes_visible(self):
        self.put_small(b"song", b"la", sha256=sha256(b"something else"))
        self.assertEqual(self.wire.receive("Error")["code"], INTEGRITY)
        stream = self.offer(b"large", 10)
        self.wire.receive("Send")
        self.wire.send("Data", stream, offset=0, content=b"0123456789")
        self.wire.send("Commit", stream, size=10, sha256=sha256(b"something else"))
        self.assertEqual(self.wire.receive("Error")["code"], INTEGRITY)
        self.assertEqual(self.list_all(), [])

    def test_a_precondition_that_does_not_hold_is_a_conflict(self):
        self.put_small(b"song", b"la")
        self.wire.receive("Committed")
        self.put_small(b"song", b"lo", precondition={"must_not_exist": True})
        self.assertEqual(self.wire.receive("Error")["code"], CONFLICT)

    def uploads(self):
        self.wire.send("ListUploads", self.wire.stream())
        uploads = []
        while (frame := self.wire.receive("UploadsPage", "End")).name == "UploadsPage":
            uploads += frame["uploads"]
        return uploads

    def cancel(self, stream):
        """Sends Cancel and passes over what is still under way on the stream."""
        self.wire.send("Cancel", stream)
        self.wire.send("Ping", 0, payload=b"after the cancel")
        while self.wire.receive().name != "Pong":
            pass

    def test_a_cancelled_upload_can_be_found_and_dropped(self):
        stream = self.offer(b"large", 1000)
        self.wire.receive("Send")
        self.wire.send("Data", stream, offset=0, content=bytes(10))
        self.cancel(stream)
        waiting = self.uploads()
        self.assertEqual([(upload["path"], upload["size"]) for upload in waiting], [(b"large", 1000)])
        self.wire.send("CancelUpload", self.wire.stream(), upload_id=waiting[0]["upload_id"])
        self.wire.receive("Done")
        self.assertEqual(self.uploads(), [])

    def test_a_cancelled_upload_that_received_nothing_leaves_nothing(self):
        stream = self.offer(b"large", 1000)
        self.wire.receive("Send")
        self.cancel(stream)
        self.assertEqual(self.uploads(), [])

    def test_a_cancelled_download_stops(self):
        self.put_small(b"song", b"la")
        self.wire.receive("Committed")
        stream = self.wire.stream()
        self.wire.send("Open", stream, path=b"song")
        self.wire.send("Cancel", stream)
        self.assertEqual([entry["path"] for entry in self.list_after_cancel(stream)], [b"song"])

    def list_after_cancel(self, cancelled):
        """A listing, past whatever was under way on the cancelled stream."""
        self.wire.send("List", self.wire.stream(), path=b"")
        entries = []
        while True:
            frame = self.wire.receive()
            if frame.stream == cancelled:
                continue
            if frame.name == "End":
                return entries
            entries += frame["entries"]


class Names(WireTest):
    def test_folders_are_listed_before_what_is_in_them(self):
        self.put_small(b"b/inner", b"x")
        self.put_small(b"a", b"x")
        for _ in range(2):
            self.wire.receive("Committed")
        entries = self.list_all(recursive=True)
        self.assertEqual([(entry["path"], entry["kind"]) for entry in entries],
                         [(b"a", FILE), (b"b", FOLDER), (b"b/inner", FILE)])
        self.assertEqual([entry["path"] for entry in self.list_all(recursive=True, after=b"a")], [b"b", b"b/inner"])

    def test_a_removed_file_is_not_found(self):
        self.put_small(b"song", b"la")
        self.wire.receive("Committed")
        self.wire.send("Remove", self.wire.stream(), request_id=os.urandom(16), path=b"song")
        self.wire.receive("Done")
        self.wire.send("Open", self.wire.stream(), path=b"song")
        self.assertEqual(self.wire.receive("Error")["code"], NOT_FOUND)

    def test_a_folder_is_made(self):
        self.wire.send("MakeFolder", self.wire.stream(), request_id=os.urandom(16), path=b"a/b")
        self.wire.receive("Done")
        self.assertEqual([entry["path"] for entry in self.list_all(recursive=True)], [b"a", b"a/b"])

    def test_paths_that_break_the_rules_are_refused_and_the_session_goes_on(self):
        for path in (b"/a", b"a/", b"a//b", b".", b"a/../b", b"a\0b", b"n" * 256, b"/".join([b"p" * 200] * 25)):
            with self.subTest(path[:20]):
                self.put_small(path, b"x")
                self.assertEqual(self.wire.receive("Error")["code"], INVALID)
        self.assertEqual(self.list_all(), [])


class BrokenRules(WireTest):
    def assert_session_ends(self, *words):
        """With an error on stream 0 that names the rule; and the server lives on."""
        frames = self.wire.until_end()
        errors = [frame for frame in frames if frame.name == "Error" and frame.stream == 0]
        self.assertEqual(len(errors), 1, frames)
        self.assertEqual(errors[0]["code"], PROTOCOL, errors)
        for word in words:
            self.assertIn(word, errors[0]["message"].lower())
        self.wire = self.connect()
        self.wire.log_in()

    def test_a_length_over_the_limit(self):
        for number, length in ((0x24, 256 * KIB + 65), (0x40, 64 * KIB + 1), (0x24, 2**32 - 1)):
            with self.subTest(length):
                self.wire.send_raw(length, number, 1)
                self.assert_session_ends("length")

    def test_an_unknown_type(self):
        self.wire.send_raw(0, 0xEE, 1)
        self.assert_session_ends("type")

    def test_a_flag(self):
        self.wire.send_raw(0, 0x12, 0, flags=1)
        self.assert_session_ends("flag")

    def test_reserved_bits(self):
        self.wire.send_raw(0, 0x12, 0, reserved=1)
        self.assert_session_ends("reserved")

    def test_a_message_that_is_no_protobuf(self):
        self.wire.send_raw(4, 0x40, 1, b"\xff\xff\xff\xff")
        self.assert_session_ends("list")

    def test_a_frame_that_only_a_server_sends(self):
        self.wire.send("Committed", 1, version=1)
        self.assert_session_ends("committed")

    def test_a_stream_number_that_was_used(self):
        self.put_small(b"a", b"a")
        self.wire.receive("Committed")
        self.wire.last_stream = 0
        self.put_small(b"b", b"b")
        self.assert_session_ends("stream")

    def test_a_request_on_the_sessions_own_stream(self):
        self.wire.send("List", 0, path=b"")
        self.assert_session_ends("stream")

    def test_a_second_hello(self):
        self.wire.send("Hello", 0, version_min=1, version_max=1, software="again", nonce=os.urandom(32))
        self.assert_session_ends("hello")

    def test_a_request_id_of_another_length(self):
        self.put_small(b"a", b"a", request_id=b"short")
        self.assert_session_ends("request_id")

    def test_a_header_of_a_small_file_that_is_longer_than_its_frame(self):
        self.wire.send_raw(8, 0x20, 1, (1000).to_bytes(4, "big") + b"tiny")
        self.assert_session_ends()

    def test_data_on_a_stream_that_is_no_upload(self):
        self.wire.send("Data", 1, offset=0, content=b"x")
        self.assert_session_ends("data")

    def test_data_at_another_offset(self):
        stream = self.offer(b"large", 1000)
        self.wire.receive("Send")
        self.wire.send("Data", stream, offset=5, content=b"x")
        error = self.wire.receive("Error")
        self.assertIn(error["code"], (PROTOCOL, INVALID))
        self.assertIn("offset", error["message"].lower())

    def test_more_data_than_was_offered(self):
        stream = self.offer(b"large", 4)
        self.wire.receive("Send")
        self.wire.send("Data", stream, offset=0, content=b"12345")
        self.assertIn(self.wire.receive("Error")["code"], (PROTOCOL, INVALID))

    def test_more_streams_than_the_server_takes(self):
        for number in range(1, self.hello["max_streams"] + 2):
            self.wire.send("Offer", number, request_id=os.urandom(16), path=b"file-%d" % number, size=10,
                           attributes={"mtime_ns": 1, "mode": 0o600})
        for _ in range(self.hello["max_streams"] + 1):
            frame = self.wire.receive("Send", "Error")
            if frame.name == "Error":
                break
        self.assertEqual(frame.name, "Error")
        self.assertIn("stream", frame["message"].lower())


if __name__ == "__main__":
    unittest.main()
