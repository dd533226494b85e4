"""ndiskd fsck and gc: beside a running server, and where none runs."""

import fcntl
import glob
import hashlib
import json
import os
import re
import select
import subprocess
import time
import unittest

from harness import KIB, DriveTest
from server import NDISKD
from waiting import DEADLINE, wait_until


class Fsck(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)

    def put(self, name, content):
        self.client.do("put", self.write("local/" + name, content), "--name", name)

    def object_file(self, content):
        found = glob.glob(self.path("data", "objects", "*", hashlib.sha256(content).hexdigest() + ".*"))
        self.assertEqual(len(found), 1)
        return found[0]

    def rot(self, content):
        """Other bytes, with the same size, mtime and mode."""
        path = self.object_file(content)
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.write(b"#")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def fsck(self, *arguments, code=0):
        result = self.server.command("fsck", *arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def stop(self):
        self.server.terminate()

    def test_a_drive_in_good_order_is_clean_with_and_without_its_server(self):
        self.put("a/b", b"content")
        self.put("large", os.urandom(300 * KIB))
        for read in ((), ("--read-data",)):
            self.assertIn("no damage", self.fsck(*read).stdout)
        self.stop()
        for read in ((), ("--read-data",)):
            self.assertIn("no damage", self.fsck(*read).stdout)
        self.server.restart()
        self.assertEqual(self.client.do("cat", "a/b").out, "content")

    def test_damage_is_named_with_user_path_and_version_and_ends_with_exit_code_8(self):
        self.put("photos/a", b"content")
        os.remove(self.object_file(b"content"))
        result = self.fsck(code=8)
        self.assertIn("owner:/photos/a (version ", result.stdout)
        self.assertIn("missing", result.stdout)
        self.assertIn("damage was found", result.stderr)
        self.stop()
        self.assertIn("owner:/photos/a (version ", self.fsck(code=8).stdout)

    def test_json_is_one_object_a_line(self):
        self.put("a", b"content")
        self.rot(b"content")
        lines = [json.loads(line) for line in self.fsck("--read-data", "--json", code=8).stdout.splitlines()]
        self.assertEqual([line["type"] for line in lines], ["finding", "summary", "error"])
        self.assertEqual(lines[0]["kind"], "object")
        self.assertEqual((lines[0]["user"], lines[0]["path"], lines[0]["damage"]), ("owner", "a", True))
        self.assertEqual((lines[1]["objects"], lines[1]["damage"], lines[1]["mended"]), (1, 1, 0))
        self.assertEqual(lines[2]["code"], "integrity")

    def test_the_same_content_put_again_heals_and_gc_frees_what_was_damaged(self):
        self.put("a", b"content")
        self.rot(b"content")
        self.fsck("--read-data", code=8)
        self.assertEqual(self.client.run("cat", "a").code, 8)
        self.put("b", b"content")
        self.assertEqual(self.client.do("cat", "a").out, "content")
        # The server's own collector may have been faster.
        self.assertIn(json.loads(self.server.command("gc", "--json").stdout)["objects"], (0, 1))
        self.object_file(b"content")
        self.assertIn("no damage", self.fsck("--read-data").stdout)

    def test_repair_puts_a_damaged_file_aside_and_deletes_nothing(self):
        self.put("a", b"content")
        self.rot(b"content")
        name = os.path.basename(self.object_file(b"content"))
        self.fsck("--read-data", "--repair", code=8)
        self.assertEqual(self.read("data", "quarantine", name), b"#ontent")

    def differ(self):
        """A tree in which people were at work: a file is gone, one is a planted link, one is theirs."""
        tree = self.path("data", "tree", "owner")
        wait_until(lambda: os.path.exists(os.path.join(tree, "a", "c")), "the tree to follow")
        os.remove(os.path.join(tree, "a", "b"))
        os.remove(os.path.join(tree, "a", "c"))
        os.symlink("/etc/passwd", os.path.join(tree, "a", "c"))
        self.write("data/tree/owner/own", b"of somebody")
        return tree

    def test_a_tree_that_differs_is_named_and_made_anew_with_and_without_the_server(self):
        self.put("a/b", b"content")
        self.put("a/c", b"more")
        for kept in ("own", "own~2"):
            tree = self.differ()
            lines = [json.loads(line) for line in self.fsck("--json", code=8).stdout.splitlines()]
            self.assertEqual(sorted((line["kind"], line["path"], line["damage"]) for line in lines[:-2]),
                             [("tree", "a/b", True), ("tree", "a/c", True), ("tree", "own", True)])
            self.assertTrue(os.path.exists(os.path.join(tree, "own")))
            repaired = self.fsck("--repair").stdout
            self.assertEqual(repaired.count("mended: owner:/"), 3)
            self.assertIn("moved to quarantine/own", repaired)
            self.assertIn("no damage, ", repaired)
            self.assertEqual(self.read(tree, "a", "b"), b"content")
            self.assertEqual(self.read(tree, "a", "c"), b"more")
            self.assertFalse(os.path.exists(os.path.join(tree, "own")))
            self.assertEqual(self.read("data", "quarantine", kept), b"of somebody")
            self.assertIn("no damage", self.fsck("--read-data").stdout)
            if self.server.process.poll() is None:
                self.stop()

    def test_a_document_that_was_saved_over_a_file_of_the_tree_is_moved_and_the_report_says_where(self):
        self.put("a/letter", b"the drive's")
        shown = self.path("data", "tree", "owner", "a", "letter")
        for kept in ("letter", "letter~2"):
            wait_until(lambda: os.path.exists(shown), "the tree to follow")
            os.replace(self.write("local/saved", b"somebody's, the only copy"), shown)
            lines = [json.loads(line) for line in self.fsck("--repair", "--json").stdout.splitlines()]
            self.assertEqual([(line["path"], line["mended"], line["kept"]) for line in lines[:-1]],
                             [("a/letter", True, "quarantine/" + kept)])
            self.assertEqual((lines[-1]["damage"], lines[-1]["kept"]), (0, 1))
            self.assertEqual(self.read("data", "quarantine", kept), b"somebody's, the only copy")
            self.assertEqual(self.read(shown), b"the drive's")
            if self.server.process.poll() is None:
                self.stop()

    def test_no_tree_is_no_difference(self):
        self.put("a", b"content")
        self.stop()
        self.server.options = ["--tree=off"]
        self.server.restart()
        os.remove(self.path("data", "tree", "owner", "a"))
        self.assertIn("no damage", self.fsck().stdout)
        self.stop()
        self.assertIn("no damage", self.fsck().stdout)

    def put_forty(self):
        """Of 64 KiB each, all different."""
        content = os.urandom(64 * KIB)
        for number in range(40):
            self.write(f"local/many/f{number}", number.to_bytes(2, "big") + content[2:])
        self.client.do("put", "-r", self.path("local", "many"))
        return 40 * 64 * KIB

    def test_a_check_reads_no_faster_than_its_rate_with_and_without_the_server(self):
        total = self.put_forty()
        for _ in range(2):
            began = time.monotonic()
            self.fsck("--read-data", "--restart", "--rate", "2M")
            self.assertGreater(time.monotonic() - began, 0.9 * total / (2 * 1024 * KIB))
            if self.server.process.poll() is None:
                self.stop()

    def test_a_check_that_was_interrupted_goes_on_where_it_was(self):
        total = self.put_forty()
        check, terminal = self.start_check("--read-data", "--rate", "256K")
        self.wait_for_text(terminal, rb"reading [1-9]")
        check.kill()
        check.wait(DEADLINE)
        summary = json.loads(self.fsck_when_free("--read-data", "--json").stdout.splitlines()[-1])
        self.assertGreater(summary["skipped_bytes"], 0)
        self.assertEqual(summary["skipped_bytes"] + summary["read_bytes"], total)

    def start_check(self, *arguments):
        """In a terminal, where it says how far it is."""
        terminal, other = os.openpty()
        self.addCleanup(os.close, terminal)
        check = subprocess.Popen([NDISKD, "--data", self.server.data, "fsck", *arguments], stdout=subprocess.DEVNULL,
                                 stderr=other)
        os.close(other)
        self.addCleanup(check.wait, DEADLINE)
        self.addCleanup(check.kill)
        return check, terminal

    def wait_for_text(self, terminal, pattern):
        shown = bytearray()

        def is_shown():
            if select.select([terminal], [], [], 0)[0]:
                shown.extend(os.read(terminal, 4096))
            return re.search(pattern, shown)
        wait_until(is_shown, f"{pattern} in the terminal")

    def fsck_when_free(self, *arguments):
        """The server notices by and by that nobody waits for the check before."""
        results = []

        def is_taken():
            results.append(self.server.command("fsck", *arguments))
            return "another check" not in results[-1].stderr
        wait_until(is_taken, "the server to notice that nobody waits")
        self.assertEqual(results[-1].returncode, 0, results[-1].stdout + results[-1].stderr)
        return results[-1]

    def test_gc_without_a_server_keeps_trash_and_versions(self):
        self.put("a", b"one")
        self.put("a", b"two")
        self.client.do("rm", "a")
        self.stop()
        freed = json.loads(self.server.command("gc", "--json").stdout)
        self.assertEqual((freed["trash"], freed["versions"], freed["objects"]), (0, 0, 0))

    def test_files_that_nothing_refers_to_go_with_gc(self):
        self.put("a", b"content")
        self.stop()
        litter = self.path("data", "objects", "ab", "ab" * 32 + ".1")
        with open(litter, "wb") as file:
            file.write(b"litter")
        self.assertEqual(json.loads(self.server.command("gc", "--json").stdout)["litter"], 1)
        self.assertFalse(os.path.exists(litter))

    def test_gc_beside_a_backup_says_why_content_is_not_freed(self):
        self.put("a", b"content")
        objects = os.open(self.path("data", "objects"), os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, objects)
        fcntl.flock(objects, fcntl.LOCK_EX)  # as a backup does
        self.client.do("rm", "a")
        self.client.do("trash", "empty")
        beside = json.loads(self.server.command("gc", "--json").stdout)
        self.assertEqual((beside["objects"], beside["held_up"]), (0, True))
        self.assertIn("a backup is under way", self.server.command("gc").stdout)
        self.assertEqual(len(glob.glob(self.path("data", "objects", "*", "*"))), 1)
        fcntl.flock(objects, fcntl.LOCK_UN)
        after = json.loads(self.server.command("gc", "--json").stdout)
        self.assertFalse(after["held_up"])
        self.assertEqual(glob.glob(self.path("data", "objects", "*", "*")), [])

    def test_gc_that_meets_damage_says_so_and_ends_with_exit_code_8(self):
        self.put("a", b"content")
        self.assertEqual(self.server.command("gc").returncode, 0)
        self.rot(b"content")
        self.fsck("--read-data", code=8)
        for _ in range(2):
            collected = self.server.command("gc")
            self.assertEqual(collected.returncode, 8, collected.stderr)
            self.assertIn("damaged: 1 object", collected.stdout)
            self.assertIn("fsck names", collected.stderr)
            lines = [json.loads(line) for line in self.server.command("gc", "--json").stdout.splitlines()]
            self.assertEqual([line["type"] for line in lines], ["summary", "error"])
            self.assertEqual((lines[0]["damaged"], lines[0]["newly_damaged"], lines[1]["code"]), (1, 0, "integrity"))
            if self.server.process.poll() is None:
                self.stop()

    def test_a_directory_without_a_drive_is_left_alone(self):
        missing = self.path("nothing", "here")
        for command in ("fsck", "gc"):
            result = subprocess.run([NDISKD, "--data", missing, command], capture_output=True, text=True,
                                    timeout=DEADLINE, check=False)
            self.assertEqual(result.returncode, 3, result.stderr)
        self.assertFalse(os.path.exists(os.path.dirname(missing)))

    def test_wrong_options_are_usage_errors(self):
        for arguments in (("--restart",), ("--rate", "x"), ("--rate", "0")):
            self.assertEqual(self.server.command("fsck", *arguments).returncode, 2)


if __name__ == "__main__":
    unittest.main()
