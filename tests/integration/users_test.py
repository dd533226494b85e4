"""The base of the tests of several users."""

import os

from harness import DriveTest
from model.sessions import Device
from wire_test import WireTest, sha256


class UsersTest(WireTest):
    """Two users with a device each; `self.wire` is the administrator, on the Unix socket."""

    def setUp(self):
        DriveTest.setUp(self)
        self.server = self.start_server("--plaintext=loopback")
        self.wire = self.connect()
        self.hello, self.welcome = self.wire.log_in()
        for name in ("anna", "ben"):
            self.ask("CreateUser", "Done", name=name)
        self.annas = Device(self.server, self.directory, "anna", "annas")
        self.bens = Device(self.server, self.directory, "ben", "bens")
        self.anna, self.ben = self.session(self.annas), self.session(self.bens)

    def session(self, device):
        wire = device.log_in(self.server)
        self.addCleanup(wire.close)
        return wire

    def put_as(self, wire, path, content, **more):
        """A small file; Committed or Error."""
        return self.ask("PutSmall", "Committed", "Error", wire=wire, request_id=os.urandom(16), path=path,
                        content=content, sha256=sha256(content), attributes={"mtime_ns": 1, "mode": 0o644}, **more)

    def offer_as(self, wire, path, size, **more):
        stream = wire.stream()
        wire.send("Offer", stream, request_id=os.urandom(16), path=path, size=size,
                  attributes={"mtime_ns": 1, "mode": 0o644}, **more)
        return stream

    def devices(self, user):
        """Those that log in from elsewhere."""
        return [device for device in self.rows("ListDevices", "DevicesPage", "devices", user=user)
                if not device["local"]]

    def user(self, name):
        return next(user for user in self.rows("ListUsers", "UsersPage", "users") if user["name"] == name)

    def revoke(self, user):
        """The user's one device."""
        (device,) = self.devices(user)
        self.ask("RevokeDevice", "Done", device_id=device["device_id"])
