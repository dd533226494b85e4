"""get where something stands already, comes meanwhile, or goes away."""

import os
import unittest

from harness import MIB, DriveTest
from waiting import DEADLINE


class GetReplacing(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)
        os.mkdir(self.path("here"))

    def here(self, *parts):
        return self.path("here", *parts)

    def end_of_get(self, meanwhile, *arguments):
        """Its exit code and messages. Of the file `large`, while something comes in its place in `here`."""
        self.client.do("put", self.write("large", os.urandom(32 * MIB)))
        proxy = self.start_proxy(self.server)
        client = self.enrol(self.server, at=proxy.address)
        process = self.start_and_hold(client, proxy, "down", 16 * MIB, "get", "large", "-t", self.here(), *arguments)
        meanwhile(self.here("large"))
        proxy.release()
        _, err = process.communicate(timeout=DEADLINE)
        return process.returncode, err

    def test_no_clobber_leaves_a_file_that_came_meanwhile(self):
        code, err = self.end_of_get(lambda place: self.write(place, b"somebody's, and newer"), "--no-clobber")
        self.assertEqual(code, 0, err)
        self.assertEqual(self.read("here", "large"), b"somebody's, and newer")
        self.assertEqual(os.listdir(self.here()), ["large"])

    def test_a_pipe_that_nobody_reads_any_more_ends_it(self):
        self.client.do("put", self.write("large", os.urandom(8 * MIB)))
        os.mkfifo(self.path("pipe"))
        process = self.client.start("get", "large", "-o", self.path("pipe"))
        with open(self.path("pipe"), "rb", buffering=0) as pipe:
            pipe.read(10)
        _, err = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn(b"nobody reads it any more", err)

    def test_the_whole_drive_goes_into_a_folder_behind_a_link(self):
        self.client.do("put", self.write("a", b"content"), self.write("local/b", b"more"))
        os.symlink("here", self.path("link"))
        self.client.do("get", "-r", "/", "-t", self.path("link"))
        self.assertEqual((self.read("here", "a"), self.read("here", "b")), (b"content", b"more"))

    def test_filters_leave_out_files_that_were_named_as_they_do_for_put(self):
        self.client.do("put", self.write("a.txt", b"text"), self.write("b.iso", b"large"))
        self.client.do("get", "*", "--exclude", "*.iso", "-t", self.here())
        self.assertEqual(os.listdir(self.here()), ["a.txt"])

    def test_what_files_from_names_is_gotten_whatever_filters_say(self):
        self.client.do("put", "-r", os.path.dirname(self.write("tree/b.iso", b"named")))
        self.write("tree/c.iso")
        names = self.write("names", b"b.iso\n")
        self.client.do("get", "-r", "tree", "--exclude", "*.iso", "--files-from", names, "-t", self.here())
        self.assertEqual(os.listdir(self.here("tree")), ["b.iso"])

    def test_files_from_names_what_is_in_a_folder(self):
        self.client.do("put", self.write("a", b"content"))
        names = self.write("names", b"b\n")
        result = self.client.run("get", "-r", "a", "--files-from", names, "-t", self.here())
        self.assert_fails(result, 2, "a: is not a folder")
        self.assertEqual(os.listdir(self.here()), [])

    def test_no_clobber_keeps_no_folder_in_the_place_of_a_file(self):
        self.client.do("put", self.write("a", b"content"))
        os.mkdir(self.here("a"))
        for options in ((), ("--no-clobber",), ("--no-clobber", "-n")):
            with self.subTest(options=options):
                self.assert_fails(self.client.run("get", "a", "-t", self.here(), *options), 2, "is a folder here")
        self.assertEqual(os.listdir(self.here("a")), [])

    def test_no_clobber_keeps_links_and_files_in_the_place_of_each_other(self):
        self.write("tree/a", b"content")
        os.symlink("a", self.path("tree", "b"))
        self.client.do("put", "-r", self.path("tree"))
        self.write("here/tree/b", b"a file")
        os.symlink("b", self.here("tree", "a"))
        self.client.do("get", "-r", "tree", "-t", self.here(), "--no-clobber")
        self.assertEqual((os.readlink(self.here("tree", "a")), self.read("here", "tree", "b")), ("b", b"a file"))

    def test_no_clobber_fails_where_a_folder_came_meanwhile(self):
        code, err = self.end_of_get(os.mkdir, "--no-clobber")
        self.assertEqual(code, 2, err)
        self.assertIn(b"is a folder here", err)


if __name__ == "__main__":
    unittest.main()
