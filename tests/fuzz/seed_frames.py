"""Seeds for the targets that take frames or messages."""

import hashlib
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


def message_seeds():
    seeds = {name: bytes([number]) + payload_of(name) for name, (number, _) in MESSAGES.items()}
    seeds["error-code"] = bytes([0x10]) + encode(MESSAGES["Error"][1], {"code": 7, "message": "x" * 300})
    seeds["empty-small"] = bytes([0x20, 0, 0, 0, 0])
    return seeds


# What clients ask for; of each seed the first byte says who asks (tests/fuzz/conversation.cpp).
REQUESTS = ("PutSmall", "Open", "List", "Remove", "MakeFolder", "ListUploads", "CancelUpload", "Ping", "CreateInvite",
            "GetStatus", "Verify", "CheckReceipt", "Stat", "Move", "Copy", "ListVersions", "ListTrash", "Restore",
            "RestoreTrash", "EmptyTrash", "CreateUser", "RemoveUser", "SetQuota", "ListUsers", "ListDevices",
            "RevokeDevice", "GetChunks", "Check", "CollectNow")
OWNER, OWNER_RAW, STRANGER, GOES_AWAY, NOT_LOGGED_IN = b"\0", b"\1", b"\2", b"\x08\x10", b"\x10"
DEVICE = b"\xc0\xff"  # a plain user, until the session has worked on all of it
LINGERS = b"\x40\xff"  # as the owner, until the session has worked on all of it
LINGERS_WITH_BASE = b"\x60\xff"  # and version 1, a file "base" with this content, is there (tests/fuzz/drive.cpp)
BASE = bytes(100_000)


def scripted(*frames):
    """Frames as scripted_frames.cpp makes them whole."""
    out = b""
    for name, stream, payload in frames:
        out += bytes([MESSAGES[name][0], stream]) + struct.pack(">H", len(payload)) + payload
    return out


def one(name, stream, **message):
    return name, stream, payload_of(name, message or None)


def session_seeds():
    seeds = {name: OWNER + scripted(one(name, 1)) for name in REQUESTS}
    upload = [one("Offer", 1, request_id=bytes(16), path=b"big", attributes={"mode": 0o644}, size=10),
              ("Data", 1, bytes(8) + b"hello"), ("Data", 1, bytes(7) + b"\5" + b"world"),
              one("Commit", 1, sha256=hashlib.sha256(b"helloworld").digest(), size=10)]
    seeds["upload"] = OWNER + scripted(*upload)
    copies = [one("Offer", 1, request_id=bytes(16), path=b"big", attributes={"mode": 0o644}),
              one("CopyRange", 1, version=21, version_offset=5, length=50_000),
              ("Data", 1, struct.pack(">Q", 50_000) + b"hello"),
              one("CopyRange", 1, offset=50_005, version=21, length=100_000),
              one("Commit", 1, sha256=bytes(32), size=150_005)]
    for name, more in (("", b""), ("-odd", b"\0")):  # by its length the session's file is there or not
        seeds["upload-copies" + name] = LINGERS + scripted(*copies) + more
        seeds["upload-copies-cancelled" + name] = LINGERS + scripted(*copies[:2], ("Cancel", 1, b"")) + more
        parts = [{"offset": 10, "length": 5}, {"offset": 70_000, "length": 30_000}]
        seeds["parts" + name] = LINGERS + scripted(one("Open", 1, path=b"a", ranges=parts)) + more
        seeds["chunks" + name] = LINGERS + scripted(one("GetChunks", 1, path=b"a", average_log2=14)) + more
    seeds["device-everything"] = DEVICE + scripted(*[one(name, stream) for stream, name in enumerate(REQUESTS, 1)])
    seeds["device-upload"] = DEVICE + scripted(*upload)
    seeds["upload-cancelled"] = OWNER + scripted(*upload[:2], ("Cancel", 1, b""), *upload[2:])
    beside = [(name, stream, body) for name, _, body in upload for stream in (1, 2)]
    seeds["uploads-beside"] = OWNER + scripted(*beside)
    seeds["everything"] = OWNER + scripted(*[one(name, stream) for stream, name in enumerate(REQUESTS, 1)])
    seeds["everything-raw"] = OWNER_RAW + b"".join(frame(name, stream) for stream, name in enumerate(REQUESTS, 1))
    seeds["going-away"] = GOES_AWAY + scripted(*upload, one("List", 2), one("Ping", 0))
    seeds["stranger"] = STRANGER + scripted(one("Hello", 0), one("Login", 0))
    seeds["stranger-enrols"] = STRANGER + scripted(one("Hello", 0), one("Enrol", 0))
    seeds["local-login"] = NOT_LOGGED_IN + scripted(one("Hello", 0), ("LocalLogin", 0, b""), one("List", 1))
    return seeds


def drive_seeds():
    """Requests that a real drive takes."""
    def put(stream, number, path, content, **more):
        header = encode(MESSAGES["PutSmall"][1], {"request_id": bytes([number]) * 16, "path": path,
                                                  "attributes": {"mtime_ns": 1, "mode": 0o644},
                                                  "sha256": hashlib.sha256(content).digest(), **more})
        return "PutSmall", stream, struct.pack(">I", len(header)) + header + content

    def change(name, stream, **fields):
        return one(name, stream, request_id=bytes([100 + stream]) * 16, **fields)

    made = BASE[:40_000] + b"hello" + BASE[10:]
    copies = [one("Offer", 1, request_id=bytes(16), path=b"big", attributes={"mode": 0o644}, size=len(made)),
              one("CopyRange", 1, version=1, length=40_000), ("Data", 1, struct.pack(">Q", 40_000) + b"hello"),
              one("CopyRange", 1, offset=40_005, version=1, version_offset=10, length=len(BASE) - 10),
              one("Commit", 1, sha256=hashlib.sha256(made).digest(), size=len(made))]
    parts = [{"offset": 10, "length": 5}, {"offset": 70_000, "length": 30_000}]
    files = [put(1, 1, b"a/b", b"one"), put(2, 2, b"a/b", b"two"), put(3, 3, b"c", b"a/b", kind=3)]
    return session_seeds() | {
        "device-files": DEVICE + scripted(*files, change("Remove", 4, path=b"a", recursive=1),
                                           ("CreateUser", 5, payload_of("CreateUser", {"name": "bob"}))),
        "files": OWNER + scripted(*files),
        "copies": LINGERS_WITH_BASE + scripted(*copies),
        "chunks-and-parts": LINGERS_WITH_BASE + scripted(one("GetChunks", 1, path=b"base", average_log2=14),
                                                     one("Open", 2, path=b"base", ranges=parts)),
        "history": OWNER + scripted(*files, change("Remove", 4, path=b"a", recursive=1), one("ListTrash", 5),
                                    change("RestoreTrash", 6, id=1), change("Restore", 7, path=b"a/b")),
        "moves": OWNER + scripted(*files, change("Move", 4, **{"from": b"a", "to": b"d"}),
                                  change("Copy", 5, **{"from": b"d", "to": b"e", "recursive": 1}),
                                  change("EmptyTrash", 6), one("List", 7, recursive=1, with_totals=1)),
    }


# The order of kAnswers in hostile_answers.cpp.
ANSWERS = ("ListPage", "End", "FileInfo", "Data", "SmallFile", "StatInfo", "Done", "Committed", "Send", "Resume",
           "Verified", "ReceiptState", "VersionsPage", "TrashPage", "UploadsPage", "Error", "Progress", "GoAway",
           "Pong", "Welcome", "ServerHello", "Cancel", "ChunksPage")
LAST = 0x80
# A chunk of zeros as long as can be, of which the large file of answers.cpp has 17 and a half.
ZEROS, HASH_OF_ZEROS = 65536, 0x33B202D302B65CAA


def group(*frames):
    """What answers one stream."""
    out = b""
    for number, (name, payload) in enumerate(frames, 1):
        out += bytes([ANSWERS.index(name) | (LAST if number == len(frames) else 0)])
        out += struct.pack(">H", len(payload)) + payload
    return out


def answers_seeds():
    def said(name, **message):
        return name, payload_of(name, message or None)

    folder = {"path": b"x", "kind": 2}
    entries = [{"path": b"a", "kind": 1, "size": 5, "version": 1, "sha256": hashlib.sha256(b"hello").digest()},
               {"path": b"d", "kind": 2}, {"path": b"d/l", "kind": 3, "size": 10, "version": 2, "sha256": bytes(32)}]
    end = said("End")
    listing = group(said("ListPage", entries=entries), end)
    look = group(said("StatInfo", entry=folder))
    planted = [{"path": b"l", "kind": 3, "size": 10, "version": 2},
               {"path": b"l/f", "kind": 1, "size": 1, "version": 3}]
    info = {"size": 5, "sha256": hashlib.sha256(b"hello").digest(), "version": 1}
    small = encode(MESSAGES["SmallFile"][1], info)
    content = group(("SmallFile", struct.pack(">I", len(small)) + small + b"hello"))
    link = encode(MESSAGES["SmallFile"][1], {"size": 10, "version": 2, "kind": 3,
                                             "sha256": hashlib.sha256(b"../outside").digest()})
    outside = group(("SmallFile", struct.pack(">I", len(link)) + link + b"../outside"))
    large = group(said("FileInfo", **info), ("Data", bytes(8) + b"hello"), said("End"))
    seeds = {f"get-tree-{number}": bytes([number, 0]) + look + listing + content + outside for number in (0, 14)}
    planted = group(said("ListPage", entries=planted), end)
    seeds["get-planted"] = bytes([0, 0]) + look + planted + outside + content
    seeds["get"] = bytes([1, 0]) + group(said("StatInfo", entry=dict(folder, kind=1))) + content
    seeds["get-large"] = bytes([1, 0]) + group(said("StatInfo", entry=dict(folder, kind=1))) + large
    for number in range(2, 10):
        pages = [said(name) for name in ("ListPage", "VersionsPage", "TrashPage", "UploadsPage")][(number - 6) % 4]
        seeds[f"command-{number}"] = bytes([number, 1]) + look + group(pages, said("End")) + listing + content
    seeds["put"] = bytes([10, 0]) + group(said("Committed")) + group(said("Send"), said("Committed"))
    seeds["verify"] = bytes([11, 1]) + look + group(said("Verified"))
    seeds["remove"] = bytes([12, 0]) + group(said("Done")) + group(said("Error"))
    seeds["restore"] = bytes([13, 0]) + group(said("TrashPage"), said("End")) + group(said("Done"))
    seeds |= delta_seeds(said)
    seeds["ping"] = bytes([15, 0]) + group(said("Pong"))
    return seeds


def delta_seeds(said):
    """An upload over an older version, and a download over an older copy."""
    large = bytes(35 * ZEROS // 2)

    def file(size, digest):
        return said("StatInfo", entry={"path": b"x", "kind": 1, "size": size, "version": 1, "sha256": digest})

    def chunks(size, digest, *pieces):
        page = {"hashes": [found for _, found in pieces], "lengths": [length for length, _ in pieces]}
        return group(said("FileInfo", size=size, sha256=digest, version=1), said("ChunksPage", **page), said("End"))

    zeros = (ZEROS, HASH_OF_ZEROS)
    old = group(file(18 * ZEROS, bytes(32)))
    there = chunks(18 * ZEROS, bytes(32), *[zeros] * 18)
    send = group(said("Send", upload_id=bytes(16)))
    resume = group(said("Resume", upload_id=bytes(16), offset=ZEROS, sha256=hashlib.sha256(bytes(ZEROS)).digest()))
    committed = group(said("Committed", version=2, size=len(large), sha256=hashlib.sha256(large).digest(), change=1))
    refused = group(said("Error", code=8, message="other bytes"))
    fresh, tail = b"f" * 5000, b"t" * 100
    wanted = bytes(8 * ZEROS) + fresh + bytes(9 * ZEROS) + tail
    digest = hashlib.sha256(wanted).digest()
    info = {"size": len(wanted), "sha256": digest, "version": 1}
    look = group(file(len(wanted), digest))
    pieces = chunks(len(wanted), digest, *[zeros] * 8, (len(fresh), 1), *[zeros] * 9, (len(tail), 2))
    first, last = 8 * ZEROS, len(wanted) - len(tail)
    parts = [("Data", struct.pack(">Q", first) + fresh), ("Data", struct.pack(">Q", last) + tail)]
    opened = group(said("FileInfo", **info, offset=first), *parts, said("End"))
    cut = group(said("FileInfo", **info, offset=first), parts[0], said("Error", code=10, retryable=1))
    whole = group(said("FileInfo", **info), said("Error", code=3))
    odd = chunks(len(wanted), digest, zeros, (3, 1), zeros)
    return {"put-delta": bytes([16, 0]) + old + send + there + committed,
            "put-delta-refused": bytes([16, 0]) + old + send + there + refused + send + committed,
            "put-delta-resumed": bytes([16, 0]) + old + resume + there + committed,
            "put-delta-none": bytes([16, 0]) + old + send + group(said("Error", code=3)) + committed,
            "get-delta": bytes([17, 0]) + look + pieces + opened,
            "get-delta-cut": bytes([17, 0]) + look + pieces + cut + opened,
            "get-delta-none": bytes([17, 0]) + look + group(said("Error", code=3)) + whole,
            "get-delta-of-odd-chunks": bytes([17, 0]) + look + odd + whole}


SEEDS = {"session": session_seeds, "drive": drive_seeds, "answers": answers_seeds,
         "frame_parser": parser_seeds, "message": message_seeds}
