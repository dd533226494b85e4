"""Names that the local disk can't hold apart."""

import ctypes
import os
import subprocess
import sys
import unittest

from harness import DriveTest

NFC, NFD = "é", "e\u0301"


def write(*parts, content):
    os.makedirs(os.path.dirname(os.path.join(*parts)), exist_ok=True)
    with open(os.path.join(*parts), "wb") as file:
        file.write(content)


def contents(folder):
    """Every file below it, and what is in it."""
    found = {}
    for place, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(place, name), "rb") as file:
                found[os.path.relpath(os.path.join(place, name), folder)] = file.read()
    return found


class OrdinaryDisk(DriveTest):
    def test_names_that_differ_by_case_or_form_all_come_back(self):
        client = self.local_client(self.start_server())
        names = ("a", "A", NFC, NFD)
        for name in names:
            self.write("tree/" + name, name.encode())
        client.do("put", "-r", self.path("tree"))
        os.mkdir(self.path("here"))
        client.do("get", "-r", "tree", "-t", self.path("here"))
        self.assertEqual(contents(self.path("here", "tree")), {name: name.encode() for name in names})
        self.assertEqual(os.listdir(self.path("here")), ["tree"])


class LookingLeavesNoTrace(DriveTest):
    """Whether a disk folds names is asked of every folder that things land in."""

    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        self.write("tree/file", b"content")
        self.client.do("put", "-r", self.path("tree"))
        os.mkdir(self.path("here"))

    def get(self, *options):
        return self.client.do("get", "-r", "tree", "-t", self.path("here"), *options)

    def stamps(self):
        found = [os.stat(self.path("here", name)) for name in ("", "tree")]
        return [(each.st_mtime_ns, each.st_ctime_ns) for each in found]

    def test_a_dry_run_writes_nothing(self):
        self.get()
        before = self.stamps()
        result = self.get("--dry-run")
        self.assertEqual(self.stamps(), before)
        self.assertEqual((result.lines(), result.err), ([f"same {self.path('here', 'tree', 'file')}"], ""))

    def test_a_dry_run_into_an_empty_folder_writes_nothing(self):
        before = os.stat(self.path("here")).st_ctime_ns
        self.assertEqual(self.get("--dry-run").err, "")
        self.assertEqual(os.stat(self.path("here")).st_ctime_ns, before)

    def test_a_get_that_changes_nothing_leaves_the_time_of_the_folder(self):
        self.get()
        os.utime(self.path("here"), ns=(5, 5))
        before = [mtime for mtime, _ in self.stamps()]
        self.get()
        self.assertEqual([mtime for mtime, _ in self.stamps()], before)


class WithFoldingDisk(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        self.source = self.path("tree")

    def mount(self, *folder, options=()):
        self.disk = self.path(*folder)
        os.makedirs(self.disk)
        if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
            self.skipTest("a folding disk needs root and /dev/fuse")
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "folding_disk.py")
        server = subprocess.Popen([sys.executable, "-B", program, self.disk, *options], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        if server.stdout.readline() != "ready\n":
            self.skipTest("no folding disk here: " + server.communicate()[1])
        self.addCleanup(self.unmount, self.disk, server)

    def unmount(self, disk, server):
        ctypes.CDLL(None).umount2(os.fsencode(disk), 2)
        server.communicate()

    def put(self, *names):
        for name in names:
            write(self.source, name, content=name.encode())
        self.client.do("put", "-r", self.source)


class FoldingDisk(WithFoldingDisk):
    def setUp(self):
        super().setUp()
        self.mount("disk")

    def get(self, *options, code=0):
        result = self.client.run("get", "-r", "tree", "-t", self.disk, *options)
        self.assertEqual(result.code, code, result.err)
        return result

    def got(self):
        return contents(os.path.join(self.disk, "tree"))

    def test_the_disk_folds_names(self):
        write(self.disk, "A", content=b"1")
        write(self.disk, "a", content=b"2")
        self.assertEqual(contents(self.disk), {"A": b"2"})

    def test_a_tree_without_collisions_comes_as_on_any_disk(self):
        self.put("a", "b/C", "c/C")
        self.get()
        self.assertEqual(self.got(), {"a": b"a", "b/C": b"b/C", "c/C": b"c/C"})
        self.assertEqual(os.listdir(self.disk), ["tree"])

    def test_by_default_it_is_a_conflict_that_names_the_pairs_and_nothing_is_written(self):
        self.put("b/Song.mp3", "b/song.mp3", NFC, NFD)
        self.assert_fails(self.get(code=6), 6, "tree/b/Song.mp3 and tree/b/song.mp3", NFC, NFD, "--on-collision")
        self.assertEqual(os.listdir(self.disk), [])

    def test_skip_leaves_out_the_later_one_with_a_word(self):
        self.put("Song.mp3", "song.mp3", "X/in", "x/in")
        self.assertIn("left out", self.get("--on-collision=skip").err)
        self.assertEqual(self.got(), {"Song.mp3": b"Song.mp3", "X/in": b"X/in"})

    def test_with_json_what_is_left_out_is_an_object(self):
        self.put("Song.mp3", "song.mp3", "X/in", "x/in")
        objects = self.get("--json", "--on-collision=skip").objects()
        skipped = [item for item in objects if item["type"] == "skipped"]
        self.assertEqual([item["path"] for item in skipped], ["tree/song.mp3", "tree/x"])
        self.assertEqual(skipped[0]["local"], os.path.join(self.disk, "tree", "song.mp3"))
        self.assertIn("another name", skipped[0]["reason"])
        operands = self.client.do("--json", "get", "tree/Song.mp3", "tree/song.mp3", "-t", self.disk,
                                  "--on-collision=skip").objects()
        self.assertEqual([item["path"] for item in operands if item["type"] == "skipped"], ["tree/song.mp3"])

    def test_rename_gives_the_later_one_a_number_and_a_second_get_changes_nothing(self):
        self.put("Song.mp3", "song.mp3", "X/in", "x/in", "x/IN")
        expected = {"Song.mp3": b"Song.mp3", "song (2).mp3": b"song.mp3", "X/in": b"X/in", "x (2)/IN": b"x/IN",
                    "x (2)/in (2)": b"x/in"}
        for run in range(2):
            with self.subTest(run=run):
                self.assertIn("song (2).mp3", self.get("--on-collision=rename").err)
                self.assertEqual(self.got(), expected)

    def test_what_is_not_chosen_does_not_collide(self):
        self.put("Song.mp3", "song.mp3")
        self.get("--exclude", "song.mp3")
        self.assertEqual(self.got(), {"Song.mp3": b"Song.mp3"})

    def test_operands_collide_as_well(self):
        self.put("Song", "song")
        result = self.client.run("get", "tree/song", "tree/Song", "-t", self.disk)
        self.assert_fails(result, 6, "Song and song")
        self.client.do("get", "tree/song", "tree/Song", "-t", self.disk, "--exclude", "Song")
        self.assertEqual(contents(self.disk), {"song": b"song"})
        os.remove(os.path.join(self.disk, "song"))
        self.client.do("get", "tree/song", "tree/Song", "-t", self.disk, "--on-collision=rename")
        self.assertEqual(contents(self.disk), {"Song": b"tree/Song"[5:], "song (2)": b"song"})

    def test_a_dry_run_that_can_not_tell_by_looking_says_so(self):
        self.put("Song.mp3", "song.mp3")
        self.assertIn("not tried out", self.get("--dry-run").err)
        self.assertEqual(os.listdir(self.disk), [])

    def test_a_dry_run_tells_what_collides_by_case_once_a_name_shows_that_the_disk_folds(self):
        write(self.disk, "Name", content=b"here")
        self.put("Song.mp3", "song.mp3")
        self.assert_fails(self.get("--dry-run", code=6), 6, "tree/Song.mp3 and tree/song.mp3")
        lines = self.get("--dry-run", "--on-collision=skip").lines()
        self.assertIn(f"skip {self.disk}/tree/song.mp3 (this disk takes it for another name)", lines)
        self.assertEqual(os.listdir(self.disk), ["Name"])

    def test_the_folder_to_get_into_need_not_be_there_yet(self):
        self.put("Song.mp3", "song.mp3")
        result = self.client.run("get", "-r", "tree", "-o", os.path.join(self.disk, "new"))
        self.assert_fails(result, 6, "new/Song.mp3 and new/song.mp3")
        self.assertEqual(os.listdir(self.disk), [])


class FoldingDiskBelow(WithFoldingDisk):
    """The folder that is gotten into tells case apart, and one that stands deep below it does not."""

    def setUp(self):
        super().setUp()
        self.mount("here", "tree", "deep", "disk")

    def get(self, *options, code=0):
        result = self.client.run("get", "-r", "tree", "-t", self.path("here"), *options)
        self.assertEqual(result.code, code, result.err)
        return result

    def test_by_default_it_is_a_conflict_that_names_the_pair_and_nothing_is_written(self):
        self.put("a", "deep/disk/Song", "deep/disk/song")
        self.assert_fails(self.get(code=6), 6, "tree/deep/disk/Song and tree/deep/disk/song")
        self.assertEqual(contents(self.path("here")), {})

    def test_the_whole_drive_is_looked_at_as_deep(self):
        self.put("deep/disk/Song", "deep/disk/song")
        self.assert_fails(self.client.run("get", "-r", "/", "-t", self.path("here")), 6, "Song and ")
        self.assertEqual(contents(self.path("here")), {})

    def test_new_folders_in_it_fold_as_it_does(self):
        self.put("deep/disk/new/x/" + NFC, "deep/disk/new/x/" + NFD)
        self.assertIn("left out", self.get("--on-collision=skip").err)
        self.assertEqual(len(contents(self.disk)), 1)

    def test_names_elsewhere_that_differ_by_case_all_come(self):
        elsewhere = ["A", "a", "deep/A", "deep/a", "deep/new/A", "deep/new/a", "zoo/A", "zoo/a"]
        self.put(*elsewhere, "deep/disk/Song", "deep/disk/song")
        self.get("--on-collision=rename")
        expected = {name: name.encode() for name in elsewhere}
        expected |= {"deep/disk/Song": b"deep/disk/Song", "deep/disk/song (2)": b"deep/disk/song"}
        self.assertEqual(contents(self.path("here", "tree")), expected)

    def test_a_dry_run_finds_it_by_a_name_that_stands_there(self):
        write(self.disk, "Name", content=b"here")
        self.put("deep/disk/Song", "deep/disk/song")
        self.assert_fails(self.get("--dry-run", code=6), 6, "tree/deep/disk/Song and tree/deep/disk/song")

    def test_a_dry_run_that_can_not_tell_by_looking_says_so(self):
        self.put("deep/disk/Song", "deep/disk/song")
        self.assertIn("not tried out", self.get("--dry-run").err)
        self.assertEqual(os.listdir(self.disk), [])


class FolderThatFoldsByItself(WithFoldingDisk):
    """As one of ext4 after chattr +F: on the disk of the folder above, which tells case apart."""

    def test_what_goes_below_it_collides_and_nothing_else(self):
        self.mount("disk", options=["--only=folds"])
        write(self.disk, "tree", "folds", "Name", content=b"here")
        self.put("a", "A", "folds/new/Song", "folds/new/song", "zoo/a", "zoo/A")
        result = self.client.run("get", "-r", "tree", "-t", self.disk)
        self.assert_fails(result, 6, "apart: tree/folds/new/Song and tree/folds/new/song;")
        self.assertEqual(contents(self.disk), {"tree/folds/Name": b"here"})

    def test_one_that_tells_case_apart_below_one_that_does_not_takes_both(self):
        self.mount("disk", options=["--except=plain"])
        write(self.disk, "tree", "plain", "Name", content=b"here")
        self.put("plain/Song", "plain/song")
        self.client.do("get", "-r", "tree", "-t", self.disk)
        self.assertEqual(len(contents(self.disk)), 3)


class DiskThatCanNotBeAsked(WithFoldingDisk):
    def test_it_is_an_error_and_nothing_is_written(self):
        for place in (["disk"], ["here", "tree", "disk"]):
            with self.subTest(place=place):
                self.mount(*place, options=["--refuse=.ndisk-"])
                self.put("disk/Song", "disk/song")
                result = self.client.run("get", "-r", "tree", "-t", self.path(place[0]))
                self.assert_fails(result, 1, self.disk)
                self.assertEqual(contents(self.disk), {})


if __name__ == "__main__":
    unittest.main()
