"""Listings that end with an error: what was not told of is not taken for missing."""

import os
import unittest

from client import Client
from harness import DriveTest
from hostile_server import HostileServer, entry

IO = {"code": 19, "message": "the disk does not answer", "retryable": False}


class CutListings(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = HostileServer(self.path("socket"), [[entry(b"a", content=b"content")]], b"content")
        self.server.ending = IO
        self.addCleanup(self.server.close)
        self.client = Client(self.path("client"), server=self.server.address)

    def test_verify_calls_nothing_missing(self):
        for name in ("a", "b", "c/d"):
            self.write("tree/" + name, b"content")
        result = self.client.run("verify", self.path("tree"))
        self.assertEqual(result.lines(), [])
        self.assert_fails(result, 7, "does not answer")

    def test_get_misses_no_name_of_files_from(self):
        os.mkdir(self.path("here"))
        names = self.write("names", b"a\nb\n")
        result = self.client.run("get", "-r", "tree", "--files-from", names, "-t", self.path("here"))
        self.assert_fails(result, 7, "does not answer")
        self.assertNotIn("not found", result.err)


if __name__ == "__main__":
    unittest.main()
