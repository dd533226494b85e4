"""Backups beside a writer: each is the drive as it was at one moment, all of it and nothing of later."""

import itertools
import random
import shutil
import threading
import unittest

from harness import KIB
from waiting import wait_until
from wire import Wire, local_socket
from wire_test import FILE, WireTest, sha256

SIZES = (0, 1, 700, 30 * KIB, 250 * KIB)  # the last is more than a small file may have
RENAMED_EVERY = 4
BACKUPS = 6


def content_of(number):
    return random.Random(number).randbytes(SIZES[number % len(SIZES)])


def steps():
    """What the writer does, one change after the other: (what, name, content or new name)."""
    for number in itertools.count():
        yield "put", b"files/%d" % number, content_of(number)
        yield "put", b"last", b"%d" % number
        if number % RENAMED_EVERY == RENAMED_EVERY - 1:
            yield "move", b"files/%d" % (number - 2), b"moved/%d" % (number - 2)


def states():
    """What the drive has before the first step and after each: path → content. The same dictionary each time."""
    files = {}
    yield files
    for what, name, value in steps():
        files[name if what == "put" else value] = value if what == "put" else files.pop(name)
        yield files


class Writer:
    """Takes one step after the other until stop(); each is answered before the next is sent."""

    def __init__(self, test):
        self.begun = self.done = 0  # so many steps were sent, and were answered
        self.test = test
        self.problem = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopped.set()
        self._thread.join()

    def _run(self):
        try:
            for what, name, value in steps():
                if self._stopped.is_set():
                    return
                self.begun += 1
                if what == "move":
                    self.test.change("Move", **{"from": name, "to": value, "exact": 1})
                elif len(value) > 192 * KIB:
                    self._put_large(name, value)
                else:
                    self.test.put(name, value)
                self.done += 1
        except BaseException as problem:  # told by the test's thread
            self.problem = problem

    def _put_large(self, name, content):
        wire = self.test.wire
        stream = self.test.offer(name, len(content))
        wire.receive("Send")
        wire.send("Data", stream, offset=0, content=content)
        wire.send("Commit", stream, size=len(content), sha256=sha256(content))
        wire.receive("Committed")


class BackupWhileWriting(WireTest):
    def setUp(self):
        super().setUp()
        self.change("MakeFolder", path=b"moved")
        self.writer = Writer(self)
        self.addCleanup(self.writer.stop)

    def back_up(self, destination, kept):
        """Beside the writer. A copy of it stays as `kept`; between how many steps its moment has to lie."""
        earliest = self.writer.done
        done = self.server.command("backup", self.path(destination))
        latest = self.writer.begun
        self.assertEqual(done.returncode, 0, done.stderr)
        shutil.copytree(self.path(destination), self.path(kept))
        return earliest, latest

    def held_by(self, backup):
        """What a server on it gives away: path → content."""
        server = self.start_server(name=backup)
        self.wire = Wire(local_socket(server.data))
        self.addCleanup(self.wire.close)
        self.wire.log_in()
        listed = {entry["path"]: entry["sha256"] for entry in self.list_all(recursive=1) if entry["kind"] == FILE}
        held = {path: self.open(path)[1] for path in listed}
        self.assertEqual({path: sha256(content) for path, content in held.items()}, listed)
        checked = server.command("fsck", "--read-data", "--restart")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        server.close()
        return held

    def assert_is_a_moment(self, held, earliest, latest):
        """What is held is what the drive had after some number of steps, from `earliest` to `latest`."""
        last, nearest = held.get(b"last"), {}
        for number, files in enumerate(itertools.islice(states(), latest + 1)):
            if number >= earliest and files == held:
                return
            if number >= earliest and files.get(b"last") == last:
                nearest = dict(files)
        self.assertEqual(sorted(held), sorted(nearest), f"of no moment from step {earliest} to {latest}")
        self.fail(f"wrong content: {[name for name in held if held[name] != nearest[name]]}")

    def test_each_is_the_drive_at_one_moment_and_without_damage(self):
        moments = {}
        for number in range(BACKUPS):
            before = self.writer.done
            wait_until(lambda: self.writer.done >= before + 30 or self.writer.problem, "the writer to go on")
            destination = "one over the other" if number % 3 else f"new {number}"
            moments[f"kept {number}"] = self.back_up(destination, f"kept {number}")
        self.writer.stop()
        self.assertIsNone(self.writer.problem)
        self.assertGreater(sum(latest - earliest - 1 for earliest, latest in moments.values()), 0,
                           "nothing was written while backups were made")
        self.server.close()
        for backup, (earliest, latest) in moments.items():
            with self.subTest(backup=backup, steps=(earliest, latest)):
                self.assert_is_a_moment(self.held_by(backup), earliest, latest)


if __name__ == "__main__":
    unittest.main()
