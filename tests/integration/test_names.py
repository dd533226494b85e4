"""Listing, removing, and names that terminals and JSON find hard."""

import base64
import os
import unittest

from harness import DriveTest

ODD = {  # the name on disk: how it is shown
    b"new\nline": r"new\nline",
    b'quo"te\'s': 'quo"te\'s',
    b"back\\slash": r"back\\slash",
    b"latin\xe91": r"latin\xE91",
    b"esc\x1b[31m": r"esc\x1B[31m",
    "Grüße 🎵".encode(): "Grüße 🎵",
    b" spaces ": " spaces ",
    b"-dash": "-dash",
    b"*?[x]": "*?[x]",
}


class Names(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        for name in ODD:
            self.write(b"odd/" + name, b"content of " + name)
        self.client.do("put", "-r", self.path("odd"))

    def test_odd_names_are_shown_escaped_in_byte_order(self):
        self.assertEqual(self.client.names("/odd"), [ODD[name] for name in sorted(ODD)])

    def test_0_gives_names_raw_and_ended_by_nul(self):
        self.assertEqual(self.client.do("list", "-0", "/odd").raw.split(b"\0"), sorted(ODD) + [b""])

    def test_odd_names_come_back_as_they_went(self):
        os.mkdir(self.path("back"))
        self.client.do("get", "-r", "odd", "-t", self.path("back"))
        back = os.fsencode(self.path("back", "odd"))
        self.assertEqual(sorted(os.listdir(back)), sorted(ODD))
        for name in ODD:
            with open(os.path.join(back, name), "rb") as file:
                self.assertEqual(file.read(), b"content of " + name)

    def test_each_can_be_named_on_the_command_line(self):
        for name in ODD:
            with self.subTest(name):
                self.assertEqual(self.client.do("get", b"odd/" + name, "-o", "-").raw, b"content of " + name)

    def test_json_gives_names_that_are_not_utf_8_as_base64(self):
        shown = {item.get("path"): item for item in self.client.do("--json", "list", "/odd").objects()}
        encoded = [item["path_base64"] for item in shown.values() if "path_base64" in item]
        self.assertEqual([base64.b64decode(name).rpartition(b"/")[2] for name in encoded], [b"latin\xe91"])

    def test_an_error_shows_the_name_escaped(self):
        self.assert_fails(self.client.run("get", b"no\nsuch\xff", "-o", "-"), 3, r"no\nsuch\xFF")


class ByteForByte(DriveTest):
    """What no terminal shows and no person types, there and back."""

    NAMES = (b" ", b" lead", b"trail ", b"new\nline\n", b"tab\t", "\U0001f3b5\U0001f468\u200d\U0001f469".encode(),
             b"\xff\xfe", b"\x01\x7f", b"x" * 255, "\u00e9".encode() * 127, b"-r", b"--json",
             b"--", "\u00e9".encode(), b"e\xcc\x81", b"...",
             b"..a", b"~", b"$HOME", b"%s", b"a:b", b"CON", b".ndiskignore-not")

    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        self.source = os.fsencode(self.path("source"))
        for name in self.NAMES:
            self.write(b"source/" + name, b"content of " + name)
            self.write(b"source/in " + name[:200] + b"/" + name, name)
        self.client.do("put", "-r", self.path("source"))

    def tree(self, root):
        found = {}
        for folder, _, files in os.walk(os.fsencode(root)):
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, os.fsencode(root))] = file.read()
        return found

    def test_a_tree_comes_back_with_the_same_names_and_contents(self):
        os.mkdir(self.path("back"))
        self.client.do("get", "-r", "source", "-t", self.path("back"))
        self.assertEqual(self.tree(self.path("back", "source")), self.tree(self.source))

    def test_a_second_put_and_a_second_get_find_nothing_to_do(self):
        os.mkdir(self.path("back"))
        self.client.do("get", "-r", "source", "-t", self.path("back"))
        for command in (("put", "-r", self.path("source")), ("get", "-r", "source", "-t", self.path("back"))):
            summary = self.client.do("--json", *command).objects()[-1]
            self.assertEqual((summary["done"], summary["unchanged"]), (0, 2 * len(self.NAMES)), command[0])

    def test_list_and_find_give_the_same_bytes(self):
        expected = sorted(self.tree(self.source))
        listed = self.client.do("list", "-r", "-0", "source").raw.split(b"\0")
        self.assertEqual(sorted(name for name in listed if name and not name.endswith(b"/")), expected)
        found = self.client.do("find", "source", "--type", "f", "-0").raw.split(b"\0")
        self.assertEqual(sorted(name.removeprefix(b"source/") for name in found if name), expected)

    def test_each_can_be_named_after_two_dashes(self):
        for name in self.NAMES:
            with self.subTest(name):
                self.client.do("put", "-t", "again", "--", name, cwd=self.source)
                got = self.client.do("get", "-o", "-", "--", b"again/" + name)
                self.assertEqual(got.raw, b"content of " + name)
        self.client.do("rm", "--", *(b"again/" + name for name in self.NAMES))
        self.assertEqual(self.client.names("again"), [])


class Listing(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def test_an_empty_drive_lists_as_nothing(self):
        self.assertEqual(self.client.do("list").out, "")

    def test_files_and_folders_come_in_byte_order_and_folders_end_in_a_slash(self):
        for name in ("b", "B", "a"):
            self.client.do("put", self.write(name, b"x"))
        self.client.do("put", self.write("x", b"x"), "-t", "/aa")
        self.assertEqual(self.client.names(), ["B", "a", "aa/", "b"])

    def test_a_listed_file_shows_itself(self):
        self.client.do("put", self.write("song.mp3", b"x"), "-t", "/music")
        self.assertEqual(len(self.client.names("/music/song.mp3")), 1)

    def test_l_shows_mode_size_time_and_name(self):
        self.client.do("put", self.write("song.mp3", b"12345", mode=0o640, mtime_ns=981_173_106 * 10**9), "-t", "/m")
        line = self.client.do("list", "-l", "/m").lines()[0]
        self.assertRegex(line, r"(rw-r-----|0?640)\s+5\s+2001-02-03[T ]04:05:06\S*\s+song\.mp3$")

    def test_ls_is_another_name_of_list(self):
        self.client.do("put", self.write("a", b"x"))
        self.assertEqual(self.client.do("ls").lines(), ["a"])

    def test_a_leading_slash_makes_no_difference(self):
        self.client.do("put", self.write("a", b"x"), "-t", "music")
        self.assertEqual(self.client.names("music"), self.client.names("/music"))

    def test_a_folder_that_is_not_there_is_not_found(self):
        self.assert_fails(self.client.run("list", "/nowhere"), 3, "nowhere")

    def test_a_path_with_dots_is_a_usage_error(self):
        self.assert_fails(self.client.run("list", "/music/../x"), 2)

    def test_json_has_one_object_an_entry_and_a_summary(self):
        source = self.write("a", b"12345", mode=0o640)
        self.client.do("put", source)
        self.client.do("put", source, "-t", "/folder")
        objects = self.client.do("--json", "list").objects()
        self.assertEqual([item["type"] for item in objects], ["file", "folder", "summary"])
        self.assertEqual(set(objects[0]) & {"path", "size", "mtime", "mode", "sha256", "version"},
                         {"path", "size", "mtime", "mode", "sha256", "version"})
        self.assertEqual(objects[0]["size"], 5)

    def test_json_after_the_command_means_the_same(self):
        self.client.do("put", self.write("a", b"x"))
        self.assertEqual(self.client.do("list", "--json").out, self.client.do("--json", "list").out)


class Removing(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        self.client.do("put", self.write("a", b"a"), self.write("b", b"b"))
        self.client.do("put", self.write("a", b"a"), "-t", "/folder")

    def test_a_removed_file_is_gone_from_the_list(self):
        self.assertEqual(self.client.do("rm", "a").out, "")
        self.assertEqual(self.client.names(), ["b", "folder/"])
        self.assert_fails(self.client.run("get", "a", "-o", "-"), 3)

    def test_a_folder_needs_r(self):
        self.assert_fails(self.client.run("rm", "folder"), 2, "-r")
        self.assertEqual(self.client.names("/folder"), ["a"])
        self.client.do("rm", "-r", "folder")
        self.assertEqual(self.client.names(), ["a", "b"])

    def test_what_is_not_there_is_not_found(self):
        self.assert_fails(self.client.run("rm", "missing"), 3, "missing")

    def test_the_rest_is_removed_when_one_is_missing(self):
        self.assert_fails(self.client.run("rm", "a", "missing", "b"), 7, "missing")
        self.assertEqual(self.client.names(), ["folder/"])

    def test_the_name_is_free_for_a_new_file(self):
        self.client.do("rm", "a")
        self.client.do("put", self.write("a", b"new"))
        self.assertEqual(self.client.do("get", "a", "-o", "-").raw, b"new")


if __name__ == "__main__":
    unittest.main()
