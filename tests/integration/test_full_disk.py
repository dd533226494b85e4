"""get onto a disk that is too small: it ends, says once what is kept, and goes on where it was."""

import os
import unittest

from harness import KIB, MIB, DriveTest
from test_bounds import can_mount

DISK_MIB = 8


class GetTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)
        os.mkdir(self.path("here"))


@unittest.skipUnless(can_mount(), "needs root, for a small file system")
class FullDisk(GetTest):
    def get_onto_small_disk(self, *arguments):
        """Leaves the names of the files that stand there in the file `stood`."""
        here, stood = self.path("here"), self.path("stood")
        script = (f'mount -t tmpfs -o size={DISK_MIB}m none "{here}" && "$@"; code=$?; '
                  f'find "{here}" -type f ! -path "*/.ndisk-partial*" > "{stood}"; exit $code')
        self.client.wrap = ["unshare", "--mount", "sh", "-c", script, "sh"]
        return self.client.run(*arguments, "-t", here)

    def test_many_files_fail_as_one_and_those_that_came_are_kept(self):
        for number in range(3000):
            self.write(f"tree/{number}", os.urandom(16 * KIB))
        self.client.do("put", "-r", self.path("tree"))
        result = self.get_onto_small_disk("get", "-r", "tree")
        self.assertEqual(result.code, 9, result.err)
        self.assertEqual(len(result.err.splitlines()), 1, result.err[:2000])
        with open(self.path("stood"), encoding="utf-8") as stood:
            count = len(stood.readlines())
        self.assertGreater(count, 0)
        self.assertIn(f"; {count} files have come whole", result.err)

    def test_what_is_kept_of_a_large_file_is_said(self):
        self.client.do("put", self.write_large("large", 2 * DISK_MIB * MIB))
        result = self.get_onto_small_disk("--json", "get", "large")
        self.assertEqual(result.code, 9, result.err)
        self.assertIn("here/large: ", result.err)
        self.assertIn("no file has come whole, what came of others is kept", result.err)
        errors = [each for each in result.objects() if each["type"] == "error"]
        self.assertEqual([each["code"] for each in errors], ["no_space"])


class TooLarge(GetTest):
    def test_one_file_that_the_disk_can_not_hold_does_not_stop_the_rest(self):
        self.client.do("put", self.write("b", b"x"), self.write("c", b"x"), self.write_large("a", 4 * MIB))
        self.client.wrap = ["prlimit", f"--fsize={MIB}"]
        result = self.client.run("get", "a", "b", "c", "-t", self.path("here"))
        self.assertEqual(result.code, 7, result.err)
        self.assertIn("here/a: this disk can't hold a file of that size", result.err)
        self.assertTrue(all(os.path.exists(self.path("here", name)) for name in ("b", "c")))


if __name__ == "__main__":
    unittest.main()
