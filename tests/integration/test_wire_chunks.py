"""Chunks and blocks of a version, over the wire."""

import glob
import os
import unittest

from chunk_cuts import lengths_of
from chunks_test import ChunksTest, noise
from harness import KIB, MIB
from wire_test import CANCELLED, INTEGRITY, INVALID, IS_FOLDER, NOT_FOUND, PROTOCOL, sha256


class Chunks(ChunksTest):
    def chunks(self, average_log2=14, **fields):
        """FileInfo, and the chunks as (length, hash)."""
        self.wire.send("GetChunks", self.wire.stream(), average_log2=average_log2, **fields)
        info = self.wire.receive("FileInfo")
        chunks = []
        while (frame := self.wire.receive("ChunksPage", "End")).name == "ChunksPage":
            self.assertEqual(len(frame["lengths"]), len(frame["hashes"]))
            self.assertLessEqual(len(frame["lengths"]), 4096)
            chunks += zip(frame["lengths"], frame["hashes"])
        return info, chunks

    def test_the_cuts_are_where_the_document_says(self):
        contents = {b"noise": noise(MIB), b"nothing else": bytes(300_000), b"text": b"the same words again\n" * 20_000,
                    b"small": noise(5000), b"least": noise(4096), b"mixed": bytes(100_000) + noise(400_000)}
        for name, content in contents.items():
            self.upload(name, content)
            for log2 in (13, 14, 16):
                with self.subTest(name=name, log2=log2):
                    info, chunks = self.chunks(log2, path=name)
                    self.assertEqual([length for length, _ in chunks], lengths_of(content, log2))
                    self.assertEqual((info["size"], info["sha256"]), (len(content), sha256(content)))

    def test_blocks_are_all_of_one_size_but_the_last(self):
        content = noise(300_000)
        self.upload(b"a", content)
        blocks = self.chunks(16, path=b"a", fixed=1)[1]
        self.assertEqual([length for length, _ in blocks], [65536] * 4 + [300_000 - 4 * 65536])
        edited = content[:100_000] + b"!" + content[100_001:]
        self.upload(b"b", edited)
        others = self.chunks(16, path=b"b", fixed=1)[1]
        self.assertEqual([one == other for one, other in zip(blocks, others)], [True, False, True, True, True])

    def test_the_size_of_blocks_is_asked_for_within_bounds(self):
        self.upload(b"a", noise(200_000))
        for log2 in (0, 12, 31, 2**32 - 1):
            with self.subTest(log2):
                self.refused("GetChunks", INVALID, path=b"a", average_log2=log2, fixed=1)
        self.assertEqual(len(self.chunks(30, path=b"a", fixed=1)[1]), 1)

    def test_parts_are_cut_as_if_each_stood_alone(self):
        content = noise(MIB)
        self.upload(b"a", content)
        parts = [(0, 5000), (5000, 70_000), (500_001, 300_000)]
        for options in ({}, {"fixed": 1}):
            with self.subTest(options):
                ranges = [{"offset": begin, "length": length} for begin, length in parts]
                found = self.chunks(14, path=b"a", ranges=ranges, **options)[1]
                alone = []
                for begin, length in parts:
                    self.upload(b"part", content[begin:begin + length])
                    alone += self.chunks(14, path=b"part", **options)[1]
                self.assertEqual(found, alone)

    def test_parts_that_can_not_be_are_refused(self):
        self.upload(b"a", noise(200_000))
        for parts in ([(0, 0)], [(0, 200_001)], [(200_000, 1)], [(2**64 - 1, 2)], [(10, 10), (15, 10)],
                      [(10, 10), (0, 5)]):
            with self.subTest(parts):
                self.refused("GetChunks", INVALID, path=b"a", average_log2=14,
                             ranges=[{"offset": begin, "length": length} for begin, length in parts])

    def test_as_many_parts_as_there_may_be_are_cut(self):
        self.upload(b"a", noise(200_000))
        parts = [{"offset": 2 * number, "length": 1} for number in range(2048)]
        self.assertEqual([length for length, _ in self.chunks(14, path=b"a", ranges=parts)[1]], [1] * 2048)

    def test_more_parts_than_there_may_be_end_the_session(self):
        self.upload(b"a", noise(200_000))
        parts = [{"offset": 2 * number, "length": 1} for number in range(2049)]
        self.wire.send("GetChunks", self.wire.stream(), path=b"a", average_log2=14, ranges=parts)
        error, = [frame for frame in self.wire.until_end() if frame.name == "Error"]
        self.assertEqual((error["code"], error.stream), (PROTOCOL, 0))

    def test_no_content_has_no_chunks(self):
        self.put(b"empty", b"")
        self.assertEqual(self.chunks(path=b"empty")[1], [])

    def test_all_bytes_of_a_large_file_are_in_one_chunk_each_over_many_pages(self):
        content = bytes(4 * MIB) + noise(90 * MIB)
        self.upload(b"large", content)
        _, chunks = self.chunks(path=b"large")
        self.assertGreater(len(chunks), 4096)
        self.assertEqual(sum(length for length, _ in chunks), len(content))
        self.assertEqual({length for length, _ in chunks[:64]}, {64 * KIB})
        self.assertTrue(all(4 * KIB < length <= 64 * KIB for length, _ in chunks[:-1]))

    def test_equal_content_has_equal_hashes_and_other_content_others(self):
        content = noise(MIB)
        edited = content[:500_000] + b"x" + content[500_000:]
        self.upload(b"one", content)
        self.upload(b"edited", edited)
        one, other = self.chunks(path=b"one")[1], self.chunks(path=b"edited")[1]
        self.assertEqual(len({found for _, found in one}), len(one))
        self.assertLessEqual(len(set(one) - set(other)), 3)
        self.assertLessEqual(len(set(other) - set(one)), 3)
        self.assertNotEqual(one, other)

    def test_the_size_of_chunks_is_asked_for_within_bounds(self):
        committed = self.upload(b"a", noise(200_000))
        for log2 in (0, 12, 25, 2**32 - 1):
            with self.subTest(log2):
                self.refused("GetChunks", INVALID, path=b"a", average_log2=log2)
        self.assertEqual(len(self.chunks(24, path=b"a")[1]), 1)
        self.assertEqual(self.chunks(24, path=b"", version=committed["version"])[1], self.chunks(24, path=b"a")[1])

    def test_an_older_version_and_one_in_the_trash_have_chunks(self):
        older, newer = noise(300_000, 1), noise(200_000, 2)
        first = self.upload(b"a", older)["version"]
        self.upload(b"a", newer)
        self.assertEqual(sum(length for length, _ in self.chunks(path=b"a", version=first)[1]), len(older))
        self.change("Remove", path=b"a")
        self.assertEqual(sum(length for length, _ in self.chunks(version=first)[1]), len(older))
        self.refused("GetChunks", NOT_FOUND, path=b"a", average_log2=14)

    def test_what_is_no_file_has_none(self):
        self.put(b"f/a", b"x")
        other = self.put(b"b", b"y")["version"]
        self.refused("GetChunks", IS_FOLDER, path=b"f", average_log2=14)
        self.refused("GetChunks", IS_FOLDER, path=b"", average_log2=14)
        self.refused("GetChunks", NOT_FOUND, path=b"none", average_log2=14)
        self.refused("GetChunks", NOT_FOUND, path=b"f/a", version=other, average_log2=14)
        self.refused("GetChunks", INVALID, path=b"x/../y", average_log2=14)

    def test_cancel_ends_it(self):
        self.upload(b"large", noise(40 * MIB))
        stream = self.wire.stream()
        self.wire.send("GetChunks", stream, path=b"large", average_log2=14)
        self.wire.send("Cancel", stream)
        frames = [self.wire.receive("FileInfo", "Error")]
        while frames[-1].name not in ("Error", "End"):
            frames.append(self.wire.receive("ChunksPage", "Error", "End"))
        self.assertEqual((frames[-1].name, frames[-1].fields.get("code")), ("Error", CANCELLED))

    def test_content_that_is_cut_short_on_the_disk_is_an_error(self):
        content = noise(2 * MIB)
        self.upload(b"a", content)
        path, = glob.glob(os.path.join(self.server.data, "objects", "*", sha256(content).hex() + ".*"))
        os.truncate(path, MIB)
        self.refused("GetChunks", INTEGRITY, path=b"a", average_log2=14)


if __name__ == "__main__":
    unittest.main()
