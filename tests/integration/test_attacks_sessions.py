"""Devices that are enrolled and don't mean well: what they take of the server, and what others still get."""

import glob
import os
import signal
import threading
import unittest

from harness import KIB, MIB, SANITIZED
from waiting import DEADLINE, wait_until
from wire import MESSAGES, Wire, local_socket
from wire_test import BUSY, PROTOCOL, WireTest

STREAMS_OF_SESSION = 1024  # docs/operations.md, "Limits on peers"


def memory(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * KIB for line in status if line.startswith("VmRSS"))


def time_of_threads(process):
    """Seconds that all threads of a process have run so far, and have waited for a core, both added up."""
    ran = waited = 0
    for path in glob.glob(f"/proc/{process.pid}/task/*/schedstat"):
        try:
            with open(path, encoding="ascii") as schedstat:
                figures = schedstat.read().split()
        except OSError:  # it has ended
            continue
        ran += int(figures[0])
        waited += int(figures[1])
    return ran / 1e9, waited / 1e9


def drain(connection):
    """Reads up to the end of the connection."""
    try:
        while connection.recv(1 << 16):
            pass
    except OSError:
        pass


class Sessions(WireTest):
    def sessions(self, count):
        for _ in range(count):
            wire = Wire(local_socket(self.server.data))
            self.addCleanup(wire.close)
            wire.log_in()
            yield wire

    def enrol_other(self):
        """A client of another user, over TLS."""
        self.server.command("user", "add", "other")
        link = self.server.command("invite", "--user", "other").stdout.strip()
        client = self.local_client(self.server, "other")
        client.server = None
        client.do("login", link)
        return client

    @unittest.skipIf(SANITIZED, "a sanitizer's own memory is not the program's")
    def test_lengths_that_lie_take_no_memory(self):
        before = memory(self.server.process)
        liars = list(self.sessions(100))
        for wire in liars:
            wire.send_raw(256 * KIB, MESSAGES["Data"][0], wire.stream(), b"little")
        for wire in self.sessions(1):  # by then the others' bytes have been looked at
            wire.send("Ping", 0)
            wire.receive("Pong")
        self.assertLess(memory(self.server.process) - before, 8 * MIB)

    def test_ten_thousand_listings_of_one_user_leave_another_its_files(self):
        other = self.enrol_other()
        self.open_listings(10_000)
        content = os.urandom(200 * KIB)
        other.do("put", self.write("file", content))
        self.assertEqual(other.names(), ["file"])
        self.assert_content(other.do("get", "file", "-o", "-").raw, content)

    def put_large(self):
        self.local_client(self.server).do("put", self.write("large", os.urandom(32 * MIB)))

    @staticmethod
    def prove_at_length(sessions, streams=STREAMS_OF_SESSION):
        """So many proofs for each session: reading for all of them takes minutes, and nothing is said until then."""
        for wire in sessions:
            for _ in range(streams):
                wire.send("Verify", wire.stream(), path=b"large")

    def test_a_session_that_opens_more_streams_than_it_may_have_is_ended_and_others_go_on(self):
        self.put_large()
        (greedy,) = self.sessions(1)
        self.prove_at_length([greedy], 2 * STREAMS_OF_SESSION)
        frames = greedy.until_end()
        last = frames.pop()
        self.assertEqual((last.name, last.stream, last["code"]), ("Error", 0, PROTOCOL), last)
        self.assertIn(f"{STREAMS_OF_SESSION} streams", last["message"])
        self.assertEqual({frame.name for frame in frames} - {"Progress", "Verified"}, set())
        self.assertEqual(self.put(b"file", b"content")["size"], 7)

    def test_streams_of_a_user_beyond_8192_are_refused_as_busy_and_another_user_gets_its_own(self):
        other = self.enrol_other()
        self.put_large()
        (asking,) = self.sessions(1)
        busy = list(self.sessions(7))  # less than 8192 in all
        self.prove_at_length(busy)
        self.ask("Stat", "StatInfo", wire=asking, path=b"large")
        busy += self.sessions(2)  # so that some may end meanwhile
        self.prove_at_length(busy[7:])
        refused = self.wait_for_answer(asking, "Error")
        self.assertEqual((refused["code"], refused["retryable"]), (BUSY, 1), refused)
        self.assertIn("too many streams open", refused["message"])
        content = os.urandom(200 * KIB)
        other.do("put", self.write("file", content))
        self.assert_content(other.do("get", "file", "-o", "-").raw, content)
        for wire in busy:
            wire.close()
        self.wait_for_answer(asking, "StatInfo")  # as soon as there is room again

    def wait_for_answer(self, wire, kind):
        """The first answer of that kind to a question that is asked again and again."""

        def answered():
            answer = self.ask("Stat", "StatInfo", "Error", wire=wire, path=b"large")
            return answer if answer.name == kind else None

        return wait_until(answered, f"Stat to be answered by {kind}")

    def test_a_server_that_is_asked_more_than_it_can_answer_stops_in_good_order(self):
        self.open_listings(8000)
        process = self.server.process
        begin = last = time_of_threads(process)
        process.send_signal(signal.SIGTERM)

        def ended():
            nonlocal last
            now = time_of_threads(process)
            last = max(last, now)
            return process.poll() is not None

        wait_until(ended, "the server to stop", pause=0.1)
        ran, waited = last[0] - begin[0], last[1] - begin[1]
        self.assertEqual(process.returncode, 0, f"ran for {ran:.1f} s, waited {waited:.1f} s for a core")

    def test_a_server_whose_session_asked_for_more_than_is_kept_of_it_stops_in_good_order(self):
        self.local_client(self.server).do("put", self.write("large", os.urandom(256 * MIB)))
        (wire,) = self.sessions(1)
        self.prove_at_length([wire], 32)  # all its turns
        wire.socket.settimeout(2)
        with self.assertRaises(TimeoutError):  # its reader waits
            for _ in range(1000):
                wire.send("Open", wire.stream(), path=b"large", ranges=[{"offset": 0, "length": 1}] * 2000)
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(DEADLINE), 0)

    def open_listings(self, count):
        """On ten sessions, whose answers are read and dropped."""
        for number in range(500):
            self.put_small(b"many/%d" % number, b"")
        for _ in range(500):
            self.wire.receive("Committed")
        for wire in self.sessions(10):
            wire.socket.settimeout(None)
            reader = threading.Thread(target=drain, args=(wire.socket,))
            reader.start()
            self.addCleanup(reader.join)
            self.addCleanup(self.server.kill)
            for _ in range(count // 10):
                wire.send("List", wire.stream(), path=b"", recursive=1)

    def test_uploads_that_are_never_committed_leave_others_theirs(self):
        other = self.enrol_other()
        for wire in self.sessions(2):
            for number in range(200):
                wire.send("Offer", wire.stream(), request_id=os.urandom(16), path=b"%d-%d" % (id(wire), number),
                          size=1 << 20, attributes={"mtime_ns": 1, "mode": 0o600})
                wire.receive("Send")
        other.do("put", self.write_large("large", 1_000_000))
        self.assertEqual(other.names(), ["large"])


if __name__ == "__main__":
    unittest.main()
