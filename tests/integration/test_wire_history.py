"""Versions and the trash over the wire."""

import os
import unittest

from wire_test import CONFLICT, INVALID, IS_FOLDER, NOT_FOUND, WireTest


class Versions(WireTest):
    def versions(self, path):
        return self.rows("ListVersions", "VersionsPage", "versions", path=path)

    def test_they_come_newest_first(self):
        commits = [self.put(b"a", content) for content in (b"1", b"12", b"123")]
        versions = self.versions(b"a")
        self.assertEqual([version["version"] for version in versions],
                         [commit["version"] for commit in reversed(commits)])
        self.assertEqual([version["current"] for version in versions], [1, 0, 0])
        self.assertEqual([version["size"] for version in versions], [3, 2, 1])

    def test_an_earlier_one_is_downloaded_by_path_and_number(self):
        first = self.put(b"a", b"old")
        self.put(b"a", b"new")
        self.assertEqual(self.open(b"a", version=first["version"])[1], b"old")
        self.assertEqual(self.open(b"", version=first["version"])[1], b"old")

    def test_a_version_of_another_file_is_not_found(self):
        other = self.put(b"other", b"x")
        self.put(b"a", b"y")
        self.refused("Open", NOT_FOUND, path=b"a", version=other["version"])
        self.refused("Verify", NOT_FOUND, path=b"a", version=other["version"])
        self.refused("Restore", NOT_FOUND, request_id=os.urandom(16), path=b"a", version=other["version"])
        self.refused("Copy", NOT_FOUND, request_id=os.urandom(16), version=other["version"],
                     **{"from": b"a", "to": b"b"})

    def test_of_a_folder_and_of_nothing_there_are_none(self):
        self.put(b"f/a", b"")
        self.refused("ListVersions", IS_FOLDER, path=b"f")
        self.refused("ListVersions", NOT_FOUND, path=b"none")

    def test_restoring_makes_a_new_version_of_the_old_content(self):
        first = self.put(b"a", b"old")
        second = self.put(b"a", b"new")
        self.assertEqual(self.change("Restore", path=b"a")["path"], b"a")
        versions = self.versions(b"a")
        self.assertEqual(len(versions), 3)
        self.assertGreater(versions[0]["version"], second["version"])
        self.assertEqual(versions[0]["sha256"], first["sha256"])

    def test_a_restore_that_is_sent_again_is_done_once(self):
        self.put(b"a", b"old")
        self.put(b"a", b"new")
        request = os.urandom(16)
        first = self.change("Restore", request_id=request, path=b"a")
        again = self.change("Restore", request_id=request, path=b"a")
        self.assertEqual(first["change"], again["change"])
        self.assertEqual(len(self.versions(b"a")), 3)

    def test_without_an_earlier_version_there_is_nothing_to_restore(self):
        self.put(b"a", b"only")
        self.refused("Restore", NOT_FOUND, request_id=os.urandom(16), path=b"a")
        self.refused("Restore", NOT_FOUND, request_id=os.urandom(16), path=b"none")

    def test_where_nothing_stands_the_newest_of_the_trash_comes_back_with_its_history(self):
        self.put(b"a", b"old")
        self.put(b"a", b"new")
        self.change("Remove", path=b"a")
        self.change("Restore", path=b"a")
        self.assertEqual(self.open(b"a")[1], b"new")
        self.assertEqual(len(self.versions(b"a")), 2)


class Trash(WireTest):
    def trash(self):
        return self.rows("ListTrash", "TrashPage", "entries")

    def remove(self, path):
        self.change("Remove", path=path, recursive=1)

    def test_it_lists_what_was_removed_newest_first(self):
        self.put(b"f/a", b"12")
        self.put(b"f/b", b"345")
        self.put(b"c", b"6")
        self.remove(b"f")
        self.remove(b"c")
        listed = self.trash()
        self.assertEqual([(item["path"], item["files"], item["bytes"]) for item in listed],
                         [(b"c", 1, 1), (b"f", 2, 5)])
        for item in listed:
            self.assertEqual(item["device_name"], "local")
            self.assertGreater(item["expires_ns"], item["removed_ns"])

    def test_many_come_in_pages(self):
        names = [b"%s-%d" % (b"n" * 200, number) for number in range(60)]
        for name in names:
            self.put_small(name, b"")
        for _ in names:
            self.wire.receive("Committed")
        for name in names:
            self.remove(name)
        self.assertEqual([item["path"] for item in self.trash()], list(reversed(names)))

    def test_something_goes_back_to_where_it_was(self):
        self.put(b"f/a", b"content")
        self.remove(b"f")
        done = self.change("RestoreTrash", id=self.trash()[0]["id"])
        self.assertEqual(done["path"], b"f")
        self.assertEqual(self.open(b"f/a")[1], b"content")
        self.assertEqual(self.trash(), [])

    def test_something_goes_to_another_place(self):
        self.put(b"a", b"content")
        self.remove(b"a")
        done = self.change("RestoreTrash", id=self.trash()[0]["id"], to=b"new/place")
        self.assertEqual(done["path"], b"new/place")
        self.assertEqual(self.open(b"new/place")[1], b"content")

    def test_over_something_newer_both_are_kept(self):
        self.put(b"a.txt", b"old")
        self.remove(b"a.txt")
        self.put(b"a.txt", b"new")
        done = self.change("RestoreTrash", id=self.trash()[0]["id"])
        self.assertEqual(done["path"], b"a (restored).txt")
        self.assertEqual((self.open(b"a.txt")[1], self.open(done["path"])[1]), (b"new", b"old"))

    def test_an_id_that_is_not_there_is_not_found(self):
        self.refused("RestoreTrash", NOT_FOUND, request_id=os.urandom(16), id=99)

    def test_emptying_takes_what_was_named(self):
        for name in (b"a", b"b", b"c"):
            self.put(name, name)
            self.remove(name)
        ids = {item["path"]: item["id"] for item in self.trash()}
        self.assertEqual(self.change("EmptyTrash", ids=[ids[b"a"], ids[b"c"], 99])["count"], 2)
        self.assertEqual([item["path"] for item in self.trash()], [b"b"])

    def test_emptying_without_ids_takes_all_that_is_old_enough(self):
        for name in (b"a", b"b"):
            self.put(name, name)
            self.remove(name)
        newest = self.trash()[0]["removed_ns"]
        self.assertEqual(self.change("EmptyTrash", removed_before_ns=newest)["count"], 1)
        self.assertEqual(self.change("EmptyTrash")["count"], 1)
        self.assertEqual(self.trash(), [])

    def test_emptying_that_is_sent_again_gives_the_first_answer(self):
        self.put(b"a", b"a")
        self.remove(b"a")
        request = os.urandom(16)
        self.assertEqual(self.change("EmptyTrash", request_id=request)["count"], 1)
        self.put(b"b", b"b")
        self.remove(b"b")
        self.assertEqual(self.change("EmptyTrash", request_id=request)["count"], 1)
        self.assertEqual(len(self.trash()), 1)

    def test_a_place_that_can_not_be_is_refused(self):
        self.put(b"a", b"a")
        self.remove(b"a")
        self.refused("RestoreTrash", INVALID, request_id=os.urandom(16), id=self.trash()[0]["id"], to=b"x/../y")

    def test_an_id_of_a_request_stands_for_one_kind_of_change(self):
        request = os.urandom(16)
        self.change("EmptyTrash", request_id=request)
        self.put(b"a", b"1")
        self.put(b"a", b"2")
        self.refused("Restore", INVALID, request_id=request, path=b"a")

    def test_a_precondition_still_counts_after_a_restore(self):
        first = self.put(b"a", b"old")
        self.put(b"a", b"new")
        self.change("Restore", path=b"a", version=first["version"])
        self.put_small(b"a", b"newest", precondition={"if_version": first["version"]})
        self.assertEqual(self.wire.receive("Error")["code"], CONFLICT)


if __name__ == "__main__":
    unittest.main()
