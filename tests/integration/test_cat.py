"""Files to standard output."""

import os
import unittest

from harness import KIB, DriveTest


class Cat(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)
        self.large = os.urandom(500 * KIB)
        self.write("tree/b", b"second, ")
        self.write("tree/a", self.large)
        self.write("tree/empty")
        os.symlink("a", self.path("tree", "link"))
        self.client.do("put", "-r", self.path("tree"))

    def test_files_come_in_the_order_of_the_operands_and_nothing_else(self):
        result = self.client.do("cat", "tree/b", "tree/empty", "/tree/a", "tree/b")
        self.assert_content(result.raw, b"second, " + self.large + b"second, ")

    def test_one_that_is_not_there_is_named_and_the_others_go_on(self):
        result = self.client.run("cat", "tree/missing", "tree/b")
        self.assert_fails(result, 7, "tree/missing")
        self.assertEqual(result.raw, b"second, ")

    def test_a_lone_one_keeps_its_own_code(self):
        self.assert_fails(self.client.run("cat", "tree/missing"), 3, "missing")

    def test_a_folder_has_no_bytes(self):
        self.assert_fails(self.client.run("cat", "tree"), 2, "folder")
        self.assert_fails(self.client.run("cat", "/"), 2, "folder")

    def test_a_link_is_not_followed(self):
        self.assert_fails(self.client.run("cat", "tree/link"), 2, "symbolic link")

    def test_json_would_be_mixed_with_the_content(self):
        self.assert_fails(self.client.run("--json", "cat", "tree/b"), 2, "--json")

    def test_content_that_is_damaged_on_the_server_is_said(self):
        objects = os.path.join(self.server.data, "objects")
        for folder, _, files in os.walk(objects):
            for name in files:
                path = os.path.join(folder, name)
                if os.path.getsize(path) == len(self.large):
                    status = os.stat(path)
                    with open(path, "r+b") as file:
                        file.write(b"DAMAGED")
                    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.assert_fails(self.client.run("cat", "tree/a", "tree/b"), 7, "tree/a")

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        process = self.client.start("cat", "tree/a", "tree/a")
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(process.wait(60), 1)
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()


if __name__ == "__main__":
    unittest.main()
