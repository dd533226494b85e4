"""A client of protocol ndisk/1, written from docs/protocol.md and ndisk.proto alone; nothing of the C++ is used."""

import os
import socket
import struct

from protobuf import decode, encode
from waiting import DEADLINE

HEADER = struct.Struct(">IBBHI")  # length, type, flags, reserved, stream

ATTRIBUTES = {"mtime_ns": (1, "sfixed64"), "mode": (2, "varint")}
PRECONDITION = {"must_not_exist": (1, "varint"), "if_version": (2, "varint")}
FILE_INFO = {"size": (1, "varint"), "sha256": (2, "bytes"), "attributes": (3, ATTRIBUTES), "version": (4, "varint"),
             "offset": (5, "varint")}
ENTRY = {"path": (1, "bytes"), "kind": (2, "varint"), "size": (3, "varint"), "attributes": (4, ATTRIBUTES),
         "version": (5, "varint"), "sha256": (6, "bytes")}
UPLOAD = {"upload_id": (1, "bytes"), "path": (2, "bytes"), "size": (3, "varint"), "durable": (4, "varint"),
          "started_ns": (5, "sfixed64"), "touched_ns": (6, "sfixed64"), "device_name": (7, "text"),
          "active": (8, "varint")}

MESSAGES = {  # name: (frame type, fields)
    "Hello": (0x01, {"version_min": (1, "varint"), "version_max": (2, "varint"), "software": (3, "text"),
                     "nonce": (4, "bytes")}),
    "ServerHello": (0x02, {"version": (1, "varint"), "software": (2, "text"), "nonce": (3, "bytes"),
                           "time_ns": (4, "sfixed64"), "max_streams": (5, "varint")}),
    "Login": (0x03, {"public_key": (1, "bytes"), "signature": (2, "bytes")}),
    "LocalLogin": (0x04, {}),
    "Enrol": (0x05, {"token": (1, "bytes"), "public_key": (2, "bytes"), "signature": (3, "bytes"),
                     "device_name": (4, "text")}),
    "Welcome": (0x06, {"user": (1, "text"), "device_id": (2, "bytes")}),
    "Error": (0x10, {"code": (1, "varint"), "message": (2, "text"), "retryable": (3, "varint")}),
    "Cancel": (0x11, {}),
    "Ping": (0x12, {"payload": (1, "bytes")}),
    "Pong": (0x13, {"payload": (1, "bytes"), "time_ns": (2, "sfixed64")}),
    "Progress": (0x14, {"received": (1, "varint"), "durable": (2, "varint")}),
    "GoAway": (0x15, {"reason": (1, "text")}),
    "End": (0x16, {}),
    "PutSmall": (0x20, {"request_id": (1, "bytes"), "path": (2, "bytes"), "attributes": (3, ATTRIBUTES),
                        "sha256": (4, "bytes"), "precondition": (5, PRECONDITION)}),
    "Offer": (0x21, {"request_id": (1, "bytes"), "path": (2, "bytes"), "attributes": (3, ATTRIBUTES),
                     "size": (4, "varint"), "sha256": (5, "bytes"), "precondition": (6, PRECONDITION),
                     "start_over": (7, "varint")}),
    "Resume": (0x22, {"upload_id": (1, "bytes"), "offset": (2, "varint"), "sha256": (3, "bytes")}),
    "Send": (0x23, {"upload_id": (1, "bytes"), "same_size_held": (2, "varint")}),
    "Data": (0x24, None),
    "Commit": (0x25, {"sha256": (1, "bytes"), "size": (2, "varint")}),
    "Committed": (0x26, {"version": (1, "varint"), "size": (2, "varint"), "sha256": (3, "bytes"),
                         "change": (4, "varint"), "unchanged": (5, "varint"), "instant": (6, "varint")}),
    "Open": (0x30, {"path": (1, "bytes"), "version": (2, "varint"), "offset": (3, "varint"), "length": (4, "varint"),
                    "if_sha256": (5, "bytes")}),
    "FileInfo": (0x31, FILE_INFO),
    "SmallFile": (0x32, FILE_INFO),
    "List": (0x40, {"path": (1, "bytes"), "recursive": (2, "varint"), "after": (3, "bytes")}),
    "ListPage": (0x41, {"entries": (1, [ENTRY]), "is_file": (2, "varint")}),
    "Remove": (0x50, {"request_id": (1, "bytes"), "path": (2, "bytes"), "recursive": (3, "varint")}),
    "MakeFolder": (0x51, {"request_id": (1, "bytes"), "path": (2, "bytes")}),
    "Done": (0x52, {"change": (1, "varint")}),
    "ListUploads": (0x53, {}),
    "UploadsPage": (0x54, {"uploads": (1, [UPLOAD])}),
    "CancelUpload": (0x55, {"upload_id": (1, "bytes")}),
}
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

    def send(self, name, stream, content=b"", offset=None, **fields):
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
        data = bytearray()
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError("the server closed the connection")
            data += piece
        return bytes(data)
