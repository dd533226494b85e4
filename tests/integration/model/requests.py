"""Operations as frames: each function here is one request's conversation, as a generator that is given the frames of
its stream and returns the answer in the model's terms."""

import hashlib
from typing import Callable, NamedTuple

from chunk_cuts import SMALLEST_LOG2

from .nodes import FILE

UNKNOWN = 1 << 40   # no version and no item of the trash gets that far
PIECE = 100_000     # content of a Data frame


class Surroundings(NamedTuple):
    """What a request needs to know."""
    numbers: Callable        # (kind, key): what the server calls a version or an item of the trash, or None
    contents: Callable
    request_id: Callable     # of a number: 16 bytes
    receipts: int            # that the user had before the sequence
    receipt_paths: dict      # by number


class Conversation:
    """One request under way."""

    def __init__(self, session, operation, surroundings, pausing=False):
        """`pausing`: an upload waits before its Commit."""
        self.session, self.operation = session, operation
        self.numbers, self.contents, self.request_id, self.receipts, self.receipt_paths = surroundings
        self.pausing, self.paused = pausing, False
        self.stream = session.open_stream(self)
        self.answer = None
        self.steps = CONVERSATIONS[operation["op"]](self, operation)
        next(self.steps)

    def take(self, frame):
        """A frame of its stream."""
        try:
            self.steps.send(frame)
        except StopIteration as end:
            self.answer = end.value
            self.session.forget(self)

    def wait(self):
        """The answer, or None where it pauses."""
        while self.answer is None and not self.paused:
            self.session.pass_on()
        return self.answer

    def go_on(self):
        if self.paused:
            self.paused = False
            self.take(None)
        return self.wait()

    # ---- for the conversations

    def send(self, name, **fields):
        self.session.wire.send(name, self.stream, **fields)

    def change(self, name, **fields):
        self.send(name, request_id=self.request_id(self.operation["request"]), **fields)

    def version(self, key):
        number = self.numbers("version", tuple(key))
        return UNKNOWN if number is None else number

    def trash(self, key):
        number = self.numbers("trash", key)
        return UNKNOWN if number is None else number

    def chosen(self, *names):
        """Those fields of the operation that are set."""
        return {name: self.operation[name] for name in names if self.operation.get(name) is not None}

    def precondition(self):
        wanted = self.operation.get("precondition")
        if wanted and "if_version" in wanted:
            return {"precondition": {"if_version": self.version(wanted["if_version"])}}
        return {"precondition": wanted} if wanted else {}

    def committed(self, frame):
        answer = answer_of(frame)
        if receipt := answer.get("receipt"):
            # A request id that was good before is answered with the receipt of then.
            path = self.receipt_paths.setdefault(receipt["sequence"], self.operation["path"])
            text = receipt_text(receipt, path, answer)
            assert receipt.pop("signature")  # another each time
            answer["receipt"] = {**receipt, "sequence": receipt["sequence"] - self.receipts,
                                 "text_sha256": hashlib.sha256(text).digest()}
        return answer


def receipt_text(receipt, path, committed):
    """As docs/protocol.md has it, "Receipts"."""
    lines = (("user", receipt["user"]), ("sequence", receipt["sequence"]), ("previous", receipt["previous"].hex()),
             ("path", path.hex()), ("version", committed["version"]), ("size", committed["size"]),
             ("sha256", committed["sha256"].hex()), ("durable_ns", receipt["durable_ns"]),
             ("change", committed["change"]))
    return ("ndisk receipt 1\n" + "".join(f"{name} {value}\n" for name, value in lines)).encode()


def answer_of(frame):
    return {"name": frame.name, **frame.fields}


def put(talk, operation):
    content = talk.contents(operation["content"])
    sent = content.data[:-1] + b"?" if operation.get("damaged") else content.data
    kind = operation.get("kind", FILE)
    talk.change("PutSmall", content=sent, path=operation["path"], sha256=content.sha256, **talk.precondition(),
                attributes={"mtime_ns": operation["mtime"], "mode": operation["mode"]},
                **({} if kind == FILE else {"kind": kind}), **talk.chosen("receipt"))
    return talk.committed((yield))


def upload(talk, operation):
    content = talk.contents(operation["content"])
    offer = {"path": operation["path"], "attributes": {"mtime_ns": operation["mtime"], "mode": operation["mode"]},
             **talk.precondition(), **talk.chosen("receipt")}
    if operation.get("sized", True):
        offer["size"] = len(content.data)
    if operation.get("with_digest"):
        offer["sha256"] = content.sha256
    start_over = operation.get("start_over", False)
    while True:
        talk.change("Offer", **offer, **({"start_over": True} if start_over else {}))
        frame = yield
        if frame.name == "Error":
            return answer_of(frame)
        if frame.name == "Committed":
            return {"name": "Upload", "offset": None, "end": talk.committed(frame)}
        offset = frame["offset"] if frame.name == "Resume" else 0
        if frame.name == "Send" or hashlib.sha256(content.data[:offset]).digest() == frame["sha256"]:
            break
        talk.send("Cancel")
        yield
        talk.stream = talk.session.open_stream(talk)
        start_over = True
    end = len(content.data) if operation.get("cut") is None else min(operation["cut"], len(content.data))
    copied = min(operation.get("copied_bytes", 0), end - offset)
    if copied > 0:
        talk.send("CopyRange", offset=offset, version=talk.version(operation["copied"]), version_offset=offset,
                  length=copied)
    for at in range(offset + max(copied, 0), end, PIECE):
        talk.send("Data", offset=at, content=content.data[at:min(at + PIECE, end)])
    if operation.get("cut") is not None:
        talk.send("Cancel")
        yield
        return {"name": "Upload", "offset": offset, "end": {"name": "Cut"}}
    if talk.pausing:
        talk.paused = True
        if (frame := (yield)) is not None:
            return {"name": "Upload", "offset": offset, "end": answer_of(frame)}
    digest = hashlib.sha256(b"another").digest() if operation.get("damaged") else content.sha256
    talk.send("Commit", size=len(content.data), sha256=digest)
    frame = yield
    return {"name": "Upload", "offset": offset, "end": talk.committed(frame)}


def open_file(talk, operation):
    fields = talk.chosen("path", "offset", "length")
    if operation.get("version") is not None:
        fields["version"] = talk.version(operation["version"])
    if operation.get("if_content") is not None:
        fields["if_sha256"] = talk.contents(operation["if_content"]).sha256
    talk.send("Open", **fields)
    frame = yield
    answer = answer_of(frame)
    content = bytearray(frame.content)
    while frame.name not in ("SmallFile", "Error", "End"):
        frame = yield
        if frame.name == "Data" and frame["offset"] != answer["offset"] + len(content):
            return {"name": "Data", "offset": frame["offset"]}
        content += frame.content
    return {**answer, "content": bytes(content)} if frame.name != "Error" else answer_of(frame)


def open_parts(talk, operation):
    """That no Data is of two parts is seen by what comes where."""
    version = {"version": talk.version(operation["version"])} if operation.get("version") is not None else {}
    talk.send("Open", path=operation["path"], ranges=operation["ranges"], **version)
    frame = yield
    if frame.name == "Error":
        return answer_of(frame)
    answer = {"name": "Parts", "sha256": frame["sha256"], "version": frame["version"], "content": frame.content}
    while frame.name not in ("SmallFile", "Error", "End"):
        frame = yield
        answer["content"] += frame.content
    return answer if frame.name != "Error" else answer_of(frame)


def list_chunks(talk, operation):
    version = {"version": talk.version(operation["version"])} if operation.get("version") is not None else {}
    talk.send("GetChunks", path=operation["path"], average_log2=SMALLEST_LOG2, **version)
    info = yield
    if info.name == "Error":
        return answer_of(info)
    answer = {"name": "Chunks", "sha256": info["sha256"], "version": info["version"], "lengths": []}
    while (frame := (yield)).name == "ChunksPage":
        answer["lengths"] += frame["lengths"]
    return answer if frame.name == "End" else answer_of(frame)


def pages(talk, name, field):
    """The rest of an answer in several frames."""
    items, is_file = [], False
    while True:
        frame = yield
        if frame.name == "Error":
            return answer_of(frame)
        if frame.name == "End":
            return {"name": name, field: items, "is_file": is_file}
        items += frame[field]
        is_file = bool(frame.fields.get("is_file"))


def list_folder(talk, operation):
    talk.send("List", **talk.chosen("path", "recursive", "after", "filter", "with_totals", "max_depth", "folders_only"))
    return (yield from pages(talk, "List", "entries"))


def list_versions(talk, operation):
    talk.send("ListVersions", path=operation["path"])
    return (yield from pages(talk, "Versions", "versions"))


def list_trash(talk, operation):
    talk.send("ListTrash")
    return (yield from pages(talk, "Trash", "entries"))


def list_uploads(talk, operation):
    talk.send("ListUploads")
    answer = yield from pages(talk, "Uploads", "uploads")
    answer["uploads"].sort(key=lambda upload: (upload["path"], upload["size"]))
    return answer


def stat(talk, operation):
    talk.send("Stat", path=operation["path"])
    return answer_of((yield))


def verify(talk, operation):
    version = {"version": talk.version(operation["version"])} if operation.get("version") is not None else {}
    talk.send("Verify", path=operation["path"], nonce=operation["nonce"], **version)
    return answer_of((yield))


def check_receipt(talk, operation):
    talk.send("CheckReceipt", sequence=operation["sequence"] + talk.receipts)
    answer = answer_of((yield))
    if answer["name"] == "ReceiptState":
        answer["last"] -= talk.receipts
    return answer


def remove(talk, operation):
    talk.change("Remove", **talk.chosen("path", "recursive"))
    return answer_of((yield))


def make_folder(talk, operation):
    talk.change("MakeFolder", **talk.chosen("path", "attributes", "must_not_exist"))
    return answer_of((yield))


def move(talk, operation):
    talk.change("Move", **talk.chosen("from", "to", "exact", "no_clobber"))
    return answer_of((yield))


def copy(talk, operation):
    version = {"version": talk.version(operation["version"])} if operation.get("version") is not None else {}
    talk.change("Copy", **talk.chosen("from", "to", "exact", "no_clobber", "recursive"), **version)
    return answer_of((yield))


def restore(talk, operation):
    version = {"version": talk.version(operation["version"])} if operation.get("version") is not None else {}
    talk.change("Restore", path=operation["path"], **version)
    return answer_of((yield))


def restore_trash(talk, operation):
    talk.change("RestoreTrash", id=talk.trash(operation["trash"]), **talk.chosen("to"))
    return answer_of((yield))


def empty_trash(talk, operation):
    ids = {"ids": [talk.trash(key) for key in operation["trash"]]} if operation.get("trash") is not None else {}
    before = {"removed_before_ns": operation["before"]} if operation.get("before") is not None else {}
    talk.change("EmptyTrash", **ids, **before)
    return answer_of((yield))


CONVERSATIONS = {
    "put": put, "upload": upload, "uploads": list_uploads, "open": open_file, "list": list_folder, "stat": stat,
    "parts": open_parts, "chunks": list_chunks,
    "verify": verify, "check_receipt": check_receipt, "versions": list_versions, "trash": list_trash,
    "remove": remove, "make_folder": make_folder, "move": move, "copy": copy, "restore": restore,
    "restore_trash": restore_trash, "empty_trash": empty_trash,
}
