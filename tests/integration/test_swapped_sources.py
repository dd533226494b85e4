"""What somebody makes of a folder while it is being put: tests/faults/preloaded_swap.cpp."""

import os
import unittest

from harness import KIB, DriveTest

LIBRARY = os.environ.get("NDISK_PRELOADED_SWAP")


@unittest.skipUnless(LIBRARY, "needs NDISK_PRELOADED_SWAP, the library that changes what the client has found")
class BecameALink(DriveTest):
    """x/ and outside/ have the same names in them; what is in outside/ is nobody's business."""

    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        for top in ("x", "outside"):
            for name, size in (("apple", 10), ("folder/deep/inner", 10), ("large", 100 * KIB), ("zebra", 10)):
                self.write(f"{top}/{name}", top.encode() * size)
            os.symlink(top, self.path(top, "folder", "deep", "link"))

    def put_while_swapped(self, name, at):
        """x/ is put; a link to its twin outside takes the place of x/`name` when `at` is first opened."""
        own, link = self.path("x", name), self.path("planted")
        os.symlink(self.path("outside", name), link)
        self.client.wrap = ["env", f"LD_PRELOAD={LIBRARY}", f"NDISK_SWAP_AT={at}", f"NDISK_SWAP_THIS={own}",
                            f"NDISK_SWAP_THAT={link}"]
        result = self.client.run("put", "-r", self.path("x"))
        self.client.wrap = []
        self.assertTrue(os.path.islink(own), f"nothing named {at} was opened")
        return result

    def assert_put(self, *names):
        """All of the drive, and none of it is from outside."""
        os.mkdir(self.path("back"))
        self.client.do("get", "-r", "x", "-t", self.path("back"))
        got = {}
        for folder, _, files in os.walk(self.path("back", "x")):
            for path in (os.path.join(folder, name) for name in files):
                content = os.fsencode(os.readlink(path)) if os.path.islink(path) else self.read(path)
                got[os.path.relpath(path, self.path("back", "x"))] = content
        self.assertEqual(sorted(got), sorted(names))
        self.assertEqual([name for name, content in got.items() if content.strip(b"x")], [])

    def test_a_file_is_not_followed_and_the_others_are_put(self):
        result = self.put_while_swapped("apple", at="apple")
        self.assert_fails(result, 7, "x/apple", "became a symbolic link")
        self.assert_put("folder/deep/inner", "folder/deep/link", "large", "zebra")

    def test_a_large_file_is_not_followed_and_the_others_are_put(self):
        result = self.put_while_swapped("large", at="large")
        self.assert_fails(result, 7, "x/large", "became a symbolic link")
        self.assert_put("apple", "folder/deep/inner", "folder/deep/link", "zebra")

    def test_a_folder_is_not_followed_to_the_file_that_was_found_in_it(self):
        os.remove(self.path("x", "folder", "deep", "link"))  # may be read before the file beside it is opened
        result = self.put_while_swapped("folder", at="inner")
        self.assert_fails(result, 7, "x/folder/deep/inner", "is behind one")
        self.assert_put("apple", "large", "zebra")

    def test_a_folder_is_not_followed_to_the_folder_and_the_link_that_are_found_in_it(self):
        result = self.put_while_swapped("folder", at="deep")
        self.assert_fails(result, 7, "x/folder/deep/link", "is behind one")
        self.assert_put("apple", "large", "zebra")

    def test_a_folder_that_is_a_link_when_it_is_to_be_gone_into_is_not_gone_into(self):
        result = self.put_while_swapped("folder", at="folder")
        self.assert_fails(result, 7, "x/folder: ")
        self.assertNotIn("inner", result.err)
        self.assert_put("apple", "large", "zebra")


@unittest.skipUnless(LIBRARY, "needs NDISK_PRELOADED_SWAP, the library that changes what the client has found")
class AfterItWasPut(DriveTest):
    """x/folder/file, to be removed: it is opened to be put, and once more for the proof; the folder, to remove it."""

    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        self.file = self.path("x", "folder", "file")
        self.write("x/folder/file", b"content")
        os.utime(self.file, (5, 5))

    def put(self, at, *options, **environment):
        settings = [f"{name}={value}" for name, value in environment.items()]
        self.client.wrap = ["env", f"LD_PRELOAD={LIBRARY}", f"NDISK_SWAP_AT={at}", f"NDISK_SWAP_THIS={self.file}",
                            *settings]
        result = self.client.run("put", "-r", "--then-remove", *options, self.path("x"))
        self.client.wrap = []
        return result

    def test_a_file_that_took_its_place_after_the_proof_is_kept_though_size_mtime_and_mode_are_the_same(self):
        other = self.write("other", b"CONTENT")
        os.utime(other, (5, 5))
        result = self.put("file:file:folder", NDISK_SWAP_THAT=other)
        self.assertEqual(self.read(other), b"content", "the folder was not opened to remove the file")
        self.assert_fails(result, 6, "x/folder/file: changed since it was put, and is not removed")
        self.assertEqual(self.read(self.file), b"CONTENT")

    def test_a_file_that_is_touched_in_the_middle_of_the_proof_is_kept(self):
        result = self.put("file:file:<file")
        self.assertEqual(os.stat(self.file).st_mtime, 1, "the file was not read for the proof")
        self.assert_fails(result, 6, "x/folder/file: changed since it was put, and is not removed")
        self.assertEqual(self.read(self.file), b"content")

    def test_all_names_of_one_file_go_though_each_that_goes_touches_the_others(self):
        for name in ("second", "third"):
            os.link(self.file, self.path("x", "folder", name))
        self.client.do("put", "-r", "--then-remove", self.path("x"))
        self.assertEqual(os.listdir(self.path("x", "folder")), [])


if __name__ == "__main__":
    unittest.main()
