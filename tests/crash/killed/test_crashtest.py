"""One round of scripts/crashtest; and what it is made of finds what it is there to find."""

import argparse
import os
import sqlite3
import unittest

import crashtest  # first: it knows where the others are
from contents import FOLDER, File
from disk_check import check_disk
from harness import DriveTest
from ledger import Ledger, Violation

SEED = int(os.environ.get("NDISK_CRASH_SEED", 1))
OLD, NEW = File(1, 1, "old"), File(2, 2, "new")


class Round(DriveTest):
    def test_what_was_acknowledged_survives_the_kills_of_both_sides(self):
        settings = argparse.Namespace(seed=SEED, first=0, rounds=1, clients=2, commands=8, kills=2,
                                      directory=self.directory)
        total = crashtest.Sum()
        crashtest.play(settings, total, lambda line: None)
        self.assertGreater(total.totals["steps"], 0)
        self.assertGreater(total.totals["server_kills"], 0)
        self.assertGreater(total.totals["read_back"], 0)


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()
        self.ledger.do({b"c": FOLDER, b"c/a": OLD})
        self.move = {b"c/a": None, b"c/b": OLD}

    def test_a_command_that_was_cut_short_was_done_or_not(self):
        self.assertEqual(self.ledger.settle({b"c": FOLDER, b"c/a": OLD}, [self.move], set()), 0)
        self.assertEqual(self.ledger.settle({b"c": FOLDER, b"c/b": OLD}, [self.move], set()), 1)
        self.ledger.check({b"c": FOLDER, b"c/b": OLD})

    def test_of_several_steps_some_may_be_done(self):
        steps = [{b"c/a": NEW}, {b"c/n": NEW}]
        self.assertEqual(self.ledger.settle({b"c": FOLDER, b"c/a": OLD, b"c/n": NEW}, steps, {b"c/n"}), 1)

    def test_a_move_that_left_both_names_is_found(self):
        self.assert_found({b"c": FOLDER, b"c/a": OLD, b"c/b": OLD}, [self.move])

    def test_a_move_that_left_no_name_is_found(self):
        self.assert_found({b"c": FOLDER}, [self.move])

    def test_a_lost_acknowledged_change_is_found(self):
        self.assert_found({b"c": FOLDER, b"c/a": OLD}, [{b"c/a": NEW}], {b"c/a"})

    def test_what_the_command_did_not_touch_must_stay(self):
        self.assert_found({b"c": FOLDER}, [{b"c/n": NEW}])

    def test_something_torn_is_found(self):
        self.assert_found({b"c": FOLDER, b"c/a": File(1, 2, "new")}, [{b"c/a": NEW}])

    def assert_found(self, actual, steps, acknowledged=frozenset()):
        with self.assertRaises(Violation):
            self.ledger.settle(actual, steps, acknowledged)


class DiskCheck(DriveTest):
    def setUp(self):
        super().setUp()
        server = self.start_server()
        client = self.local_client(server)
        client.do("put", self.write("a", b"content"), self.write("b", b"other"))
        server.terminate()
        self.data = server.data
        self.objects = [os.path.join(folder, name) for folder, _, names in os.walk(self.path("data", "objects"))
                        for name in names]

    def assert_finds(self, *words):
        found = "\n".join(check_disk(self.data))
        for word in words:
            self.assertIn(word, found)

    def change(self, statement):
        with sqlite3.connect(os.path.join(self.data, "ndisk.db")) as catalog:
            catalog.execute(statement)
        catalog.close()

    def test_a_sound_directory_is_found_sound(self):
        self.assertEqual(check_disk(self.data), [])

    def test_a_lost_object_is_found(self):
        os.unlink(self.objects[0])
        self.assert_finds("recorded and not there")

    def test_an_object_that_is_nobodys_is_found(self):
        os.link(self.objects[0], self.objects[0] + "0")
        self.assert_finds("nobody's")

    def test_a_changed_byte_is_found(self):
        about = os.stat(self.objects[0])
        os.chmod(self.objects[0], 0o644)
        with open(self.objects[0], "r+b") as file:
            file.write(b"X")
        os.utime(self.objects[0], ns=(about.st_atime_ns, about.st_mtime_ns))
        self.assert_finds("and recorded as")

    def test_staged_bytes_that_are_nobodys_are_found(self):
        self.write("data/staging/00112233445566778899aabbccddeeff", b"x")
        self.assert_finds("staged file")

    def test_wrong_counters_are_found(self):
        self.change("UPDATE objects SET refs = refs + 1")
        self.change("UPDATE users SET stored = stored + 1, files = files + 1")
        self.change("UPDATE folders SET folders = folders + 1")
        self.assert_finds("wrong refs", "wrong stored bytes", "wrong totals", "wrong folders")


if __name__ == "__main__":
    unittest.main()
