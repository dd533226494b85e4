"""Data directories that released formats left (tests/storage/fixtures): each opens, is upgraded at once or not at all,
and everything is still there, to the device that it was there for."""

import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import time
import unittest

from client import Client
from harness import DriveTest
from server import NDISKD, STAY_ROOT
from waiting import DEADLINE

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "storage", "fixtures")
FORMATS = (1, 2, 3)
NEWEST = max(FORMATS)
# Where an upgrade is interrupted: after so many bytes in a file. $NDISK_UPGRADE_STEP tries more places.
STEP = int(os.environ.get("NDISK_UPGRADE_STEP", "16384"))


def query(database, sql):
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def everything_in(database):
    """All rows of all tables, as text, and the format: nothing that an interrupted upgrade may change."""
    connection = sqlite3.connect(database)
    try:
        return list(connection.iterdump()) + connection.execute("PRAGMA user_version").fetchall()
    finally:
        connection.close()


def make_recent(database):
    """What would have expired since the fixture was made counts from today."""
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("UPDATE uploads SET touched = ?", (time.time_ns(),))
        connection.execute("UPDATE trash SET removed = ?", (time.time_ns(),))
    connection.close()


class Formats(DriveTest):
    def unpack(self, version, name="old"):
        with tarfile.open(os.path.join(FIXTURES, f"format-{version}.tar.xz")) as tar:
            tar.extractall(self.path(name))
        make_recent(self.path(name, "data", "ndisk.db"))
        with open(os.path.join(FIXTURES, f"format-{version}.json"), encoding="ascii") as facts:
            return facts.read()

    def device(self, server, name="old"):
        """The one that was enrolled then; the server has another port by now."""
        client = Client(self.path(name), server=server.address)
        client.environment["XDG_CONFIG_HOME"] = self.path(name, "config")
        return client

    def assert_all_there(self, server, facts):
        facts = json.loads(facts)
        client = self.device(server)
        self.assertEqual(client.names("-r"), facts["names"])
        rows = {row["path"].lstrip("/"): row for row in client.do("list", "-r", "--json").objects()
                if row["type"] == "file"}
        for path, fact in facts["files"].items():
            with self.subTest(path=path):
                self.assertEqual(hashlib.sha256(client.do("cat", path).raw).hexdigest(), fact["sha256"])
                self.assertEqual({name: rows[path][name] for name in fact}, fact)
        return client

    def test_each_opens_with_everything_that_was_in_it(self):
        for version in FORMATS:
            with self.subTest(format=version):
                facts = self.unpack(version, "old")
                database = self.path("old", "data", "ndisk.db")
                self.assertEqual(query(database, "PRAGMA user_version"), [(version,)])
                server = self.start_server(name="old/data")
                client = self.assert_all_there(server, facts)
                # History, trash and the unfinished upload came along, and can be used.
                self.assertEqual(len(client.do("versions", "versioned").lines()), 3)
                self.assertEqual(len(client.do("trash").lines()), 2)
                self.assertEqual(len(client.do("uploads").lines()), 1)
                client.do("restore", "gone")
                self.assertEqual(client.do("cat", "gone").out, "in the trash\n")
                client.do("mv", "folder", "moved")
                client.do("put", self.write("fresh", b"fresh"))
                self.assertEqual(server.terminate(), 0)
                self.assertEqual(query(database, "PRAGMA user_version"), [(NEWEST,)])
                done = server.command("fsck", "--read-data")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                os.rename(self.path("old"), self.path(f"done-{version}"))

    def test_an_upgrade_that_is_interrupted_anywhere_leaves_the_old_one(self):
        """The disk ends, or the process is killed, after so many bytes of the catalog's log."""
        for version in FORMATS[:-1]:
            for killed in (True, False):
                before = 0
                while self.format_after_cut(version, 4096 + before * STEP, killed) == version:
                    before += 1
                self.assertGreater(before, 3 if version == 1 else 0)

    def format_after_cut(self, version, limit, killed):
        """What the catalog has become, the old or the newest; all that was in it is there in any case."""
        name = f"cut-{version}-{limit}-{killed}"
        names = json.loads(self.unpack(version, name))["names"]
        old = everything_in(self.path(name, "data", "ndisk.db"))
        self.start_cut_short(name, limit, killed)
        # Looked at beside it: whoever opens a catalog with a log mends it.
        shutil.copytree(self.path(name, "data"), self.path("seen"), ignore=shutil.ignore_patterns("*.sock"))
        database = self.path("seen", "ndisk.db")
        self.assertEqual(query(database, "PRAGMA integrity_check"), [("ok",)], name)
        (found,), = query(database, "PRAGMA user_version")
        self.assertIn(found, (version, NEWEST), name)
        if found == version:
            self.assertEqual(everything_in(database), old, name)
        shutil.rmtree(self.path("seen"))
        server = self.start_server(name=f"{name}/data")
        self.assertEqual(self.device(server, name).names("-r"), names, name)
        server.close()
        shutil.rmtree(self.path(name))
        return found

    def start_cut_short(self, name, limit, killed):
        def confine():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if killed else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        with subprocess.Popen([NDISKD, "--data", self.path(name, "data"), "--listen", "127.0.0.1:0", "--no-invite",
                               *STAY_ROOT],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=confine) as process:
            # It ends by itself, or says that it is ready.
            process.stdout.readline()
            process.kill()
            process.wait(DEADLINE)


if __name__ == "__main__":
    unittest.main()
