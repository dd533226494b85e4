"""Peers that ask more than they take: they slow themselves down, and nobody else."""

import os
import socket
import threading
import unittest

from waiting import wait_until
from wire import HEADER, MESSAGES, Wire, local_socket
from wire_test import WireTest

MIB = 1 << 20
PING = HEADER.pack(0, MESSAGES["Ping"][0], 0, 0, 0)
MANY = 1_000_000   # frames
ANSWERED = 10_000  # pings whose answers fit into what a session queues
SANITIZED = os.environ.get("NDISK_SANITIZED") == "1"


def memory(process, field="VmRSS"):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))


class Flood:
    """Sends the same bytes again and again from a thread, until stop(), and never reads."""

    def __init__(self, connection, frames):
        self.sent = 0       # bytes
        self.ended = False  # the server closed the connection
        self._socket = connection
        self._socket.settimeout(0.5)
        self._frames = frames
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        rest = self._frames
        while not self._stopped.is_set():
            try:
                count = self._socket.send(rest)
            except TimeoutError:
                continue
            except OSError:
                self.ended = True
                return
            self.sent += count
            rest = rest[count:] or self._frames  # a frame that was begun goes on

    def stop(self):
        self._stopped.set()
        self._thread.join()


class Floods(WireTest):
    def flood(self, frames):
        connection = local_socket(self.server.data)
        self.addCleanup(connection.close)
        Wire(connection).log_in()
        flood = Flood(connection, frames)
        self.addCleanup(flood.stop)
        return flood

    def wait_until_stuck(self, flood):
        """The peer is no longer listened to: its socket takes nothing more."""
        seen = [-1]

        def is_stuck():
            before, seen[0] = seen[0], flood.sent
            return before == flood.sent
        wait_until(is_stuck, "the flood to be held back", pause=1.0)

    def test_pings_that_are_sent_and_never_read_take_bounded_memory(self):
        flood = self.flood(PING * 5000)
        self.wait_until_stuck(flood)
        self.assertFalse(flood.ended)
        self.assertGreater(flood.sent, ANSWERED * len(PING))
        if not SANITIZED:
            self.assertLess(memory(self.server.process), 48 * MIB)
        self.wire.send("Ping", 0)
        self.wire.receive("Pong")

    def test_a_peer_whose_frames_need_no_answer_leaves_the_others_their_turn(self):
        server = self.start_server("--threads", "1", name="single")
        cancel = HEADER.pack(0, MESSAGES["Cancel"][0], 0, 0, 1)
        connection = local_socket(server.data)
        self.addCleanup(connection.close)
        noisy = Wire(connection)
        noisy.log_in()
        noisy.send("ListUploads", noisy.stream())
        noisy.receive("End")
        flood = Flood(connection, cancel * 5000)
        self.addCleanup(flood.stop)
        quiet = Wire(local_socket(server.data))
        self.addCleanup(quiet.close)
        quiet.log_in()
        wait_until(lambda: flood.sent >= MANY * len(cancel), "a million frames to be taken")
        for _ in range(20):
            before = flood.sent
            quiet.send("Ping", 0)
            quiet.receive("Pong")
            wait_until(lambda: flood.sent > before, "the flood to go on")
        self.assertFalse(flood.ended)
        self.assertEqual(server.terminate(), 0)

    def test_a_stranger_can_not_leave_a_large_frame_before_its_login(self):
        self.wire = self.connect()
        self.wire.hello()
        self.wire.receive("ServerHello")
        self.wire.send_raw(200_000, MESSAGES["PutSmall"][0], 1)
        self.assertEqual(self.wire.until_end()[-1].name, "Error")


class Signals(WireTest):
    def test_a_signal_right_after_ready_stops_in_good_order(self):
        for number in range(10):
            server = self.start_server(name=f"brief-{number}")
            self.assertEqual(server.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
