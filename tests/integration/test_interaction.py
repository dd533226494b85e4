"""What a person sees: progress, Ctrl-C, quiet, help, and the network's failures."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import termios
import unittest

from client import Client
from harness import MIB, DriveTest
from waiting import DEADLINE, wait_until


class Terminal:
    """A pseudo-terminal; what was written to it is in `text`."""

    def __init__(self):
        self.reader, self.writer = pty.openpty()
        self.text = ""

    def read(self):
        while select.select([self.reader], [], [], 0)[0]:
            try:
                self.text += os.read(self.reader, 65536).decode("utf-8", "replace")
            except OSError:
                return self.text
        return self.text

    def close(self):
        os.close(self.reader)
        os.close(self.writer)


@unittest.skipUnless(os.path.exists("/dev/pts/ptmx"), "no pseudo-terminals here")
class Progress(DriveTest):
    def setUp(self):
        super().setUp()
        server = self.start_server()
        self.proxy = self.start_proxy(server)
        self.client = self.enrol(server, at=self.proxy.address)
        self.terminal = Terminal()
        self.addCleanup(self.terminal.close)
        self.sources = [self.write_large(f"file-{number}", 8 * MIB, number) for number in range(3)]

    def put_on_terminal(self, *options):
        """Puts three files with the terminal as standard error, held half-way so that there is something to see."""
        return self.start_and_hold(self.client, self.proxy, "up", 12 * MIB, *options, "put", *self.sources,
                                   stderr=self.terminal.writer)

    def finish(self, upload):
        self.proxy.release()
        wait_until(lambda: self.terminal.read() is not None and upload.poll() is not None, "the upload to end")
        self.assertEqual(upload.returncode, 0, self.terminal.read())
        self.assertEqual(upload.stdout.read(), b"")
        upload.stdout.close()
        return self.terminal.read()

    def test_a_terminal_shows_files_done_of_all_and_a_rate(self):
        upload = self.put_on_terminal()
        wait_until(lambda: re.search(r"\b\d/3\b", self.terminal.read()), "the number of files")
        wait_until(lambda: re.search(r"[KMG]i?B/s", self.terminal.read()), "a rate")
        self.finish(upload)

    def test_progress_never_shows_nothing(self):
        self.assertEqual(self.finish(self.put_on_terminal("--progress=never")), "")

    def test_q_shows_nothing(self):
        self.assertEqual(self.finish(self.put_on_terminal("-q")), "")

    def test_a_dumb_terminal_gets_no_escape_sequences(self):
        self.client.environment["TERM"] = "dumb"
        self.assertNotIn("\x1b", self.finish(self.put_on_terminal()))

    def test_no_color_gets_no_colours(self):
        self.client.environment["NO_COLOR"] = "1"
        self.assertNotRegex(self.finish(self.put_on_terminal()), "\x1b\\[[0-9;]*m")

    def test_without_a_terminal_nothing_is_shown(self):
        result = self.client.do("put", *self.sources)
        self.assertEqual((result.out, result.err), ("", ""))


class Interrupted(DriveTest):
    def test_ctrl_c_ends_with_130_and_says_how_to_resume(self):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        source = self.write_large("big", 96 * MIB)
        upload = self.start_and_hold(client, proxy, "up", 40 * MIB, "put", source)
        upload.send_signal(signal.SIGINT)
        proxy.release()
        _, errors = upload.communicate()
        self.assertEqual(upload.returncode, 130, errors)
        self.assertRegex(errors.decode().lower(), "resume|again|go on|same command")
        already = proxy.up
        client.do("put", source)
        self.assertLess(proxy.up - already, 96 * MIB - 20 * MIB)

    def test_ctrl_c_ends_it_when_the_server_has_gone_silent(self):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        upload = self.start_and_hold(client, proxy, "up", 8 * MIB, "put", self.write_large("big", 32 * MIB))
        upload.send_signal(signal.SIGINT)
        _, errors = upload.communicate()
        self.assertEqual(upload.returncode, 130, errors)


class Network(DriveTest):
    def test_a_server_that_is_not_there_is_a_network_error_that_names_it(self):
        server = self.start_server()
        client = self.enrol(server)
        server.terminate()
        self.assert_fails(client.run("list"), 10, server.address)

    def test_an_address_that_nobody_knows_is_a_network_error(self):
        client = self.enrol(self.start_server())
        self.assert_fails(client.run("-s", "no-such-host.invalid", "list"), 10, "no-such-host.invalid")

    def test_a_server_that_accepts_and_says_nothing_is_a_network_error(self):
        client = self.enrol(self.start_server())
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"127.0.0.1:{silent.getsockname()[1]}"
            self.assert_fails(client.run("-s", address, "list"), 10, address)

    def test_a_socket_whose_queue_is_full_is_worth_another_try(self):
        path = self.path("full.sock")
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as waiting:
            listener.bind(path)
            listener.listen(0)
            waiting.connect(path)
            client = Client(self.path("client"), server="unix:" + path)
            self.assert_fails(client.run("list"), 10, "full.sock", "wait")

    def test_a_socket_that_is_not_there_is_a_network_error(self):
        client = Client(self.path("client"), server="unix:" + self.path("nowhere.sock"))
        self.assert_fails(client.run("list"), 10, "nowhere.sock")


class CommandLine(DriveTest):
    def setUp(self):
        super().setUp()
        self.client = Client(self.path("client"))

    def test_help_has_examples(self):
        commands = ("login", "put", "get", "list", "rm", "uploads", "ping")
        self.assertIn("ndisk put", self.client.do("--help").out)
        for command in commands:
            with self.subTest(command):
                self.assertIn(f"ndisk {command}", self.client.do(command, "--help").out)

    def test_version_is_printed(self):
        self.assertRegex(self.client.do("--version").out, r"\d+\.\d+\.\d+")

    def test_mistakes_are_usage_errors_with_a_hint(self):
        for arguments in ([], ["no-such-command"], ["put"], ["get"], ["rm"], ["login"], ["list", "--no-such-option"],
                          ["-s", "host:notaport", "list"], ["--progress=maybe", "list"]):
            with self.subTest(arguments):
                result = self.client.run(*arguments)
                self.assertEqual(result.code, 2, result.err)
                self.assertTrue(result.err)
                self.assertEqual(result.out, "")


class Information(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.client = self.enrol(self.server)

    def test_ping_tells_the_round_trip_and_the_servers_version_and_clock(self):
        shown = self.client.do("ping").out
        self.assertRegex(shown, r"\d+(\.\d+)? ?(ms|µs|us|s)\b")
        self.assertRegex(shown, r"ndiskd? \d+\.\d+\.\d+|version \d+\.\d+|\d+\.\d+\.\d+")
        self.assertRegex(shown, r"\d{4}-\d\d-\d\d")

    def test_ping_in_json_is_one_object_and_a_summary(self):
        objects = self.client.do("--json", "ping").objects()
        self.assertEqual([item["type"] for item in objects], ["ping", "summary"])

    def test_no_uploads_under_way_print_nothing(self):
        self.assertEqual(self.client.do("uploads").out, "")

    def test_an_upload_can_be_cancelled_and_its_bytes_are_freed(self):
        proxy = self.start_proxy(self.server)
        source = self.write_large("big", 64 * MIB)
        upload = self.start_and_hold(self.client, proxy, "up", 20 * MIB, "-s", proxy.address, "put", source)
        upload.kill()
        upload.communicate()
        proxy.close()
        wait_until(lambda: "big" in self.client.do("uploads").out, "the upload to be listed")
        known = self.client.do("--json", "uploads").objects()[0]
        self.client.do("uploads", "--cancel", known["id"])
        self.assertEqual(self.client.do("uploads").out, "")
        staged = os.path.join(self.server.data, "staging", known["id"])
        wait_until(lambda: not os.path.exists(staged), "the staged bytes to be gone")


def waiting_bytes(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


class StandardStreams(DriveTest):
    def test_a_closed_standard_input_is_an_error_and_not_a_wait(self):
        client = self.local_client(self.start_server())
        client.wrap = ["sh", "-c", 'exec "$@" <&-', "sh"]
        result = client.run("put", "-", "--name", "x")
        self.assertNotEqual(result.code, 0)
        self.assertIn("standard input", result.err)
        client.wrap = []
        self.assertEqual(client.names(), [])

    def test_ctrl_c_ends_it_and_says_how_to_resume_although_nobody_reads_its_output(self):
        client = self.local_client(self.start_server())
        for number in range(3000):
            self.write(f"many/{number:05}-{'long' * 20}", b"x")
        stalled, held_open = os.pipe()
        upload = client.start("-v", "put", "-r", self.path("many"), stdout=held_open)
        wait_until(lambda: waiting_bytes(stalled) > 60_000, "the output to be full")
        upload.send_signal(signal.SIGINT)
        _, errors = upload.communicate(timeout=DEADLINE)
        self.assertEqual(upload.returncode, 130, errors)
        self.assertIn(b"resume with", errors)
        os.close(stalled)
        os.close(held_open)


if __name__ == "__main__":
    unittest.main()
