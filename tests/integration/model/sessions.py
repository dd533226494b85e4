"""A server for sequences, and the sessions of its users' devices: they live as long as it, through its restarts."""

import glob
import os
import signal
import socket
import subprocess

from client import Client, through
from server import Server
from waiting import DEADLINE
from wire import Wire, local_socket, login_text

# (user, device, how many sessions). The first is on the Unix socket, the others are in plaintext: Python's TLS does not
# give the exporter that a login signs.
DEVICES = (("owner", "local", 1), ("owner", "laptop", 2), ("owner", "phone", 1), ("second", "tablet", 1))
SESSIONS = tuple((user, device) for user, device, count in DEVICES for _ in range(count))


class Device:
    """An enrolled device, which can log in over plaintext."""

    def __init__(self, server, directory, user, name):
        home = os.path.join(directory, name)
        client = Client(home)
        made = server.command("invite", "--user", user)
        assert made.returncode == 0, made.stderr
        client.do("login", through(made.stdout.strip(), server.address))
        with open(glob.glob(os.path.join(home, "config", "ndisk", "*.key"))[0], encoding="ascii") as key:
            seed = bytes.fromhex(key.read().strip())
        self.key_file, self.text_file = os.path.join(home, "key.der"), os.path.join(home, "text")
        with open(self.key_file, "wb") as file:  # RFC 8410: an Ed25519 seed as PKCS #8
            file.write(bytes.fromhex("302e020100300506032b657004220420") + seed)
        self.public_key = openssl("pkey", "-in", self.key_file, "-inform", "DER", "-pubout", "-outform", "DER")[-32:]

    def log_in(self, server):
        connected = socket.create_connection(("127.0.0.1", server.port))
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = Wire(connected)
        self.send_login(wire)
        wire.receive("Welcome")
        return wire

    def send_login(self, wire):
        """Up to the answer, which says whether it may come in."""
        nonce = wire.hello()
        hello = wire.receive("ServerHello")
        with open(self.text_file, "wb") as file:
            file.write(login_text(nonce, hello["nonce"], self.public_key))
        signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.key_file, "-keyform", "DER", "-in",
                            self.text_file)
        wire.send("Login", 0, public_key=self.public_key, signature=signature)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


class Session:
    """One connection, whose frames go to the conversations that they belong to."""

    def __init__(self, wire):
        self.wire = wire
        self.talks = {}

    def open_stream(self, talk):
        stream = self.wire.stream()
        self.talks[stream] = talk
        return stream

    def pass_on(self):
        """One frame, to whom it belongs."""
        frame = self.wire.receive()
        if frame.name == "Progress" or frame.stream == 0:
            assert frame.name != "Error", frame
            return
        self.talks[frame.stream].take(frame)

    def forget(self, talk):
        self.talks = {stream: each for stream, each in self.talks.items() if each is not talk}


class Farm:
    """The server with its users, devices and sessions."""

    def __init__(self, directory, tree):
        self.server = Server(os.path.join(directory, "data"), "--plaintext=loopback", "--keep-versions", "1000",
                             *([] if tree else ["--tree=off"]))
        self.has_tree = tree
        self.floors = {}  # the greatest number of each kind that any sequence saw
        self.sessions = []
        administration = Wire(local_socket(self.server.data))
        administration.log_in()
        administration.send("CreateUser", administration.stream(), name="second")
        administration.receive("Done")
        administration.close()
        self.devices = {name: Device(self.server, directory, user, name)
                        for user, name, _ in DEVICES if name != "local"}
        self.connect()

    def connect(self):
        for session in self.sessions:
            session.wire.close()
        self.sessions = []
        for _, device in SESSIONS:
            if device == "local":
                wire = Wire(local_socket(self.server.data))
                wire.log_in()
            else:
                wire = self.devices[device].log_in(self.server)
            self.sessions.append(Session(wire))

    def restart(self, crash=False):
        if crash:
            self.server.kill()
        else:
            self.server.process.send_signal(signal.SIGTERM)
            for session in self.sessions:
                session.wire.until_end()
                session.wire.close()
            code = self.server.process.wait(DEADLINE)
            assert code == 0, f"ndiskd ended with {code}:\n{self.server.log()}"
        self.server.restart()
        self.connect()

    def recover(self):
        """After a sequence that broke off."""
        if self.server.process.poll() is not None:
            self.server.restart()
        self.connect()

    def empty(self):
        """Both drives: no file, no trash, no upload."""
        for session in (self.sessions[0], self.sessions[-1]):
            wire = session.wire
            names = [entry["path"] for entry in gathered(wire, "List", "entries", path=b"")]
            for name in names:
                wire.send("Remove", wire.stream(), request_id=os.urandom(16), path=name, recursive=True)
            for _ in names:
                wire.receive("Done")
            uploads = gathered(wire, "ListUploads", "uploads")
            for upload in uploads:
                wire.send("CancelUpload", wire.stream(), upload_id=upload["upload_id"])
            for _ in uploads:
                wire.receive("Done", "Error")
            wire.send("EmptyTrash", wire.stream(), request_id=os.urandom(16))
            wire.receive("Done")

    def close(self):
        for session in self.sessions:
            session.wire.close()
        self.server.close()


def gathered(wire, name, field, **fields):
    """The items of an answer in pages."""
    wire.send(name, wire.stream(), **fields)
    items = []
    while (frame := wire.receive()).name != "End":
        assert frame.name != "Error", frame
        items += frame[field]
    return items
