"""One user's drive in memory: what each request must be answered with, by docs/protocol.md.

An operation is a dict of plain values (see sequences.py). Answers have the fields of the wire, with References for
numbers that the server chooses. Whoever asks has the answer at once: the model has no sessions, no disk and no time.
"""

import copy

from . import history, placing, reading, uploads
from .nodes import (CONFLICT, FILE, INTEGRITY, INVALID, IS_FOLDER, LINK, NOT_FOLDER, NOT_FOUND, File, Folder, Refused,
                    Version, clone, find, split, way_is_blocked)
from .references import Reference

MAX_LINK = 4096

# What stands for one kind of change: a request id is good for one of them.
CHANGES = {"put": "commit", "upload": "commit", "remove": "remove", "make_folder": "make_folder", "move": "move",
           "copy": "copy", "restore": "restore", "restore_trash": "restore_trash", "empty_trash": "empty_trash"}


class Drive:
    def __init__(self, user, contents):
        """`contents` makes the bytes that an operation names."""
        self.user, self.contents = user, contents
        self.root = Folder(None, None)
        self.trash = []      # oldest first
        self.requests = {}   # (device, request): (kind of change, answer)
        self.uploads = {}    # see uploads.py
        self.refused = set()  # of those, the ones whose Commit was refused
        self.unsure = set()   # and that were so when the server crashed
        self.given_up = set()  # digests of what only emptied trash had: the server may hold it for a while
        self.receipts = 0
        self.changes = 0
        self.done = 0        # operations so far
        self.id = None       # of the operation that is being done
        self.made = 0        # versions that it made
        self.device = None

    def clone(self):
        """A copy that goes its own way."""
        other = copy.copy(self)
        other.root = clone(self.root)
        other.trash = [item.clone() for item in self.trash]
        other.requests, other.uploads, other.given_up = dict(self.requests), dict(self.uploads), set(self.given_up)
        other.refused, other.unsure = set(self.refused), set(self.unsure)
        return other

    def apply(self, operation, seen=None, meanwhile=None):
        """The answer. `seen` is what the server said: looked at only where docs/protocol.md leaves it open. `meanwhile`
        is called before the Commit of an upload, and may apply other operations."""
        self.begin(operation)
        try:
            if meanwhile is None:
                return OPERATIONS[operation["op"]](self, operation, seen or {})
            return self.upload_around(operation, seen or {}, meanwhile)
        except Refused as refused:
            return {"name": "Error", "code": refused.code}

    def begin(self, operation):
        self.done += 1
        self.id, self.made, self.device = operation["id"], 0, operation["device"]

    def upload_around(self, operation, seen, meanwhile):
        try:
            answer = uploads.offer(self, operation, seen)
        finally:
            meanwhile()
        self.begin(operation)
        return answer if "end" in answer else uploads.end(self, operation, answer)

    # ---- what the operations are made of

    def once(self, operation, do):
        """A change: its answer is remembered by its request id, and given again."""
        key = (self.device, operation["request"])
        kind = CHANGES[operation["op"]]
        if key in self.requests:
            before, answer = self.requests[key]
            if before != kind:
                raise Refused(INVALID)
            return answer
        answer = do()
        self.requests[key] = (kind, answer)
        return answer

    def find(self, path):
        return find(self.root, split(path))

    def must_find(self, path):
        node = self.find(path)
        if node is None:
            raise Refused(NOT_FOUND)
        return node

    def changed(self):
        self.changes += 1
        return self.change()

    def change(self):
        return Reference(("change", self.user), self.changes, self.changes)

    @staticmethod
    def name_of(device):
        """A device's name is its own choice."""
        return Reference(("device name",), device, None)

    def moment(self):
        """A time that the server's clock gave to a folder of this operation."""
        self.made += 1
        return Reference(("time", self.user), (self.id, self.made), None)

    def make_way(self, parts):
        """The folder at `parts`, made with its parents as needed."""
        folder = self.root
        for part in parts:
            if part not in folder.children:
                folder.children[part] = Folder(self.moment())
            folder = folder.children[part]
        return folder

    def make_version(self, kind, content, mtime, mode):
        self.made += 1
        reference = Reference(("version", self.user), (self.id, self.made), self.done)
        return Version(reference, kind, content, mtime, mode, self.change(), self.device)

    def add_version(self, file, version):
        file.versions.append(version)

    def put_in_trash(self, path, node):
        reference = Reference(("trash", self.user), self.id, self.done)
        self.trash.append(history.TrashItem(reference, path, node, self.device))

    def versions(self):
        """Every version that is kept."""
        nodes = [self.root] + [item.node for item in self.trash]
        return [version for node in nodes for file in history.files_of(node) for version in file.versions]

    def receipt(self):
        self.receipts += 1
        return {"sequence": self.receipts, "user": self.user,
                "previous": Reference(("receipt", self.user), self.receipts - 1, None),
                "text_sha256": Reference(("receipt", self.user), self.receipts, None)}

    # ---- committing a file

    def check_place(self, parts, precondition):
        """As an Offer and a commit find it; the node that is there."""
        if not parts:
            raise Refused(IS_FOLDER)
        if way_is_blocked(self.root, parts):
            raise Refused(NOT_FOLDER)
        node = find(self.root, parts)
        if node is not None and node.is_folder:
            raise Refused(IS_FOLDER)
        if precondition and precondition.get("must_not_exist") and node is not None:
            raise Refused(CONFLICT)
        if precondition and "if_version" in precondition:
            if node is None or node.current.reference.key != tuple(precondition["if_version"]):
                raise Refused(CONFLICT)
        return node

    def commit(self, operation, kind, content, instant):
        """The end of every upload, small or large."""
        parts = split(operation["path"])
        node = self.check_place(parts, operation.get("precondition"))
        mode = 0o777 if kind == LINK else operation["mode"] & 0o777
        same = node is not None and (kind, content.sha256, operation["mtime"], mode) == (
            node.kind, node.current.content.sha256, node.current.mtime, node.current.mode)
        if not same:
            change = self.changed()
            version = self.make_version(kind, content, operation["mtime"], mode)
            if node is None:
                node = self.make_way(parts[:-1]).children[parts[-1]] = File()
            self.add_version(node, version)
        else:
            change = self.change()
        answer = {"name": "Committed", "version": node.current.reference, "size": len(content.data),
                  "sha256": content.sha256, "change": change, "unchanged": int(same), "instant": int(instant)}
        answer["receipt"] = self.receipt() if operation.get("receipt") else None
        return answer

    def put(self, operation, seen):
        content = self.contents(operation["content"])
        kind = operation.get("kind", FILE)
        split(operation["path"])
        damaged = operation.get("damaged", False)
        if kind == LINK and not 1 <= max(len(content.data), damaged) <= MAX_LINK:
            raise Refused(INVALID)
        if damaged:
            raise Refused(INTEGRITY)
        return self.once(operation, lambda: self.commit(operation, kind, content, False))

    # ---- folders and what is in them

    def make_folder(self, operation, seen):
        parts = split(operation["path"])

        def do():
            node = find(self.root, parts)
            if way_is_blocked(self.root, parts):
                raise Refused(NOT_FOLDER)
            if operation.get("must_not_exist") and node is not None:
                raise Refused(CONFLICT)
            if node is not None and not node.is_folder:
                raise Refused(NOT_FOLDER)
            wanted = operation.get("attributes")
            is_new = node is None
            if is_new:
                node = self.make_way(parts)
            differs = parts and wanted and (node.mtime, node.mode) != (wanted["mtime_ns"], wanted["mode"] & 0o777)
            if differs:
                node.mtime, node.mode = wanted["mtime_ns"], wanted["mode"] & 0o777
            return {"name": "Done", "change": self.changed() if is_new or differs else self.change()}

        return self.once(operation, do)

    def remove(self, operation, seen):
        parts = split(operation["path"])

        def do():
            if not parts:
                raise Refused(INVALID)
            node = self.must_find(operation["path"])
            if node.is_folder and not operation.get("recursive"):
                raise Refused(IS_FOLDER)
            del find(self.root, parts[:-1]).children[parts[-1]]
            self.put_in_trash(operation["path"], node)
            return {"name": "Done", "change": self.changed()}

        return self.once(operation, do)


OPERATIONS = {
    "put": Drive.put, "make_folder": Drive.make_folder, "remove": Drive.remove,
    "upload": uploads.upload, "uploads": uploads.list_uploads,
    "move": placing.move, "copy": placing.copy,
    "open": reading.open_file, "parts": reading.parts, "chunks": reading.chunks,
    "list": reading.list_folder, "stat": reading.stat, "verify": reading.verify,
    "check_receipt": reading.check_receipt,
    "versions": history.list_versions, "restore": history.restore, "trash": history.list_trash,
    "restore_trash": history.restore_trash, "empty_trash": history.empty_trash,
}
