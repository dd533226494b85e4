"""Seeds for the targets that take frames or messages."""

import struct

from protobuf import encode
from wire_messages import MESSAGES

HEADER = struct.Struct(">IBBHI")  # length, type, flags, reserved, stream
WITH_CONTENT = ("PutSmall", "SmallFile")
TEXTS = {"user": "anna", "name": "laptop", "device_name": "laptop", "software": "ndisk 0.1.0", "reason": "stopping",
         "message": "no such file", "link": "ndisk://nas.local:7420/#AQ"}
BYTES = {"path": b"photos/2024/a.jpg", "from": b"photos/a", "to": b"music", "after": b"photos/a", "payload": b"ping",
         "names": b"*.jpg"}
LENGTHS = {"request_id": 16, "upload_id": 16, "device_id": 16, "token": 16, "signature": 64}


def value_of(name, kind):
    """One that the field may well have."""
    if isinstance(kind, dict):
        return message_of(kind)
    if isinstance(kind, list):
        return [value_of(name, kind[0])] * 2
    kind = kind.removeprefix("optional ")
    if kind == "text":
        return TEXTS.get(name, "text")
    if kind == "bytes":
        return BYTES.get(name, bytes(range(LENGTHS.get(name, 32))))
    return 1_700_000_000_000_000_000 if kind == "sfixed64" else {"mode": 0o644, "size": 5}.get(name, 1)


def message_of(schema):
    return {name: value_of(name, kind) for name, (_, kind) in schema.items()}


def payload_of(name, message=None):
    schema = MESSAGES[name][1]
    if schema is None:
        return bytes(8) + b"hello"
    payload = encode(schema, message_of(schema) if message is None else message)
    return struct.pack(">I", len(payload)) + payload + b"hello" if name in WITH_CONTENT else payload


def frame(name, stream, message=None, payload=None):
    payload = payload_of(name, message) if payload is None else payload
    return HEADER.pack(len(payload), MESSAGES[name][0], 0, 0, stream) + payload


def parser_seeds():
    every = b"".join(frame(name, 1) for name in MESSAGES)
    lying = HEADER.pack(0xFFFFFFFF, 0x24, 0, 0, 1)
    return {
        "every-type": b"\0\0" + every,
        "every-type-in-pieces": b"\0\x03\x00\x0b\x05" + every,
        "before-login": b"\1\0" + frame("Hello", 0) + frame("Login", 0),
        "cut": b"\0\1\0" + frame("Offer", 1)[:-3],
        "length-that-lies": b"\0\0" + lying,
        "largest-claim": b"\0\0" + HEADER.pack(256 * 1024 + 64, 0x24, 0, 0, 1) + bytes(300),
        "flags": b"\0\0" + HEADER.pack(0, 0x12, 1, 0, 1),
        "unknown-type": b"\0\0" + HEADER.pack(0, 0x7F, 0, 0, 1),
    }


SEEDS = {"frame_parser": parser_seeds}
