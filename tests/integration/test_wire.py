"""The protocol as docs/protocol.md has it, spoken by another client."""

import glob
import os
import socket
import subprocess
import unittest

from harness import KIB, MIB, DriveTest
from wire import Wire, login_text
from wire_test import (CANCELLED, CONFLICT, FILE, FOLDER, INTEGRITY, INVALID, NOT_ALLOWED, NOT_FOUND,
                       UNSUPPORTED_VERSION, WireTest, sha256)


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
        wire.hello(7, 9)
        self.assertEqual(wire.receive("Error")["code"], UNSUPPORTED_VERSION)
        wire.until_end()

    def test_nothing_is_answered_before_a_login(self):
        wire = self.connect()
        wire.hello()
        wire.send("List", 1, path=b"")
        self.assertNotIn("ListPage", [frame.name for frame in wire.until_end()])

    def test_unknown_fields_are_passed_over(self):
        self.wire.send_raw(3, 0x12, 0, b"\x98\x06\x01")  # Ping with field 99 = 1
        self.wire.receive("Pong")


class Plaintext(DriveTest):
    """A login by hand, with the key of a device that ndisk enrolled."""

    def setUp(self):
        super().setUp()
        self.server = self.start_server("--plaintext=loopback")
        keys = glob.glob(os.path.join(self.enrol(self.server).home, "config", "ndisk", "*.key"))
        with open(keys[0], encoding="ascii") as key:
            seed = bytes.fromhex(key.read().strip())
        # RFC 8410: an Ed25519 seed as PKCS #8
        self.key_file = self.write("key.der", bytes.fromhex("302e020100300506032b657004220420") + seed)

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout

    def log_in(self, sign_nonce=None):
        """Up to the answer to the login. `sign_nonce` is signed in place of the server's own nonce."""
        wire = Wire(socket.create_connection(("127.0.0.1", self.server.port)))
        self.addCleanup(wire.close)
        nonce = wire.hello()
        hello = wire.receive("ServerHello")
        public = self.openssl("pkey", "-in", self.key_file, "-inform", "DER", "-pubout", "-outform", "DER")[-32:]
        text = self.write("text", login_text(nonce, sign_nonce or hello["nonce"], public))
        signature = self.openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.key_file, "-keyform", "DER", "-in", text)
        wire.send("Login", 0, public_key=public, signature=signature)
        return wire.receive("Welcome", "Error")

    def test_a_device_logs_in_by_a_signature_over_both_nonces(self):
        self.assertEqual(self.log_in()["user"], "owner")

    def test_a_signature_over_another_nonce_is_refused(self):
        self.assertEqual(self.log_in(sign_nonce=bytes(32))["code"], NOT_ALLOWED)


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
        self.assert_content(self.open(b"large")[1], content)

    def test_a_range_is_sent_from_its_offset(self):
        content = os.urandom(300 * KIB)
        stream = self.offer(b"large", len(content))
        self.wire.receive("Send")
        for offset in (0, 150 * KIB):
            self.wire.send("Data", stream, offset=offset, content=content[offset:offset + 150 * KIB])
        self.wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.wire.receive("Committed")
        part = self.open(b"large", offset=1000, length=5000, if_sha256=sha256(content))[1]
        self.assert_content(part, content[1000:6000])

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
        self.assert_content(self.open(b"large")[1], content)

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
        self.wire.send("Cancel", stream)
        self.assertEqual(self.wire.receive("Error")["code"], CANCELLED)

    def test_a_cancelled_upload_can_be_found_and_dropped(self):
        stream = self.offer(b"large", 1000)
        self.wire.receive("Send")
        self.wire.send("Data", stream, offset=0, content=bytes(10))
        while self.wire.receive("Progress")["received"] < 10:
            pass
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


if __name__ == "__main__":
    unittest.main()
