"""What happens to a client that breaks a rule of docs/protocol.md: its session ends, with an error that says which."""

import os
import unittest

from harness import KIB
from wire_test import BUSY, INVALID, PROTOCOL, WireTest


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
        self.wire.hello()
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

    def test_more_uploads_than_a_device_may_have_under_way(self):
        for number in range(1, self.hello["max_streams"] + 1):
            self.offer(b"file-%d" % number, size=10)
        answers = [self.wire.receive("Send", "Error") for _ in range(self.hello["max_streams"])]
        refused = [answer for answer in answers if answer.name == "Error"]
        self.assertEqual(len(answers) - len(refused), 512)
        for answer in refused:
            self.assertEqual((answer["code"], answer["retryable"]), (BUSY, True))
            self.assertIn("uploads", answer["message"])


if __name__ == "__main__":
    unittest.main()
