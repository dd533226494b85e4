"""What every command says and how it ends when it can't do what it was asked to."""

import json
import os
import signal
import subprocess
import unittest

from client import NDISK
from harness import MIB, DriveTest
from waiting import DEADLINE


class BadInput(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)

    def put(self, remote, content=b"x"):
        self.client.do("put", self.write("source", content), "--name", remote)

    def version_of(self, remote):
        return self.client.do("--json", "stat", remote).objects()[0]["version"]

    def assert_each_fails(self, commands, code, *words):
        before = self.client.do("find").out
        for command in commands:
            with self.subTest(command):
                result = self.client.run(*command)
                self.assert_fails(result, code, *words)
                self.assertEqual(result.out, "")
        self.assertEqual(self.client.do("find").out, before, "nothing was changed")


class Paths(BadInput):
    def test_what_is_missing_is_named(self):
        missing = (["list", "missing"], ["find", "missing"], ["stat", "missing"], ["du", "missing"], ["cat", "missing"],
                   ["get", "missing", "-o", "-"], ["mv", "missing", "x"], ["cp", "missing", "x"], ["rm", "missing"],
                   ["versions", "missing"], ["restore", "missing"], ["trash", "restore", "missing"],
                   ["trash", "empty", "missing"], ["mkdir", "missing/x"], ["put", self.path("missing")])
        self.assert_each_fails(missing, 3, "missing")

    def test_what_is_missing_in_a_folder_that_is_missing(self):
        for command in ("list", "find", "stat", "du", "cat", "rm", "versions", "restore"):
            self.assert_each_fails([[command, "no/such"]], 3, "no/such")

    def test_a_destination_in_a_folder_that_is_missing(self):
        self.put("a")
        commands = (["mv", "a", "no/b"], ["cp", "a", "no/b"], ["mv", "a", "no/"], ["mv", "-t", "no", "a"])
        self.assert_each_fails(commands, 3, "no")

    def test_a_pattern_that_matches_nothing(self):
        self.put("a")
        commands = (["list", "*.none"], ["find", "*.none"], ["stat", "*.none"], ["du", "*.none"], ["cat", "*.none"],
                    ["mv", "*.none", "x"], ["cp", "*.none", "x"], ["rm", "*.none"], ["versions", "*.none"],
                    ["get", "*.none"])
        self.assert_each_fails(commands, 3, "*.none", "no match")

    def test_paths_that_cannot_be(self):
        self.put("a")
        for path, words in (("a/../b", ".."), ("x" * 256, "255"), ("a/" * 2048 + "b", "4096")):
            commands = [[command, path] for command in
                        ("list", "find", "stat", "du", "cat", "mkdir", "rm", "versions", "restore")]
            self.assert_each_fails([*commands, ["mv", "a", path], ["cp", "a", path]], 2, words)

    def test_an_empty_name_is_no_name_of_the_drive(self):
        self.client.do("mkdir", "into")
        commands = (["list", ""], ["find", ""], ["du", ""], ["stat", ""], ["cat", ""], ["rm", "-r", ""],
                    ["rm", "-rf", ""], ["versions", ""], ["restore", ""], ["get", "-r", ""], ["put", ""],
                    ["verify", ""], ["mkdir", ""], ["mkdir", "-p", ""], ["mv", "", "into"], ["mv", "into", ""],
                    ["mv", "-t", "", "into"], ["mv", "-T", "into", ""], ["cp", "-r", "", "into"],
                    ["cp", "-r", "into", ""], ["cp", "-r", "-t", "", "into"], ["trash", "restore", ""],
                    ["trash", "empty", ""])
        self.assert_each_fails(commands, 2, "'': an empty name")
        for command in commands:
            with self.subTest(command):
                self.assertNotIn("/:", self.client.run(*command).err)

    def test_an_empty_name_does_not_stop_the_rest(self):
        self.client.do("mkdir", "into")
        result = self.client.run("find", "", "into")
        self.assert_fails(result, 7, "'': an empty name")
        self.assertEqual(result.lines(), ["into"])
        self.assertNotIn("path", self.client.run("--json", "find", "").objects()[0])

    def test_the_drive_itself_is_named_where_a_file_is_needed(self):
        self.assert_each_fails([["cat", "/"]], 2, "ndisk: /: is a folder")


class Kinds(BadInput):
    def setUp(self):
        super().setUp()
        self.put("file")
        self.put("folder/inside")

    def test_a_file_where_a_folder_is_needed(self):
        commands = (["mv", "folder", "file"], ["cp", "-r", "folder", "file"], ["mv", "-t", "file", "folder"],
                    ["mv", "folder/inside", "folder", "file"], ["mkdir", "file/x"], ["mkdir", "-p", "file/x"])
        self.assert_each_fails(commands, 2, "file")

    def test_below_a_file_is_nothing(self):
        for command in ("list", "find", "stat", "du", "cat", "rm", "versions"):
            with self.subTest(command):
                self.assertIn(self.client.run(command, "file/x").code, (2, 3))

    def test_a_folder_where_a_file_is_needed(self):
        self.put("other/folder")
        commands = (["cat", "folder"], ["versions", "folder"], ["cp", "folder", "x"], ["rm", "folder"],
                    ["get", "folder", "-o", "-"], ["mv", "-T", "file", "folder"],
                    ["mv", "other/folder", "/"])
        self.assert_each_fails(commands, 2, "folder")

    def test_mkdir_of_what_is_there(self):
        self.assert_each_fails([["mkdir", "folder"], ["mkdir", "file"], ["mkdir", "/"]], 6, "File exists")
        self.assert_each_fails([["mkdir", "-p", "file"]], 2, "file")

    def test_a_folder_into_itself(self):
        commands = (["mv", "folder", "folder"], ["mv", "folder", "folder/x"], ["cp", "-r", "folder", "folder/x"],
                    ["cp", "-r", "folder", "folder"])
        self.assert_each_fails(commands, 2, "folder", "itself")

    def test_onto_itself(self):
        commands = (["mv", "file", "/file"], ["cp", "file", "file"], ["mv", "file", "/"])
        self.assert_each_fails(commands, 2, "file", "same")

    def test_a_folder_over_one_that_is_not_empty(self):
        self.put("other/folder/inside")
        self.assert_each_fails([["mv", "folder", "other"]], 6, "not empty")

    def test_the_drive_itself(self):
        self.client.do("mkdir", "into")
        commands = (["rm", "-r", "/"], ["mv", "/", "into"], ["cp", "-r", "/", "into"], ["mv", "/", "x"])
        self.assert_each_fails(commands, 2)


class Versions(BadInput):
    def setUp(self):
        super().setUp()
        self.put("a", b"a")
        self.put("b", b"b")

    def test_a_version_of_another_file(self):
        other = str(self.version_of("b"))
        commands = (["get", "a", "--version", other, "-o", "-"], ["restore", "a", "--version", other],
                    ["cp", "--version", other, "a", "c"])
        self.assert_each_fails(commands, 3, other, "ndisk versions")

    def test_a_version_that_nothing_has(self):
        commands = (["get", "a", "--version", "999", "-o", "-"], ["restore", "a", "--version", "999"])
        self.assert_each_fails(commands, 3, "999")

    def test_a_conflict_names_both_versions(self):
        current = str(self.version_of("a"))
        source = self.write("source", b"other")
        self.assert_each_fails([["put", source, "--name", "a", "--if-match", "999"]], 6, current, "999")

    def test_nothing_to_restore(self):
        self.assert_each_fails([["restore", "a"]], 3, "a")

    def test_restoring_over_something_new_keeps_both(self):
        self.client.do("rm", "a")
        self.put("a", b"new")
        self.client.do("trash", "restore", "a")
        self.assertEqual(self.client.names(), ["a", "a (restored)", "b"])
        self.assertEqual(self.client.do("cat", "a", "a (restored)").raw, b"newa")


class Access(BadInput):
    def test_no_permission_on_the_server_s_socket(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become somebody else")
        shared = self.path()
        os.chmod(shared, 0o755)
        refused = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", NDISK, "-s",
                                  self.client.server, "list"], capture_output=True, check=False,
                                 env={**self.client.environment, "HOME": "/nonexistent"})
        self.assertEqual(refused.returncode, 4, refused.stderr)

    def test_no_server(self):
        client = self.enrol(self.server)
        self.server.terminate()
        for command in (["list"], ["find"], ["stat", "a"], ["du"], ["mkdir", "a"], ["mv", "a", "b"], ["cp", "a", "b"],
                        ["rm", "a", "b"], ["versions", "a"], ["restore", "a"], ["trash", "list"], ["trash", "empty"],
                        ["uploads"]):
            with self.subTest(command):
                result = client.run(*command)
                self.assert_fails(result, 10, self.server.address)
                self.assertEqual(len(result.err.splitlines()), 1, "it is said once")


class Several(BadInput):
    def test_the_rest_is_done(self):
        self.put("a")
        self.put("b")
        for command in (["stat"], ["find"], ["du"], ["list"], ["cat"], ["versions"]):
            with self.subTest(command):
                result = self.client.run(*command, "a", "missing", "b")
                self.assert_fails(result, 7, "missing")
                self.assertNotEqual(result.out, "")
        self.client.do("mkdir", "d")
        self.assert_fails(self.client.run("mkdir", "e", "d", "f"), 7, "d")
        self.assert_fails(self.client.run("cp", "a", "missing", "b", "d"), 7, "missing")
        self.assert_fails(self.client.run("mv", "a", "missing", "b", "d"), 7, "missing")
        self.assertEqual(self.client.names("-r"), ["d/", "d/a", "d/b", "e/", "f/"])

    def test_all_failing_alike_keep_the_code(self):
        self.assert_fails(self.client.run("rm", "x", "y"), 3)

    def test_different_failures_are_7(self):
        self.put("folder/x")
        self.assert_fails(self.client.run("cat", "missing", "folder"), 7)


class Interrupted(BadInput):
    def test_ctrl_c_ends_what_waits_for_a_silent_server(self):
        client = self.enrol(self.server)
        for command in (["list"], ["find"], ["rm", "a", "b"], ["mv", "a", "b"], ["trash", "list"], ["stat", "a"]):
            with self.subTest(command):
                proxy = self.start_proxy(self.server)
                process = self.start_and_hold(client, proxy, "down", 1, "-s", proxy.address, *command)
                process.send_signal(signal.SIGINT)
                out, errors = process.communicate(timeout=DEADLINE)
                proxy.release()
                self.assertEqual(process.returncode, 130, errors)
                self.assertIn(b"interrupted", errors)
                self.assertEqual(out, b"")

    def test_with_json_a_summary_says_that_it_was_interrupted(self):
        proxy = self.start_proxy(self.server)
        client = self.enrol(self.server, at=proxy.address)
        upload = self.start_and_hold(client, proxy, "up", 8 * MIB, "--json", "put",
                                     self.write_large("big", 32 * MIB))
        upload.send_signal(signal.SIGINT)
        proxy.release()
        out, errors = upload.communicate(timeout=DEADLINE)
        self.assertEqual(upload.returncode, 130, errors)
        summary = json.loads(out.splitlines()[-1])
        self.assertEqual((summary["type"], summary["exit_code"]), ("summary", 130))

    def test_ctrl_c_ends_a_listing_that_nobody_reads(self):
        for number in range(3000):
            self.write(f"many/{number:05}-{'long' * 20}", b"x")
        self.client.do("put", "-r", self.path("many"))
        stalled, held_open = os.pipe()
        process = self.client.start("find", stdout=held_open)
        os.read(stalled, 1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE)
        os.close(stalled)
        os.close(held_open)
        self.assertEqual(process.returncode, 130, errors)


class Disk(BadInput):
    def test_standard_output_that_is_full_is_said(self):
        self.put("a", b"x" * MIB)
        for command in (["list"], ["find"], ["stat", "a"], ["du"], ["versions", "a"], ["--json", "list"]):
            with self.subTest(command), open("/dev/full", "wb") as full:
                process = self.client.start(*command, stdout=full)
                _, errors = process.communicate(timeout=DEADLINE)
                self.assertEqual(process.returncode, 9, errors)
                self.assertIn(b"standard output", errors)


if __name__ == "__main__":
    unittest.main()
