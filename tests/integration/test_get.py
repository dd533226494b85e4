"""Getting files and folders back."""

import os
import unittest

from harness import MIB, DriveTest

LONG_AGO = 981_173_106_123_456_789  # 2001, with all nine digits of a nanosecond


class Get(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())
        os.mkdir(self.path("here"))

    def put(self, name, content=b"x", **more):
        self.client.do("put", self.write(f"source/{name}", content, **more))

    def test_a_file_lands_in_the_current_folder(self):
        self.put("song.mp3", b"la")
        self.client.do("get", "song.mp3", cwd=self.path("here"))
        self.assertEqual(self.read("here", "song.mp3"), b"la")

    def test_it_prints_nothing_on_standard_output(self):
        self.put("song.mp3")
        self.assertEqual(self.client.do("get", "song.mp3", "-t", self.path("here")).out, "")

    def test_several_files_land_in_the_folder_given_by_t(self):
        self.put("a")
        self.put("b")
        self.client.do("get", "a", "/b", "-t", self.path("here"))
        self.assertEqual(sorted(os.listdir(self.path("here"))), ["a", "b"])

    def test_a_missing_local_folder_is_not_found_and_not_made(self):
        self.put("a")
        self.assert_fails(self.client.run("get", "a", "-t", self.path("no-such-folder")), 3, "no-such-folder")
        self.assertFalse(os.path.exists(self.path("no-such-folder")))

    def test_o_names_the_one_result(self):
        self.put("a", b"content")
        self.client.do("get", "a", "-o", self.path("here", "other"))
        self.assertEqual(self.read("here", "other"), b"content")

    def test_o_takes_one_source_only(self):
        self.put("a")
        self.put("b")
        self.assert_fails(self.client.run("get", "a", "b", "-o", self.path("c")), 2)

    def test_o_dash_is_standard_output_with_nothing_else_in_it(self):
        content = os.urandom(3 * MIB + 5)
        self.put("a.bin", content)
        self.assert_content(self.client.do("get", "/a.bin", "-o", "-").raw, content)

    def test_r_gets_a_folder_with_everything_in_it(self):
        self.write("photos/a.jpg", b"a")
        self.write("photos/2024/b.jpg", b"b")
        os.mkdir(self.path("photos", "empty"))
        self.client.do("put", "-r", self.path("photos"), "-t", "/backup")
        self.client.do("get", "-r", "/backup/photos", "-t", self.path("here"))
        self.assertEqual(self.read("here", "photos", "a.jpg"), b"a")
        self.assertEqual(self.read("here", "photos", "2024", "b.jpg"), b"b")
        self.assertTrue(os.path.isdir(self.path("here", "photos", "empty")))

    def test_a_folder_without_r_is_a_usage_error(self):
        self.write("photos/a.jpg", b"a")
        self.client.do("put", "-r", self.path("photos"))
        self.assert_fails(self.client.run("get", "photos", "-t", self.path("here")), 2, "-r")

    def test_a_file_that_is_not_there_is_not_found(self):
        self.assert_fails(self.client.run("get", "missing", "-t", self.path("here")), 3, "missing")
        self.assertEqual(os.listdir(self.path("here")), [])

    def test_the_rest_is_gotten_when_one_is_missing(self):
        self.put("a")
        self.put("b")
        self.assert_fails(self.client.run("get", "a", "missing", "b", "-t", self.path("here")), 7, "missing")
        self.assertEqual(sorted(os.listdir(self.path("here"))), ["a", "b"])

    def test_an_existing_file_is_replaced(self):
        self.put("a", b"new")
        self.write("here/a", b"old and longer")
        self.client.do("get", "a", "-t", self.path("here"))
        self.assertEqual(self.read("here", "a"), b"new")
        self.assertEqual(os.listdir(self.path("here")), ["a"])

    def test_a_file_with_the_same_content_is_left_alone(self):
        self.put("a", b"same", mtime_ns=LONG_AGO)
        self.client.do("get", "a", "-t", self.path("here"))
        before = os.stat(self.path("here", "a"))
        self.client.do("get", "a", "-t", self.path("here"))
        self.assertEqual(os.stat(self.path("here", "a")).st_ino, before.st_ino)

    def test_a_local_folder_is_not_replaced_by_a_file(self):
        self.put("a", b"file")
        self.write("here/a/kept", b"kept")
        self.assert_fails(self.client.run("get", "a", "-t", self.path("here")), 2)
        self.assertEqual(self.read("here", "a", "kept"), b"kept")

    def test_a_target_that_can_not_be_written_is_not_allowed(self):
        self.put("a")
        self.assert_fails(self.client.run("get", "a", "-o", "/proc/ndisk-can-not-write-here"), 4 if os.getuid() else 3)

    def test_json_describes_each_file_and_ends_with_a_summary(self):
        self.put("a", b"12345")
        objects = self.client.do("--json", "get", "a", "-t", self.path("here")).objects()
        self.assertEqual([item["type"] for item in objects], ["file", "summary"])
        self.assertEqual((objects[0]["path"].lstrip("/"), objects[0]["size"]), ("a", 5))


class Attributes(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def there_and_back(self, name, content, **attributes):
        self.client.do("put", self.write(name, content, **attributes))
        self.client.do("get", name, "-o", self.path("back"))
        return os.stat(self.path("back"))

    def test_mtime_comes_back_to_the_nanosecond(self):
        self.assertEqual(self.there_and_back("small", b"x", mtime_ns=LONG_AGO).st_mtime_ns, LONG_AGO)

    def test_mtime_of_a_large_file_comes_back_to_the_nanosecond(self):
        back = self.there_and_back("large", os.urandom(MIB), mtime_ns=LONG_AGO)
        self.assertEqual(back.st_mtime_ns, LONG_AGO)

    def test_a_time_before_1970_comes_back(self):
        self.assertEqual(self.there_and_back("old", b"x", mtime_ns=-86_400_000_000_001).st_mtime_ns,
                         -86_400_000_000_001)

    def test_permissions_come_back_exactly_whatever_the_umask(self):
        for mode in (0o600, 0o755, 0o664, 0o777, 0o444):
            with self.subTest(f"{mode:o}"):
                self.assertEqual(self.there_and_back(f"mode-{mode:o}", b"x", mode=mode).st_mode & 0o7777, mode)

    def test_setuid_is_not_kept(self):
        self.assertEqual(self.there_and_back("tool", b"x", mode=0o4755).st_mode & 0o7777, 0o755)

    def test_a_change_of_mode_alone_is_kept(self):
        self.there_and_back("script", b"x", mode=0o644, mtime_ns=LONG_AGO)
        os.unlink(self.path("back"))
        self.assertEqual(self.there_and_back("script", b"x", mode=0o755, mtime_ns=LONG_AGO).st_mode & 0o777, 0o755)

    def test_a_folder_of_files_keeps_each_files_attributes(self):
        os.mkdir(self.path("here"))
        self.write("photos/a.jpg", b"a", mode=0o640, mtime_ns=LONG_AGO)
        self.client.do("put", "-r", self.path("photos"))
        self.client.do("get", "-r", "photos", "-t", self.path("here"))
        back = os.stat(self.path("here", "photos", "a.jpg"))
        self.assertEqual((back.st_mode & 0o777, back.st_mtime_ns), (0o640, LONG_AGO))


if __name__ == "__main__":
    unittest.main()
