"""Proofs and receipts over the wire."""

import glob
import hashlib
import os
import subprocess
import unittest

from harness import KIB, MIB
from wire_test import CANCELLED, INTEGRITY, IS_FOLDER, NOT_FOUND, PROTOCOL, WireTest, sha256


class Proofs(WireTest):
    def upload(self, path, content):
        stream = self.offer(path, len(content))
        self.wire.receive("Send")
        for offset in range(0, len(content), 256 * KIB):
            self.wire.send("Data", stream, offset=offset, content=content[offset:offset + 256 * KIB])
        self.wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        return self.wire.receive("Committed")

    def test_the_server_proves_that_it_has_all_of_the_content(self):
        content, nonce = os.urandom(MIB + 3), os.urandom(32)
        committed = self.upload(b"large", content)
        verified = self.ask("Verify", "Verified", path=b"large", nonce=nonce)
        self.assertEqual((verified["version"], verified["size"], verified["current"]),
                         (committed["version"], len(content), 1))
        self.assertEqual(verified["sha256"], sha256(content))
        self.assertEqual(verified["proof"], sha256(nonce + content))

    def test_an_earlier_version_is_verified_and_is_not_current(self):
        first = self.put(b"a", b"old")
        self.put(b"a", b"new")
        verified = self.ask("Verify", "Verified", path=b"a", version=first["version"])
        self.assertEqual((verified["sha256"], verified["proof"], verified["current"]),
                         (sha256(b"old"), sha256(b"old"), 0))

    def test_content_that_rotted_on_the_disk_is_found_out(self):
        """One bit, with the time put back: nothing but reading it can tell."""
        content = os.urandom(300 * KIB)
        self.upload(b"large", content)
        damage(self.server.data, sha256(content))
        self.assertNotEqual(self.ask("Verify", "Verified", path=b"large")["sha256"], sha256(content))
        # From then on it is not served, and the same content is not taken for it.
        self.refused("Verify", INTEGRITY, path=b"large")
        self.upload(b"again", content)
        self.assertEqual(self.ask("Verify", "Verified", path=b"large")["sha256"], sha256(content))

    def test_content_that_is_cut_short_is_an_error(self):
        content = os.urandom(300 * KIB)
        self.upload(b"large", content)
        path = object_file(self.server.data, sha256(content))
        os.chmod(path, 0o600)
        os.truncate(path, 1000)
        self.refused("Verify", INTEGRITY, path=b"large")

    def test_what_is_no_file_is_not_verified(self):
        self.put(b"f/a", b"")
        self.refused("Verify", IS_FOLDER, path=b"f")
        self.refused("Verify", NOT_FOUND, path=b"none")
        self.refused("Verify", NOT_FOUND, path=b"", version=4711)

    def test_a_cancelled_one_ends(self):
        self.upload(b"large", os.urandom(8 * MIB))
        stream = self.wire.stream()
        self.wire.send("Verify", stream, path=b"large")
        self.wire.send("Cancel", stream)
        answer = self.wire.receive("Verified", "Error")
        if answer.name == "Error":
            self.assertEqual(answer["code"], CANCELLED)
        self.put(b"b", b"the session goes on")

    def test_a_nonce_over_the_limit_breaks_the_protocol(self):
        self.wire.send("Verify", 1, path=b"a", nonce=bytes(33))
        errors = [frame for frame in self.wire.until_end() if frame.name == "Error"]
        self.assertEqual([(error.stream, error["code"]) for error in errors], [(0, PROTOCOL)])


class Receipts(WireTest):
    def text(self, path, committed):
        """What the server signed, put together from what the client knows."""
        receipt = committed["receipt"]
        return (f"ndisk receipt 1\nuser {receipt['user']}\nsequence {receipt['sequence']}\n"
                f"previous {receipt['previous'].hex()}\npath {path.hex()}\nversion {committed['version']}\n"
                f"size {committed['size']}\nsha256 {committed['sha256'].hex()}\n"
                f"durable_ns {receipt['durable_ns']}\nchange {committed['change']}\n").encode()

    def assert_signed(self, path, committed):
        """By the key of the server's own certificate. Returns the digest of the text."""
        receipt, text = committed["receipt"], self.text(path, committed)
        certificate = os.path.join(self.server.data, "tls", "certificate.pem")
        key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], capture_output=True,
                             check=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True,
                             check=True).stdout
        self.assertEqual(receipt["public_key"], der)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.write("key.pem", key), "-signature",
                               self.write("signature", receipt["signature"])], input=text, capture_output=True,
                              check=False)
        self.assertEqual(done.returncode, 0, (done.stdout, text))
        return hashlib.sha256(text).digest()

    def state(self, sequence):
        return self.ask("CheckReceipt", "ReceiptState", sequence=sequence)

    def test_receipts_are_signed_and_chained(self):
        previous = bytes(32)
        for number, content in enumerate((b"1", b"12", b"123"), 1):
            committed = self.put(b"a/b", content, receipt=1)
            self.assertEqual(committed["receipt"]["sequence"], number)
            self.assertEqual(committed["receipt"]["previous"], previous)
            previous = self.assert_signed(b"a/b", committed)
            self.assertEqual(self.state(number)["sha256"], previous)

    def test_a_large_file_gets_one_too(self):
        content = os.urandom(100 * KIB)
        stream = self.offer(b"large", len(content), receipt=1)
        self.wire.receive("Send")
        self.wire.send("Data", stream, offset=0, content=content)
        self.wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        self.assert_signed(b"large", self.wire.receive("Committed"))

    def test_an_instant_upload_gets_one_too(self):
        self.put(b"a", b"content")
        self.offer(b"b", 7, sha256=sha256(b"content"), receipt=1)
        committed = self.wire.receive("Committed")
        self.assertEqual(committed["instant"], 1)
        self.assert_signed(b"b", committed)

    def test_an_unchanged_file_gets_a_new_one_of_the_same_version(self):
        first = self.put(b"a", b"content", receipt=1)
        again = self.put(b"a", b"content", receipt=1)
        self.assertEqual((again["unchanged"], again["version"]), (1, first["version"]))
        self.assertEqual(again["receipt"]["sequence"], 2)
        self.assert_signed(b"a", again)

    def test_a_request_that_is_sent_again_gets_the_same_one(self):
        request = os.urandom(16)
        first = self.put(b"a", b"content", request_id=request, receipt=1)
        self.put(b"b", b"another", receipt=1)
        again = self.put(b"a", b"content", request_id=request, receipt=1)
        self.assertEqual(again["receipt"]["sequence"], 1)
        self.assertEqual(self.text(b"a", first), self.text(b"a", again))
        self.assert_signed(b"a", again)

    def test_nobody_gets_one_unasked(self):
        self.assertIsNone(self.put(b"a", b"content")["receipt"])
        self.assertEqual(self.state(1)["last"], 0)

    def test_the_server_says_what_it_knows(self):
        committed = self.put(b"a", b"content", receipt=1)
        self.assertEqual((self.state(2)["sha256"], self.state(2)["last"]), (b"", 1))
        self.assertEqual(self.state(1)["change"], committed["change"])

    def test_the_chain_goes_on_after_a_crash(self):
        first = self.assert_signed(b"a", self.put(b"a", b"1", receipt=1))
        self.server.kill()
        self.server.restart()
        self.wire = self.connect()
        self.wire.log_in()
        second = self.put(b"a", b"2", receipt=1)
        self.assertEqual((second["receipt"]["sequence"], second["receipt"]["previous"]), (2, first))
        self.assert_signed(b"a", second)


def object_file(data, digest):
    """The one file of the object store with this content."""
    (path,) = glob.glob(os.path.join(data, "objects", digest.hex()[:2], digest.hex() + ".*"))
    return path


def damage(data, digest):
    path = object_file(data, digest)
    times = os.stat(path)
    os.chmod(path, 0o600)
    with open(path, "r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))
    os.chmod(path, 0o444)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


if __name__ == "__main__":
    unittest.main()
