"""get over an older copy: what is here is not sent, and what comes is right."""

import hashlib
import os
import random
import signal
import unittest

from delta_test import CONTENTS, FEW, FRESH, LARGE, LARGE_CONTENTS, LARGE_FEW, OLD, SIZE, DeltaTest, edited
from harness import KIB, MIB, sha256_of, wait_until


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

    def test_of_a_large_copy_what_stays_where_it_was_from_either_end_is_not_sent_again(self):
        for name, (content, fresh) in LARGE_CONTENTS.items():
            with self.subTest(name):
                self.store(content)
                self.write_file(LARGE)
                result, came = self.get()
                self.assert_here(content)
                self.assertLess(came, fresh + LARGE_FEW)
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

    def part_bytes(self):
        return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(self.path("here"))
                   if os.path.basename(folder).startswith(".ndisk-partial-") for name in names)

    def hold_in_fresh_bytes(self):
        """A download stands in the midst of what is new; what it takes from the older copy is to come."""
        content = FRESH[:2 * MIB] + OLD
        self.store(content)
        self.write_file(OLD)
        arguments = ("get", "file", "-t", self.path("here"))
        return content, self.start_and_hold(self.client, self.proxy, "down", MIB, *arguments)

    def test_the_same_command_goes_on_after_a_killed_client(self):
        content, download = self.hold_in_fresh_bytes()
        wait_until(lambda: self.part_bytes() >= MIB // 2, "some of what came to be written")
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

    def test_edits_far_apart_are_got_one_after_the_other(self):
        """What is copied between them is more than is left waiting on the way."""
        old = OLD + bytes(100 * MIB) + FRESH
        content = edited(old, [10, len(OLD) + 100 * MIB + 10, len(old) - 10])
        self.store(content)
        self.write_file(old)
        _, came = self.get()
        self.assert_here(content)
        self.assertLess(came, FEW)

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


if __name__ == "__main__":
    unittest.main()
