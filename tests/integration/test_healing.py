"""Content that is damaged on the server's disk is healed by whoever puts the same content again, as people would."""

import glob
import hashlib
import json
import os
import unittest

from harness import KIB, DriveTest
from waiting import wait_until

SONG = b"la la la\n"


class Healing(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.local_client(self.server)

    def rot(self, content):
        """Other bytes, with the same size, mtime and mode."""
        path, = glob.glob(self.path("data", "objects", "*", hashlib.sha256(content).hexdigest() + ".*"))
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.write(b"#")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def fsck(self, *arguments, code=0):
        result = self.server.command("fsck", "--read-data", "--restart", *arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def assert_clean_soon(self):
        """What else had the content gets it from the collector, soon."""
        wait_until(lambda: self.server.command("fsck").returncode == 0, "the collector has healed the rest")
        self.assertIn("no damage", self.fsck().stdout)

    def test_a_damaged_file_is_healed_by_putting_it_again(self):
        for name, content in (("song.mp3", SONG), ("film.mkv", os.urandom(300 * KIB))):
            with self.subTest(name=name):
                local = self.write(name, content)
                self.client.do("put", local)
                self.assertEqual(self.client.do("put", "-n", local).out, f"same {name}\n")
                self.rot(content)
                self.assertIn(f"owner:/{name} (version ", self.fsck(code=8).stdout)
                refused = self.client.run("get", name, "-o", self.path("back"))
                self.assertEqual(refused.code, 8)
                self.assertIn("put it again", refused.err)
                self.assertIn("damaged", self.client.do("stat", name).out)
                self.assertIn("(damaged)", self.client.do("list", "-l", name).out)
                self.assertEqual(self.client.do("put", "-n", local).out, f"heal {name}\n")
                # Nothing but that: the same command as the first time.
                put = self.client.do("put", "--json", local).objects()
                self.assertEqual([(row["healed"], row["unchanged"]) for row in put if row["type"] == "file"],
                                 [(True, True)])
                self.client.do("get", name, "-o", self.path("back"))
                with open(self.path("back"), "rb") as back:
                    self.assertEqual(back.read(), content)
                self.assertIn("no damage", self.fsck().stdout)
                self.assertEqual(len(self.client.do("versions", name).lines()), 1)
                self.assertEqual(self.client.do("put", "-n", local).out, f"same {name}\n")
                self.assertNotIn("damaged", self.client.do("stat", name).out)
                os.remove(self.path("back"))

    def test_a_folder_that_is_put_again_heals_all_that_is_damaged_in_it(self):
        contents = {f"album/{i}": b"track %d\n" % i for i in range(20)}
        for name, content in contents.items():
            self.write(name, content)
        self.client.do("put", "-r", self.path("album"))
        for i in (3, 7, 11):
            self.rot(contents[f"album/{i}"])
        self.assertEqual(self.fsck(code=8).stdout.count("owner:/album/"), 3)
        rows = self.client.do("find", "album", "--json").objects()
        hit = ["album/11", "album/3", "album/7"]
        self.assertEqual(sorted(row["path"] for row in rows if row.get("damaged")), hit)
        verified = self.client.run("verify", self.path("album"))
        self.assertEqual((verified.code, verified.out.count("damaged")), (8, 3), verified.out)
        put = self.client.do("put", "-r", "--json", self.path("album")).objects()
        self.assertEqual(sorted(row["path"] for row in put if row["type"] == "file"), hit)
        self.assertEqual(self.client.do("verify", self.path("album")).out, "")
        self.assertIn("no damage", self.fsck().stdout)
        for name, content in contents.items():
            self.assertEqual(self.client.do("cat", name).raw, content)

    def test_every_rule_of_put_heals(self):
        for i, options in enumerate((["--checksum"], ["--no-clobber"], ["--receipt", self.path("receipts.jsonl")],
                                     ["--then-remove"])):
            with self.subTest(options=options):
                content = b"content %d\n" % i
                local = self.write(f"file{i}", content)
                self.client.do("put", local)
                self.rot(content)
                self.fsck(code=8)
                self.client.do("put", *options, local)
                self.assertEqual(self.client.do("cat", f"file{i}").raw, content)
                self.assertIn("no damage", self.fsck().stdout)
        self.assertFalse(os.path.exists(self.path("file3")))

    def test_earlier_versions_and_other_files_with_the_content_are_healed_too(self):
        local = self.write("song.mp3", SONG)
        self.client.do("put", local)
        self.client.do("put", local, "--name", "again/copy.mp3")
        self.client.do("put", self.write("other", b"another song\n"), "--name", "song.mp3")
        self.rot(SONG)
        self.fsck(code=8)
        versions = [json.loads(line) for line in self.client.do("versions", "--json", "song.mp3").lines()]
        versions = [row for row in versions if row["type"] == "version"]
        self.assertEqual([row.get("damaged", False) for row in versions], [False, True])
        self.client.do("put", local, "--name", "again/copy.mp3")
        self.assertEqual(self.client.do("cat", "again/copy.mp3").raw, SONG)
        self.client.do("restore", "song.mp3", "--version", str(versions[1]["version"]))
        self.assertEqual(self.client.do("cat", "song.mp3").raw, SONG)
        self.assert_clean_soon()

    def test_what_is_damaged_and_was_not_put_again_stays_damaged(self):
        self.client.do("put", self.write("song.mp3", SONG))
        self.rot(SONG)
        self.fsck(code=8)
        local = self.write("elsewhere/song.mp3", b"no no no\n")
        self.client.do("put", "--no-clobber", local)
        self.fsck(code=8)
        self.assertEqual(self.client.run("cat", "song.mp3").code, 8)


if __name__ == "__main__":
    unittest.main()
