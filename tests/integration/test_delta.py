"""put over an older version and get over an older copy: what the other end has is not sent, and what comes is right."""

import glob
import hashlib
import os
import random
import signal
import unittest

from client import Client
from harness import KIB, MIB, DriveTest, sha256_of
from hostile_server import HostileServer, entry
from wire_test import NO_SPACE

SIZE = 4 * MIB
FEW = 400 * KIB  # the chunks around an edit, hashes of all chunks, handshakes
OLD = random.Random(1).randbytes(SIZE)
FRESH = random.Random(2).randbytes(SIZE)


def edited(content, places):
    content = bytearray(content)
    for place in places:
        content[place:place + 3] = b"abc"
    return bytes(content)


CONTENTS = {  # name: (content, how much of it is in no old file)
    "a byte at the beginning": (b"!" + OLD, 1),
    "an insertion in the middle": (OLD[:MIB] + FRESH[:200 * KIB] + OLD[MIB:], 200 * KIB),
    "some edits": (edited(OLD, (10, MIB, 3 * MIB)), 9),
    "a removal": (OLD[:MIB] + OLD[2 * MIB:], 0),
    "an append": (OLD + FRESH[:100 * KIB], 100 * KIB),
    "a truncation": (OLD[:3 * MIB + 7], 0),
    "another order": (OLD[2 * MIB:] + OLD[:2 * MIB], 0),
    "all of it twice": (OLD + OLD, 0),
    "zeros behind it": (OLD + bytes(200 * KIB), 200 * KIB),
    "another content": (FRESH, SIZE),
}


class DeltaTest(DriveTest):
    """`self.client` comes through the proxy, `self.other` is the same user on the Unix socket."""

    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.proxy = self.start_proxy(self.server)
        self.client = self.enrol(self.server, at=self.proxy.address)
        self.other = self.local_client(self.server)
        self.file = self.path("here", "file")

    def write_file(self, content):
        """The local file, which has another mtime each time."""
        self.times = getattr(self, "times", 0) + 1
        self.write("here/file", content, mtime_ns=self.times * 10**9)

    def put(self, content, *options):
        """Puts the file with this content over what stands there; the result, and how many bytes went up."""
        self.write_file(content)
        before = self.proxy.up
        return self.client.do("put", *options, self.file), self.proxy.up - before

    def get(self, *options):
        """Gets the file over what is here; the result, and how many bytes came down."""
        before = self.proxy.down
        return self.client.do("get", "file", *options, "-t", self.path("here")), self.proxy.down - before

    def store(self, content):
        """The content becomes the newest version, without the proxy."""
        self.write("elsewhere/file", content)
        self.other.do("put", self.path("elsewhere", "file"))

    def assert_held(self, content):
        self.assert_content(self.other.do("cat", "file").raw, content)

    def object_of(self, content):
        path, = glob.glob(self.path("data", "objects", "*", hashlib.sha256(content).hexdigest() + ".*"))
        return path

    def rot(self, path, offset, count=1000):
        """Other bytes there, with the same size and mtime."""
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(b"#" * count)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


class Put(DeltaTest):
    def test_what_an_older_version_has_is_not_sent_again(self):
        for name, (content, fresh) in CONTENTS.items():
            with self.subTest(name):
                self.store(OLD)
                result, sent = self.put(content)
                self.assert_held(content)
                self.assertLess(sent, fresh + FEW)
                self.assertNotIn("of no use", result.err)
                self.other.do("rm", "file")

    def test_whole_file_sends_all(self):
        self.store(OLD)
        for option in ("-W", "--whole-file"):
            content = OLD + os.urandom(10)
            _, sent = self.put(content, option)
            self.assert_held(content)
            self.assertGreater(sent, SIZE)

    def test_a_file_that_was_only_touched_is_not_sent(self):
        self.store(OLD)
        result, sent = self.put(OLD, "--json")
        self.assertLess(sent, 64 * KIB)
        row, = [row for row in result.objects() if row["type"] == "file"]
        self.assertTrue(row["instant"] or row["unchanged"], row)
        self.assert_held(OLD)

    def test_content_that_stood_there_before_the_newest_is_not_sent(self):
        self.store(OLD)
        self.store(FRESH)
        _, sent = self.put(OLD)
        self.assertLess(sent, 64 * KIB)
        self.assert_held(OLD)

    def test_below_a_mebibyte_all_is_sent_and_from_there_on_what_is_new(self):
        for size, is_planned in ((MIB - 1, False), (MIB, True), (MIB + 1, True)):
            with self.subTest(size):
                self.store(OLD[:size])
                _, sent = self.put(edited(OLD[:size], [5]))
                self.assert_held(edited(OLD[:size], [5]))
                self.assertEqual(sent < FEW, is_planned, sent)
                self.other.do("rm", "file")

    def test_an_older_version_below_a_mebibyte_is_not_asked_for(self):
        self.store(OLD[:MIB - 1])
        _, sent = self.put(OLD)
        self.assert_held(OLD)
        self.assertGreater(sent, SIZE)

    def test_a_dry_run_sends_nothing_and_says_what_it_says_of_every_file(self):
        self.store(OLD)
        result, sent = self.put(OLD + b"!", "--dry-run")
        self.assertEqual(result.out, "replace file\n")
        self.assertLess(sent, 64 * KIB)
        self.assert_held(OLD)

    def test_what_is_said_as_json_is_the_same_with_all_of_it_sent(self):
        rows = []
        for number, options in enumerate(((), ("-W",))):
            self.store(OLD + b"%d" % number)
            found = self.put(OLD + b"!!%d" % number, "--json", *options)[0].objects()
            rows.append([{name: value for name, value in row.items() if isinstance(value, bool) or name == "size"}
                         | {"names": sorted(row)} for row in found])
        self.assertEqual(*rows)

    def test_many_files_of_a_folder_at_once(self):
        contents = [random.Random(number).randbytes(2 * MIB) for number in range(12)]
        for number, content in enumerate(contents):
            self.write(f"folder/{number}", content, mtime_ns=10**9)
        self.other.do("put", "-r", self.path("folder"))
        for number, content in enumerate(contents):
            self.write(f"folder/{number}", edited(content, [MIB]), mtime_ns=2 * 10**9)
        before = self.proxy.up
        self.client.do("put", "-r", self.path("folder"))
        self.assertLess(self.proxy.up - before, 12 * 200 * KIB)
        self.assertEqual(self.other.do("verify", self.path("folder")).code, 0)

    def test_a_cut_in_the_middle_goes_on_by_itself(self):
        self.store(OLD)
        content = OLD[:MIB] + FRESH[:2 * MIB] + edited(OLD[MIB:], [MIB])
        for count in (20 * KIB, 500 * KIB, 2 * MIB):
            with self.subTest(count):
                connections = self.proxy.connections
                self.proxy.cut_at("up", count)
                _, sent = self.put(content)
                self.assertGreater(self.proxy.connections, connections + 1)
                self.assert_held(content)
                self.assertLess(sent, 2 * (2 * MIB + FEW))
                self.store(OLD)
                content = content[:-1] + b"%d" % count

    def test_the_same_command_goes_on_after_a_killed_client(self):
        self.store(OLD)
        content = OLD[:MIB] + FRESH + OLD[MIB:]
        self.write_file(content)
        upload = self.start_and_hold(self.client, self.proxy, "up", 3 * MIB, "put", self.file)
        upload.send_signal(signal.SIGKILL)
        upload.communicate()
        self.proxy.cut()
        self.proxy.release()
        before = self.proxy.up
        self.client.do("put", self.file)
        self.assert_held(content)
        self.assertLess(self.proxy.up - before, 3 * MIB)

    def hold_in_fresh_bytes(self):
        """An upload stands in the midst of what is new; what it takes from the older version is to come."""
        content = FRESH[:2 * MIB] + OLD
        self.write_file(content)
        return content, self.start_and_hold(self.client, self.proxy, "up", MIB, "put", self.file)

    def release(self, process):
        self.proxy.release()
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        return errors.decode()

    def test_an_older_version_that_rots_meanwhile_is_noticed_and_all_is_sent(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        self.rot(self.object_of(OLD), 3 * MIB)
        self.assertIn("the older version is of no use", self.release(upload))
        self.assert_held(content)

    def test_an_older_version_that_is_gone_meanwhile_is_done_without(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        self.other.do("rm", "file")
        self.other.do("trash", "empty")
        self.assertIn("the older version is of no use", self.release(upload))
        self.assert_held(content)

    def test_an_older_version_that_is_cut_short_meanwhile_is_done_without(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        os.truncate(self.object_of(OLD), 2 * MIB)
        self.assertIn("the older version is of no use", self.release(upload))
        self.assert_held(content)

    def test_an_older_version_that_had_rotted_before_gives_what_is_right_of_it(self):
        self.store(OLD)
        self.rot(self.object_of(OLD), 3 * MIB)
        content = edited(OLD, [10])
        _, sent = self.put(content)
        self.assert_held(content)
        self.assertLess(sent, FEW)

    def test_an_older_version_that_can_not_be_read_is_done_without(self):
        self.store(OLD)
        os.truncate(self.object_of(OLD), 2 * MIB)
        content = edited(OLD, [10])
        _, sent = self.put(content)
        self.assert_held(content)
        self.assertGreater(sent, SIZE)

    def test_a_file_that_changes_meanwhile_is_sent_anew(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        changed = edited(content, [len(content) - 100])
        with open(self.file, "r+b") as file:
            file.write(changed)
        self.release(upload)
        self.assert_held(changed)

    def test_two_that_replace_one_file_at_once_are_both_kept(self):
        self.store(OLD)
        content, upload = self.hold_in_fresh_bytes()
        theirs = edited(OLD, [MIB])
        self.store(theirs)
        self.release(upload)
        self.assert_held(content)
        versions = [row["version"] for row in self.other.do("versions", "--json", "file").objects()
                    if row["type"] == "version"]
        self.other.do("restore", "file", "--version", str(versions[1]))
        self.assert_held(theirs)


class Get(DeltaTest):
    def assert_here(self, content):
        self.assert_content(self.read("here", "file"), content)
        self.assertEqual(os.listdir(self.path("here")), ["file"])

    def test_what_an_older_copy_has_is_not_sent_again(self):
        for name, (content, fresh) in CONTENTS.items():
            with self.subTest(name):
                self.store(content)
                self.write_file(OLD)
                result, came = self.get()
                self.assert_here(content)
                self.assertLess(came, fresh + FEW)
                self.assertEqual(result.err, "")

    def test_whole_file_gets_all(self):
        self.store(OLD + b"!")
        self.write_file(OLD)
        _, came = self.get("-W")
        self.assert_here(OLD + b"!")
        self.assertGreater(came, SIZE)

    def test_below_a_mebibyte_all_is_sent_and_from_there_on_what_is_new(self):
        for size, is_planned in ((MIB - 1, False), (MIB, True), (MIB + 1, True)):
            with self.subTest(size):
                self.store(edited(OLD[:size], [5]))
                self.write_file(OLD[:size])
                _, came = self.get()
                self.assert_here(edited(OLD[:size], [5]))
                self.assertEqual(came < FEW, is_planned, came)

    def test_more_parts_than_one_request_may_name(self):
        content = random.Random(3).randbytes(100 * MIB)
        self.store(content)
        older = bytearray(content)
        for place in range(20_000, len(older), 40_000):
            older[place] ^= 1
        self.write_file(older)
        _, came = self.get()
        self.assert_here(content)
        self.assertLess(came, 75 * MIB)

    def test_a_cut_in_the_middle_goes_on_by_itself(self):
        for count in (20 * KIB, 500 * KIB, 2 * MIB):
            with self.subTest(count):
                content = OLD[:MIB] + FRESH[:2 * MIB] + edited(OLD[MIB:], [MIB]) + b"%d" % count
                self.store(content)
                self.write_file(OLD)
                connections = self.proxy.connections
                self.proxy.cut_at("down", count)
                _, came = self.get()
                self.assertGreater(self.proxy.connections, connections + 1)
                self.assert_here(content)
                self.assertLess(came, 2 * (2 * MIB + FEW))

    def hold_in_fresh_bytes(self):
        """A download stands in the midst of what is new; what it takes from the older copy is to come."""
        content = FRESH[:2 * MIB] + OLD
        self.store(content)
        self.write_file(OLD)
        arguments = ("get", "file", "-t", self.path("here"))
        return content, self.start_and_hold(self.client, self.proxy, "down", MIB, *arguments)

    def release(self, process):
        self.proxy.release()
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        return errors.decode()

    def test_the_same_command_goes_on_after_a_killed_client(self):
        content, download = self.hold_in_fresh_bytes()
        download.send_signal(signal.SIGKILL)
        download.communicate()
        self.proxy.cut()
        self.proxy.release()
        self.assert_content(self.read("here", "file"), OLD)
        _, came = self.get()
        self.assert_here(content)
        self.assertLess(came, 2 * MIB)

    def test_an_older_copy_that_changes_meanwhile_is_noticed_and_all_is_got(self):
        content, download = self.hold_in_fresh_bytes()
        self.rot(self.file, 3 * MIB)
        self.assertIn("getting it anew", self.release(download))
        self.assert_here(content)

    def test_an_older_copy_that_shrinks_meanwhile_is_noticed_and_all_is_got(self):
        content, download = self.hold_in_fresh_bytes()
        os.truncate(self.file, MIB)
        self.assertIn("getting it anew", self.release(download))
        self.assert_here(content)

    def test_an_older_copy_that_is_removed_meanwhile_still_gives_its_content(self):
        content, download = self.hold_in_fresh_bytes()
        os.remove(self.file)
        self.assertEqual(self.release(download), "")
        self.assert_here(content)

    def test_a_link_is_replaced_and_what_it_leads_to_is_not_looked_at(self):
        self.store(OLD + b"!")
        beside = self.write("beside", OLD)
        os.mkdir(self.path("here"))
        os.symlink(beside, self.file)
        result, came = self.get()
        self.assertFalse(os.path.islink(self.file))
        self.assert_here(OLD + b"!")
        self.assertGreater(came, SIZE, result.err)
        self.assert_content(self.read("beside"), OLD)

    def test_content_that_has_rotted_on_the_server_is_not_taken(self):
        content = OLD[:2 * MIB] + FRESH[:MIB] + OLD[2 * MIB:]
        self.store(content)
        self.rot(self.object_of(content), 2 * MIB + 500 * KIB)
        self.write_file(OLD)
        result = self.client.run("get", "file", "-t", self.path("here"))
        self.assert_fails(result, 8)
        self.assert_here(OLD)

    def test_a_dry_run_gets_nothing(self):
        self.store(OLD + b"!")
        self.write_file(OLD)
        _, came = self.get("--dry-run")
        self.assert_here(OLD)
        self.assertLess(came, 64 * KIB)


class Chance(DeltaTest):
    """Content that is made of pieces of another by chance, both ways; NDISK_DELTA_SEED gives other contents."""

    def scrambled(self, chance, content):
        made = bytearray()
        for _ in range(chance.randrange(1, 12)):
            begin = chance.randrange(len(content))
            kind = chance.choice(("piece", "piece", "fresh", "zeros"))
            size = chance.randrange(1, chance.choice((10, 100 * KIB, 3 * MIB)))
            made += {"piece": content[begin:begin + size], "fresh": chance.randbytes(min(size, 200 * KIB)),
                     "zeros": bytes(min(size, 300 * KIB))}[kind]
        return bytes(made) + content[:MIB]

    def test_what_comes_is_what_was_there(self):
        seed = int(os.environ.get("NDISK_DELTA_SEED", "1"))
        chance = random.Random(seed)
        content = OLD
        self.store(content)
        for number in range(int(os.environ.get("NDISK_DELTA_ROUNDS", "6"))):
            with self.subTest(seed=seed, number=number):
                before, content = content, self.scrambled(chance, content)
                self.put(content)
                self.write_file(before)
                self.get()
                self.assertEqual(sha256_of(self.file), hashlib.sha256(content).hexdigest())


class ServerOfGiants(HostileServer):
    """What stands at every path is larger than any disk. Takes the beginning of an upload; says what it was asked."""

    def __init__(self, path):
        super().__init__(path, [])
        self.asked = []

    def _stat(self, wire, frame):
        self.asked.append("Stat")
        wire.send("StatInfo", frame.stream, entry={**entry(frame["path"]), "size": 2**62})

    def _getchunks(self, wire, frame):
        self.asked.append("GetChunks")
        wire.send("Error", frame.stream, code=NO_SPACE, message="planned")

    def _offer(self, wire, frame):
        self.asked.append("Offer")
        wire.send("Send", frame.stream, upload_id=bytes(16))
        wire.send("Error", frame.stream, code=NO_SPACE, message="full")


class Giants(DriveTest):
    def test_what_no_disk_holds_is_not_compared_with(self):
        server = ServerOfGiants(self.path("socket"))
        self.addCleanup(server.close)
        client = Client(self.path("home"), server=server.address)
        result = client.run("put", self.write("file", OLD))
        self.assert_fails(result, 9, "full")
        self.assertIn("Offer", server.asked)
        self.assertNotIn("GetChunks", server.asked)


if __name__ == "__main__":
    unittest.main()
