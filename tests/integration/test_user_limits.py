"""What a user may have at once: sessions over the network, and invites that nobody has used."""

import unittest

from model.sessions import Device
from users_test import UsersTest
from waiting import wait_until
from wire_test import BUSY, INVALID, NO_SPACE

SESSIONS_OF_USER, SESSIONS_OF_DEVICE = 64, 32
OPEN_INVITES_OF_USER = 64


class ManySessions(UsersTest):
    def refused_session(self, device):
        """The message: it has logged in, and then there is no room for it."""
        error = self.session(device).receive("Error")
        self.assertEqual((error["code"], error.stream), (BUSY, 0), error)
        return error["message"]

    def enter_when_there_is_room(self, device):
        def entered():
            wire = self.session(device)
            try:
                wire.send("Ping", 0)
                return wire.receive("Pong", "Error").name == "Pong"
            except (EOFError, ConnectionError):  # it was refused, and closed before the ping
                return False

        wait_until(entered, "a session to end")

    def test_a_device_and_a_user_have_so_many_over_the_network_and_other_users_theirs(self):
        others = [Device(self.server, self.directory, "anna", name) for name in ("phone", "tablet")]
        for _ in range(SESSIONS_OF_DEVICE - 1):
            self.session(self.annas)
        self.assertIn("this device has 32", self.refused_session(self.annas))
        phone = [self.session(others[0]) for _ in range(SESSIONS_OF_USER - SESSIONS_OF_DEVICE)]
        self.assertIn("this user has 64", self.refused_session(others[1]))
        self.assertEqual(self.rows("List", "ListPage", "entries", wire=self.session(self.bens), path=b""), [])
        phone[0].close()
        self.enter_when_there_is_room(others[1])


class OpenInvites(UsersTest):
    def test_a_user_has_so_many_that_nobody_used_and_other_users_theirs(self):
        for _ in range(OPEN_INVITES_OF_USER):
            self.ask("CreateInvite", "Invite", user="anna", lifetime_seconds=3600)
        message = self.refused("CreateInvite", NO_SPACE, user="anna")
        self.assertIn("wait until the first expires, in 60 minutes", message)
        beyond = self.server.command("invite", "--user", "anna", "--expires", "30d")
        self.assertEqual((beyond.returncode, beyond.stdout), (9, ""), beyond.stderr)
        self.assertEqual(self.server.command("invite", "--user", "ben", "--expires", "1m").returncode, 0)

    def test_one_is_good_for_a_minute_at_least_and_30_days_at_most(self):
        for seconds in (0, 59, 30 * 24 * 3600 + 1, 2**64 - 1):
            self.refused("CreateInvite", INVALID, lifetime_seconds=seconds)
        for seconds in (60, 30 * 24 * 3600):
            self.ask("CreateInvite", "Invite", lifetime_seconds=seconds)


if __name__ == "__main__":
    unittest.main()
