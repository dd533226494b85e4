"""find, du and stat."""

import os
import subprocess
import time
import unittest

from client import NDISK
from harness import KIB, MIB, DriveTest


class FindTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def put_tree(self):
        day = 86_400 * 10**9
        now = time.time_ns()
        self.write("t/a.jpg", b"x" * 10, mtime_ns=now - 10 * day)
        self.write("t/b.txt", b"x" * (2 * KIB), mtime_ns=now - day)
        self.write("t/sub/.c.jpg", b"x" * (3 * MIB), mtime_ns=now - day // 2)
        self.write("t/sub/empty", b"", mtime_ns=now)
        os.makedirs(self.path("t", "sub", "nothing"))
        os.symlink("a.jpg", self.path("t", "link"))
        self.client.do("put", "-r", self.path("t"))

    def find(self, *arguments):
        return self.client.do("find", *arguments).lines()


class Finding(FindTest):
    def setUp(self):
        super().setUp()
        self.put_tree()

    def test_everything_from_where_it_begins(self):
        below = ["t/a.jpg", "t/b.txt", "t/link", "t/sub", "t/sub/.c.jpg", "t/sub/empty", "t/sub/nothing"]
        self.assertEqual(self.find("t"), ["t", *below])
        self.assertEqual(self.find(), ["/", "/t", *("/" + path for path in below)])
        self.assertEqual(self.find("/t/"), ["/t/", *("/" + path for path in below)])

    def test_by_name(self):
        self.assertEqual(self.find("--name", "*.jpg"), ["/t/a.jpg", "/t/sub/.c.jpg"])
        self.assertEqual(self.find("t", "--name", "[ab].*", "--name", "t"), ["t", "t/a.jpg", "t/b.txt"])

    def test_by_type(self):
        self.assertEqual(self.find("t", "--type", "d"), ["t", "t/sub", "t/sub/nothing"])
        self.assertEqual(self.find("t", "--type", "l"), ["t/link"])
        self.assertEqual(self.find("t", "--type", "d,l"), ["t", "t/link", "t/sub", "t/sub/nothing"])
        self.assertEqual(self.find("t/sub", "--type", "f"), ["t/sub/.c.jpg", "t/sub/empty"])

    def test_by_size_which_folders_have_none_of(self):
        self.assertEqual(self.find("t", "--size", "+2k"), ["t/sub/.c.jpg"])
        self.assertEqual(self.find("t", "--size", "2k"), ["t/b.txt"])
        self.assertEqual(self.find("t", "--size", "-2k", "--type", "f"), ["t/a.jpg", "t/sub/empty"])
        self.assertEqual(self.find("t", "--size", "+10", "--size", "-1M"), ["t/b.txt"])

    def test_by_age(self):
        self.assertEqual(self.find("t", "--older", "2d", "--type", "f"), ["t/a.jpg"])
        self.assertEqual(self.find("t", "--newer", "18h", "--type", "f"), ["t/sub/.c.jpg", "t/sub/empty"])
        self.assertEqual(self.find("t", "--newer", "2d", "--older", "18h", "--type", "f"), ["t/b.txt"])
        self.assertEqual(self.find("t", "--newer", "2200-01-01"), [])
        self.assertEqual(self.find("t", "--older", "1999-01-01T00:00:00Z"), [])

    def test_empty_files_and_folders(self):
        self.assertEqual(self.find("t", "--empty"), ["t/sub/empty", "t/sub/nothing"])
        self.assertEqual(self.find("t/sub/nothing", "--empty"), ["t/sub/nothing"])

    def test_max_depth(self):
        self.assertEqual(self.find("t", "--max-depth", "0"), ["t"])
        self.assertEqual(self.find("t", "--max-depth", "1"), ["t", "t/a.jpg", "t/b.txt", "t/link", "t/sub"])
        self.assertEqual(self.find("--max-depth", "2", "--name", "*.jpg"), ["/t/a.jpg"])

    def test_an_operand_that_is_a_file_is_asked_like_the_rest(self):
        self.assertEqual(self.find("t/a.jpg"), ["t/a.jpg"])
        self.assertEqual(self.find("t/a.jpg", "t/b.txt", "--size", "+1k"), ["t/b.txt"])

    def test_patterns_say_where_to_begin(self):
        self.assertEqual(self.find("t/*.*", "--type", "f"), ["t/a.jpg", "t/b.txt"])

    def test_what_is_missing_does_not_stop_the_rest(self):
        result = self.client.run("find", "missing", "t/a.jpg")
        self.assert_fails(result, 7, "missing")
        self.assertEqual(result.lines(), ["t/a.jpg"])


class Pipes(FindTest):
    def test_0_goes_through_xargs_whatever_the_names(self):
        odd = ["new\nline", "-dash", "sp ace", "*", "quo'te\"", "latin\udce9"]
        for name in odd:
            self.write(os.path.join(b"odd", os.fsencode(name)), b"x")
        self.client.do("put", "-r", self.path("odd"))
        self.client.do("put", self.write("keep"))
        listing = self.client.do("find", "odd", "--type", "f", "-0").raw
        removed = subprocess.run(["xargs", "-0", NDISK, "-s", self.client.server, "-v", "rm"], input=listing,
                                 env=self.client.environment, capture_output=True, check=False)
        self.assertEqual((removed.returncode, removed.stderr), (0, b""))
        self.assertEqual(self.client.names("-r"), ["keep", "odd/"])

    def test_from_the_top_no_name_is_an_option(self):
        self.client.do("put", "--", self.write("-r", b"x"))
        self.assertEqual(self.client.do("find", "--type", "f", "-0").raw, b"/-r\0")

    def test_a_reader_that_has_seen_enough_ends_it_quietly(self):
        for number in range(3000):
            self.write(f"many/{number:05}-{'long' * 40}", b"x")
        self.client.do("put", "-r", self.path("many"))
        for command in (["find"], ["--json", "find"], ["list", "-r"]):
            with self.subTest(command):
                process = self.client.start(*command)
                process.stdout.readline()
                process.stdout.close()
                self.assertEqual(process.stderr.read(), b"")
                process.wait()
                process.stderr.close()


class Usage(FindTest):
    def test_totals_of_every_folder_below(self):
        self.put_tree()
        large = 3 * MIB
        self.assertEqual(self.client.do("du", "t").lines(),
                         [f"{large + 2 * KIB + 15}\tt", f"{large}\tt/sub", "0\tt/sub/nothing"])

    def test_s_and_h_and_depth(self):
        self.put_tree()
        self.assertEqual(self.client.do("du", "-sh", "t", "t/b.txt").lines(), ["3.1M\tt", "2.0K\tt/b.txt"])
        self.assertEqual([line.split("\t")[1] for line in self.client.do("du", "-d", "1").lines()], ["/", "/t"])
        self.assertEqual(len(self.client.do("du", "-d", "0").lines()), 1)

    def test_raw_names(self):
        self.client.do("mkdir", "a\nb")
        self.assertEqual(self.client.do("du", "-0", "a*").raw, b"0\ta\nb\0")

    def test_an_empty_drive(self):
        self.assertEqual(self.client.do("du").lines(), ["0\t/"])


class Looking(FindTest):
    def shown(self, *arguments):
        blocks = self.client.do("stat", *arguments).out.split("\n\n")
        return [dict(line.split(None, 1) for line in block.splitlines()) for block in blocks]

    def test_a_file(self):
        self.client.do("put", self.write("a", b"hello\n", mode=0o640, mtime_ns=981_173_106 * 10**9 + 5))
        shown = self.shown("/a")[0]
        self.assertEqual({key: shown[key] for key in ("path", "kind", "size", "mode", "mtime", "versions", "device")},
                         {"path": "/a", "kind": "file", "size": "6", "mode": "0640 -rw-r-----", "versions": "1",
                          "mtime": "2001-02-03T04:05:06.000000005Z", "device": "local"})
        self.assertEqual(shown["sha256"], "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")

    def test_versions_are_counted(self):
        for content in (b"1", b"2", b"3"):
            self.client.do("put", self.write("a", content))
        self.assertEqual(self.shown("a")[0]["versions"], "3")

    def test_a_link_has_its_target(self):
        os.symlink("to\nnowhere", self.path("link"))
        self.client.do("put", "-r", self.path("link"))
        shown = self.shown("link")[0]
        self.assertEqual((shown["kind"], shown["target"]), ("link", r"to\nnowhere"))

    def test_a_folder_has_totals(self):
        self.put_tree()
        shown = self.shown("t")[0]
        self.assertEqual((shown["kind"], shown["files"], shown["folders"], shown["bytes"]),
                         ("folder", "5", "2", str(3 * MIB + 2 * KIB + 15)))

    def test_several_and_the_drive_itself(self):
        self.client.do("put", self.write("a"), self.write("b"))
        self.assertEqual([block["path"] for block in self.shown("/", "*")], ["/", "a", "b"])


if __name__ == "__main__":
    unittest.main()
