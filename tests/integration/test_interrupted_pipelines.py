"""Ctrl-C on `producer | ndisk put -`: what the producer no longer wrote is not taken for the end of the content."""

import os
import re
import signal
import subprocess
import threading
import unittest

from client import Client
from harness import KIB, DriveTest
from hostile_server import FILE, HostileServer, entry
from test_interaction import waiting_bytes
from waiting import DEADLINE, wait_until

ROUNDS = 60


class Pipelines(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = self.local_client(self.start_server())

    def interrupt(self, name, written, producer_first):
        """One signal to both, as a terminal sends it, once ndisk waits for more; what ndisk said, and its exit code."""
        reading, writing = os.pipe()
        script = f"head -c {written} /dev/zero; exec sleep {DEADLINE}"
        producer = {"args": ["sh", "-c", script], "stdout": writing}
        group = 0
        processes = {}
        for kind in ("producer", "ndisk") if producer_first else ("ndisk", "producer"):
            if kind == "producer":
                processes[kind] = subprocess.Popen(**producer, process_group=group)
            else:
                processes[kind] = self.client.start("put", "-", "--name", name, stdin=reading, process_group=group)
            self.addCleanup(processes[kind].kill)
            group = group or processes[kind].pid
        os.close(writing)
        sleeps = f"/proc/{processes['producer'].pid}/comm"
        wait_until(lambda: self.text(sleeps) == "sleep\n" and waiting_bytes(reading) == 0, "ndisk to have read all")
        os.killpg(group, signal.SIGINT)
        os.close(reading)
        _, errors = processes["ndisk"].communicate(timeout=DEADLINE)
        processes["producer"].wait(timeout=DEADLINE)
        return processes["ndisk"].returncode, errors.decode()

    def text(self, path):
        with open(path, encoding="ascii") as file:
            return file.read()

    def assert_nothing_is_stored(self, written):
        for number in range(ROUNDS):
            code, errors = self.interrupt(f"x{number}", written, number % 2 == 0)
            self.assertEqual(code, 130, errors)
            self.assertIn("nothing was stored", errors)
            self.assertEqual(len(re.findall("interrupted", errors)), 1, errors)
        self.assertEqual(self.client.names(), [])
        self.assertEqual(self.client.do("uploads").out, "")

    def test_of_a_small_content_nothing_is_stored(self):
        self.assert_nothing_is_stored(1)

    def test_of_a_large_content_nothing_is_stored(self):
        self.assert_nothing_is_stored(600 * KIB)

    def test_a_pipeline_that_nobody_interrupts_is_stored_to_its_end(self):
        done = subprocess.run(["sh", "-c", 'printf 1; printf 2 | "$@"', "sh",
                               *self.client.arguments(["put", "-", "--name", "whole"])],
                              env=self.client.environment, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.client.do("get", "whole", "-o", "-").raw, b"2")


class SilentServer(HostileServer):
    """Takes an upload, and never says whether it was stored."""

    def __init__(self, path):
        super().__init__(path, [])
        self.stands, self.asked = entry(b"x", FILE), threading.Event()

    def _putsmall(self, _, __):
        self.asked.set()

    def _offer(self, wire, frame):
        wire.send("Send", frame.stream, upload_id=bytes(16))

    def _commit(self, _, __):
        self.asked.set()


class Doubt(DriveTest):
    def test_what_was_sent_to_its_end_may_be_stored(self):
        for size in (1, 300 * KIB):
            with self.subTest(size):
                server = SilentServer(self.path(f"socket{size}"))
                self.addCleanup(server.close)
                client = Client(self.path("client"), server=server.address)
                process = client.start("put", "-", "--name", "a b", stdin=subprocess.PIPE)
                self.addCleanup(process.kill)
                process.stdin.write(bytes(size))
                process.stdin.close()
                self.assertTrue(server.asked.wait(DEADLINE))
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(timeout=DEADLINE), 130)
                errors = process.stderr.read().decode()
                process.stderr.close()
                process.stdout.close()
                self.assertIn("may be stored; look with: ndisk stat '/a b'", errors)
                self.assertNotIn("nothing was stored", errors)


if __name__ == "__main__":
    unittest.main()
