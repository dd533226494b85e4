"""Patterns that ndisk expands itself, when they are quoted from the shell."""

import os
import unittest

from harness import DriveTest


class Globs(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        for name in ("a.jpg", "b.jpg", "c.txt", ".hidden.jpg", "2023/x/1", "2023/y/1", "2024/x/1", "2024/x/2", "[x]",
                     "back\\slash", "star*", "latin\udce9"):
            self.write("tree/" + name, os.fsencode(name))
        self.client.do("put", "-r", self.path("tree"))
        os.mkdir(self.path("here"))

    def got(self, *patterns, code=0):
        """The names that `get` brings for these patterns."""
        result = self.client.run("get", "-r", *patterns, "-t", self.path("here"))
        self.assertEqual(result.code, code, result.err)
        return sorted(os.listdir(self.path("here")))

    def test_a_star_matches_names_but_no_leading_dot(self):
        self.assertEqual(self.got("tree/*.jpg"), ["a.jpg", "b.jpg"])

    def test_a_dot_in_the_pattern_matches_one(self):
        self.assertEqual(self.got("/tree/.*"), [".hidden.jpg"])

    def test_a_question_mark_and_a_set_match_one_byte(self):
        self.assertEqual(self.got("tree/[ab].jpg", "tree/?.txt"), ["a.jpg", "b.jpg", "c.txt"])

    def test_each_component_may_be_a_pattern(self):
        self.assertEqual(self.client.do("cat", "tree/20*/x/*").out, "2023/x/12024/x/12024/x/2")

    def test_a_plain_component_after_a_pattern_must_exist(self):
        self.assertEqual(self.client.do("cat", "tree/*/y/1").out, "2023/y/1")

    def test_a_slash_at_the_end_matches_folders_only(self):
        self.assertEqual(self.got("tree/*/"), ["2023", "2024"])

    def test_a_name_that_looks_like_a_pattern_is_tried_first(self):
        self.assertEqual(self.got("tree/[x]"), ["[x]"])
        self.assertEqual(self.client.do("cat", "tree/star*").out, "star*")
        self.assertEqual(self.client.do("cat", "tree/back\\slash").out, "back\\slash")

    def test_a_backslash_takes_a_star_as_it_is(self):
        self.assertEqual(self.client.do("cat", "tree/\\star\\*").out, "star*")

    def test_bytes_that_are_not_utf_8_match(self):
        self.assertEqual(self.client.do("cat", "tree/lat*").raw, b"latin\xe9")

    def test_no_match_is_not_found(self):
        self.assert_fails(self.client.run("cat", "tree/*.png"), 3, "no match", "*.png")
        self.assert_fails(self.client.run("cat", "nowhere/*"), 3, "no match")
        self.assert_fails(self.client.run("cat", "tree/a.jpg/*"), 3, "no match")

    def test_the_rest_is_done_when_one_pattern_matches_nothing(self):
        self.assertEqual(self.got("tree/*.png", "tree/*.txt", code=7), ["c.txt"])

    def test_two_patterns_that_match_one_file_get_it_once(self):
        self.assertEqual(self.got("tree/a*", "tree/*a.jpg"), ["a.jpg"])

    def test_two_files_of_one_name_are_refused_before_anything_is_written(self):
        self.assert_fails(self.client.run("get", "tree/*/x/1", "-t", self.path("here")), 2, "already called")
        self.assertEqual(os.listdir(self.path("here")), [])

    def test_o_takes_a_pattern_that_matches_one(self):
        self.client.do("get", "tree/a*", "-o", self.path("here", "one"))
        self.assertEqual(self.read("here", "one"), b"a.jpg")
        self.assert_fails(self.client.run("get", "tree/*.jpg", "-o", self.path("here", "two")), 2, "-o")

    def test_rm_takes_patterns(self):
        self.client.do("rm", "tree/*.jpg")
        self.assertNotIn("a.jpg", self.client.names("tree"))
        self.assertIn(".hidden.jpg", self.client.names("tree"))
        self.assertIn("c.txt", self.client.names("tree"))


if __name__ == "__main__":
    unittest.main()
