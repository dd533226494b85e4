"""versions, restore and the trash."""

import os
import unittest

from harness import DriveTest
from waiting import wait_until


def objects(server):
    """Files of content on the server's disk."""
    return [name for _, _, names in os.walk(os.path.join(server.data, "objects")) for name in names]


class HistoryTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def put(self, remote, content):
        self.client.do("put", self.write("source", content), "--name", remote)

    def content(self, remote):
        return self.client.do("get", remote, "-o", "-").raw

    def objects(self, *arguments):
        """Without the summary."""
        return self.client.do("--json", *arguments).objects()[:-1]

    def trash(self):
        return [item["path"] for item in self.objects("trash", "list")]


class Versions(HistoryTest):
    def test_newest_first_and_the_current_one_is_marked(self):
        for content in (b"1", b"22", b"333"):
            self.put("a", content)
        lines = self.client.do("versions", "a").lines()
        self.assertEqual([line.split()[2] for line in lines], ["3", "2", "1"])
        self.assertEqual([line.endswith(" local current") for line in lines], [True, False, False])

    def test_each_can_be_had_again(self):
        for content in (b"1", b"22"):
            self.put("a", content)
        first = self.objects("versions", "a")[-1]
        self.client.do("get", "a", "--version", str(first["version"]), "-o", self.path("back"))
        self.assertEqual(self.read("back"), b"1")

    def test_several_files_are_named(self):
        self.put("a", b"1")
        self.put("b", b"2")
        lines = self.client.do("versions", "*").lines()
        self.assertEqual((lines[0], lines[2], lines[3], len(lines)), ("a:", "", "b:", 5))

    def test_no_more_are_kept_than_the_server_promises(self):
        client = self.local_client(self.start_server("--keep-versions", "2", name="short"), name="short-client")
        for number in range(6):
            client.do("put", self.write("source", b"x" * number), "--name", "a")
        sizes = [item["size"] for item in client.do("--json", "versions", "a").objects()[:-1]]
        self.assertEqual(sizes[:3], [5, 4, 3])


class Restoring(HistoryTest):
    def test_the_one_before_comes_back_as_a_new_version(self):
        self.put("a", b"one")
        self.put("a", b"two")
        self.assertEqual(self.client.do("restore", "a").out, "")
        self.assertEqual(self.content("a"), b"one")
        self.assertEqual(len(self.objects("versions", "a")), 3)

    def test_any_version(self):
        for content in (b"1", b"22", b"333"):
            self.put("a", content)
        oldest = self.objects("versions", "a")[-1]["version"]
        self.client.do("restore", "a", "--version", str(oldest))
        self.assertEqual(self.content("a"), b"1")

    def test_a_removed_file_comes_back_with_its_history(self):
        self.put("a", b"one")
        self.put("a", b"two")
        self.client.do("rm", "a")
        self.client.do("restore", "a")
        self.assertEqual(self.content("a"), b"two")
        self.assertEqual(len(self.objects("versions", "a")), 2)

    def test_a_removed_folder_comes_back(self):
        self.put("d/a", b"one")
        self.client.do("rm", "-r", "d")
        self.client.do("restore", "/d")
        self.assertEqual(self.content("d/a"), b"one")

    def test_a_removed_name_that_looks_like_a_pattern(self):
        self.put("[x]", b"one")
        self.client.do("rm", "[x]")
        self.client.do("restore", "[x]")
        self.assertEqual(self.client.names(), ["[x]"])

    def test_v_says_what_came_back(self):
        self.put("a", b"one")
        self.client.do("rm", "a")
        self.assertEqual(self.client.do("-v", "restore", "/a").lines(), ["a"])


class Trash(HistoryTest):
    def test_lists_what_was_removed_newest_first(self):
        for name in ("a", "b/c"):
            self.put(name, b"12345")
        self.client.do("rm", "a")
        self.client.do("rm", "-r", "b")
        lines = self.client.do("trash", "list").lines()
        self.assertRegex(lines[0], r"^\d+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 5 local b/$")
        self.assertRegex(lines[1], r"^\d+ \S+ 5 local a$")
        self.assertEqual(self.client.do("trash").lines(), lines)

    def test_raw_paths(self):
        self.put("a\nb", b"x")
        self.client.do("rm", "a\nb")
        self.assertEqual(self.client.do("trash", "list", "-0").raw, b"a\nb\0")

    def test_it_says_until_when_things_are_kept(self):
        self.put("a", b"x")
        self.client.do("rm", "a")
        item = self.objects("trash", "list")[0]
        self.assertEqual(item["expires"] - item["removed"], 30 * 86_400 * 10**9)

    def test_restore_by_number_and_by_path(self):
        for name in ("a", "b"):
            self.put(name, name.encode())
            self.client.do("rm", name)
        number = self.objects("trash", "list")[0]["id"]
        self.client.do("trash", "restore", str(number), "/a")
        self.assertEqual((self.client.names(), self.trash()), (["a", "b"], []))

    def test_of_one_path_the_newest_comes_back(self):
        for content in (b"one", b"two"):
            self.put("a", content)
            self.client.do("rm", "a")
        self.client.do("trash", "restore", "a")
        self.assertEqual((self.content("a"), self.trash()), (b"two", ["a"]))

    def test_patterns_match_paths_of_the_trash(self):
        for name in ("x/a.txt", "x/b.txt", "x/c.jpg"):
            self.put(name, b"x")
        self.client.do("rm", "x/a.txt", "x/b.txt", "x/c.jpg")
        self.client.do("trash", "restore", "x/*.txt")
        self.assertEqual(self.client.names("-r"), ["x/", "x/a.txt", "x/b.txt"])

    def test_to_another_path(self):
        self.put("a", b"one")
        self.client.do("rm", "a")
        self.client.do("trash", "restore", "a", "--to", "/new/place")
        self.assertEqual(self.content("new/place"), b"one")

    def test_where_something_stands_by_now_both_are_kept(self):
        self.put("a.txt", b"old")
        self.client.do("rm", "a.txt")
        self.put("a.txt", b"new")
        self.assertEqual(self.client.do("-v", "trash", "restore", "a.txt").lines(), ["a (restored).txt"])
        self.assertEqual((self.content("a.txt"), self.content("a (restored).txt")), (b"new", b"old"))

    def test_a_folder_that_is_gone_is_made_again(self):
        self.put("d/a", b"one")
        self.client.do("rm", "d/a")
        self.client.do("rm", "-r", "d")
        self.client.do("trash", "restore", "d/a")
        self.assertEqual(self.client.names("-r"), ["d/", "d/a"])

    def test_empty_takes_all(self):
        for name in ("a", "b"):
            self.put(name, b"x")
            self.client.do("rm", name)
        self.assertEqual(self.client.do("-v", "trash", "empty").lines(), ["2"])
        self.assertEqual(self.trash(), [])

    def test_empty_takes_what_is_named_every_one_of_that_path(self):
        for name in ("a", "b", "a"):
            self.put(name, b"x")
            self.client.do("rm", name)
        self.client.do("trash", "empty", "a")
        self.assertEqual(self.trash(), ["b"])

    def test_empty_takes_what_is_older(self):
        self.put("a", b"x")
        self.client.do("rm", "a")
        self.client.do("trash", "empty", "--older-than", "1h")
        self.assertEqual(self.trash(), ["a"])
        self.client.do("trash", "empty", "--older-than", "0s")
        self.assertEqual(self.trash(), [])

    def test_an_item_that_is_not_there_empties_nothing(self):
        self.put("a", b"x")
        self.client.do("rm", "a")
        self.assert_fails(self.client.run("trash", "empty", "missing"), 3, "missing")
        self.assertEqual(self.trash(), ["a"])

    def test_what_was_emptied_is_gone_from_the_disk(self):
        server = self.start_server(name="other")
        client = self.local_client(server, name="other-client")
        client.do("put", self.write("big", os.urandom(100_000)))
        client.do("rm", "big")
        client.do("trash", "empty")
        wait_until(lambda: not objects(server), "the content to be freed")

    def test_content_that_something_else_refers_to_stays(self):
        server = self.start_server(name="other")
        client = self.local_client(server, name="other-client")
        content = os.urandom(100_000)
        client.do("put", self.write("one", content), self.write("rest", os.urandom(100_000)))
        client.do("cp", "one", "two")
        client.do("rm", "one", "rest")
        client.do("trash", "empty")
        wait_until(lambda: len(objects(server)) == 1, "the other content to be freed")
        self.assertEqual(client.do("get", "two", "-o", "-").raw, content)


if __name__ == "__main__":
    unittest.main()
