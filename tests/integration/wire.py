"""A client of protocol ndisk/1, written from docs/protocol.md and ndisk.proto alone; nothing of the C++ is used."""

import os
import socket
import struct

from protobuf import decode, encode
from waiting import DEADLINE
from wire_messages import MESSAGES

HEADER = struct.Struct(">IBBHI")  # length, type, flags, reserved, stream

NAMES = {number: name for name, (number, _) in MESSAGES.items()}
WITH_CONTENT = ("PutSmall", "SmallFile")


class Frame:
    """One frame that came: its name, stream, fields (`frame["size"]`) and, where it has some, content."""

    def __init__(self, number, stream, payload):
        self.name, self.stream, self.content = NAMES[number], stream, b""
        if self.name == "Data":
            self.fields, self.content = {"offset": int.from_bytes(payload[:8], "big")}, payload[8:]
            return
        if self.name in WITH_CONTENT:
            size = int.from_bytes(payload[:4], "big")
            payload, self.content = payload[4:4 + size], payload[4 + size:]
        self.fields = decode(MESSAGES[self.name][1], payload)

    def __getitem__(self, field):
        return self.fields[field]

    def __repr__(self):
        return f"{self.name} on stream {self.stream}: {self.fields}"


def local_socket(data_directory):
    """Connected to the Unix socket of the server on this data directory."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(data_directory, os.O_PATH)  # a socket's path may have 107 bytes only
    try:
        connection.connect(f"/proc/self/fd/{folder}/ndisk.sock")
    finally:
        os.close(folder)
    return connection


def login_text(client_nonce, server_nonce, public_key):
    """What a login over plaintext signs: no exporter, no token."""
    parts = (b"", client_nonce, server_nonce, public_key, b"")
    return b"ndisk/1 login\0" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Wire:
    """A connection. One thread."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(DEADLINE / 2)
        self.last_stream = 0
        self.received = bytearray()  # and not yet looked at

    def close(self):
        self.socket.close()

    def hello(self, version_min=1, version_max=1):
        """Says hello; the nonce that it used."""
        nonce = os.urandom(32)
        self.send("Hello", 0, version_min=version_min, version_max=version_max, software="wire.py", nonce=nonce)
        return nonce

    def log_in(self):
        self.hello()
        self.send("LocalLogin", 0)
        return self.receive("ServerHello"), self.receive("Welcome")

    def stream(self):
        self.last_stream += 1
        return self.last_stream

    def send(self, name, stream, /, content=b"", offset=None, **fields):
        number, schema = MESSAGES[name]
        if name == "Data":
            payload = offset.to_bytes(8, "big") + content
        else:
            if offset is not None:
                fields["offset"] = offset
            payload = encode(schema, fields)
            if name in WITH_CONTENT:
                payload = len(payload).to_bytes(4, "big") + payload + content
        self.send_raw(len(payload), number, stream, payload)

    def send_raw(self, length, number, stream, payload=b"", flags=0, reserved=0):
        self.socket.sendall(HEADER.pack(length, number, flags, reserved, stream) + payload)

    def receive(self, *expected):
        """The next frame; it has to have one of these names, if any are given. Progress is passed over else."""
        while True:
            length, number, flags, reserved, stream = HEADER.unpack(self._exactly(HEADER.size))
            assert (flags, reserved) == (0, 0)
            frame = Frame(number, stream, self._exactly(length))
            if frame.name != "Progress" or "Progress" in expected:
                break
        assert not expected or frame.name in expected, f"expected {expected}, got {frame}"
        return frame

    def until_end(self):
        """Every frame up to the end of the connection."""
        frames = []
        while True:
            try:
                frames.append(self.receive())
            except (EOFError, ConnectionResetError, BrokenPipeError):
                return frames

    def _exactly(self, count):
        while len(self.received) < count:
            piece = self.socket.recv(max(count - len(self.received), 1 << 16))
            if not piece:
                raise EOFError("the server closed the connection")
            self.received += piece
        data = bytes(self.received[:count])
        del self.received[:count]
        return data
