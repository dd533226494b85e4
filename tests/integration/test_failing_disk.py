"""The real server on a disk that fails: it serves what it can, says what it can't, acknowledges nothing that it lost,
and goes on when the disk is well again."""

import errno
import hashlib
import os
import unittest

from faults import ACCEPT, ANY, NAME, OPEN, READ, SYNC, WRITE, FaultsTest
from harness import KIB, MIB, sha256_of
from waiting import wait_until

IO, NO_SPACE = 1, 9
DISK_FAILED = 19  # on the wire


class FailingDisk(FaultsTest):
    def setUp(self):
        super().setUp()
        self.kept = {}  # what was acknowledged, by name
        self.put_well("kept-small", 3 * KIB)
        self.put_well("kept-large", 3 * MIB)

    def put(self, name, size):
        """Of content that nobody has put before."""
        source = self.write(f"source/{name}", os.urandom(size))
        result = self.client.run("put", source)
        if result.code == 0:
            self.kept[name] = sha256_of(source)
        return result

    def put_well(self, name, size):
        result = self.put(name, size)
        self.assertEqual(result.code, 0, result.err)

    def put_again(self, name):
        source = self.path("source", name)
        self.client.do("put", source)
        self.kept[name] = sha256_of(source)

    def assert_all_is_there(self):
        self.assert_lives()
        names = [name for name in self.client.do("list", "-r").lines() if not name.endswith("/")]
        self.assertEqual(sorted(names), sorted(self.kept))
        for number, (name, digest) in enumerate(self.kept.items()):
            target = self.path(f"back-{number}-{os.urandom(4).hex()}")
            self.client.do("get", name, "-o", target)
            self.assertEqual(sha256_of(target), digest, name)

    def assert_no_damage(self):
        """fsck has the tree tried again at once, whatever pause that was in."""
        checked = self.server.command("fsck", "--read-data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def object_of(self, name):
        """The path of its file, below the data directory."""
        for folder, _, files in os.walk(os.path.join(self.server.data, "objects")):
            for file in files:
                path = os.path.join(folder, file)
                if sha256_of(path) == self.kept[name]:
                    return os.path.relpath(path, self.server.data)
        raise AssertionError(f"no object has the content of {name}")

    def assert_refused(self, result, code, *words):
        self.assert_fails(result, code, *words)
        self.assert_lives()

    # Content

    def test_a_file_that_can_not_be_read_is_refused_by_its_name_and_others_are_served(self):
        for name in ("kept-large", "kept-small"):
            self.faults.fail(READ, self.object_of(name))
            target = self.path(f"unread-{name}")
            self.assert_refused(self.client.run("get", name, "-o", target), IO, name)
            self.assertFalse(os.path.exists(target))
            self.assertGreater(self.faults.failed(), 0)
            other = "kept-small" if name == "kept-large" else "kept-large"
            self.client.do("get", other, "-o", self.path(f"other-{name}"))
            self.assertIn("read the content", self.refused("Verify", DISK_FAILED, path=name.encode()))
            self.faults.heal()
        self.assert_all_is_there()
        self.assert_no_damage()

    def test_a_version_that_can_not_be_read_is_replaced_without_taking_anything_from_it(self):
        kept = self.object_of("kept-large")
        with open(os.path.join(self.server.data, kept), "rb") as file:
            content = file.read()
        for reads, word in ((0, ""), (len(content) // (256 * KIB) + 2, "of no use")):  # all is read once for its chunks
            content += b"!"
            self.faults.fail(READ, kept, after=reads)
            put = self.client.do("put", self.write("edited", content), "--name", "kept-large")
            self.assertIn(word, put.err)
            self.assertGreater(self.faults.failed(), 0)
            self.faults.heal()
            self.kept["kept-large"] = hashlib.sha256(content).hexdigest()
            kept = self.object_of("kept-large")
        self.assert_all_is_there()

    def test_content_that_is_unreadable_for_a_while_is_not_condemned_by_a_check_of_all(self):
        self.faults.fail(READ, self.object_of("kept-large"))
        checked = self.server.command("fsck", "--read-data")
        self.assertNotEqual(checked.returncode, 0, checked.stdout)
        self.assertIn("kept-large", checked.stdout + checked.stderr)
        self.assertNotIn("kept-small", checked.stdout + checked.stderr)
        self.faults.heal()
        self.put_well("after", KIB)
        self.server.command("fsck", "--read-data", "--repair")
        self.assert_all_is_there()
        self.assert_no_damage()

    def test_what_can_not_be_written_is_refused_and_comes_in_when_the_disk_is_well(self):
        for part, size in (("staging", 3 * MIB), ("objects", 3 * KIB)):
            for number, error in ((IO, errno.EIO), (NO_SPACE, errno.ENOSPC), (NO_SPACE, errno.EDQUOT)):
                name = f"new-{part}-{error}"
                self.faults.fail(WRITE, f"{self.server.data}/", error=error)
                self.assert_refused(self.put(name, size), number, name)
                self.assertGreater(self.faults.failed(), 0)
                self.assertEqual(self.client.do("cat", "kept-small").code, 0)
                self.faults.heal()
                self.put_again(name)
        self.assert_all_is_there()
        self.assert_no_damage()

    def test_what_was_not_synced_is_never_acknowledged_and_never_trusted(self):
        for part, size in (("staging", 9 * MIB), ("objects", 3 * KIB)):
            for times in (1, 1000):
                name = f"unsynced-{part}-{times}"
                self.faults.fail(SYNC, f"{self.server.data}/{part}", times=times, loses=True)
                refused = self.put(name, size)
                self.assertGreater(self.faults.failed(), 0, part)
                self.assert_lives()
                if times > 1:
                    self.assert_fails(refused, IO, name)
                self.faults.heal()
                self.put_again(name)
        self.assert_all_is_there()
        self.assert_no_damage()

    def test_names_that_can_not_be_made_are_refused(self):
        for size in (9 * MIB, 3 * KIB):
            name = f"unnamed-{size}"
            self.faults.fail(NAME | OPEN, f"{self.server.data}/objects")
            self.assert_refused(self.put(name, size), IO, name)
            self.assertGreater(self.faults.failed(), 0)
            self.faults.heal()
            self.put_again(name)
        self.assert_all_is_there()
        self.assert_no_damage()

    # The catalog

    def test_a_catalog_that_fails_refuses_and_goes_on_when_it_is_well(self):
        met = {"ndisk.db-wal": 0, "ndisk.db": 0}
        for part in met:
            for kind in (READ, WRITE, SYNC, OPEN):
                for times in (1, 1000):
                    met[part] += self.fail_catalog(part, kind, times)
        self.assertTrue(all(met.values()), met)
        self.assert_all_is_there()
        self.assert_no_damage()

    def fail_catalog(self, part, kind, times):
        """How many calls failed."""
        name = f"catalog-{part}-{kind}-{times}"
        self.faults.fail(kind, f"{self.server.data}/{part}", times=times)
        refused = self.put(name, 2 * KIB)
        self.client.run("list", "-r")
        self.assert_lives()
        failed = self.faults.failed()
        self.faults.heal()
        self.assertNotIn("malformed", self.server.log() + refused.err)
        if refused.code != 0:
            self.assertNotEqual(refused.err, "")
            self.put_again(name)
        self.assertEqual(len(self.rows("ListVersions", "VersionsPage", "versions", path=name.encode())), 1)
        return failed

    def test_who_starts_the_server_after_its_catalog_failed_finds_all_that_was_acknowledged(self):
        for kind in (READ, WRITE, SYNC):
            self.faults.fail(kind, f"{self.server.data}/ndisk.db")
            for number in range(3):
                self.put(f"late-{kind}-{number}", 2 * KIB)
            self.assert_lives()
            self.server.kill()
            self.faults.heal()
            self.server.restart()
            names = self.client.do("list", "-r").lines()
            for name, digest in self.kept.items():
                self.assertIn(name, names)
            for number in range(3):
                self.put_again(f"late-{kind}-{number}")
            self.assert_all_is_there()
        self.assert_no_damage()

    # Descriptors

    def test_who_is_connected_is_served_while_nobody_can_be_accepted(self):
        self.faults.fail(ACCEPT, "socket:", error=errno.EMFILE)
        waiting = self.client.start("list")
        self.addCleanup(waiting.wait)
        self.addCleanup(waiting.kill)
        wait_until(lambda: self.faults.failed() > 0, "the server to be asked in")
        self.assertEqual(self.open(b"kept-small")[0].name, "SmallFile")
        self.faults.heal()
        self.assertEqual(waiting.communicate()[0].split(), [b"kept-large", b"kept-small"])

    def test_what_can_not_be_opened_for_want_of_descriptors_is_to_be_tried_again(self):
        self.faults.fail(OPEN, f"{self.server.data}/objects", error=errno.EMFILE)
        self.wire.send("Open", self.wire.stream(), path=b"kept-large")
        error = self.wire.receive("Error")
        self.assertTrue(error["retryable"], error)
        self.faults.heal()
        self.assert_all_is_there()

    # The tree

    def test_a_tree_that_can_not_be_written_hinders_nobody_and_follows_later(self):
        for error in (errno.EIO, errno.ENOMEM):
            for kind in (NAME, ANY):
                name = f"shown-{error}-{kind}"
                self.faults.fail(kind, f"{self.server.data}/tree", error=error)
                self.put_well(name, 2 * KIB)
                wait_until(lambda: self.faults.failed() > 0, "the mirror to meet the fault")
                self.faults.heal()
                shown = os.path.join(self.server.data, "tree", "owner", name)
                self.put_well(name + "-next", 2 * KIB)
                wait_until(lambda where=shown: os.path.exists(where), "the tree to follow")
                self.assertEqual(sha256_of(shown), self.kept[name])
        self.assert_all_is_there()
        self.assert_no_damage()


if __name__ == "__main__":
    unittest.main()
