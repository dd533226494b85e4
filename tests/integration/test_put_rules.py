"""What put leaves out, and when it replaces: filters, --dry-run, --checksum, --no-clobber, --if-match."""

import os
import signal
import unittest

from harness import MIB, DriveTest
from waiting import wait_until


class Rules(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def content(self, remote):
        return self.client.do("get", remote, "-o", "-").raw

    def tree(self, *names):
        for name in names:
            self.write("x/" + name, b"content of " + name.encode())

    def put(self, *options):
        self.client.do("put", "-r", self.path("x"), *options)
        return self.client.names("-r", "/x")


class Filters(Rules):
    def test_exclude_leaves_out_files_and_whole_folders(self):
        self.tree("a.txt", "a.tmp", "cache/b.txt", "deep/c.tmp", "deep/d.txt")
        self.assertEqual(self.put("--exclude", "*.tmp", "--exclude", "cache/"), ["a.txt", "deep/", "deep/d.txt"])

    def test_include_alone_takes_only_what_it_matches(self):
        self.tree("a.jpg", "a.txt", "deep/b.jpg", "other/c.txt")
        self.assertEqual(self.put("--include", "*.jpg"), ["a.jpg", "deep/", "deep/b.jpg"])

    def test_the_first_rule_that_matches_decides(self):
        self.tree("a.log", "keep.log", "b.txt")
        self.assertEqual(self.put("--include", "keep.log", "--exclude", "*.log"), ["b.txt", "keep.log"])

    def test_ndiskignore_works_as_gitignore_does(self):
        self.tree("a.o", "a.c", "build/x", "src/build/y", "src/keep.o", "src/b.o")
        self.write("x/.ndiskignore", b"*.o\n/build/\n")
        self.write("x/src/.ndiskignore", b"!keep.o\n")
        self.assertEqual(self.put(), [".ndiskignore", "a.c", "src/", "src/.ndiskignore", "src/build/", "src/build/y",
                                      "src/keep.o"])

    def test_files_from_takes_the_named_ones(self):
        self.tree("a", "deep/b", "deep/c", "other/d")
        names = self.write("names", b"deep/b\na\n")
        self.assertEqual(self.put("--files-from", names), ["a", "deep/", "deep/b"])

    def test_files_from_standard_input_and_one_missing_does_not_stop_the_rest(self):
        self.tree("a", "b")
        result = self.client.run("put", self.path("x"), "--files-from", "-", stdin=b"b\nmissing\n")
        self.assert_fails(result, 7, "missing")
        self.assertEqual(self.client.names("/x"), ["b"])

    def test_a_pattern_that_can_match_nothing_is_a_usage_error(self):
        self.tree("a")
        self.assert_fails(self.client.run("put", "-r", self.path("x"), "--exclude", "/"), 2, "--exclude")


class DryRun(Rules):
    def test_it_says_what_would_happen_to_each_and_changes_nothing(self):
        self.tree("mode", "new-content", "same")
        os.makedirs(self.path("x", "touched"))
        self.put()
        before = self.client.do("--json", "list", "-r").out
        self.tree("fresh", "folder/inside")
        os.chmod(self.path("x", "mode"), 0o600)
        self.write("x/new-content", b"other")
        os.utime(self.path("x", "touched"), ns=(0, 7))
        os.utime(self.path("x"), ns=(0, 7))
        os.symlink("same", self.path("x", "link"))
        os.mkfifo(self.path("x", "pipe"))
        lines = self.client.do("put", "-r", "--dry-run", self.path("x")).lines()
        self.assertEqual(lines, ["attributes x", "folder x/folder", "create x/folder/inside", "create x/fresh",
                                 "link x/link", "attributes x/mode", "replace x/new-content",
                                 "skip x/pipe (named pipe)", "same x/same", "attributes x/touched"])
        self.assertEqual(self.client.do("--json", "list", "-r").out, before)

    def test_in_json_each_is_a_plan(self):
        self.tree("a")
        plans = self.client.do("--json", "put", "-r", "--dry-run", self.path("x")).objects()[:-1]
        self.assertEqual(plans, [{"type": "plan", "action": "folder", "path": "x"},
                                 {"type": "plan", "action": "create", "path": "x/a"}])

    def test_what_would_fail_fails(self):
        self.client.do("put", self.write("y", b""), "-t", "x/a")
        self.tree("a")
        self.assert_fails(self.client.run("put", "-r", "--dry-run", self.path("x")), 2, "x/a")

    def test_standard_input_is_not_read(self):
        self.assertEqual(self.client.do("put", "-", "--name", "s", "--dry-run").lines(), ["create s"])


class Replacing(Rules):
    def test_checksum_sees_a_change_that_size_and_time_hide(self):
        path = self.write("file", b"one", mtime_ns=5)
        self.client.do("put", path)
        self.write("file", b"two", mtime_ns=5)
        self.client.do("put", path)
        self.assertEqual(self.content("file"), b"one")
        self.client.do("put", "--checksum", path)
        self.assertEqual(self.content("file"), b"two")

    def test_checksum_sends_no_content_that_is_there(self):
        path = self.write("file", b"one", mtime_ns=5)
        self.client.do("put", path)
        os.utime(path, ns=(6, 6))
        item = self.client.do("--json", "put", "--checksum", path).objects()[0]
        self.assertEqual((item["instant"], item["mtime"]), (True, 6))

    def test_no_clobber_keeps_no_folder_in_the_place_of_a_file(self):
        self.client.do("mkdir", "folder")
        file = self.write("folder", b"content")
        for options in ((), ("--no-clobber",), ("--no-clobber", "-n")):
            with self.subTest(options=options):
                self.assert_fails(self.client.run("put", file, *options), 2, "is a folder on the drive")
                stream = self.client.run("put", "-", "--name", "folder", *options, stdin=b"content")
                self.assert_fails(stream, 2, "is a folder on the drive")

    def test_no_clobber_never_replaces_and_is_no_failure(self):
        self.client.do("put", self.write("file", b"old"))
        path = self.write("file", b"new and longer")
        self.assertEqual(self.client.do("--json", "put", "--no-clobber", path).objects()[-1]["unchanged"], 1)
        self.client.do("put", "--no-clobber", "-", "--name", "file", stdin=b"from a pipe")
        self.assertEqual(self.content("file"), b"old")

    def test_if_match_replaces_that_version_only_and_names_both(self):
        self.client.do("put", self.write("file", b"old"))
        version = self.client.do("--json", "list").objects()[0]["version"]
        path = self.write("file", b"new and longer")
        wrong = self.client.run("put", "--if-match", str(version + 1), path)
        self.assert_fails(wrong, 6, str(version), str(version + 1))
        self.client.do("put", "--if-match", str(version), path)
        self.assertEqual(self.content("file"), b"new and longer")

    def test_if_match_is_about_one_file(self):
        self.tree("a")
        self.assert_fails(self.client.run("put", "-r", "--if-match", "1", self.path("x")), 2, "--if-match")

    def test_names_that_can_not_be_meant_are_usage_errors(self):
        path = self.write("file", b"x")
        self.assert_fails(self.client.run("put", path, "--name", "x/"), 2, "folder name")
        self.assert_fails(self.client.run("put", path, "-t", ""), 2, "-t")
        self.assertEqual(self.client.names(), [])


class Interrupted(DriveTest):
    on_disk = True

    def test_ctrl_c_prints_the_command_that_resumes_and_leaves_whole_files_or_none(self):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        source = self.write_large("my files/large", 24 * MIB)
        process = self.start_and_hold(client, proxy, "up", 4 * MIB, "put", source, "-t", "a b")
        process.send_signal(signal.SIGINT)
        proxy.release()
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertIn(f"put '{source}' -t 'a b'", errors.decode())
        self.assertEqual(client.names(), [])
        client.do("put", source, "-t", "a b")
        self.assertEqual(client.names("/a b"), ["large"])

    def test_ctrl_c_during_standard_input_leaves_nothing_staged(self):
        client = self.local_client(self.start_server())
        read, write = os.pipe()
        with os.fdopen(write, "wb") as pipe:
            process = client.start("put", "-", "--name", "s", stdin=read)
            os.close(read)
            pipe.write(bytes(4 * MIB))
            pipe.flush()
            wait_until(lambda: client.do("uploads").lines(), "the upload to be staged")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate()
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual(client.do("uploads").lines(), [])
        self.assertEqual(client.names(), [])


class Races(DriveTest):
    on_disk = True

    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.other = self.local_client(self.server)
        proxy = self.start_proxy(self.server)
        self.client = self.enrol(self.server, at=proxy.address)
        self.proxy = proxy

    def put_while_another_does(self, *options):
        """The result of a put in the middle of which another device puts a file of that name."""
        source = self.write_large("mine/file", 8 * MIB)
        process = self.start_and_hold(self.client, self.proxy, "up", 2 * MIB, "put", source, *options)
        self.other.do("put", self.write("theirs/file", b"theirs"))
        self.proxy.release()
        _, errors = process.communicate()
        return process.returncode, errors.decode()

    def test_no_clobber_keeps_what_came_in_the_meantime(self):
        code, errors = self.put_while_another_does("--no-clobber")
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual(self.other.do("get", "file", "-o", "-").raw, b"theirs")

    def test_if_match_fails_on_what_came_in_the_meantime_and_names_both_versions(self):
        self.other.do("put", self.write("file", b"first"))
        version = self.other.do("--json", "list").objects()[0]["version"]
        code, errors = self.put_while_another_does("--if-match", str(version))
        theirs = self.other.do("--json", "list").objects()[0]["version"]
        self.assertEqual(code, 6, errors)
        self.assertIn(str(version), errors)
        self.assertIn(str(theirs), errors)
        self.assertEqual(self.other.do("get", "file", "-o", "-").raw, b"theirs")


class NoRoom(Rules):
    def test_a_full_quota_stops_the_run_with_what_was_kept(self):
        server = self.start_server(name="quota")
        made = server.command("user", "quota", "owner", str(2 * MIB))
        self.assertEqual(made.returncode, 0, made.stderr)
        client = self.local_client(server, "full")
        for number in range(6):
            self.write_large(f"x/{number}", MIB - 4096, seed=number)
        result = client.run("put", "-r", self.path("x"))
        self.assert_fails(result, 9, "stored and kept", "same command")
        self.assertEqual(len(result.err.splitlines()), 1, result.err)
        self.assertLessEqual(len(client.names("/x")), 2)

    def test_standard_input_that_does_not_fit_leaves_nothing_staged(self):
        server = self.start_server(name="quota")
        self.assertEqual(server.command("user", "quota", "owner", str(2 * MIB)).returncode, 0)
        client = self.local_client(server, "full")
        self.assert_fails(client.run("put", "-", "--name", "s", stdin=bytes(24 * MIB)), 9)
        self.assertEqual((client.names(), client.do("uploads").lines()), ([], []))


if __name__ == "__main__":
    unittest.main()
