"""Folders, moves, copies and what is said of them, over the wire."""

import os
import unittest

from wire_test import (CONFLICT, FILE, FOLDER, INVALID, IS_FOLDER, LINK, NOT_FOLDER, NOT_FOUND, WireTest)


def fresh():
    return os.urandom(16)


class Links(WireTest):
    def test_a_link_comes_back_as_a_link_with_its_target_as_content(self):
        self.put(b"link", b"../a target", kind=LINK)
        info, content = self.open(b"link")
        self.assertEqual((info["kind"], content), (LINK, b"../a target"))
        self.assertEqual(self.list_all()[0]["kind"], LINK)

    def test_a_target_that_can_not_be_is_refused(self):
        for target in (b"", b"a\0b", b"t" * 4097):
            self.put_small(b"link", target, kind=LINK)
            self.assertEqual(self.wire.receive("Error")["code"], INVALID)
        self.assertEqual(self.list_all(), [])

    def test_a_folder_is_not_put_as_a_small_file(self):
        self.put_small(b"folder", b"", kind=FOLDER)
        self.assertEqual(self.wire.receive("Error")["code"], INVALID)

    def test_a_file_replaces_a_link_as_a_new_version_of_the_same_thing(self):
        self.put(b"a", b"target", kind=LINK)
        self.put(b"a", b"content")
        versions = self.rows("ListVersions", "VersionsPage", "versions", path=b"a")
        self.assertEqual([version["kind"] for version in versions], [FILE, LINK])


class Folders(WireTest):
    def test_a_folder_gets_mode_and_time_also_when_it_exists(self):
        for mode in (0o750, 0o700):
            self.change("MakeFolder", path=b"f", attributes={"mtime_ns": -7, "mode": mode})
            entry = self.ask("Stat", "StatInfo", path=b"f")["entry"]
            self.assertEqual((entry["kind"], entry["attributes"]), (FOLDER, {"mtime_ns": -7, "mode": mode}))

    def test_a_folder_that_must_not_exist_is_not_made_twice(self):
        self.change("MakeFolder", path=b"f", must_not_exist=1)
        self.refused("MakeFolder", CONFLICT, request_id=fresh(), path=b"f", must_not_exist=1)

    def test_a_listing_has_totals_when_asked(self):
        for name in (b"f/a", b"f/g/b"):
            self.put(name, b"12345")
        self.assertIsNone(self.list_all()[0]["totals"])
        self.assertEqual(self.list_all(with_totals=1)[0]["totals"], {"files": 2, "folders": 1, "bytes": 10})


class Listings(WireTest):
    def setUp(self):
        super().setUp()
        for name, content in ((b"a.jpg", b"123"), (b"f/b.jpg", b""), (b"f/c.txt", b"12345"), (b"f/g/d.jpg", b"1")):
            self.put(name, content)
        self.put(b"f/link.jpg", b"target", kind=LINK)

    def found(self, **conditions):
        return [entry["path"] for entry in self.list_all(recursive=1, filter=conditions)]

    def test_names_kinds_and_sizes_are_conditions_that_all_have_to_hold(self):
        self.assertEqual(self.found(names=[b"*.jpg"], kinds=[FILE]), [b"a.jpg", b"f/b.jpg", b"f/g/d.jpg"])
        self.assertEqual(self.found(names=[b"*.jpg", b"*.txt"], kinds=[FILE], min_size=3), [b"a.jpg", b"f/c.txt"])
        self.assertEqual(self.found(kinds=[FOLDER, LINK]), [b"f", b"f/g", b"f/link.jpg"])
        self.assertEqual(self.found(empty=1), [b"f/b.jpg"])

    def test_a_filter_that_nothing_passes_gives_an_end(self):
        self.assertEqual(self.found(names=[b"nothing"]), [])

    def test_depth_is_limited(self):
        paths = [entry["path"] for entry in self.list_all(recursive=1, max_depth=2)]
        self.assertEqual(paths, [b"a.jpg", b"f", b"f/b.jpg", b"f/c.txt", b"f/g", b"f/link.jpg"])

    def test_folders_alone_are_listed(self):
        paths = [entry["path"] for entry in self.list_all(recursive=1, folders_only=1)]
        self.assertEqual(paths, [b"f", b"f/g"])

    def test_an_unknown_kind_is_refused(self):
        self.refused("List", INVALID, path=b"", filter={"kinds": [9]})

    def test_a_large_folder_comes_whole_in_order_and_in_bounded_pages(self):
        names = sorted(b"%05d-%s" % (number, b"x" * (number % 200)) for number in range(3000))
        for first in range(0, len(names), 500):
            for name in names[first:first + 500]:
                self.put_small(b"big/" + name, b"")
            for _ in names[first:first + 500]:
                self.wire.receive("Committed")
        self.wire.send("List", self.wire.stream(), path=b"big")
        listed, pages = [], 0
        while (frame := self.wire.receive("ListPage", "End")).name == "ListPage":
            self.assertLessEqual(len(frame["entries"]), 1024)
            listed += [entry["path"] for entry in frame["entries"]]
            pages += 1
        self.assertEqual(listed, names)
        self.assertGreater(pages, 3)


class Placing(WireTest):
    def setUp(self):
        super().setUp()
        self.first = self.put(b"from/a", b"content")
        self.put(b"there/z", b"z")

    def paths(self):
        return [entry["path"] for entry in self.list_all(recursive=1)]

    def test_a_move_into_a_folder_says_where_it_ended(self):
        done = self.change("Move", **{"from": b"from/a", "to": b"there"})
        self.assertEqual(done["path"], b"there/a")
        self.assertEqual(self.open(b"there/a")[0]["version"], self.first["version"])
        self.assertEqual(self.paths(), [b"from", b"there", b"there/a", b"there/z"])

    def test_a_lost_answer_is_given_again_and_nothing_is_moved_twice(self):
        request = fresh()
        first = self.change("Move", request_id=request, **{"from": b"from", "to": b"there"})
        again = self.change("Move", request_id=request, **{"from": b"from", "to": b"there"})
        self.assertEqual((first["path"], first["change"]), (again["path"], again["change"]))

    def test_an_id_stands_for_one_kind_of_change(self):
        request = fresh()
        self.change("MakeFolder", request_id=request, path=b"f")
        self.refused("Move", INVALID, request_id=request, **{"from": b"from", "to": b"there"})

    def test_what_can_not_be_moved_is_refused(self):
        for code, source, target, more in ((NOT_FOUND, b"none", b"there", {}), (NOT_FOUND, b"from/a", b"x/y", {}),
                                           (NOT_FOLDER, b"from", b"there/z", {}), (INVALID, b"from", b"from/b", {}),
                                           (INVALID, b"from", b"from", {"exact": 1}), (INVALID, b"", b"there", {}),
                                           (IS_FOLDER, b"from/a", b"there", {"exact": 1}),
                                           (CONFLICT, b"from", b"there", {"exact": 1}),
                                           (CONFLICT, b"from/a", b"there/z", {"no_clobber": 1})):
            with self.subTest(source=source, target=target, **more):
                self.refused("Move", code, request_id=fresh(), **{"from": source, "to": target}, **more)
        self.assertEqual(self.paths(), [b"from", b"from/a", b"there", b"there/z"])

    def test_a_copy_is_a_version_of_its_own(self):
        done = self.change("Copy", recursive=1, **{"from": b"from", "to": b"there"})
        self.assertEqual(done["path"], b"there/from")
        info, content = self.open(b"there/from/a")
        self.assertEqual(content, b"content")
        self.assertNotEqual(info["version"], self.first["version"])

    def test_an_earlier_version_is_copied_by_its_number(self):
        self.put(b"from/a", b"newer")
        self.change("Copy", version=self.first["version"], **{"from": b"from/a", "to": b"old"})
        self.assertEqual(self.open(b"old")[1], b"content")

    def test_a_folder_is_copied_with_recursive_only(self):
        self.refused("Copy", IS_FOLDER, request_id=fresh(), **{"from": b"from", "to": b"new"})


class Stat(WireTest):
    def test_of_a_file_it_tells_all(self):
        self.put(b"f/a", b"1")
        second = self.put(b"f/a", b"12")
        info = self.ask("Stat", "StatInfo", path=b"f/a")
        self.assertEqual((info["entry"]["path"], info["entry"]["size"], info["entry"]["version"]),
                         (b"f/a", 2, second["version"]))
        self.assertEqual((info["versions"], info["change"], info["device_name"]), (2, second["change"], "local"))
        self.assertGreater(info["created_ns"], 0)

    def test_of_the_root_it_tells_the_totals_of_the_drive(self):
        self.put(b"f/a", b"123")
        entry = self.ask("Stat", "StatInfo", path=b"")["entry"]
        self.assertEqual((entry["path"], entry["kind"]), (b"", FOLDER))
        self.assertEqual(entry["totals"], {"files": 1, "folders": 1, "bytes": 3})

    def test_of_nothing_it_says_so(self):
        self.refused("Stat", NOT_FOUND, path=b"none")


if __name__ == "__main__":
    unittest.main()
