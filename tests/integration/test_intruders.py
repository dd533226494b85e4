"""What else may come to the port or the socket, and plaintext."""

import os
import shutil
import socket
import ssl
import subprocess
import unittest

from client import NDISK, Client, through
from harness import DriveTest
from waiting import DEADLINE, wait_until
from wire import Wire

NOBODY = 65534


def until_end(connection):
    """Everything that the server sends before it closes."""
    connection.settimeout(DEADLINE)
    received = b""
    while True:
        try:
            piece = connection.recv(4096)
        except ConnectionResetError:
            return received
        if not piece:
            return received
        received += piece


def tls_context(alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols([alpn])
    return context


class Port(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.server.port))
        self.addCleanup(connection.close)
        return connection

    def assert_still_serving(self):
        self.assertEqual(self.local_client(self.server).names(), [])
        self.assertIsNone(self.server.process.poll())

    def test_an_http_request_gets_400_and_a_close(self):
        connection = self.connect()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertRegex(until_end(connection), rb"^HTTP/1\.1 400 ")
        self.assert_still_serving()

    def test_garbage_is_closed(self):
        for garbage in (b"\xff" * 64, b"\x80", os.urandom(4096), b"SSH-2.0-OpenSSH_9.2\r\n", b"\x16\x03\x01\xff\xff"):
            with self.subTest(garbage[:8]):
                connection = self.connect()
                connection.sendall(garbage)
                until_end(connection)
        self.assert_still_serving()

    def test_a_connection_that_says_nothing_is_closed_in_the_end_and_blocks_nobody(self):
        silent = self.connect()
        self.enrol(self.server).do("put", self.write("a", b"a"))
        until_end(silent)

    def test_tls_without_the_protocol_name_gets_the_alert(self):
        for alpn in (None, "h2"):
            with self.subTest(alpn), self.assertRaises(ssl.SSLError) as raised:
                with tls_context(alpn).wrap_socket(self.connect()) as secure:
                    secure.recv(1)
            self.assertIn("NO_APPLICATION_PROTOCOL", str(raised.exception).upper().replace(" ", "_"))
        self.assert_still_serving()

    def test_tls_1_2_is_refused(self):
        context = tls_context("ndisk/1")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(ssl.SSLError):
            context.wrap_socket(self.connect())

    def test_garbage_inside_tls_is_closed(self):
        with tls_context("ndisk/1").wrap_socket(self.connect()) as secure:
            secure.sendall(b"\xff" * 100)
            until_end(secure)
        self.assert_still_serving()

    def test_many_connections_at_once_do_not_stop_the_others(self):
        crowd = [self.connect() for _ in range(200)]
        self.assertEqual(self.enrol(self.server).names(), [])
        for connection in crowd:
            connection.close()
        self.assert_still_serving()


class Plaintext(DriveTest):
    def test_it_is_refused_unless_the_server_allows_it(self):
        server = self.start_server()
        client = self.enrol(server)
        refused = client.run("-s", f"plain:{server.address}", "list")
        self.assertIn(refused.code, (4, 10), refused.err)
        self.assertIn("plain", refused.err)

    def test_it_works_where_server_and_client_allow_it(self):
        server = self.start_server("--plaintext=loopback")
        client = self.enrol(server)
        client.do("-s", f"plain:{server.address}", "put", self.write("song.mp3", b"la"))
        self.assertEqual(client.names(), ["song.mp3"])

    def test_both_kinds_share_one_port(self):
        server = self.start_server("--plaintext=loopback")
        client = self.enrol(server)
        self.assertEqual(client.names(), client.names("-s", f"plain:{server.address}"))

    def test_nobody_enrols_over_it(self):
        server = self.start_server("--plaintext=always")
        wire = Wire(socket.create_connection(("127.0.0.1", server.port)))
        self.addCleanup(wire.close)
        wire.hello()
        wire.receive("ServerHello")
        wire.send("Enrol", 0, token=bytes(16), public_key=bytes(32), signature=bytes(64), device_name="device")
        refused = wire.receive("Error")
        self.assertIn("TLS", refused["message"])

    def test_a_client_takes_no_invite_that_asks_for_it(self):
        server = self.start_server("--plaintext=always")
        invite = through(server.invite, f"plain:{server.address}")
        self.assert_fails(Client(self.path("client")).run("login", invite), 2)

    def test_a_client_never_falls_back_to_it_by_itself(self):
        server = self.start_server("--plaintext=always")
        proxy = self.start_proxy(server)
        client = self.enrol(server, at=proxy.address)
        client.names()
        self.assertTrue(proxy.first_bytes)
        self.assertEqual(set(proxy.first_bytes), {0x16}, "a connection did not begin with a TLS handshake")


@unittest.skipUnless(os.getuid() == 0 and shutil.which("setpriv"), "needs root, to become somebody else")
class OtherUsers(DriveTest):
    def setUp(self):
        super().setUp()
        self.as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        if subprocess.run([*self.as_nobody, NDISK, "--version"], capture_output=True, check=False).returncode != 0:
            self.skipTest("nobody may not run the program where it lies")
        os.chmod(self.directory, 0o755)
        self.server = self.start_server()

    def nobody(self, server=None):
        client = Client(self.path("nobody"), server=server, wrap=self.as_nobody)
        for folder, _, names in os.walk(client.home):
            for name in ["", *names]:
                os.chown(os.path.join(folder, name), NOBODY, NOBODY)
        return client

    def test_the_socket_is_closed_to_another_uid(self):
        self.assert_fails(self.nobody(self.server.socket).run("list"), 4)

    def test_a_session_of_another_uid_on_the_socket_is_refused(self):
        os.chmod(os.path.join(self.server.data, "ndisk.sock"), 0o666)
        self.assert_fails(self.nobody(self.server.socket).run("list"), 4)
        self.assertEqual(self.local_client(self.server).names(), [])

    def test_the_tree_is_not_open_to_everybody(self):
        self.local_client(self.server).do("put", self.write("secret", b"x"))
        tree = os.path.join(self.server.data, "tree", "owner")
        wait_until(lambda: os.path.exists(os.path.join(tree, "secret")), "the tree to show the file")
        seen = subprocess.run([*self.as_nobody, "cat", os.path.join(tree, "secret")], capture_output=True, check=False)
        self.assertNotEqual(seen.returncode, 0)

    def test_a_source_that_can_not_be_read_is_not_allowed(self):
        client = self.nobody()
        client.do("login", self.server.invite)
        self.assert_fails(client.run("put", self.write("private", b"x", mode=0o600)), 4, "private")

    def test_a_folder_that_can_not_be_written_is_not_allowed(self):
        client = self.nobody()
        client.do("login", self.server.invite)
        client.do("put", self.write("public", b"x"))
        os.mkdir(self.path("closed"), 0o755)
        self.assert_fails(client.run("get", "public", "-t", self.path("closed")), 4, "closed")
        self.assertEqual(os.listdir(self.path("closed")), [])

    def test_an_unreadable_file_in_a_folder_does_not_stop_the_rest(self):
        client = self.nobody()
        client.do("login", self.server.invite)
        self.write("photos/a", b"a")
        self.write("photos/b", b"b", mode=0o600)
        self.write("photos/c", b"c")
        self.assert_fails(client.run("put", "-r", self.path("photos")), 7, "photos/b")
        self.assertEqual(client.names("/photos"), ["a", "c"])


if __name__ == "__main__":
    unittest.main()
