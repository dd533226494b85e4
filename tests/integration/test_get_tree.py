"""Whole trees back: links, folders and their attributes, what is left alone, and what is chosen."""

import json
import os
import shlex
import signal
import unittest

from harness import KIB, MIB, DriveTest

LONG_AGO = 981_173_106_123_456_789


class TreeTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)
        os.mkdir(self.path("here"))

    def put(self):
        self.client.do("put", "-r", self.path("tree"))

    def get(self, *options, code=0):
        result = self.client.run("get", "-r", "tree", "-t", self.path("here"), *options)
        self.assertEqual(result.code, code, result.err)
        return result

    def here(self, *parts):
        return self.path("here", "tree", *parts)

    def names_here(self):
        """Everything below the tree that was gotten; folders end in a slash."""
        found = []
        for folder, folders, files in os.walk(self.here()):
            for name in folders + files:
                path = os.path.join(folder, name)
                is_folder = os.path.isdir(path) and not os.path.islink(path)
                found.append(os.path.relpath(path, self.here()) + ("/" if is_folder else ""))
        return sorted(found)

    def unchanged(self, result):
        return json.loads(result.lines()[-1])["unchanged"]


class Links(TreeTest):
    def setUp(self):
        super().setUp()
        self.write("tree/file", b"content")
        os.symlink("file", self.path("tree", "link"))
        os.symlink("../nowhere \n\udcff", self.path("tree", "dangling"))
        os.utime(self.path("tree", "link"), ns=(LONG_AGO, LONG_AGO), follow_symlinks=False)
        self.put()

    def test_a_link_comes_back_as_it_went_with_its_time(self):
        self.get()
        self.assertEqual(os.readlink(self.here("link")), "file")
        self.assertEqual(os.readlink(self.here("dangling")), "../nowhere \n\udcff")
        self.assertEqual(os.lstat(self.here("link")).st_mtime_ns, LONG_AGO)

    def test_a_link_that_is_the_same_is_left_alone(self):
        self.get()
        before = os.lstat(self.here("link"))
        self.assertEqual(self.unchanged(self.get("--json")), 3)
        self.assertEqual(os.lstat(self.here("link")).st_ino, before.st_ino)

    def test_a_link_that_leads_elsewhere_is_replaced_and_what_it_led_to_stays(self):
        victim = self.write("victim", b"kept")
        os.mkdir(self.here())
        os.symlink(victim, self.here("link"))
        os.symlink(victim, self.here("file"))
        self.get()
        self.assertEqual(os.readlink(self.here("link")), "file")
        self.assertFalse(os.path.islink(self.here("file")))
        self.assertEqual(self.read("victim"), b"kept")

    def test_a_file_in_the_place_of_a_link_is_replaced(self):
        self.write("here/tree/link", b"a file")
        self.get()
        self.assertEqual(os.readlink(self.here("link")), "file")
        self.assertEqual([name for name in os.listdir(self.here()) if name.startswith(".ndisk")], [])

    def test_a_link_alone_can_be_gotten_by_its_name(self):
        os.mkdir(self.path("back"))
        self.client.do("get", "tree/link", "-t", self.path("back"))
        self.assertEqual(os.readlink(self.path("back", "link")), "file")

    def test_a_link_is_not_made_where_o_would_follow_it_the_next_time(self):
        self.assert_fails(self.client.run("get", "tree/link", "-o", self.path("back")), 2, "tree/link: is a link")
        self.assertFalse(os.path.lexists(self.path("back")))

    def test_a_link_has_no_bytes_for_standard_output(self):
        self.assert_fails(self.client.run("get", "tree/link", "-o", "-"), 2, "symbolic link")


class Folders(TreeTest):
    def test_folders_keep_mode_and_time_whatever_comes_into_them(self):
        for name in ("a/b/small", "a/c/large"):
            self.write("tree/" + name, os.urandom(2 * MIB if name.endswith("large") else 10))
        os.mkdir(self.path("tree", "empty"))
        modes = {"a/b": 0o700, "a/c": 0o750, "a": 0o711, "empty": 0o755, ".": 0o775}
        for name, mode in modes.items():
            os.chmod(self.path("tree", name), mode)
            os.utime(self.path("tree", name), ns=(LONG_AGO, LONG_AGO))
        self.put()
        for run in range(2):
            with self.subTest(run=run):
                self.get()
                for name, mode in modes.items():
                    back = os.stat(self.here(name))
                    self.assertEqual((back.st_mode & 0o7777, back.st_mtime_ns), (mode, LONG_AGO), name)

    def test_a_folder_that_can_not_be_written_into_is_filled_first(self):
        self.write("tree/sealed/deep/file", b"content")
        for name in ("sealed/deep", "sealed"):
            os.chmod(self.path("tree", name), 0o555)
        self.put()
        self.get()
        self.assertEqual(self.read("here", "tree", "sealed", "deep", "file"), b"content")
        self.assertEqual(os.stat(self.here("sealed")).st_mode & 0o777, 0o555)
        os.unlink(self.here("sealed", "deep", "file"))
        self.get()
        self.assertEqual(self.read("here", "tree", "sealed", "deep", "file"), b"content")
        self.assertEqual(os.stat(self.here("sealed", "deep")).st_mode & 0o777, 0o555)

    def test_the_same_holds_for_who_is_not_root(self):
        if os.geteuid() != 0:
            self.skipTest("the test before has shown it")
        self.write("tree/sealed/deep/file", b"content")
        for name in ("sealed/deep", "sealed"):
            os.chmod(self.path("tree", name), 0o555)
        self.put()
        nobody = self.enrol(self.server, "nobody")
        for folder, _, files in os.walk(self.path("nobody")):
            for path in [folder] + [os.path.join(folder, name) for name in files]:
                os.chown(path, 65534, 65534)
        os.chown(self.path("here"), 65534, 65534)
        os.chmod(self.directory, 0o755)
        nobody.wrap = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for _ in range(2):
            nobody.do("get", "-r", "tree", "-t", self.path("here"))
            self.assertEqual(self.read("here", "tree", "sealed", "deep", "file"), b"content")
            self.assertEqual(os.stat(self.here("sealed")).st_mode & 0o777, 0o555)
            self.assertEqual(os.stat(self.here("sealed", "deep")).st_mode & 0o777, 0o555)
            os.unlink(self.here("sealed", "deep", "file"))

    def test_empty_folders_are_kept(self):
        os.makedirs(self.path("tree", "a", "b"))
        self.put()
        self.get()
        self.assertEqual(self.names_here(), ["a/", "a/b/"])

    def test_the_drive_itself_gives_its_contents_and_leaves_the_target_as_it_is(self):
        self.write("tree/file")
        self.put()
        os.chmod(self.path("here"), 0o710)
        self.client.do("get", "-r", "/", "-t", self.path("here"))
        self.assertEqual(self.names_here(), ["file"])
        self.assertEqual(os.stat(self.path("here")).st_mode & 0o777, 0o710)

    def test_a_file_where_a_folder_is_needed_stops_only_what_is_below(self):
        self.write("tree/a/file")
        self.write("tree/b")
        self.put()
        self.write("here/tree/a", b"in the way")
        self.assert_fails(self.get(code=7), 7, "is a file here")
        self.assertEqual(self.read("here", "tree", "a"), b"in the way")
        self.assertEqual(self.read("here", "tree", "b"), b"")

    def test_one_bad_file_does_not_stop_the_rest(self):
        for name in ("a", "b", "c"):
            self.write("tree/" + name, b"x")
        self.put()
        os.makedirs(self.here("b", "in the way"))
        self.assert_fails(self.get(code=7), 7, "tree/b", "is a folder here")
        self.assertEqual(self.names_here(), ["a", "b/", "b/in the way/", "c"])


class LeftAlone(TreeTest):
    def setUp(self):
        super().setUp()
        self.file = self.write("tree/file", b"content", mtime_ns=LONG_AGO)
        self.write("tree/large", os.urandom(200 * KIB), mtime_ns=LONG_AGO)
        self.put()
        self.get()

    def change_in_secret(self):
        """Another content of the same size and time."""
        self.write("here/tree/file", b"CONTENT", mtime_ns=LONG_AGO)

    def test_a_file_of_the_same_size_and_time_is_left_alone_and_counted(self):
        self.change_in_secret()
        self.assertEqual(self.unchanged(self.get("--json")), 2)
        self.assertEqual(self.read("here", "tree", "file"), b"CONTENT")

    def test_its_mode_is_set_all_the_same(self):
        os.chmod(self.here("file"), 0o600)
        os.chmod(self.here("large"), 0o600)
        self.get()
        self.assertEqual(os.stat(self.here("file")).st_mode & 0o777, 0o644)
        self.assertEqual(os.stat(self.here("large")).st_mode & 0o777, 0o644)

    def test_checksum_reads_it(self):
        self.change_in_secret()
        self.get("--checksum")
        self.assertEqual(self.read("here", "tree", "file"), b"content")

    def test_the_same_content_of_another_time_is_not_written_again(self):
        before = os.stat(self.here("large")).st_ino
        os.utime(self.here("large"), ns=(1, 1))
        self.get()
        back = os.stat(self.here("large"))
        self.assertEqual((back.st_ino, back.st_mtime_ns), (before, LONG_AGO))

    def test_no_clobber_replaces_nothing_and_gets_what_is_missing(self):
        self.write("here/tree/file", b"mine, and longer")
        os.unlink(self.here("large"))
        self.get("--no-clobber")
        self.assertEqual(self.read("here", "tree", "file"), b"mine, and longer")
        self.assert_same_content(self.here("large"), self.path("tree", "large"))

    def test_a_missing_one_beside_an_unchanged_one_is_some_failed(self):
        result = self.client.run("get", "tree/file", "missing", "-t", self.here())
        self.assert_fails(result, 7, "missing")


class Chosen(TreeTest):
    def setUp(self):
        super().setUp()
        for name in ("a.jpg", "b.txt", "sub/c.jpg", "sub/d.txt", "other/e.txt"):
            self.write("tree/" + name, b"x")
        os.mkdir(self.path("tree", "empty"))
        self.put()

    def test_exclude_leaves_out_files_and_whole_folders(self):
        self.get("--exclude", "*.txt", "--exclude", "/sub/")
        self.assertEqual(self.names_here(), ["a.jpg", "empty/", "other/"])

    def test_include_alone_gets_what_matches_and_the_folders_above(self):
        self.get("--include", "*.jpg")
        self.assertEqual(self.names_here(), ["a.jpg", "sub/", "sub/c.jpg"])

    def test_files_from_gets_what_it_names(self):
        names = self.write("names", b"sub/c.jpg\n./b.txt\n")
        self.get("--files-from", names)
        self.assertEqual(self.names_here(), ["b.txt", "sub/", "sub/c.jpg"])

    def test_files_from_names_what_is_not_there(self):
        names = self.write("names", b"sub\nmissing/x\n")
        self.assert_fails(self.get("--files-from", names, code=7), 7, "missing/x")
        self.assertEqual(self.names_here(), ["sub/", "sub/c.jpg", "sub/d.txt"])

    def test_dry_run_says_what_would_happen_and_writes_nothing(self):
        self.write("here/tree/a.jpg", b"other")
        self.write("here/tree/b.txt", b"x", mtime_ns=os.stat(self.path("tree", "b.txt")).st_mtime_ns)
        before = self.names_here()
        lines = set(self.get("--dry-run").lines())
        self.assertIn(f"replace {self.here('a.jpg')}", lines)
        self.assertIn(f"same {self.here('b.txt')}", lines)
        self.assertIn(f"folder {self.here('sub')}", lines)
        self.assertIn(f"create {self.here('sub', 'c.jpg')}", lines)
        self.assertEqual(self.names_here(), before)

    def test_dry_run_tells_of_attributes_and_of_what_is_not_replaced(self):
        self.get()
        os.chmod(self.here("a.jpg"), 0o600)
        os.utime(self.here("sub"), ns=(1, 1))
        lines = set(self.get("--dry-run").lines())
        self.assertIn(f"attributes {self.here('a.jpg')}", lines)
        self.assertIn(f"attributes {self.here('sub')}", lines)
        self.assertIn(f"skip {self.here('a.jpg')} (exists)", self.get("-n", "--no-clobber").lines())
        self.assertEqual(os.stat(self.here("a.jpg")).st_mode & 0o777, 0o600)

    def test_dry_run_in_json_has_a_plan_for_each(self):
        plans = [item for item in self.get("-n", "--json", "--include", "a.jpg").objects() if item["type"] == "plan"]
        actions = [(plan["action"], plan["path"], plan["local"]) for plan in plans]
        self.assertIn(("create", "tree/a.jpg", self.here("a.jpg")), actions)


class Versions(TreeTest):
    def setUp(self):
        super().setUp()
        for content in (b"first", b"second"):
            self.client.do("put", self.write("file", content))
        self.client.do("put", self.write("other", b"other"))

    def versions(self, name):
        found = [item for item in self.client.do("--json", "versions", name).objects() if item.get("version")]
        return [item["version"] for item in found]

    def test_version_gets_what_was_there_before(self):
        current, before = self.versions("file")
        self.client.do("get", "file", "--version", str(before), "-o", self.path("back"))
        self.assertEqual(self.read("back"), b"first")
        self.client.do("get", "file", "--version", str(current), "-o", self.path("back"))
        self.assertEqual(self.read("back"), b"second")

    def test_a_version_of_another_file_is_not_found(self):
        other = self.versions("other")[0]
        self.assert_fails(self.client.run("get", "file", "--version", str(other), "-o", self.path("back")), 3)
        self.assertFalse(os.path.exists(self.path("back")))

    def test_version_is_of_one_file(self):
        self.assert_fails(self.client.run("get", "-r", "file", "--version", "1"), 2, "--version")
        self.assert_fails(self.client.run("get", "file", "other", "--version", "1"), 2, "--version")


class Interrupted(TreeTest):
    def test_ctrl_c_leaves_whole_files_or_none_and_the_printed_command_goes_on(self):
        for number in range(40):
            self.write(f"tree/small {number}", os.urandom(20 * KIB))
        self.write("tree/large", os.urandom(3 * MIB))
        self.put()
        proxy = self.start_proxy(self.server)
        device = self.enrol(self.server, "device", at=proxy.address)
        command = ("get", "-r", "tree", "-t", self.path("here"))
        process = self.start_and_hold(device, proxy, "down", 2 * MIB, *command)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("resume with: ", err.decode())
        for name in self.names_here():
            if not name.startswith(".ndisk-partial"):
                self.assert_same_content(self.here(name), self.path("tree", name))
        proxy.release()
        printed = shlex.split(err.decode().partition("resume with: ")[2].splitlines()[0])
        self.assertEqual(printed[-len(command):], list(command))
        device.do(*command)
        self.assertEqual(self.names_here(), sorted(os.listdir(self.path("tree"))))
        for name in self.names_here():
            self.assert_same_content(self.here(name), self.path("tree", name))


class Targets(TreeTest):
    def setUp(self):
        super().setUp()
        self.content = os.urandom(300 * KIB)
        self.client.do("put", self.write("file", self.content))

    def test_an_empty_operand_is_a_usage_error(self):
        self.assert_fails(self.client.run("get", ""), 2, "''")

    def test_the_drive_without_r_is_a_usage_error(self):
        self.assert_fails(self.client.run("get", "/"), 2, "-r")

    def test_the_drive_beside_another_operand_is_a_usage_error(self):
        self.assert_fails(self.client.run("get", "-r", "/", "file", "-t", self.path("here")), 2, "alone")

    def test_an_operand_that_comes_twice_is_gotten_once(self):
        result = self.client.do("--json", "get", "file", "/file", "-t", self.path("here"))
        self.assertEqual([item["type"] for item in result.objects()], ["file", "summary"])

    def test_o_of_an_existing_folder_names_t(self):
        self.assert_fails(self.client.run("get", "file", "-o", self.path("here")), 2, "-t")

    def test_o_of_a_device_is_written_to(self):
        self.client.do("get", "file", "-o", "/dev/null")
        self.assertFalse(os.path.isfile("/dev/null"))

    def test_o_of_a_pipe_is_written_to(self):
        os.mkfifo(self.path("pipe"))
        process = self.client.start("get", "file", "-o", self.path("pipe"))
        with open(self.path("pipe"), "rb") as pipe:
            self.assert_content(pipe.read(), self.content)
        _, err = process.communicate()
        self.assertEqual(process.returncode, 0, err)

    def test_leftovers_of_today_stay(self):
        self.write("here/.ndisk-0123456789abcdef.tmp")
        self.client.do("get", "file", "-t", self.path("here"))
        self.assertEqual(sorted(os.listdir(self.path("here"))), [".ndisk-0123456789abcdef.tmp", "file"])


if __name__ == "__main__":
    unittest.main()
