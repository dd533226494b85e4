"""Digests of local files that put remembers: where they are believed, and where they must not be."""

import hashlib
import os
import struct
import unittest

from harness import MIB, DriveTest

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


if __name__ == "__main__":
    unittest.main()
