"""mkdir, mv, cp, rm and list as a shell's."""

import os
import unittest

from harness import DriveTest


class NamespaceTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def put(self, remote, content=b"x", **options):
        self.client.do("put", self.write("source", content, **options), "--name", remote)

    def tree(self, folder="/"):
        return self.client.names("-r", folder)

    def content(self, remote):
        return self.client.do("get", remote, "-o", "-").raw

    def object(self, remote):
        return self.client.do("--json", "stat", remote).objects()[0]


class MakingFolders(NamespaceTest):
    def test_a_folder_is_made_and_nothing_is_said(self):
        self.assertEqual(self.client.do("mkdir", "a", "/b").out, "")
        self.assertEqual(self.tree(), ["a/", "b/"])

    def test_p_makes_parents_and_lets_be_what_is_there(self):
        self.client.do("mkdir", "-p", "a/b/c", "a/b")
        self.client.do("mkdir", "-p", "a/b/c", "/")
        self.assertEqual(self.tree(), ["a/", "a/b/", "a/b/c/"])

    def test_a_folder_and_what_is_in_it_are_made_in_that_order(self):
        self.client.do("mkdir", "a", "a/b", "a/b/c")
        self.assertEqual(self.tree(), ["a/", "a/b/", "a/b/c/"])

    def test_v_names_each(self):
        self.assertEqual(self.client.do("-v", "mkdir", "b", "a").lines(), ["b", "a"])

    def test_a_pattern_is_a_name_here(self):
        self.client.do("mkdir", "*")
        self.assertEqual(self.tree(), ["*/"])


class Moving(NamespaceTest):
    def test_a_file_gets_another_name(self):
        self.put("a", b"text")
        before = self.object("a")
        self.client.do("mv", "a", "b")
        after = self.object("b")
        self.assertEqual(self.tree(), ["b"])
        for kept in ("version", "mtime", "mode", "sha256", "versions"):
            self.assertEqual(after[kept], before[kept])

    def test_into_a_folder(self):
        self.put("a")
        self.put("b")
        self.client.do("mkdir", "d")
        self.client.do("mv", "a", "b", "d")
        self.assertEqual(self.tree(), ["d/", "d/a", "d/b"])

    def test_a_folder_with_all_that_is_in_it(self):
        self.put("a/b/c")
        self.client.do("mv", "a", "z")
        self.assertEqual(self.tree(), ["z/", "z/b/", "z/b/c"])

    def test_a_folder_to_a_name_with_a_slash_behind(self):
        self.put("a/b")
        self.client.do("mv", "a", "z/")
        self.assertEqual(self.tree(), ["z/", "z/b"])

    def test_t_takes_the_folder_first(self):
        self.put("a")
        self.client.do("mkdir", "d")
        self.client.do("mv", "-t", "d", "a")
        self.assertEqual(self.tree(), ["d/", "d/a"])

    def test_T_takes_the_name_itself(self):
        self.put("a/x")
        self.client.do("mkdir", "b")
        self.client.do("mv", "-T", "a", "b")
        self.assertEqual(self.tree(), ["b/", "b/x"])

    def test_over_a_file_which_is_found_in_the_trash(self):
        self.put("a", b"one")
        self.put("b", b"two")
        self.client.do("mv", "a", "b")
        self.assertEqual((self.tree(), self.content("b")), (["b"], b"one"))
        self.assertEqual([item["path"] for item in self.client.do("--json", "trash", "list").objects()[:-1]], ["b"])

    def test_n_refuses_to_replace(self):
        self.put("a", b"one")
        self.put("b", b"two")
        self.assert_fails(self.client.run("mv", "-n", "a", "b"), 6, "b")
        self.assertEqual(self.content("b"), b"two")

    def test_patterns_are_expanded(self):
        for name in ("a.jpg", "b.jpg", "c.txt"):
            self.put(name)
        self.client.do("mkdir", "photos")
        self.client.do("mv", "*.jpg", "photos")
        self.assertEqual(self.tree(), ["c.txt", "photos/", "photos/a.jpg", "photos/b.jpg"])

    def test_v_says_where_each_went(self):
        self.put("a")
        self.client.do("mkdir", "d")
        self.assertEqual(self.client.do("-v", "mv", "a", "d").lines(), ["a -> d/a"])

    def test_two_of_one_name_do_not_replace_each_other(self):
        self.put("a/x", b"one")
        self.put("b/x", b"two")
        self.client.do("mkdir", "d")
        self.assert_fails(self.client.run("mv", "a/x", "b/x", "d"), 7, "b/x")
        self.assertEqual((self.content("d/x"), self.content("b/x")), (b"one", b"two"))


class Copying(NamespaceTest):
    def test_a_file_keeps_content_mode_and_time(self):
        self.put("a", b"text", mode=0o640, mtime_ns=981_173_106 * 10**9)
        self.client.do("cp", "a", "b")
        one, other = self.object("a"), self.object("b")
        for same in ("size", "mtime", "mode", "sha256"):
            self.assertEqual(one[same], other[same])
        self.assertEqual((self.tree(), self.content("b")), (["a", "b"], b"text"))

    def test_a_folder_needs_r(self):
        self.put("a/b")
        self.assert_fails(self.client.run("cp", "a", "c"), 2, "-r")
        self.client.do("cp", "-r", "a", "c")
        self.assertEqual(self.tree("c"), ["b"])

    def test_into_a_folder_that_has_it_already_they_are_merged(self):
        self.put("a/one", b"new")
        self.put("d/a/two", b"old")
        self.client.do("cp", "-r", "a", "d")
        self.assertEqual(self.tree("d"), ["a/", "a/one", "a/two"])

    def test_over_a_file_makes_a_version(self):
        self.put("a", b"one")
        self.put("b", b"two")
        self.client.do("cp", "a", "b")
        self.assertEqual((self.content("b"), self.object("b")["versions"]), (b"one", 2))

    def test_an_earlier_version(self):
        self.put("a", b"one")
        version = self.object("a")["version"]
        self.put("a", b"two")
        self.client.do("cp", "--version", str(version), "a", "b")
        self.assertEqual((self.content("a"), self.content("b")), (b"two", b"one"))

    def test_n_refuses_to_replace(self):
        self.put("a", b"one")
        self.put("b", b"two")
        self.assert_fails(self.client.run("cp", "-n", "a", "b"), 6, "b")

    def test_version_with_a_pattern_for_several_is_a_usage_error(self):
        self.put("a1")
        self.put("a2")
        self.client.do("mkdir", "d")
        self.assert_fails(self.client.run("cp", "--version", "1", "a*", "d"), 2, "--version")


class Removing(NamespaceTest):
    def test_many_at_once_are_named_in_their_order(self):
        names = [f"{number:03}" for number in range(300)]
        for name in names:
            self.write(f"many/{name}")
        self.client.do("put", "-r", self.path("many"))
        names.reverse()
        result = self.client.do("-v", "rm", *(f"many/{name}" for name in names))
        self.assertEqual(result.lines(), [f"many/{name}" for name in names])
        self.assertEqual(self.tree(), ["many/"])

    def test_a_folder_and_what_is_in_it_in_that_order(self):
        self.put("a/b")
        self.assert_fails(self.client.run("rm", "-r", "a/b", "a"), 0)
        self.assertEqual(self.tree(), [])

    def test_f_forgives_what_is_not_there(self):
        self.put("a")
        self.assertEqual(self.client.do("rm", "-f", "missing", "*.none", "a/b").err, "")
        self.client.do("rm", "-f")
        self.assert_fails(self.client.run("rm", "-f", "a/../b"), 2)

    def test_patterns_match_no_leading_dot(self):
        for name in (".hidden", "a", "b"):
            self.put(name)
        self.client.do("rm", "*")
        self.assertEqual(self.tree(), [".hidden"])

    def test_a_name_that_looks_like_a_pattern_is_that_name(self):
        self.put("*")
        self.put("a")
        self.client.do("rm", "*")
        self.assertEqual(self.tree(), ["a"])


class Listing(NamespaceTest):
    def test_l_shows_mode_and_time_of_folders_and_links(self):
        self.write("tree/file", b"12345", mode=0o640, mtime_ns=981_173_106 * 10**9)
        os.mkdir(self.path("tree", "folder"))
        os.chmod(self.path("tree", "folder"), 0o750)
        os.utime(self.path("tree", "folder"), ns=(981_173_107 * 10**9,) * 2)
        os.symlink("file", self.path("tree", "link"))
        self.client.do("put", "-r", self.path("tree"))
        lines = self.client.do("list", "-l", "tree").lines()
        self.assertEqual(lines[:2], ["-rw-r----- 5 2001-02-03T04:05:06Z file",
                                     "drwxr-x--- - 2001-02-03T04:05:07Z folder/"])
        self.assertRegex(lines[2], r"^lrwxrwxrwx 4 \S+ link$")

    def test_several_operands_are_files_then_folders_below_their_names(self):
        self.put("d/a")
        self.put("d/b")
        self.put("f")
        self.assertEqual(self.client.do("list", "/d", "f").lines(), ["f", "", "/d:", "a", "b"])
        self.assertEqual(self.client.do("list", "*").lines(), ["f", "", "d:", "a", "b"])

    def test_a_pattern_for_one_folder_lists_it_below_its_name(self):
        self.put("folder/a")
        self.assertEqual(self.client.do("list", "f*").lines(), ["folder:", "a"])

    def test_raw_names_of_several(self):
        self.put("d/a\nb")
        self.put("f")
        self.assertEqual(self.client.do("list", "-0", "f", "d").raw, b"f\0\0d:\0a\nb\0")


if __name__ == "__main__":
    unittest.main()
