"""Strangers at the door: how many there may be, and what their failures cost others."""

import multiprocessing
import os
import socket
import ssl
import time
import unittest

from harness import DriveTest
from model.sessions import Device
from process_status import sockets_of
from strangers import OTHERS, Crowd, connect_from, is_open
from tls_client import Device as TlsDevice
from tls_client import TlsClient, answer_to
from waiting import wait_until
from wire import Wire
from wire_test import NOT_ALLOWED

STRANGERS_OF_ADDRESS = 64  # DoorLimits::strangers_of_network
STRANGERS = 256
FREE_FAILURES = 20
LOGIN_SECONDS = 10  # SessionLimits::login
PAUSE = 0.1
HELLO_OF_TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"  # the beginning of a handshake


class Door(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()

    def crowd(self, count, **more):
        crowd = Crowd(self.server.port, count, **more)
        self.addCleanup(crowd.close)
        return crowd

    def enrol_and_look_on(self):
        client = self.enrol(self.server)
        self.before = connect_from(self.server.port, "127.0.0.77")
        self.addCleanup(self.before.close)
        return client

    def wait_until_bounded(self, most, *crowds):
        """Turned out, not gone because their time was over: who came before them, from elsewhere, is still there."""
        wait_until(lambda: sum(crowd.open() for crowd in crowds) <= most, "the oldest strangers to be turned out")
        self.assertTrue(is_open(self.before))

    def test_silent_strangers_of_one_address_are_bounded_and_keep_nobody_out(self):
        client = self.enrol_and_look_on()
        crowd = self.crowd(150)
        self.wait_until_bounded(STRANGERS_OF_ADDRESS, crowd)
        client.do("put", self.write("a", b"a"))
        self.assertEqual(client.names(), ["a"])

    def test_half_begun_handshakes_of_one_address_are_bounded_and_keep_nobody_out(self):
        client = self.enrol_and_look_on()
        crowd = self.crowd(150, first_words=HELLO_OF_TLS)
        self.wait_until_bounded(STRANGERS_OF_ADDRESS, crowd)
        self.assertEqual(client.names(), [])

    def test_who_is_turned_away_makes_room_for_others_too(self):
        """Each has its answer before the next one comes, and stays; none comes so often that it has to wait."""
        for words in (bytes(12), b"GET / HTTP/1.1\r\n\r\n"):
            before = most = sockets_of(self.server.process.pid)
            for number in range(700):
                connection = connect_from(self.server.port, f"127.0.{len(words)}.{1 + number // 10}")
                self.addCleanup(connection.close)
                connection.sendall(words)
                self.assertTrue(connection.recv(1))
                if number % 20 == 0:
                    most = max(most, sockets_of(self.server.process.pid))
            self.assertLess(most - before, STRANGERS + 50, words)

    def test_a_client_at_the_address_of_silent_strangers_still_gets_in(self):
        client = self.enrol(self.server)
        self.crowd(200, address="127.0.0.1")
        self.assertEqual(client.names(), [])

    def test_strangers_of_many_addresses_are_bounded_and_keep_nobody_out(self):
        client = self.enrol_and_look_on()
        crowds = [self.crowd(40, address=f"127.0.1.{number}") for number in range(1, 9)]
        self.wait_until_bounded(STRANGERS, *crowds)
        self.assertEqual(client.names(), [])

    def test_a_session_outlasts_any_number_of_strangers(self):
        client = self.enrol(self.server)
        proxy = self.start_proxy(self.server)
        upload = self.start_and_hold(client, proxy, "up", 100_000, "-s", proxy.address, "put",
                                     self.write_large("large", 4_000_000))
        self.crowd(400, address="127.0.0.1")
        proxy.release()
        self.assertEqual(upload.wait(), 0, upload.communicate()[1])

    def test_who_never_falls_silent_and_never_logs_in_has_its_time_as_anybody(self):
        """A handshake that comes byte by byte, with pauses that are short beside any limit."""
        drips = {connect_from(self.server.port): self.hello_of_a_client() for _ in range(3)}
        begin, closed = time.monotonic(), []
        for connection in drips:
            self.addCleanup(connection.close)

        def drip():
            for connection, hello in list(drips.items()):
                if not drip_one(connection, hello):
                    closed.append((time.monotonic() - begin, len(hello)))
                    del drips[connection]
            return not drips

        wait_until(drip, "the server to close them", pause=PAUSE)
        for lasted, left in closed:
            self.assertGreater(left, 0, "the handshake had ended")
            self.assertGreater(lasted, LOGIN_SECONDS / 2, "it was closed for another reason")

    def hello_of_a_client(self):
        """A whole ClientHello, padded to more than will be sent."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["ndisk/1", *(f"padding {number}" for number in range(60))])
        sent = ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), sent).do_handshake()
        return bytearray(sent.read())

    def test_the_socket_is_open_however_many_are_at_the_door(self):
        for number in range(1, 9):
            self.crowd(60, address=f"127.0.1.{number}")
        self.assertEqual(self.local_client(self.server).names(), [])


def drip_one(connection, words):
    """Sends a byte more; whether the other end is still there."""
    try:
        connection.sendall(words[:1])
    except ConnectionError:
        return False
    del words[:1]
    return is_open(connection)


class ComingAndGoing(DriveTest):
    def test_a_client_gets_in_every_time(self):
        """New sockets take the numbers, and the event loop's records, of those that have just gone."""
        server = self.start_server()
        client = self.enrol(server)
        strangers = multiprocessing.Process(target=come_and_go, args=(server.port,))
        strangers.start()
        try:
            for _ in range(100):
                client.do("ping")
        finally:
            strangers.kill()
            strangers.join()


def come_and_go(port):
    kept = []
    while True:
        try:
            kept.append(connect_from(port))
        except OSError:  # no port of this address is free just now
            continue
        if len(kept) > 500:
            kept.pop(0).close()


class Failures(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server("--plaintext=always")

    def fail_from(self, address, times):
        """Says something that is neither TLS nor ndisk, again and again."""
        for _ in range(times):
            with connect_from(self.server.port, address) as connection:
                connection.sendall(b"\xff")
                try:
                    connection.recv(1)
                except ConnectionError:
                    pass

    def log_in_wrongly(self, address):
        with connect_from(self.server.port, address) as connection:
            wire = Wire(connection)
            wire.hello()
            wire.receive("ServerHello")
            wire.send("Login", 0, public_key=os.urandom(32), signature=os.urandom(64))
            return wire.receive("Error")

    def test_wrong_logins_are_answered_and_enrolled_devices_come_in_all_the_same(self):
        client = self.enrol(self.server)
        for _ in range(FREE_FAILURES + 3):
            self.assertEqual(self.log_in_wrongly("127.0.0.1")["code"], 4)
        self.assertEqual(client.names(), [])

    def log_in_as(self, device, address):
        with connect_from(self.server.port, address) as connection:
            wire = Wire(connection)
            device.send_login(wire)
            return wire.receive("Error")

    def test_who_failed_often_waits_and_who_comes_from_elsewhere_does_not(self):
        self.fail_from(OTHERS, FREE_FAILURES + 8)
        self.assert_others_wait()

    def test_a_wrong_signature_is_a_failure_for_which_its_address_waits_and_no_other(self):
        for _ in range(FREE_FAILURES + 8):
            self.log_in_wrongly(OTHERS)
        self.assert_others_wait()

    def test_an_unknown_key_is_a_failure_for_which_its_address_waits_and_no_other(self):
        """One that signs well, and was known once."""
        self.assertEqual(self.server.command("user", "add", "gone").returncode, 0)
        device = Device(self.server, self.directory, "gone", "gone")
        self.assertEqual(self.server.command("user", "remove", "gone").returncode, 0)
        for _ in range(FREE_FAILURES + 8):
            self.assertIn("not enrolled", self.log_in_as(device, OTHERS)["message"])
        self.assert_others_wait()

    def keep(self, connection):
        self.addCleanup(connection.close)
        return connection

    def test_wrong_logins_that_keep_their_connections_are_failures_for_which_their_address_waits(self):
        """They come at once, more than an address may have, and go on to the end of what they have to say."""
        wires = []
        for _ in range(200):
            wire = Wire(self.keep(connect_from(self.server.port, OTHERS)))
            wire.hello()
            wire.send("Login", 0, public_key=os.urandom(32), signature=os.urandom(64))
            wires.append(wire)
        wires[-1].receive("ServerHello")
        self.assertEqual(wires[-1].receive("Error")["code"], NOT_ALLOWED)
        self.assert_others_wait()

    def test_handshakes_without_a_login_that_keep_their_connections_are_failures_as_well(self):
        for _ in range(STRANGERS_OF_ADDRESS + FREE_FAILURES + 8):
            self.keep(TlsClient(self.server.port, source=OTHERS))
        self.assert_others_wait()

    def test_an_invite_that_was_never_made_is_a_failure_for_which_its_address_waits_and_no_other(self):
        """Over TLS, signed well, by a key of its own."""
        for _ in range(FREE_FAILURES + 8):
            tls = TlsClient(self.server.port, source=OTHERS)
            answer = answer_to(tls, "Enrol", TlsDevice().enrol_fields(tls, os.urandom(16)))
            tls.close()
            self.assertEqual((answer.name, answer["code"]), ("Error", NOT_ALLOWED), answer)
            self.assertIn("invite", answer["message"])
        self.assert_others_wait()

    def assert_others_wait(self):
        """From OTHERS one is not answered while those from elsewhere are, and then it is."""
        request = b"GET / HTTP/1.1\r\n\r\n"
        with connect_from(self.server.port) as failed:
            failed.sendall(request)
            for _ in range(2):
                with socket.create_connection(self.at()) as other:
                    other.sendall(request)
                    self.assertIn(b"400", other.recv(100))
            self.assertRaises(BlockingIOError, failed.recv, 100, socket.MSG_DONTWAIT)
            self.assertIn(b"400", failed.recv(100))

    def at(self):
        return ("127.0.0.1", self.server.port)


if __name__ == "__main__":
    unittest.main()
