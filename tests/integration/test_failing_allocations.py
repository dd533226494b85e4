"""Small allocations that fail in the real server, each in turn: nobody gets a wrong answer, one request or session ends
at most, and the same works right after."""

import os
import unittest

from harness import MIB
from memory_test import PIECE, MemoryTest
from wire_test import CANCELLED, NOT_FOUND

IN_A_ROW = 3


def fresh_name(what):
    return what + b"-" + os.urandom(6).hex().encode()


class Transfers(MemoryTest):
    """Where a session begins, asio begins what can't fail: there the process ends, and the next start has all."""

    def test_each_of_a_session_and_of_transfers(self):
        self.refuse_each_small_of(self.log_in, self.put_small_file, self.put_large_file, self.get_small, self.get_large,
                                  self.verify)

    def test_some_in_a_row_of_a_session_and_of_transfers(self):
        self.refuse_each_small_of(self.put_small_file, self.put_large_file, self.get_large, times=IN_A_ROW)

    def test_each_of_an_upload_that_another_session_takes_over_and_of_one_that_is_cancelled(self):
        self.refuse_each_small_of(self.take_over_upload, self.cancel_upload)

    def test_each_of_chunks_and_of_what_is_copied(self):
        self.large_version = self.ask("Stat", "StatInfo", path=b"large")["entry"]["version"]
        self.refuse_each_small_of(self.get_chunks, self.copy_ranges)

    def take_over_upload(self, wire):
        """What the first session sent need not be sent again, and what the second one gets is what was put."""
        path, content = fresh_name(b"resumed"), os.urandom(MIB)
        stream, _ = self.begin_upload(wire, path, len(content))
        wire.send("Data", stream, content=content[:PIECE], offset=0)
        other = self.connect()
        try:
            self.log_in_on(other)
            stream, frame = self.begin_upload(other, path, len(content))
            self.finish_upload(other, stream, content, frame["offset"] if frame.name == "Resume" else 0)
            other.send("Open", other.stream(), path=path)
            self.answer(other, "FileInfo")
            held = b""
            while (frame := self.answer(other, "Data", "End")).name == "Data":
                held += frame.content
            self.assert_content(held, content)
        finally:
            other.close()

    def cancel_upload(self, wire):
        stream, frame = self.begin_upload(wire, fresh_name(b"cancelled"), MIB)
        wire.send("Data", stream, content=b"x" * PIECE, offset=0)
        wire.send("Cancel", stream)
        self.answer(wire, code=CANCELLED)
        wire.send("CancelUpload", wire.stream(), upload_id=frame["upload_id"])
        self.answer(wire, "Done", code=NOT_FOUND)

    def get_chunks(self, wire):
        wire.send("GetChunks", wire.stream(), path=b"large", average_log2=14)
        self.answer(wire, "FileInfo")
        size = 0
        while (frame := self.answer(wire, "ChunksPage", "End")).name == "ChunksPage":
            size += sum(frame["lengths"])
        self.assertEqual(size, len(self.large))

    def copy_ranges(self, wire):
        version = self.large_version
        content = self.large[:PIECE] + os.urandom(1000) + self.large[PIECE:]
        stream, _ = self.begin_upload(wire, fresh_name(b"edited"), len(content))
        wire.send("CopyRange", stream, offset=0, version=version, version_offset=0, length=PIECE)
        wire.send("Data", stream, content=content[PIECE:PIECE + 1000], offset=PIECE)
        wire.send("CopyRange", stream, offset=PIECE + 1000, version=version, version_offset=PIECE,
                  length=len(self.large) - PIECE)
        self.finish_upload(wire, stream, content, len(content))


class Changes(MemoryTest):
    def test_each_of_changes_of_names(self):
        self.refuse_each_small_of(self.change_names, self.copy_and_replace)

    def test_each_of_a_removal_that_is_taken_back(self):
        self.refuse_each_small_of(self.remove_and_restore)

    def test_each_of_listings(self):
        self.refuse_each_small_of(self.list_what_there_is)

    def done(self, wire, request, /, **fields):
        wire.send(request, wire.stream(), request_id=os.urandom(16), **fields)
        return self.answer(wire, "Done")

    def change_names(self, wire):
        folder = fresh_name(b"folder")
        self.done(wire, "MakeFolder", path=folder + b"/inner")
        self.done(wire, "Move", **{"from": folder + b"/inner", "to": folder + b"/moved"})
        self.done(wire, "Remove", path=folder, recursive=1)

    def copy_and_replace(self, wire):
        name = fresh_name(b"copy")
        self.done(wire, "Copy", **{"from": b"small", "to": name})
        self.done(wire, "Copy", **{"from": b"large", "to": name, "exact": 1})
        wire.send("Stat", wire.stream(), path=name)
        self.assertEqual(self.answer(wire, "StatInfo")["entry"]["size"], len(self.large))

    def remove_and_restore(self, wire):
        name = fresh_name(b"trash")
        self.done(wire, "Copy", **{"from": b"small", "to": name})
        self.done(wire, "Remove", path=name)
        self.done(wire, "Restore", path=name)
        wire.send("Stat", wire.stream(), path=name)
        self.assertEqual(self.answer(wire, "StatInfo")["entry"]["size"], len(self.small))

    def list_what_there_is(self, wire):
        for request, page, fields in (("List", "ListPage", {"path": b"", "recursive": 1, "with_totals": 1}),
                                      ("ListVersions", "VersionsPage", {"path": b"small"}),
                                      ("ListTrash", "TrashPage", {}), ("ListUploads", "UploadsPage", {})):
            wire.send(request, wire.stream(), **fields)
            while self.answer(wire, page, "End").name == page:
                pass


if __name__ == "__main__":
    unittest.main()
