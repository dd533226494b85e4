"""ndiskd as a process: its first start, its standard streams, its administration, its end."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import unittest

from harness import MIB, DriveTest
from server import NDISKD, STAY_ROOT
from waiting import DEADLINE, wait_until


class Start(DriveTest):
    def test_the_first_start_prints_an_invite_and_then_ready_and_nothing_else(self):
        server = self.start_server()
        lines = server.output().splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[0], r"^ndisk://127\.0\.0\.1:%d/#[\w-]+$" % server.port)
        self.assertRegex(lines[1], r"^ready 127\.0\.0\.1:\d+$")

    def test_a_later_start_prints_no_invite(self):
        server = self.start_server()
        server.terminate()
        server.restart()
        self.assertEqual(server.output(), f"ready {server.address}\n")

    def test_no_invite_leaves_the_invite_out(self):
        server = self.start_server("--no-invite")
        self.assertEqual(server.output(), f"ready {server.address}\n")

    def test_advertised_addresses_stand_in_the_invite(self):
        server = self.start_server("--advertise", "nas.example:7421", "--advertise", "192.0.2.7")
        self.assertRegex(server.invite, r"^ndisk://nas\.example:7421,192\.0\.2\.7(:7420)?/#")

    def test_it_listens_on_every_address_that_it_is_given(self):
        server = self.start_server(listen=("127.0.0.1:0", "127.0.0.1:0"))
        ports = {int(address.rpartition(":")[2]) for address in server.addresses}
        self.assertEqual(len(ports), 2)
        for port in ports:
            socket.create_connection(("127.0.0.1", port)).close()

    def test_nothing_in_the_data_directory_is_open_to_others_but_the_tree_and_the_socket(self):
        """The socket takes anybody's connection and says no to other uids: see test_intruders."""
        server = self.start_server()
        self.assertEqual(stat.S_IMODE(os.stat(server.data).st_mode), 0o711)
        for name in os.listdir(server.data):
            if name not in ("tree", "ndisk.sock"):
                mode = stat.S_IMODE(os.lstat(os.path.join(server.data, name)).st_mode)
                self.assertEqual(mode & 0o077, 0, f"{name} has mode {mode:o}")

    def test_a_data_directory_that_is_in_use_is_refused(self):
        server = self.start_server()
        second = server.command("--listen", "127.0.0.1:0")
        self.assertEqual(second.returncode, 6, second.stderr)
        self.assertIn(server.data, second.stderr)
        self.assertEqual(second.stdout, "")

    def test_a_data_directory_of_a_newer_version_is_refused_and_left_alone(self):
        server = self.start_server()
        server.terminate()
        database = os.path.join(server.data, "ndisk.db")
        with contextlib.closing(sqlite3.connect(database)) as catalog:
            catalog.execute("PRAGMA user_version=9999")
        before = self.read("data", "ndisk.db")
        refused = server.command("--listen", "127.0.0.1:0")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("newer", refused.stderr)
        self.assertEqual(self.read("data", "ndisk.db"), before)

    def test_an_address_that_is_taken_is_an_error_that_names_it(self):
        server = self.start_server()
        second = subprocess.run([NDISKD, "--data", self.path("other"), "--listen", server.address, *STAY_ROOT],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE, check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(server.address, second.stderr)

    def test_an_unknown_option_is_a_usage_error(self):
        refused = subprocess.run([NDISKD, "--no-such-option"], stdin=subprocess.DEVNULL, capture_output=True,
                                 text=True, timeout=DEADLINE, check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--no-such-option", refused.stderr)

    def test_version_and_help_need_no_data_directory(self):
        for option, word in (("--version", r"\d+\.\d+\.\d+"), ("--help", "--data")):
            shown = subprocess.run([NDISKD, option], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                   timeout=DEADLINE, check=False)
            self.assertEqual(shown.returncode, 0)
            self.assertRegex(shown.stdout, word)


class Administration(DriveTest):
    def test_invite_prints_one_link_on_one_line(self):
        server = self.start_server()
        made = server.command("invite")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertRegex(made.stdout, r"^ndisk://127\.0\.0\.1:%d/#[\w-]+\n$" % server.port)

    def test_invite_without_a_running_server_says_so(self):
        server = self.start_server()
        server.terminate()
        made = server.command("invite")
        self.assertEqual(made.returncode, 10, made.stderr)
        self.assertEqual(made.stdout, "")

    def test_status_counts_what_the_drive_holds(self):
        server = self.start_server()
        client = self.local_client(server)
        client.do("put", self.write("a", b"12345"), self.write("b", b"678"))
        shown = server.command("status", "--json")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        status = json.loads(shown.stdout.splitlines()[0])
        self.assertEqual((status["users"], status["files"], status["bytes"], status["uploads"]), (1, 2, 8, 0))
        self.assertGreater(status["free_bytes"], 0)
        self.assertIn("sessions", status)

    def test_status_for_people_names_each_figure(self):
        server = self.start_server()
        shown = server.command("status")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for word in ("users", "files", "free", "sessions", "uploads"):
            self.assertIn(word, shown.stdout.lower())


class Log(DriveTest):
    def test_each_line_of_the_log_is_one_event_with_its_time(self):
        server = self.start_server()
        client = self.enrol(server)
        client.do("put", self.write("song.mp3", b"la"))
        client.do("get", "song.mp3", "-o", self.path("back"))
        server.terminate()
        lines = server.log().splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")

    def test_a_name_with_a_newline_does_not_make_a_second_line(self):
        server = self.start_server()
        self.local_client(server).do("put", self.write("one\ntwo", b"x"))
        server.terminate()
        self.assertFalse([line for line in server.log().splitlines() if line.startswith("two")])


class Stop(DriveTest):
    def test_sigterm_ends_it_with_0(self):
        server = self.start_server()
        self.assertEqual(server.terminate(), 0, server.log())

    def test_sigint_ends_it_with_0(self):
        server = self.start_server()
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(DEADLINE), 0, server.log())

    def test_sigterm_ends_it_in_the_middle_of_an_upload(self):
        server = self.start_server()
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        upload = self.start_and_hold(client, proxy, "up", 4 * MIB, "put", self.write_large("big", 32 * MIB))
        self.assertEqual(server.terminate(), 0, server.log())
        upload.kill()
        upload.communicate()

    def test_it_starts_again_at_once_on_the_same_port_with_everything_there(self):
        server = self.start_server()
        client = self.enrol(server)
        client.do("put", self.write("song.mp3", b"la la"))
        server.terminate()
        server.restart()
        self.assertEqual(client.names(), ["song.mp3"])

    def test_what_was_committed_survives_a_kill(self):
        server = self.start_server()
        client = self.enrol(server)
        client.do("put", self.write("song.mp3", b"la la"))
        server.kill()
        server.restart()
        self.assertEqual(client.do("get", "song.mp3", "-o", "-").raw, b"la la")


class Listening(DriveTest):
    @unittest.skipUnless(socket.has_ipv6 and os.path.exists("/proc/net/if_inet6")
                         and "lo" in open("/proc/net/if_inet6", encoding="ascii").read(), "no IPv6 on loopback")
    def test_ipv6_works_as_ipv4_does(self):
        server = self.start_server(listen=("[::1]:0",))
        self.assertRegex(server.address, r"^\[::1\]:\d+$")
        client = self.enrol(server)
        client.do("put", self.write("song.mp3", b"la"))
        self.assertEqual(client.names(), ["song.mp3"])
        self.assertEqual(client.names("-s", server.address), ["song.mp3"])

    def test_the_unix_socket_needs_nothing_set_up(self):
        server = self.start_server()
        client = self.local_client(server)
        client.do("put", self.write("song.mp3", b"la"))
        self.assertEqual(client.names(), ["song.mp3"])

    def test_the_unix_socket_works_below_a_very_long_path(self):
        server = self.start_server(name=os.path.join("d" * 100, "e" * 100))
        self.assertEqual(self.local_client(server).names(), [])

    def test_the_tree_shows_the_files_as_ordinary_files(self):
        server = self.start_server()
        self.local_client(server).do("put", self.write("song.mp3", b"la"), "-t", "/music")
        shown = os.path.join(server.data, "tree", "owner", "music", "song.mp3")
        wait_until(lambda: os.path.exists(shown), "the tree to show the file")
        with open(shown, "rb") as file:
            self.assertEqual(file.read(), b"la")


if __name__ == "__main__":
    unittest.main()
