"""Damage of which nothing is left: it is told all the same, by what fsck and gc say and by their exit code."""

import glob
import hashlib
import json
import os
import shutil
import sqlite3
import unittest

from harness import DriveTest

CONTENT = b"la la la\n"
HEALTHY, DAMAGED = 0, 2  # docs/storage-format.md, the column `state` of `objects`


class MendedDamage(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.owner = self.local_client(self.server)

    def put(self, client):
        client.do("put", self.write("song", CONTENT), "--name", "song")

    def objects(self):
        """Of that content; the oldest first."""
        found = glob.glob(self.path("data", "objects", "*", hashlib.sha256(CONTENT).hexdigest() + ".*"))
        return sorted(found, key=lambda path: int(path.rpartition(".")[2]))

    def rot(self, path):
        """Other bytes, with the same size and mtime."""
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.write(b"#")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def command(self, *arguments, code):
        done = self.server.command(*arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done


class Repaired(MendedDamage):
    def test_damage_that_a_repair_mended_whole_is_told_and_ends_with_exit_code_8(self):
        self.put(self.owner)
        (mine,) = self.objects()
        self.server.command("user", "add", "other")
        other = self.local_client(self.server, "other")
        other.server = None
        other.do("login", self.server.command("invite", "--user", "other").stdout.strip())
        self.put(other)
        for _ in range(2):
            self.rot(mine)
            told = self.command("fsck", "--read-data", "--restart", "--repair", "--json", code=8)
            summary, error = [json.loads(line) for line in told.stdout.splitlines()][-2:]
            self.assertEqual((summary["damage"], summary["mended"]), (1, 1))
            self.assertEqual((error["type"], error["code"]), ("error", "integrity"))
            self.assertIn("all of it was mended", told.stderr)
            self.assertIn("no damage", self.command("fsck", "--read-data", "--restart", code=0).stdout)
            mine = self.objects()[-1]  # made anew from the other's
            if self.server.process.poll() is None:  # and once more without a server
                self.server.terminate()
        self.server.restart()
        self.assertEqual(self.owner.do("cat", "song").raw, CONTENT)


class Collected(MendedDamage):
    def add_object(self, database, row, number):
        """The same content once more, as a row and a file that no version refers to."""
        (first,) = [path for path in self.objects() if path.endswith(f".{row['id']}")]
        shutil.copy2(first, f"{first.rpartition('.')[0]}.{number}")
        database.execute("INSERT INTO objects (id, user, sha256, size, disk_mtime, refs, state) "
                         "VALUES (?, ?, ?, ?, ?, 0, ?)",
                         (number, row["user"], row["sha256"], row["size"], row["disk_mtime"], HEALTHY))
        database.execute("UPDATE users SET stored = stored + ? WHERE id = ?", (row["size"], row["user"]))

    def test_damage_that_gc_found_and_healed_whole_is_told_and_ends_with_exit_code_8(self):
        """What is damaged has two copies, and the one that is tried first has rotted unseen."""
        self.put(self.owner)
        self.server.terminate()
        database = sqlite3.connect(self.path("data", "ndisk.db"))
        database.row_factory = sqlite3.Row
        with database:
            (row,) = database.execute("SELECT * FROM objects").fetchall()
            for number in (1, 2):
                self.add_object(database, row, row["id"] + number)
            database.execute("UPDATE objects SET state = ? WHERE id = ?", (DAMAGED, row["id"]))
            database.execute("UPDATE counters SET value = max(value, ?) WHERE name = 'object'", (row["id"] + 100,))
        database.close()
        for path in self.objects()[:2]:
            self.rot(path)
        told = self.command("gc", "--json", code=8)
        summary, error = [json.loads(line) for line in told.stdout.splitlines()]
        self.assertEqual((summary["damaged"], summary["newly_damaged"]), (0, 1))
        self.assertEqual((error["type"], error["code"]), ("error", "integrity"))
        self.assertIn("all of it was healed", told.stderr)
        self.assertEqual(len(self.objects()), 1)
        self.assertIn("no damage", self.command("fsck", "--read-data", code=0).stdout)
        self.command("gc", code=0)
        self.server.restart()
        self.assertEqual(self.owner.do("cat", "song").raw, CONTENT)


if __name__ == "__main__":
    unittest.main()
