"""verify of local files and folders: every difference from the drive is named, and nothing else."""

import os
import unittest

from harness import DriveTest


class Verify(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        for name in ("x/a", "x/b/c", "x/b/d", "x/e"):
            self.write(name, b"content of " + name.encode())
        os.symlink("a", self.path("x", "link"))
        os.makedirs(self.path("x", "empty"))
        self.client.do("put", "-r", self.path("x"))

    def differences(self, *arguments, code=8):
        result = self.client.run("verify", *(arguments or [self.path("x")]))
        self.assertEqual(result.code, code, result.err)
        return result.lines()

    def test_a_tree_as_it_was_put_has_none(self):
        self.assertEqual(self.differences(code=0), [])

    def test_with_v_it_names_what_is_the_same(self):
        self.assertEqual(self.client.do("-v", "verify", self.path("x")).lines(),
                         ["same: x/a", "same: x/b/c", "same: x/b/d", "same: x/e", "same: x/link"])

    def test_a_link_that_was_put_as_what_it_leads_to_is_compared_as_that(self):
        self.client.do("put", self.path("x", "link"))
        self.assertEqual(self.differences(self.path("x", "link"), code=0), [])

    def test_each_kind_of_difference_is_named_in_order(self):
        self.write("x/a", b"CONTENT of x/a")
        os.remove(self.path("x", "b", "c"))
        os.remove(self.path("x", "e"))
        os.makedirs(self.path("x", "e", "inside"))
        os.remove(self.path("x", "link"))
        os.symlink("b", self.path("x", "link"))
        self.write("x/new/file", b"new")
        os.rmdir(self.path("x", "empty"))
        self.assertEqual(self.differences(),
                         ["differs: x/a", "only on the drive: x/b/c", "kind differs: x/e",
                          "missing on the drive: x/e/inside/", "only on the drive: x/empty/", "target differs: x/link",
                          "missing on the drive: x/new/", "missing on the drive: x/new/file"])

    def test_content_is_compared_not_size_and_time(self):
        status = os.stat(self.path("x", "a"))
        self.write("x/a", b"CONTENT of x/a", mtime_ns=status.st_mtime_ns)
        self.assertEqual(self.differences(), ["differs: x/a"])

    def test_time_and_mode_are_no_difference(self):
        os.utime(self.path("x", "a"), ns=(5, 5))
        os.chmod(self.path("x", "a"), 0o600)
        self.assertEqual(self.differences(code=0), [])

    def test_json_has_an_object_for_each(self):
        self.write("x/a", b"other")
        objects = self.client.run("--json", "verify", self.path("x")).objects()
        self.assertEqual([item["type"] for item in objects], ["difference"] + ["verified"] * 4 + ["summary"])
        self.assertEqual((objects[0]["difference"], objects[0]["path"]), ("content", "x/a"))
        self.assertEqual((objects[-1]["failed"], objects[-1]["exit_code"]), (1, 8))

    def test_t_is_the_folder_on_the_drive(self):
        self.client.do("put", "-r", self.path("x"), "-t", "backup")
        self.write("x/a", b"other")
        self.assertEqual(self.differences(self.path("x"), "-t", "backup"), ["differs: backup/x/a"])

    def test_the_contents_of_a_folder_are_compared_with_the_drives_top(self):
        self.client.do("put", "-r", ".", cwd=self.path("x"))
        lines = self.client.run("verify", ".", cwd=self.path("x")).lines()
        self.assertEqual(lines, ["only on the drive: " + name for name in
                                 ("x/", "x/a", "x/b/", "x/b/c", "x/b/d", "x/e", "x/empty/", "x/link")])

    def test_single_files_and_what_is_not_there(self):
        self.client.do("put", self.path("x", "a"))
        self.assertEqual(self.differences(self.path("x", "a"), code=0), [])
        self.assertEqual(self.differences(self.path("x", "e")), ["missing on the drive: e"])
        self.assert_fails(self.client.run("verify", self.path("nothing")), 3, "nothing")

    def test_what_filters_leave_out_is_neither_missing_nor_too_much(self):
        self.write("x/b.tmp", b"local only")
        self.client.do("put", self.write("y", b"remote only"), "--name", "x/c.tmp")
        self.assertEqual(self.differences(self.path("x"), "--exclude", "*.tmp", code=0), [])
        self.assertEqual(self.differences(self.path("x"), "--include", "/b/", code=0), [])

    def test_a_folder_is_there_also_if_what_is_first_in_it_is_left_out(self):
        self.write("y/c/d/a.txt", b"left out")
        self.write("y/c/d/b.jpg", b"taken")
        self.client.do("put", "-r", self.path("y"))
        self.assertEqual(self.differences(self.path("y"), "--include", "*.jpg", code=0), [])
        os.rename(self.path("y", "c"), self.path("y", "b"))
        self.assertEqual(self.differences(self.path("y"), "--include", "*.jpg"),
                         ["missing on the drive: y/b/", "missing on the drive: y/b/d/",
                          "missing on the drive: y/b/d/b.jpg", "only on the drive: y/c/d/b.jpg"])

    def test_what_put_would_ignore_is_not_missing(self):
        self.write("x/.ndiskignore", b"*.o\n/cache/\n")
        self.write("x/a.o", b"x")
        self.write("x/cache/file", b"x")
        self.client.do("put", "-r", self.path("x"))
        self.assertEqual(self.differences(code=0), [])

    def test_files_from_compares_the_named_ones_only(self):
        self.write("x/a", b"other")
        os.remove(self.path("x", "b", "d"))
        names = self.write("names", b"b/c\ne\n")
        self.assertEqual(self.differences(self.path("x"), "--files-from", names, code=0), [])

    def test_files_from_says_what_it_skips_as_put_does(self):
        os.mkfifo(self.path("x", "pipe"))
        names = self.write("names", b"a\npipe\n")
        said = [self.client.do(command, self.path("x"), "--files-from", names).err for command in ("put", "verify")]
        self.assertIn("x/pipe: skipped, a named pipe", said[0])
        self.assertEqual(said[0], said[1])

    def test_a_pipe_where_the_drive_has_a_file_is_of_another_kind_named_or_found(self):
        os.remove(self.path("x", "a"))
        os.mkfifo(self.path("x", "a"))
        names = self.write("names", b"a\n")
        self.assertEqual(self.differences(), ["kind differs: x/a"])
        self.assertEqual(self.differences(self.path("x"), "--files-from", names), ["kind differs: x/a"])

    def test_one_that_can_not_be_read_does_not_stop_the_rest(self):
        self.write("x/a", b"other")
        os.remove(self.path("x", "e"))
        result = self.client.run("verify", self.path("x"), self.path("missing"))
        self.assertEqual(result.code, 8)
        self.assertEqual(result.lines(), ["differs: x/a", "only on the drive: x/e"])
        self.assertIn("missing", result.err)

    def test_many_files_are_compared_in_order_and_all(self):
        for number in range(3000):
            self.write(f"many/{number:04}", b"%d" % number)
        self.client.do("put", "-r", self.path("many"))
        changed = list(range(0, 3000, 7))
        for number in changed:
            self.write(f"many/{number:04}", b"x%d" % number)
        self.assertEqual(self.differences(self.path("many")), [f"differs: many/{number:04}" for number in changed])


if __name__ == "__main__":
    unittest.main()
