"""Who is who: invites, logins that are replayed or relayed, and offers of less than there is."""

import hashlib
import os
import re
import socket
import ssl
import struct
import subprocess
import threading
import unittest

from client import Client, through
from harness import DriveTest
from tls_client import Device, TlsClient, answer_to, secret_of
from wire import Wire
from wire_test import NOT_ALLOWED, PROTOCOL, UNSUPPORTED_VERSION

SUPPORTED_VERSIONS, ALPN, UNKNOWN = 43, 16, 0x4a4a


def renamed(hello, extension):
    """A ClientHello, alone in its record, in which this extension has another number (RFC 8446, section 4.1.2)."""
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + struct.unpack_from(">H", hello, at)[0]
    at += 1 + hello[at] + 2
    while at < len(hello):
        number, size = struct.unpack_from(">HH", hello, at)
        if number == extension:
            return hello[:at] + struct.pack(">H", UNKNOWN) + hello[at + 2:]
        at += 4 + size
    raise AssertionError(f"no extension {extension} in {hello.hex()}")


class IdentityTest(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()

    def connect(self, port=None, **options):
        tls = TlsClient(port or self.server.port, **options)
        self.addCleanup(tls.close)
        return tls

    def token(self):
        return secret_of(self.server.new_invite())[1]

    def enrolled(self):
        device, tls = Device(), self.connect()
        welcome = answer_to(tls, "Enrol", device.enrol_fields(tls, self.token()))
        self.assertEqual(welcome.name, "Welcome", welcome)
        return device

    def assert_refused(self, answer, code=NOT_ALLOWED):
        self.assertEqual((answer.name, answer.fields.get("code")), ("Error", code), answer)


class Logins(IdentityTest):
    def test_a_device_by_hand_enrols_and_logs_in(self):
        device, tls = self.enrolled(), self.connect()
        self.assertEqual(answer_to(tls, "Login", device.login_fields(tls)).name, "Welcome")

    def test_a_recorded_login_is_refused_on_another_connection(self):
        device, first = self.enrolled(), self.connect()
        recorded = device.login_fields(first)
        self.assertEqual(answer_to(first, "Login", recorded).name, "Welcome")
        self.assert_refused(answer_to(self.connect(), "Login", recorded))

    def test_a_recorded_enrolment_is_refused_on_another_connection(self):
        device, first, token = Device(), self.connect(), self.token()
        recorded = device.enrol_fields(first, token)
        self.assertEqual(answer_to(first, "Enrol", recorded).name, "Welcome")
        self.assert_refused(answer_to(self.connect(), "Enrol", recorded))

    def test_a_login_does_not_pass_for_an_enrolment_nor_for_one_with_another_token(self):
        device, tls, token = Device(), self.connect(), self.token()
        fields = device.enrol_fields(tls, token)
        self.assert_refused(answer_to(tls, "Enrol", {**fields, "token": self.token()}))
        tls = self.connect()
        fields = device.login_fields(tls)
        self.assert_refused(answer_to(tls, "Enrol", {**fields, "token": token, "device_name": "x"}))

    def test_another_key_in_the_place_of_the_signers_is_refused(self):
        device, other, tls = self.enrolled(), self.enrolled(), self.connect()
        fields = device.login_fields(tls)
        self.assert_refused(answer_to(tls, "Login", {**fields, "public_key": other.key.public}))

    def test_every_bit_of_a_signature_counts(self):
        device = self.enrolled()
        for bit in range(0, 512, 37):
            tls = self.connect()
            fields = device.login_fields(tls)
            altered = bytearray(fields["signature"])
            altered[bit // 8] ^= 1 << bit % 8
            with self.subTest(bit=bit):
                self.assert_refused(answer_to(tls, "Login", {**fields, "signature": bytes(altered)}))
            tls.close()

    def test_a_login_for_the_socket_is_refused_on_the_port(self):
        self.assert_refused(answer_to(self.connect(), "LocalLogin", {}))

    def test_a_second_login_in_a_session_is_no_way_to_become_somebody_else(self):
        device, tls = self.enrolled(), self.connect()
        self.assertEqual(answer_to(tls, "Login", device.login_fields(tls)).name, "Welcome")
        wire = Wire(tls)
        wire.send("LocalLogin", 0)
        self.assert_refused(wire.receive("Error", "Welcome"), PROTOCOL)


class InTheMiddle(IdentityTest):
    """Somebody with a certificate of its own, between a client and the server."""

    def setUp(self):
        super().setUp()
        certificate, key = self.path("false.pem"), self.path("false.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=ndisk", "-keyout", key,
                        "-out", certificate], capture_output=True, check=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["ndisk/1"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        self.heard = []
        threading.Thread(target=self.relay, daemon=True).start()

    def relay(self):
        while True:
            try:
                plain = self.listener.accept()[0]
            except OSError:
                return
            try:
                victim, server = self.context.wrap_socket(plain, server_side=True), TlsClient(self.server.port)
            except OSError:
                plain.close()
                continue
            for source, target in ((victim, server), (server, victim)):
                threading.Thread(target=self.pass_on, args=(source, target, source is victim), daemon=True).start()

    def pass_on(self, source, target, keep):
        try:
            while data := source.recv(65536):
                if keep:
                    self.heard.append(data)
                target.sendall(data)
        except (OSError, ValueError):
            pass

    def test_a_relayed_login_is_refused_even_if_the_client_trusts_anybody(self):
        device, tls = self.enrolled(), self.connect(self.port)
        self.assert_refused(answer_to(tls, "Login", device.login_fields(tls)))
        self.assertTrue(self.heard)

    def test_a_relayed_enrolment_is_refused_and_the_token_stays_unused(self):
        victim, tls, token = Device(), self.connect(self.port), self.token()
        self.assert_refused(answer_to(tls, "Enrol", victim.enrol_fields(tls, token)))
        tls = self.connect()
        self.assertEqual(answer_to(tls, "Enrol", victim.enrol_fields(tls, token)).name, "Welcome")

    def test_a_real_client_says_nothing_to_it(self):
        client = self.enrol(self.server)
        refused = client.run("-s", f"127.0.0.1:{self.port}", "list")
        self.assert_fails(refused, 5)
        refused = Client(self.path("other")).run("login", through(self.server.new_invite(), f"127.0.0.1:{self.port}"))
        self.assert_fails(refused, 5)
        self.assertEqual(self.heard, [])


class Offers(IdentityTest):
    """Less than TLS 1.3 with ndisk/1 is no session."""

    def handshake(self, **offer):
        """What comes of an offer: the version, or the alert's name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.set_alpn_protocols(offer.get("alpn", ["ndisk/1"]))
        if "most" in offer:
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, offer["most"]
        with socket.create_connection(("127.0.0.1", offer.get("port", self.server.port))) as plain:
            try:
                with context.wrap_socket(plain) as secure:
                    secure.sendall(b"")
                    return secure.version(), secure.selected_alpn_protocol(), secure.session.has_ticket
            except ssl.SSLError as error:
                return re.sub(r"[ _]+", "_", str(error)).upper()

    def test_older_versions_are_refused_with_the_alert_that_says_so(self):
        for most in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1):
            with self.subTest(most):
                self.assertIn("PROTOCOL_VERSION", self.handshake(most=most))

    def test_only_our_protocol_is_chosen_whatever_else_is_offered(self):
        self.assertEqual(self.handshake(alpn=["h2", "ndisk/1", "ndisk/0"])[:2], ("TLSv1.3", "ndisk/1"))
        for offered in (["ndisk/0"], ["ndisk/2"], ["ndisk/1x"], ["NDISK/1"], ["http/1.1", "h2"], []):
            with self.subTest(offered):
                self.assertIn("NO_APPLICATION_PROTOCOL", self.handshake(alpn=offered))

    def test_no_ticket_is_given_to_resume_a_session_with(self):
        self.assertEqual(self.handshake(), ("TLSv1.3", "ndisk/1", False))

    def test_a_protocol_version_that_is_not_ours_is_refused(self):
        device = self.enrolled()
        for versions in ((0, 0), (2, 9), (1 << 31, (1 << 32) - 1)):
            with self.subTest(versions):
                tls = self.connect()
                self.assert_refused(answer_to(tls, "Login", device.login_fields(tls), *versions), UNSUPPORTED_VERSION)

    def test_who_takes_the_newer_versions_out_of_an_offer_gets_no_older_one(self):
        self.through_a_forger(SUPPORTED_VERSIONS, "PROTOCOL_VERSION")

    def test_who_takes_the_protocols_name_out_of_an_offer_gets_none(self):
        self.through_a_forger(ALPN, "NO_APPLICATION_PROTOCOL")

    def through_a_forger(self, extension, alert):
        """Somebody in between gives an extension of each ClientHello another number."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            threading.Thread(target=self.forge, args=(listener, extension), daemon=True).start()
            self.assertIn(alert, self.handshake(port=port))
            refused = self.enrol(self.server).run("-s", f"127.0.0.1:{port}", "list")
            self.assertIn(refused.code, (5, 10), refused.err)
            self.assertEqual(refused.out, "")

    def forge(self, listener, extension):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server.port))
            server.sendall(renamed(client.recv(16384), extension))
            try:
                while data := server.recv(16384):
                    client.sendall(data)
            except OSError:
                pass
            client.close()
            server.close()


class Invites(IdentityTest):
    def test_an_invite_is_128_random_bits_and_the_pin(self):
        parts = [secret_of(self.server.new_invite()) for _ in range(20)]
        self.assertEqual({len(token) for _, token, _, _ in parts}, {16})
        self.assertEqual(len({token for _, token, _, _ in parts}), 20)
        self.assertEqual({pin.hex() for _, _, pin, _ in parts},
                         set(re.findall(r"pin=sha256:([0-9a-f]{64})", self.server.log())))

    def test_it_works_once_and_again_for_the_same_key_only(self):
        device, token = Device(), self.token()
        first, again = [answer_to(tls, "Enrol", device.enrol_fields(tls, token))
                        for tls in (self.connect(), self.connect())]
        self.assertEqual(first["device_id"], again["device_id"])
        tls = self.connect()
        self.assert_refused(answer_to(tls, "Enrol", Device().enrol_fields(tls, token)))

    def test_two_devices_that_use_it_at_once_are_one_device_enrolled(self):
        token, answers = self.token(), []

        def enrol():
            device, tls = Device(), self.connect()
            answers.append(answer_to(tls, "Enrol", device.enrol_fields(tls, token)).name)

        threads = [threading.Thread(target=enrol) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answers), ["Error"] * 5 + ["Welcome"])

    def test_nothing_that_the_server_keeps_has_the_token_in_it(self):
        invites = [self.server.invite, self.server.new_invite()]
        device, tls = Device(), self.connect()
        answer_to(tls, "Enrol", device.enrol_fields(tls, secret_of(invites[1])[1]))
        kept = self.everything_kept()
        for invite in invites:
            token = secret_of(invite)[1]
            self.assertIn(hashlib.sha256(token).digest(), kept, "the digest is how an invite is known")
            for form in (token, token.hex().encode(), invite.partition("#")[2][:24].encode()):
                self.assertNotIn(form, kept)

    def everything_kept(self):
        """Every byte below the data directory, the catalog's log included."""
        kept = b""
        for folder, _, names in os.walk(self.server.data):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        kept += file.read()
        self.assertTrue(os.path.exists(os.path.join(self.server.data, "ndisk.db-wal")))
        return kept


if __name__ == "__main__":
    unittest.main()
