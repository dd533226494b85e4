"""Enrolment, login and the server's identity."""

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import unittest

from client import Client, through
from harness import DriveTest


def secret_parts(invite):
    """The kind byte, token and pin of an invite (docs/protocol.md, "Invites")."""
    secret = invite.partition("#")[2]
    raw = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
    return raw[:1], raw[1:17], raw[17:49]


def with_secret(invite, token, pin):
    body = b"\x01" + token + pin
    whole = body + hashlib.sha256(body).digest()[:4]
    return invite.partition("#")[0] + "#" + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def public_key_digest(port):
    """SHA-256 of the public key (SPKI) that the server on this port shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["ndisk/1"])
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as secure:
        certificate = secure.getpeercert(binary_form=True)
    pem = subprocess.run(["openssl", "x509", "-inform", "DER", "-pubkey", "-noout"], input=certificate,
                         capture_output=True, check=True).stdout
    spki = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, capture_output=True,
                          check=True).stdout
    return hashlib.sha256(spki).digest()


class FirstContact(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()

    def test_the_invite_of_the_first_start_enrols_a_device(self):
        client = Client(self.path("client"))
        client.do("login", self.server.invite)
        self.assertEqual(client.names(), [])

    def test_the_invite_can_come_from_standard_input(self):
        client = Client(self.path("client"))
        client.do("login", "-", stdin=self.server.invite.encode() + b"\n")
        self.assertEqual(client.names(), [])

    def test_settings_and_keys_are_private(self):
        client = self.enrol(self.server)
        settings = os.path.join(client.home, "config", "ndisk")
        self.assertEqual(os.stat(settings).st_mode & 0o777, 0o700)
        for folder, _, names in os.walk(settings):
            for name in names:
                self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o077, 0, name)

    def test_the_pin_is_the_digest_of_the_key_that_the_server_shows(self):
        self.assertEqual(secret_parts(self.server.invite)[2], public_key_digest(self.server.port))

    def test_the_key_stays_the_same_over_restarts(self):
        before = public_key_digest(self.server.port)
        self.server.terminate()
        self.server.restart()
        self.assertEqual(public_key_digest(self.server.port), before)

    def test_only_the_first_address_that_answers_is_needed(self):
        client = Client(self.path("client"))
        client.do("login", through(self.server.invite, f"127.0.0.1:1,{self.server.address}"))
        self.assertEqual(client.names(), [])

    def test_another_server_at_the_first_address_does_not_hide_the_right_one(self):
        other = self.start_server(name="other")
        client = Client(self.path("client"))
        client.do("login", through(self.server.invite, f"{other.address},{self.server.address}"))
        client.do("put", self.write("mine", b"x"))
        self.assertEqual(self.local_client(self.server).names(), ["mine"])

    def test_a_port_that_stays_silent_at_the_first_address_does_not_hide_the_right_one(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            client, port = Client(self.path("client")), silent.getsockname()[1]
            client.do("login", through(self.server.invite, f"127.0.0.1:{port},{self.server.address}"))
            self.assertEqual(client.names(), [])

    def test_another_server_is_what_is_named_whatever_else_does_not_answer(self):
        other = self.start_server(name="other")
        self.server.terminate()
        refused = Client(self.path("client")).run("login", through(self.server.invite, f"{other.address},127.0.0.1:1"))
        self.assert_fails(refused, 5, other.address)

    def test_a_used_invite_is_refused_to_another_device(self):
        Client(self.path("first")).do("login", self.server.invite)
        refused = Client(self.path("second")).run("login", self.server.invite)
        self.assert_fails(refused, 4, "invite")

    def test_an_unknown_invite_is_refused(self):
        _, _, pin = secret_parts(self.server.invite)
        refused = Client(self.path("client")).run("login", with_secret(self.server.invite, bytes(16), pin))
        self.assert_fails(refused, 4, "invite")

    def test_an_expired_invite_is_refused(self):
        self.server.terminate()
        with contextlib.closing(sqlite3.connect(os.path.join(self.server.data, "ndisk.db"))) as catalog:
            catalog.execute("UPDATE invites SET expires = 1")
            catalog.commit()
        invite = self.server.invite
        self.server.restart()
        self.assert_fails(Client(self.path("client")).run("login", invite), 4, "expired")

    def test_an_altered_invite_is_told_from_an_unknown_one(self):
        last = self.server.invite[-1]
        altered = self.server.invite[:-1] + ("A" if last != "A" else "Q")
        for broken in (altered, self.server.invite[:-5], "ndisk://127.0.0.1:7420/", "hello"):
            with self.subTest(broken):
                self.assert_fails(Client(self.path("client")).run("login", broken), 2)

    def test_a_failed_login_leaves_the_invite_unused(self):
        token, pin = secret_parts(self.server.invite)[1:]
        wrong = with_secret(self.server.invite, token, hashlib.sha256(pin).digest())
        self.assert_fails(Client(self.path("first")).run("login", wrong), 5)
        Client(self.path("second")).do("login", self.server.invite)

    def test_a_failed_login_keeps_the_profile_that_was_there(self):
        client = self.enrol(self.server)
        self.revoke(client)
        before = self.settings(client)
        _, _, pin = secret_parts(self.server.invite)
        self.assert_fails(client.run("login", with_secret(self.server.invite, bytes(16), pin)), 4)
        self.assertEqual(self.settings(client), before)

    def settings(self, client):
        """What is in each file of the client's."""
        found = {}
        for folder, _, names in os.walk(os.path.join(client.home, "config", "ndisk")):
            for name in names:
                found[name] = self.read(folder, name)
        return found

    def revoke(self, client):
        devices = json.loads("[" + ",".join(self.server.command("--json", "device", "list").stdout.splitlines()) + "]")
        (own,) = [each["id"] for each in devices if each["type"] == "device" and not each["local"]]
        self.server.command("device", "revoke", own)
        self.assertEqual(client.run("list").code, 4)

    def test_a_login_to_another_drive_leaves_the_profile_that_is_there(self):
        other = self.start_server(name="other")
        client = self.enrol(self.server)
        before = self.settings(client)
        self.assert_fails(client.run("login", other.invite), 6, "--profile", "another drive", "default.key")
        self.assertEqual(self.settings(client), before)
        client.do("--profile", "other", "login", other.invite)  # it is unused still

    def test_a_second_login_leaves_the_device_that_is_enrolled(self):
        client = self.enrol(self.server)
        before, invite = self.settings(client), self.server.new_invite()
        self.assert_fails(client.run("login", invite), 6, "--profile", "enrolled there already", "not used")
        self.assertEqual(self.settings(client), before)
        Client(self.path("second")).do("login", invite)

    def test_a_device_that_was_revoked_is_enrolled_anew_in_its_profile(self):
        client = self.enrol(self.server)
        self.revoke(client)
        client.do("login", self.server.new_invite())
        self.assertEqual(client.names(), [])

    def test_a_profile_whose_server_does_not_answer_stays(self):
        client = self.enrol(self.server)
        before, invite = self.settings(client), self.server.new_invite()
        self.assert_fails(client.run("login", through(invite, "127.0.0.1:1")), 10)
        self.assertEqual(self.settings(client), before)

    def test_each_profile_is_a_device_of_its_own(self):
        other = self.start_server(name="other")
        client = self.enrol(self.server)
        client.do("--profile", "work", "login", other.invite)
        client.do("put", self.write("at-home", b"x"))
        self.assertEqual(client.names(), ["at-home"])
        self.assertEqual(client.names("--profile", "work"), [])


class Identity(DriveTest):
    def fingerprints_in(self, text, *digests):
        """Each digest is shown whole, in hex (colons allowed) or base64."""
        joined = text.replace(":", "").lower()
        for digest in digests:
            encoded = base64.b64encode(digest).decode().rstrip("=")
            forms = (encoded in text, encoded.replace("+", "-").replace("/", "_") in text, digest.hex() in joined)
            self.assertTrue(any(forms), f"{digest.hex()} is not in: {text}")

    def test_a_server_with_another_key_is_refused_with_both_fingerprints(self):
        server = self.start_server()
        client = self.enrol(server)
        expected = public_key_digest(server.port)
        server.terminate()
        impostor = self.start_server(name="impostor", listen=(server.address,))
        refused = client.run("list")
        self.assert_fails(refused, 5)
        self.fingerprints_in(refused.err, expected, public_key_digest(impostor.port))

    def test_nothing_is_sent_to_a_server_with_another_key(self):
        server = self.start_server()
        client = self.enrol(server)
        server.terminate()
        impostor = self.start_server(name="impostor", listen=(server.address,))
        self.assert_fails(client.run("put", self.write("secret", b"x")), 5)
        self.assertEqual(self.local_client(impostor).names(), [])
        self.assertIsNone(re.search(r"enrol|login", impostor.log().lower()), impostor.log())

    def test_an_invite_for_another_key_is_refused_with_both_fingerprints(self):
        server = self.start_server()
        token, pin = secret_parts(server.invite)[1:]
        other = hashlib.sha256(pin).digest()
        refused = Client(self.path("client")).run("login", with_secret(server.invite, token, other))
        self.assert_fails(refused, 5)
        self.fingerprints_in(refused.err, pin, other)

    def test_a_device_that_the_server_does_not_know_is_refused(self):
        server = self.start_server()
        client = self.enrol(server)
        server.terminate()
        # The same server identity over a new catalog: what a drive that was set up anew with its old key looks like.
        os.rename(server.data, self.path("old"))
        os.mkdir(server.data)
        shutil.copytree(os.path.join(self.path("old"), "tls"), os.path.join(server.data, "tls"))
        server.restart()
        self.assert_fails(client.run("list"), 4)

    def test_a_machine_without_a_profile_is_told_to_log_in(self):
        self.assert_fails(Client(self.path("nobody")).run("list"), 4, "login")


if __name__ == "__main__":
    unittest.main()
