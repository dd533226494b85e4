"""Backups and rebuilding: what is served from a backup is what the drive had, to the clients that the drive had."""

import json
import os
import shutil
import subprocess
import unittest

from client import Client, through
from harness import MIB, DriveTest
from server import NDISKD
from waiting import DEADLINE


def run_ndiskd(data, *arguments):
    return subprocess.run([NDISKD, "--data", data, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=DEADLINE, check=False)


class BackupTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.enrol(self.server)

    def back_up(self, *options, destination="backup"):
        """As `ndiskd backup` beside the server; what it printed."""
        done = self.server.command("backup", self.path(destination), *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def put(self, name, content):
        self.client.do("put", self.write(name, content), "--name", name)

    def serve(self, data):
        """In place of the server, on its port."""
        self.server.close()
        return self.start_server(name=data, listen=(self.server.address,))

    def content(self, name):
        return self.client.do("cat", name).raw


class Backups(BackupTest):
    def test_what_is_served_from_a_backup_is_what_the_drive_had(self):
        self.put("one", b"1")
        self.put("large", os.urandom(3 * MIB))
        before = self.content("large")
        self.back_up()
        self.put("later", b"2")
        self.serve("backup")
        self.assertEqual(self.client.names(), ["large", "one"])
        self.assertEqual(self.content("large"), before)
        self.put("after", b"the client's device and the server's key are known")
        self.assertEqual(self.client.names(), ["after", "large", "one"])

    def test_a_copy_of_it_elsewhere_is_a_drive_too(self):
        self.put("one", b"1")
        self.server.terminate()
        done = run_ndiskd(self.path("data"), "backup", self.path("backup"), "--copy", "--verify")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 verified", done.stdout)
        shutil.rmtree(self.path("data"))
        shutil.copytree(self.path("backup"), self.path("data"))
        self.server.restart()
        self.assertEqual(self.content("one"), b"1")

    def test_a_second_one_brings_what_is_missing(self):
        self.put("one", b"1")
        self.back_up()
        self.put("two", b"2")
        summary = json.loads(self.back_up("--json").splitlines()[-1])
        self.assertEqual((summary["type"], summary["objects"], summary["linked"]), ("summary", 2, 1))

    def back_up_while(self, changes):
        backup = subprocess.Popen([NDISKD, "--data", self.path("data"), "backup", self.path("backup")],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        changes()
        _, errors = backup.communicate(timeout=DEADLINE)
        self.assertEqual(backup.returncode, 0, errors)

    def test_a_server_that_is_stopped_killed_or_started_meanwhile_is_none_of_its_business(self):
        self.put("one", b"1")
        for end in (self.server.terminate, self.server.kill) * 3:
            self.back_up_while(end)
            self.back_up_while(self.server.restart)
            self.assertEqual(self.content("one"), b"1")
        self.serve("backup")
        self.assertEqual(self.content("one"), b"1")

    def test_it_needs_no_server(self):
        self.put("one", b"1")
        self.server.kill()
        done = run_ndiskd(self.path("data"), "backup", self.path("backup"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.serve("backup")
        self.assertEqual(self.content("one"), b"1")

    def test_its_catalog_alone_is_refused_where_the_drive_went_on(self):
        self.put("older", b"1")
        self.back_up()
        self.put("newer", b"2")
        self.server.kill()
        for name in ("ndisk.db-wal", "ndisk.db-shm"):
            os.remove(self.path("data", name))
        shutil.copy(self.path("backup", "ndisk.db"), self.path("data", "ndisk.db"))
        for command in ([], ["gc"], ["fsck", "--repair"], ["backup", self.path("backup")]):
            refused = run_ndiskd(self.path("data"), *command)
            self.assertEqual(refused.returncode, 8, refused.stderr)
            self.assertIn("not the newest that was used there", refused.stderr)
        rebuilt = run_ndiskd(self.path("data"), "rebuild", "--force")
        self.assertEqual(rebuilt.returncode, 0, rebuilt.stderr)
        self.server.restart()
        client = self.enrol(self.server, "other")
        self.assertEqual(client.do("cat", "newer").raw, b"2")
        self.assertEqual(client.do("cat", "older").raw, b"1")

    def test_damage_is_told_with_whom_it_hits(self):
        self.put("good", b"good")
        self.put("bad", b"right")
        (path,) = [os.path.join(folder, name) for folder, _, names in os.walk(self.path("data", "objects"))
                   for name in names if self.read(os.path.join(folder, name)) == b"right"]
        times = os.stat(path)
        os.chmod(path, 0o644)
        self.write(path, b"wrong")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        done = self.server.command("backup", self.path("backup"), "--copy")
        self.assertEqual(done.returncode, 8)
        self.assertIn("damage: owner:/bad (version ", done.stdout)
        self.serve("backup")
        self.assertEqual(self.content("good"), b"good")

    def test_where_it_must_not_be_written_it_says_why(self):
        self.put("one", b"1")
        for where, code, word in (("data/backup", 2, "within the data directory"), ("no/such", 3, "No such file"),
                                  ("client", 6, "empty")):
            with self.subTest(where=where):
                done = self.server.command("backup", self.path(where))
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(word, done.stderr)


class Rebuilding(BackupTest):
    def lose_catalog(self):
        self.server.terminate()
        for name in os.listdir(self.path("data")):
            if name.startswith("ndisk.db"):
                os.remove(self.path("data", name))

    def test_without_its_catalog_a_drive_comes_back_from_its_tree(self):
        self.client.do("mkdir", "empty")
        self.put("one", b"1")
        self.lose_catalog()
        refused = run_ndiskd(self.path("data"))
        self.assertEqual(refused.returncode, 8)
        self.assertIn("rebuild", refused.stderr)
        done = run_ndiskd(self.path("data"), "rebuild")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.restart()
        self.assertIsNotNone(self.server.invite, "devices have to enrol again")
        self.assertEqual(self.client.run("list").code, 4)
        self.client = Client(self.path("again"))
        self.client.do("login", through(self.server.invite, self.server.address))
        self.assertEqual(self.client.names(), ["empty/", "one"])
        self.assertEqual(self.content("one"), b"1")

    def test_what_is_left_is_named_and_ends_with_exit_code_8(self):
        self.put("one", b"1")
        self.lose_catalog()
        with open(self.path("data", "tree", "owner", "one"), "r+b") as file:
            file.write(b"#")
        done = run_ndiskd(self.path("data"), "rebuild", "--json")
        self.assertEqual(done.returncode, 8, done.stdout + done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([(line["type"], line.get("path")) for line in lines],
                         [("finding", "tree/owner/one"), ("summary", None), ("error", None)])
        self.assertEqual((lines[1]["left"], lines[2]["code"]), (1, "integrity"))
        self.assertIn("could not be taken over", done.stderr)

    def test_beside_a_server_it_does_nothing(self):
        done = self.server.command("rebuild", "--force")
        self.assertEqual(done.returncode, 6)
        self.assertIn("in use", done.stderr)


if __name__ == "__main__":
    unittest.main()
