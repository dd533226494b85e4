"""A server that lists what it wants: to see what a client makes of it."""

import hashlib
import os
import socket
import threading

from accepting import stop_accepting
from wire import Wire

FILE, FOLDER, LINK = 1, 2, 3
NOT_FOUND = 3


def entry(path, kind=FILE, content=b"planted"):
    """A row of a listing; of a link the content is its target."""
    row = {"path": path, "kind": kind, "attributes": {"mtime_ns": 1, "mode": 0o755}}
    if kind == FOLDER:
        return row
    return {**row, "size": len(content), "version": 1, "sha256": hashlib.sha256(content).digest()}


class HostileServer:
    """Everything but the listing is what a good server would say. Serves on a thread until close()."""

    def __init__(self, path, entries, content=b"planted"):
        """`entries` are the pages: lists of rows. Whatever is opened has this content."""
        self.pages, self.content = entries, content
        self.stands = entry(b"", FOLDER)  # at whatever path it is asked for
        self.ending = {}  # of the listing: the fields of an Error, none: a good one
        self.links = {row["sha256"]: row for page in entries for row in page if row["kind"] == LINK}
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.address = "unix:" + path
        self.targets = {}
        self.accepting = threading.Thread(target=self._serve, daemon=True)
        self.accepting.start()

    def close(self):
        stop_accepting(self.listener, self.accepting)

    def _serve(self):
        while True:
            try:
                connected, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._session, args=(Wire(connected),), daemon=True).start()

    def _session(self, wire):
        try:
            wire.send("ServerHello", 0, version=1, software="hostile", nonce=os.urandom(32), max_streams=1024)
            while True:
                frame = wire.receive()
                answer = getattr(self, "_" + frame.name.lower(), None)
                if answer:
                    answer(wire, frame)
        except (EOFError, OSError):
            wire.close()

    def _locallogin(self, wire, _):
        wire.send("Welcome", 0, user="owner", device_id=bytes(16))

    def _stat(self, wire, frame):
        wire.send("StatInfo", frame.stream, entry={**self.stands, "path": frame["path"]})

    def _list(self, wire, frame):
        for page in self.pages:
            wire.send("ListPage", frame.stream, entries=page)
        wire.send("Error" if self.ending else "End", frame.stream, **self.ending)

    def _open(self, wire, frame):
        content = self.content
        wire.send("SmallFile", frame.stream, content=content, size=len(content), version=1,
                  sha256=hashlib.sha256(content).digest(), attributes={"mtime_ns": 1, "mode": 0o644})
