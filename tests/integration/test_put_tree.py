"""Putting whole trees: what is kept of them, what is left out, and what is not sent again."""

import os
import socket
import unittest

from harness import KIB, DriveTest


class PutTree(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)

    def entries(self, remote="/"):
        """Of a recursive listing: what each path is."""
        return {entry["path"]: entry for entry in self.client.do("--json", "list", "-r", remote).objects()[:-1]}

    def versions(self):
        return {path: entry.get("version") for path, entry in self.entries().items()}

    def summary(self, *arguments, **options):
        return self.client.do("--json", "put", *arguments, **options).objects()[-1]


class Kinds(PutTree):
    def test_links_stay_links_even_when_they_lead_nowhere(self):
        self.write("x/file", b"content")
        os.symlink("file", self.path("x", "link"))
        os.symlink("no/such/thing", self.path("x", "dangling"))
        self.client.do("put", "-r", self.path("x"))
        kinds = {path: entry["type"] for path, entry in self.entries().items()}
        self.assertEqual(kinds, {"x": "folder", "x/file": "file", "x/link": "link", "x/dangling": "link"})

    def test_follow_puts_what_links_lead_to(self):
        self.write("outside/file", b"content")
        os.makedirs(self.path("x"))
        os.symlink("../outside", self.path("x", "folder"))
        os.symlink("../outside/file", self.path("x", "file"))
        self.client.do("put", "-r", "--follow", self.path("x"))
        kinds = {path: entry["type"] for path, entry in self.entries("/x").items()}
        self.assertEqual(kinds, {"x/file": "file", "x/folder": "folder", "x/folder/file": "file"})

    def test_follow_names_a_link_that_leads_back_and_goes_on(self):
        self.write("x/sub/file", b"content")
        os.symlink("..", self.path("x", "sub", "up"))
        result = self.client.do("put", "-r", "--follow", self.path("x"))
        self.assertIn("x/sub/up", result.err)
        self.assertEqual(self.client.names("-r", "/x"), ["sub/", "sub/file"])

    def test_a_named_link_is_followed_without_r_and_kept_with_it(self):
        self.write("file", b"content")
        os.symlink("file", self.path("link"))
        self.client.do("put", self.path("link"), "--name", "one")
        self.client.do("put", "-r", self.path("link"), "--name", "two")
        kinds = {path: entry["type"] for path, entry in self.entries().items()}
        self.assertEqual(kinds, {"one": "file", "two": "link"})

    def test_of_contents_with_the_same_name_the_last_named_stands_and_the_others_are_versions(self):
        for number, folder in enumerate(("first", "second", "third")):
            self.write(folder + "/big", bytes([number]) * (3 - number) * 2_000_000)
            for small in range(40):
                self.write(f"{folder}/{small}", folder.encode())
                os.utime(self.path(folder, str(small)), (number, number))
        operands = [self.path(folder) + "/." for folder in ("first", "second", "third")]
        self.client.do("put", "-r", *operands, "-t", "all")
        self.assertEqual(self.entries()["all/big"]["size"], 2_000_000)
        contents = {self.client.do("cat", f"all/{small}").out for small in range(40)}
        self.assertEqual(contents, {"third"})
        sizes = [entry.get("size") for entry in self.client.do("--json", "versions", "all/big").objects()[:-1]]
        self.assertEqual(sizes, [2_000_000, 4_000_000, 6_000_000])

    def test_empty_folders_are_kept_with_mode_and_time(self):
        os.makedirs(self.path("x", "empty"))
        os.chmod(self.path("x", "empty"), 0o750)
        os.utime(self.path("x", "empty"), ns=(0, 123456789))
        self.client.do("put", "-r", self.path("x"))
        entry = self.entries()["x/empty"]
        self.assertEqual((entry["type"], entry["mode"], entry["mtime"]), ("folder", 0o750, 123456789))

    def test_sockets_and_pipes_are_skipped_with_a_word_and_are_no_failure(self):
        self.write("x/file", b"content")
        os.mkfifo(self.path("x", "pipe"))
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(self.path("x", "socket"))
        result = self.client.do("--json", "put", "-r", self.path("x"))
        skipped = {item["path"]: item["reason"] for item in result.objects() if item["type"] == "skipped"}
        self.assertEqual(skipped, {"x/pipe": "named pipe", "x/socket": "socket"})
        self.assertEqual((result.objects()[-1]["done"], result.objects()[-1]["failed"]), (1, 0))
        self.assertIn("x/pipe", result.err)

    def test_what_an_interrupted_get_left_behind_is_skipped_with_a_word(self):
        self.write("x/file", b"content")
        self.write("x/.ndisk-0123456789abcdef.tmp", b"half")
        self.write("x/.ndisk-partial-1000/part", b"half")
        self.write("x/.ndisk-notes.tmp", b"the user's own")
        self.write("x/.ndisk-partial-mine/notes", b"the user's own")
        result = self.client.do("--json", "put", "-r", self.path("x"))
        skipped = {item["path"]: item["reason"] for item in result.objects() if item["type"] == "skipped"}
        self.assertEqual(skipped, dict.fromkeys(("x/.ndisk-0123456789abcdef.tmp", "x/.ndisk-partial-1000"),
                                                "unfinished download"))
        self.assertIn("x/.ndisk-partial-1000: skipped", result.err)
        self.assertEqual(self.client.names("-r", "/x"), [".ndisk-notes.tmp", ".ndisk-partial-mine/",
                                                         ".ndisk-partial-mine/notes", "file"])
        self.assertIn("skipped", self.client.do("verify", self.path("x")).err)

    def test_verify_passes_over_what_put_skips_also_where_the_drive_has_such_a_name(self):
        self.client.do("put", self.write("y", b"named"), "--name", "x/.ndisk-0123456789abcdef.tmp")
        self.client.do("put", self.write("y", b"named"), "--name", "x/.ndisk-partial-1000/part")
        self.client.do("get", "-r", "x", "-t", self.directory)
        self.assertEqual(self.client.do("verify", self.path("x")).lines(), [])

    def test_a_folder_where_the_drive_has_a_file_fails_once_and_the_rest_is_put(self):
        self.client.do("put", self.write("a", b"file"), "-t", "x")
        os.remove(self.path("a"))
        for name in ("x/a/1", "x/a/2", "x/b"):
            self.write(name, b"content")
        result = self.client.run("--json", "put", "-r", self.path("x"))
        self.assert_fails(result, 7, "x/a")
        self.assertEqual(result.objects()[-1]["failed"], 1)
        self.assertEqual(self.client.names("-r", "/x"), ["a", "b"])

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_what_can_not_be_read_is_named_and_the_rest_is_put(self):
        self.write("x/secret", b"content", mode=0)
        self.write("x/open", b"content")
        self.assert_fails(self.client.run("put", "-r", self.path("x")), 7, "secret")
        self.assertEqual(self.client.names("/x"), ["open"])

    def test_names_of_any_bytes_keep_their_order_in_the_merge(self):
        names = [b"a", b"a.txt", b"a-b", b"a\xff", b"\xc3\xa9", b"\n", b" ", b"-r", b"z" * 255]
        for name in names:
            self.write(b"x/" + name + b"/" + name, b"content")
        self.client.do("put", "-r", self.path("x"))
        self.assertEqual(self.summary("-r", self.path("x"))["unchanged"], len(names))


class Unchanged(PutTree):
    def setUp(self):
        super().setUp()
        for name in ("x/a", "x/b/c", "x/b/d", "x/b.txt", "x/z"):
            self.write(name, b"content of " + name.encode())
        self.client.do("put", "-r", self.path("x"))

    def test_what_has_the_same_size_and_time_is_not_sent_again(self):
        before = self.versions()
        result = self.client.do("--json", "put", "-r", self.path("x"))
        self.assertEqual([item["type"] for item in result.objects()], ["summary"])
        self.assertEqual((result.objects()[0]["unchanged"], result.objects()[0]["done"]), (5, 0))
        self.assertEqual(self.versions(), before)

    def test_only_what_changed_is_sent(self):
        before = self.versions()
        self.write("x/b/c", b"something else")
        self.write("x/new", b"new")
        self.client.do("put", "-r", self.path("x"))
        after = self.versions()
        changed = {path for path in after if after[path] != before.get(path)}
        self.assertEqual(changed, {"x/b/c", "x/new"})

    def test_another_mode_alone_sends_no_content(self):
        content = self.write_large("x/large", 300 * KIB)
        self.client.do("put", "-r", self.path("x"))
        os.chmod(content, 0o600)
        result = self.client.do("--json", "put", "-r", self.path("x")).objects()
        self.assertEqual([(item["path"], item["mode"], item["instant"]) for item in result[:-1]],
                         [("x/large", 0o600, True)])

    def test_a_single_file_is_compared_too(self):
        self.assertEqual(self.summary(self.path("x", "a"), "-t", "x")["unchanged"], 1)

    def test_a_changed_folder_time_is_put_and_no_file_with_it(self):
        before = self.versions()
        os.utime(self.path("x", "b"), ns=(0, 5))
        self.client.do("put", "-r", self.path("x"))
        self.assertEqual(self.entries()["x/b"]["mtime"], 5)
        self.assertEqual(self.versions(), before)

    def test_a_small_tree_is_found_among_many_things_that_are_not_its_own(self):
        for number in range(6000):
            self.write(f"y/a/{number:04}", b"")
        self.write("y/b", b"content")
        self.client.do("put", "-r", self.path("y"))
        other = self.path("other")
        os.makedirs(other)
        for name in ("0", "b", "zz"):
            self.write(f"other/{name}", b"content", mtime_ns=os.stat(self.path("y", "b")).st_mtime_ns)
        os.utime(other, ns=(0, os.stat(self.path("y")).st_mtime_ns))
        self.assertEqual(self.summary("-r", other, "--name", "y")["unchanged"], 1)
        self.assertEqual(self.client.names("/y"), ["0", "a/", "b", "zz"])

    def test_the_contents_of_a_folder_are_compared_with_the_drives_top(self):
        self.client.do("put", "-r", ".", cwd=self.path("x"))
        self.assertEqual(self.summary("-r", ".", cwd=self.path("x"))["unchanged"], 5)

    def test_a_put_of_an_unchanged_tree_takes_little_memory(self):
        for number in range(20000):
            self.write(f"many/{number // 1000}/{number:05}", b"")
        self.client.do("put", "-r", self.path("many"))
        if not os.environ.get("NDISK_SANITIZED"):
            self.assertLess(self.client.peak_memory_of("put", "-r", self.path("many")), 64 * 1024 * KIB)


if __name__ == "__main__":
    unittest.main()
