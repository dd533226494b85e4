"""Bad networks: see network_proxy.py for what they do. The environment chooses other points than the suite's:
NDISK_NETWORK_SEED, NDISK_NETWORK_POINTS (how many), NDISK_NETWORK_FIRST (the number of the first), NDISK_NETWORK_JOBS
(side by side), NDISK_NETWORK_SLOW=1 (faults too that only a deadline ends); scripts/networks sets them."""

import os
import shutil
import socket
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

from client import Client, through
from harness import KIB, SANITIZED, DriveTest
from network_proxy import PROGRESS, Fault
from network_sweep import EVERY, LARGE, LONGEST_SILENCE, QUICK, Point, Sweep
from replays import frames_of


def setting(name, default):
    return int(os.environ.get(f"NDISK_NETWORK_{name}", default))


SEED = setting("SEED", 1)
FIRST = setting("FIRST", 0)
POINTS = setting("POINTS", 5 if SANITIZED else 10)
JOBS = setting("JOBS", 2)
SLOW = setting("SLOW", 0) == 1
HALF_WAY = LARGE // 2
ENOUGH = 6  # points of a kind: one of them at least strikes


class Networks(DriveTest):
    def test_every_transfer_ends_complete_or_is_resumed_and_no_session_stays(self):
        sweep = Sweep(self, SEED)
        points = [sweep.point(number, EVERY if SLOW else QUICK) for number in range(FIRST, FIRST + POINTS)]
        with ThreadPoolExecutor(JOBS) as pool:
            ended = [pool.submit(sweep.run, point) for point in points]
        sweep.check_no_session_is_left(LONGEST_SILENCE)
        broken = [str(each.exception()) for each in ended if each.exception()]
        if "NDISK_NETWORK_POINTS" in os.environ:
            print(sweep.counts, file=sys.stderr)
        self.assertEqual(broken, [], "\n" + "\n".join(broken))
        self.assertGreater(sweep.counts.struck, 0)
        for kind, points in sweep.counts.by_kind.items():
            if points >= ENOUGH:
                self.assertGreater(sweep.counts.struck_by_kind[kind], 0, f"no {kind} of {points} took place")
        self.assertEqual(sweep.counts.replays > 0, sweep.counts.struck_by_kind.get("replay", 0) > 0)

    def test_a_network_that_cuts_every_connection_only_makes_it_longer(self):
        sweep = Sweep(self, SEED)
        for number, (transfer, direction) in enumerate([("put large", "up"), ("put pipe", "up"), ("put tree", "up"),
                                                        ("get large", "down"), ("get tree", "down")]):
            with self.subTest(transfer):
                cut = Fault("reset", direction, PROGRESS, connection=-1)
                proxy = sweep.run(Point(number, transfer, "tls", (cut,)))
                self.assertGreater(proxy.connections, 1)
                self.assertEqual(sweep.counts.resumed, 0)
        sweep.check_no_session_is_left()

    def test_what_a_client_sent_lets_nobody_in_who_sends_it_again(self):
        sweep = Sweep(self, SEED)
        for number, (transfer, transport) in enumerate([("put large", "plain"), ("put edited", "plain"),
                                                        ("put large", "tls"), ("get large", "tls")]):
            with self.subTest(transfer=transfer, transport=transport):
                direction = "up" if transfer.startswith("put") else "down"
                replay = Fault("replay", direction, 400 * KIB if transfer != "put edited" else 20 * KIB)
                proxy = sweep.run(Point(number, transfer, transport, (replay,)))
                self.assertEqual(len(proxy.replays), 1)
                self.assertGreater(len(proxy.replays[0]), 0, "the server said nothing at all")
                if transport == "plain":
                    self.assertEqual(frames_of(proxy.replays[0]), ["ServerHello", "Error"])
        sweep.check_no_session_is_left()

    def test_a_transfer_that_is_swallowed_half_way_ends_with_10_at_its_deadline_and_then_goes_on(self):
        sweep = Sweep(self, SEED, {"NDISK_RETRY_SECONDS": "0"})
        faults = [(kind, transfer, direction) for kind in ("hole", "half-open")
                  for transfer, direction in (("put large", "up"), ("get large", "down"))]
        points = [Point(number, transfer, "tls", (Fault(kind, direction, HALF_WAY),))
                  for number, (kind, transfer, direction) in enumerate(faults)]
        with ThreadPoolExecutor(len(points)) as pool:  # so that all wait for the same minute
            proxies = list(pool.map(sweep.run, points))
        self.assertEqual(sweep.counts.resumed, len(points))
        for point, proxy in zip(points, proxies):
            passed = proxy.bytes[point.fault.direction]
            self.assertLess(passed, LARGE + HALF_WAY / 2, f"{point}: what had come was sent again")
        sweep.check_no_session_is_left(LONGEST_SILENCE)


@unittest.skipUnless(os.getuid() == 0 and shutil.which("unshare"), "needs root, for another /etc/resolv.conf")
class SilentNameServer(DriveTest):
    """The name server takes every question and answers none; the system would ask it for minutes."""

    ADDRESS = "127.0.0.77"

    def setUp(self):
        super().setUp()
        name_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(name_server.close)
        try:
            name_server.bind((self.ADDRESS, 53))
        except OSError as problem:
            self.skipTest(f"port 53 of {self.ADDRESS} can't be had: {problem}")
        settings = self.write("resolv.conf", f"nameserver {self.ADDRESS}\noptions timeout:30 attempts:5\n".encode())
        self.server = self.start_server()
        self.client = Client(self.path("client"), wrap=["unshare", "--mount", "sh", "-c",
                                                        'mount --bind "$0" /etc/resolv.conf && exec "$@"', settings])

    def test_a_name_without_an_answer_ends_with_10_and_says_which(self):
        login = self.client.run("login", through(self.server.new_invite(), "drive.example:7420"))
        self.assert_fails(login, 10, "drive.example", "looking up")

    def test_another_address_is_taken_while_a_name_has_no_answer(self):
        addresses = f"drive.example:7420,{self.server.address}"
        self.client.do("login", through(self.server.new_invite(), addresses))
        self.assertEqual(self.client.names(), [])


if __name__ == "__main__":
    unittest.main()
