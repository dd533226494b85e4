"""No secret is in a log, an error or another program's output, whatever goes wrong; and none under systemd."""

import base64
import glob
import os
import re
import subprocess
import unittest

from client import Client, through
from harness import DriveTest
from server import NDISKD
from tls_client import Device, TlsClient, answer_to, secret_of


class Secrets(DriveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start_server()
        self.said = []  # all that clients printed

    def run_client(self, client, *arguments, **options):
        result = client.run("-v", *arguments, **options)
        self.said.append(result.raw + result.err.encode("utf-8", "surrogateescape"))
        return result

    def test_none_is_printed_in_a_life_of_successes_and_failures(self):
        invites = [self.server.invite] + [self.server.new_invite() for _ in range(4)]
        good, late = Client(self.path("good")), Client(self.path("late"))
        self.assertEqual(self.run_client(good, "login", invites[0]).code, 0)
        self.assertEqual(self.run_client(late, "login", invites[0]).code, 4)  # used
        self.run_client(late, "login", invites[1][:-1] + ("A" if invites[1][-1] != "A" else "B"))  # altered
        self.run_client(late, "login", invites[1][:-7])  # cut
        self.run_client(late, "login", "-", stdin=invites[1].replace("ndisk://", "ndisk:/").encode())
        self.run_client(late, "login", through(invites[1], "127.0.0.1:1"))  # nobody there
        self.run_client(late, "--json", "login", invites[0])
        for misplaced in (("-s", invites[2], "list"), ("ping", invites[2]), ("--json", "ping", invites[2]),
                          (invites[2],), ("login", invites[2], invites[3])):
            self.assertEqual(self.run_client(late, *misplaced).code, 2, misplaced)
        self.misplace(late, good, invites[4])
        self.run_client(good, "put", self.write("song", b"la la"), "--receipt", self.path("receipts"))
        self.run_client(good, "get", "nothing")
        self.refuse_by_hand(secret_of(invites[2])[1])
        self.assertEqual(self.server.command("--json", "status").returncode, 0)
        self.said.append(self.server.command("device", "list").stdout.encode())
        self.server.terminate()
        self.server.restart()
        self.run_client(good, "list")
        self.server.terminate()
        self.assert_none_was_said(invites, [good])

    def misplace(self, stranger, client, invite):
        """Where no invite belongs, whole and not, by every way in."""
        bare = invite.removeprefix("ndisk://")
        secret = bare.partition("#")[2]
        for whole in (invite, bare):
            for words in (("put", whole), ("get", "a", whole), ("mkdir", whole), ("list", whole), ("mv", "a", whole),
                          ("cat", "--", whole), ("get", "a", "-o", whole), ("find", "--name=" + whole),
                          ("--profile", whole, "list"), ("-s", whole, "list"), ("--json", "put", whole),
                          ("put", whole.replace("#", "%23")), ("get", "a", "-o" + whole)):
                self.assert_refused(self.run_client(client, *words), words)
        altered = secret[:-1] + ("A" if secret[-1] != "A" else "B")
        for words in (("-s", "h/#" + secret[:40], "list"), ("--profile", "h/#" + secret[:40], "list"),
                      ("-s", "nas:" + secret, "list"), ("login", "ndisk:///xx#" + secret + "/#"), ("login", bare),
                      ("login", f"ndisk://nas:{secret[:40]}/#"), ("login", "ndisk://nas/#" + secret[:1], secret[1:]),
                      ("--profile" + secret, "list"), ("-s", "plain:h#" + altered, "list")):
            self.assertEqual(self.run_client(stranger, *words).code, 2, words)
        for words in (("put", "h/#" + altered), ("--json", "mkdir", "h/#" + altered + "/x"),
                      ("put", "./x/" + invite[:-9]), ("--json", "get", "h/#" + altered)):
            self.assertNotEqual(self.run_client(client, *words).code, 0, words)
        for name in ("NDISK_SERVER", "NDISK_PROFILE"):
            for value in (invite, bare, "h/#" + secret[:40]):
                stranger.environment[name] = value
                self.assertEqual(self.run_client(stranger, "list").code, 2, (name, value))
                del stranger.environment[name]
        self.misplace_in_files(stranger, bare)
        for words in (("user", "add", bare), ("user", "quota", invite, "1G"), ("--listen", bare), ("frob", invite)):
            done = self.server.command(*words)
            self.assertNotEqual(done.returncode, 0, words)
            self.said += [done.stdout.encode(), done.stderr.encode()]
        done = subprocess.run([NDISKD, "--no-invite"], env={**os.environ, "NDISKD_DATA": bare}, capture_output=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.said += [done.stdout, done.stderr]

    def assert_refused(self, result, words):
        self.assertEqual(result.code, 2, words)
        self.assertIn("ndisk login", result.err, words)

    def misplace_in_files(self, stranger, bare):
        folder = os.path.join(stranger.home, "config", "ndisk")
        os.makedirs(folder, exist_ok=True)
        for addresses in (f"['{bare}']", f"['ndisk://{bare}']", f"[\"{bare}"):
            with open(os.path.join(folder, "spoilt.toml"), "w", encoding="ascii") as profile:
                profile.write(f"pin = '{'00' * 32}'\naddresses = {addresses}\n")
            self.assertEqual(self.run_client(stranger, "--profile", "spoilt", "list").code, 2, addresses)

    def refuse_by_hand(self, token):
        """Enrolments that fail at every step there is."""
        for change in ({"signature": bytes(64)}, {"token": b"short"}, {"public_key": bytes(32)},
                       {"device_name": "x" * 300}, {"device_name": ""}, {"token": bytes(16)}):
            device, tls = Device(), TlsClient(self.server.port)
            fields = {**device.enrol_fields(tls, token), **change}
            answer = answer_to(tls, "Enrol", fields)
            self.assertEqual(answer.name, "Error", change)
            self.said.append(answer["message"].encode())
            tls.close()

    def assert_none_was_said(self, invites, clients):
        said = b"\n".join([self.server.log().encode(), *self.said])
        self.assertIn(b"reason=", said)
        secrets = {f"the token of invite {number}": secret_of(invite)[1] for number, invite in enumerate(invites)}
        for client in clients:
            for path in glob.glob(os.path.join(client.home, "config", "ndisk", "*.key")):
                with open(path, encoding="ascii") as key:
                    secrets["the device's key"] = bytes.fromhex(key.read().strip())
        with open(os.path.join(self.server.data, "tls", "key.pem"), encoding="ascii") as key:
            secrets["the server's key"] = base64.b64decode("".join(key.read().split("\n")[1:-2]))[-32:]
        self.assertEqual(len(secrets), len(invites) + 2)
        for name, secret in secrets.items():
            for form in (secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret)[:20],
                         base64.urlsafe_b64encode(secret)[:20]):
                self.assertFalse(form in said, f"{name} was said")
        for invite in invites:
            self.assertFalse(invite.partition("#")[2][:30].encode() in said, "a part of an invite was said")


class UnderSystemd(DriveTest):
    """What systemd tells a service by its environment."""

    def start(self, assignment, *options):
        return self.start_server(*options, wrap=["sh", "-c", f'export {assignment}; exec "$0" "$@"'])

    def assert_says_none(self, server):
        self.assertIsNone(server.invite)
        self.assertNotIn("ndisk://", server.log() + server.output())
        self.assertIn("invite", server.log())

    def test_no_invite_is_printed_into_the_journal(self):
        server = self.start("JOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/1)")
        self.assert_says_none(server)
        client = Client(self.path("client"))
        client.do("login", server.new_invite())
        self.assertNotIn("ndisk://", server.log() + server.output())
        self.assertEqual(client.names(), [])

    def test_nor_where_a_service_prints_to_anything_but_a_terminal(self):
        self.assert_says_none(self.start("SYSTEMD_EXEC_PID=$$"))

    def test_a_shell_that_only_inherited_the_variables_gets_its_invite(self):
        server = self.start("SYSTEMD_EXEC_PID=1 INVOCATION_ID=0123 JOURNAL_STREAM=1:2")
        self.assertTrue(re.match(r"ndisk://", server.invite or ""))


if __name__ == "__main__":
    unittest.main()
