"""Digests of local files that put remembers: where they are believed, and where they must not be."""

import hashlib
import os
import struct
import unittest

from harness import MIB, DriveTest

CLOCK = os.environ.get("NDISK_PRELOADED_CLOCK")
BUCKETS, BUCKET_BYTES = 20_011, 160


def remember(home, path, digest):
    """As client/transfer/remembered_digests.cpp keeps it: by device, inode, size, mtime and ctime."""
    status = os.stat(path)
    record = struct.pack("=QQQqq", status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns,
                         status.st_ctime_ns) + digest
    mixed = (status.st_ino ^ (status.st_dev << 32)) * 0x9E3779B97F4A7C15 % 2**64
    folder = os.path.join(home, ".cache", "ndisk")
    os.makedirs(folder, exist_ok=True)
    with open(os.open(os.path.join(folder, "digests"), os.O_RDWR | os.O_CREAT, 0o600), "r+b") as table:
        table.seek((mixed >> 16) % BUCKETS * BUCKET_BYTES)
        table.write((record + hashlib.sha256(record).digest()[:8]).ljust(BUCKET_BYTES, b"\0"))


class RememberedDigests(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        self.held = self.write_large("held", MIB)
        self.client.do("put", self.held)
        # Of the same size; what is remembered of it is the digest of the other.
        self.other = self.write_large("other", MIB, seed=2)
        with open(self.held, "rb") as held:
            remember(self.client.home, self.other, hashlib.sha256(held.read()).digest())

    def assert_stored(self, remote, path):
        with open(path, "rb") as file:
            self.assert_content(self.client.do("get", remote, "-o", "-").raw, file.read())

    def test_a_file_whose_digest_is_remembered_is_not_read(self):
        self.client.do("put", self.other)
        self.assert_stored("other", self.held)

    def test_checksum_reads_the_file_all_the_same(self):
        self.client.do("put", "--checksum", self.other)
        self.assert_stored("other", self.other)

    def test_a_file_that_was_touched_is_read(self):
        os.utime(self.other)
        self.client.do("put", self.other)
        self.assert_stored("other", self.other)


@unittest.skipUnless(CLOCK, "needs NDISK_PRELOADED_CLOCK, the library that puts the client's clock ahead")
class WhileTimePasses(DriveTest):
    """A file is put, and the upload is held half-way. By its mtime it was changed half an hour from now."""

    on_disk = True

    def setUp(self):
        super().setUp()
        server = self.start_server()
        self.proxy = self.start_proxy(server)
        self.client = self.enrol(server, at=self.proxy.address)
        self.client.wrap = ["env", f"LD_PRELOAD={CLOCK}", f"NDISK_CLOCK_AHEAD={self.path('ahead')}"]
        self.source = self.write_large("source", 48 * MIB)
        changed = os.stat(self.source).st_mtime_ns + 1800 * 10**9
        os.utime(self.source, ns=(changed, changed))

    def put_and_hold(self, meanwhile):
        upload = self.start_and_hold(self.client, self.proxy, "up", 8 * MIB, "put", self.source)
        meanwhile()
        self.proxy.release()
        _, errors = upload.communicate()
        self.assertEqual(upload.returncode, 0, errors)

    def is_remembered(self):
        with open(self.source, "rb") as source:
            digest = hashlib.file_digest(source, "sha256").digest()
        table = os.path.join(self.client.home, ".cache", "ndisk", "digests")
        return os.path.exists(table) and digest in self.read(table)

    def put_clock_ahead(self):
        """By an hour."""
        self.write("ahead")

    def test_a_file_that_was_changed_just_before_it_was_read_is_not_remembered_however_long_the_reading_took(self):
        self.put_and_hold(self.put_clock_ahead)
        self.assertFalse(self.is_remembered())

    def test_a_file_that_was_changed_long_before_it_was_read_is_remembered(self):
        self.put_clock_ahead()
        self.put_and_hold(lambda: None)
        self.assertTrue(self.is_remembered())


if __name__ == "__main__":
    unittest.main()
