"""cp -r of folders that hold more than one copy may take: the client makes them, and copies what is in them."""

import os
import unittest

from wire_test import INVALID, WireTest

MOST = 50_000  # entries below a folder that one Copy takes: docs/protocol.md


class CopyInParts(WireTest):
    def start_server(self, *options, **more):
        return super().start_server("--tree=off", *options, **more)

    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.server)
        self.client.do("mkdir", "-p", *(f"hundred/{number}" for number in range(100)))
        self.write("large/file", b"content", mtime_ns=981_173_106 * 10**9)
        self.client.do("put", "-r", self.path("large"))
        self.copy_times("hundred", "large/inner/thousands", 30)
        self.copy_times("large/inner/thousands", "large/inner", 17)
        self.assertGreater(self.totals("large")["folders"], MOST)

    def copy_times(self, source, folder, times):
        self.client.do("mkdir", "-p", folder)
        for number in range(times):
            self.client.do("cp", "-rT", source, f"{folder}/{number}")

    def totals(self, path):
        found = self.client.do("--json", "stat", path).objects()[0]
        return {name: found[name] for name in ("files", "folders", "bytes", "mode", "mtime")}

    def test_one_request_for_it_is_refused_and_says_what_to_do(self):
        words = self.refused("Copy", INVALID, request_id=os.urandom(16), recursive=1,
                             **{"from": b"large", "to": b"copy"})
        self.assertIn("copy what is in it", words)

    def test_it_is_copied_whole_with_what_each_folder_keeps(self):
        result = self.client.do("--json", "cp", "-r", "large", "copy")
        copied = [found for found in result.objects() if found["type"] == "copied"]
        self.assertEqual([(found["path"], found["from"]) for found in copied], [("copy", "large")])
        self.assertEqual(self.totals("copy"), self.totals("large"))
        self.assertEqual(self.totals("copy/inner"), self.totals("large/inner"))
        self.assertEqual(self.client.do("cat", "copy/file").raw, b"content")
        self.client.do("mkdir", "into")
        self.client.do("cp", "-r", "large", "into")
        self.assertEqual(self.client.names("into"), ["large/"])
        self.assertEqual(self.totals("into/large"), self.totals("large"))

    def test_over_what_is_there_it_is_merged_and_n_refuses_files(self):
        self.client.do("mkdir", "-p", "copy/besides")
        self.client.do("cp", "-rT", "large", "copy")
        self.assertEqual(self.client.names("copy"), ["besides/", "file", "inner/"])
        self.assert_fails(self.client.run("cp", "-rnT", "large", "copy"), 6, "copy/file")

    def test_into_itself_and_over_a_file_it_is_refused(self):
        self.assert_fails(self.client.run("cp", "-r", "large", "large/inner/new"), 2, "into itself")
        self.assert_fails(self.client.run("cp", "-r", "large", "large"), 2, "itself")
        self.client.do("cp", "large/file", "file")
        self.assertNotEqual(self.client.run("cp", "-rT", "large", "file").code, 0)
        self.assertEqual(self.client.names(), ["file", "hundred/", "large/"])


if __name__ == "__main__":
    unittest.main()
