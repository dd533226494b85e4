"""Random sequences of operations from a seed: plain values, that can be printed, cut down and played again.

A sequence is a list of steps: {"do": operations that are sent together}, with "crash": how many of them may be answered
before the server is killed; {"compare": True}; {"restart": True}. What is made of versions and trash is named by the
operation that made it, so that a step less changes nothing in the others. The choices lean towards what has met before:
few names, few contents, few times.
"""

import random

from .drive import Drive
from .history import AFTER_ALL
from .nodes import FILE, FOLDER, LINK, Content, walk
from .player import CHANGES, USERS
from .sessions import SESSIONS

NAMES = (b"a", b"b", b"c", b"A", b"a.txt", b"b.tar.gz", b".hidden", b" ", b"-r", b"two\nlines", b"\xff\xfe", b"*",
         "caf\u00e9".encode(), "cafe\u0301".encode(), "\U0001f40c".encode(), b"n" * 255, b"a (restored)")
SIZES = (0, 20, 20, 21, 100, 5000, 65_536)
LARGE_SIZES = (0, 20, 5000, 70_000, 200_000, 250_000)
TIMES = (1, 2, 10**9, -5)
MODES = (0o644, 0o600, 0o755, 0o444)
BAD_PATHS = (b"/a", b"a/", b"a//b", b"..", b"a/./b", b"a\0", b"n" * 256, b"/".join([b"p" * 200] * 25))

# How often each is chosen when one is done alone.
ALONE = {"put": 20, "upload": 9, "make_folder": 7, "remove": 8, "move": 11, "copy": 9, "restore": 4,
         "restore_trash": 5, "empty_trash": 2, "open": 7, "parts": 2, "chunks": 1, "list": 6, "stat": 4, "versions": 2,
         "trash": 1, "verify": 2, "check_receipt": 2}
# Those of which several may be under way on one user's drive: each is one moment's doing.
TOGETHER = {"put": 10, "make_folder": 4, "remove": 5, "move": 6, "copy": 4, "restore": 2, "open": 3, "stat": 2}


class Sequence:
    def __init__(self, seed, length, interruptions=()):
        """`length`: operations, more or less. `interruptions`: "restart" and "crash", each once."""
        self.random = random.Random(seed)
        self.names = self.random.sample(NAMES, 4)
        self.contents = [(number, self.random.choice(SIZES)) for number in range(5)]
        self.large = [(number, self.random.choice(LARGE_SIZES)) for number in range(3)]
        self.drives = {user: Drive(user, content_of) for user in USERS}
        self.operations = []
        self.steps = []
        length = self.random.randrange(length * 2 // 3, length * 4 // 3)
        while len(self.operations) < length:
            self.add_step()
            if self.chance(0.02):
                self.steps.append({"compare": True})
        for word in interruptions:
            self.interrupt(word)

    def chance(self, probability):
        return self.random.random() < probability

    def interrupt(self, word):
        at = self.random.randrange(len(self.steps) + 1)
        if word == "restart":
            self.steps.insert(at, {"restart": True})
            return
        able = [step for step in self.steps
                if "do" in step and all(operation["op"] in TOGETHER for operation in step["do"])]
        if able:
            step = self.random.choice(able)
            step["crash"] = self.random.randrange(len(step["do"]) + 1)

    # ---- steps

    def add_step(self):
        kind = self.random.random()
        if kind < 0.7:
            return self.alone()
        if kind < 0.78 and (again := self.again()):
            do = [again]
        else:
            do = self.together()
        self.steps.append({"do": do})
        for operation in do:
            self.apply(operation)

    def apply(self, operation, meanwhile=None):
        self.drives[SESSIONS[operation["session"]][0]].apply(operation, meanwhile=meanwhile)

    def alone(self):
        """One operation; others may come in the middle of an upload."""
        operation = self.operation(self.weighted(ALONE), self.random.randrange(len(SESSIONS)))
        step = {"do": [operation]}
        self.steps.append(step)
        stays = operation["op"] == "upload" and operation["content"][1] and not {"cut", "copied"} & set(operation)
        if not stays or self.chance(0.6):
            return self.apply(operation)
        step["meanwhile"] = []

        def others():
            for _ in range(self.random.choice((1, 1, 2))):
                other = self.operation(self.weighted(TOGETHER), self.random.randrange(len(SESSIONS)))
                named = other.get("version") or other.get("precondition", {}).get("if_version", (-1, 1))
                if named[0] >= operation["id"]:
                    continue  # it has no number before all of the step is done
                if "path" in other and self.chance(0.6):
                    other["path"] = operation["path"]
                self.apply(other)
                step["meanwhile"].append(other)

        self.apply(operation, others)

    def together(self):
        """Two or three on one drive, and perhaps one on the other, which is any."""
        mine = [number for number, (user, _) in enumerate(SESSIONS) if user == USERS[0]]
        do = [self.operation(self.weighted(TOGETHER), self.random.choice(mine))
              for _ in range(self.random.choice((2, 2, 3)))]
        if self.chance(0.15) and do[0]["op"] in CHANGES:
            do[1] = self.repeated(do[0])
        if self.chance(0.4):
            do.append(self.operation(self.weighted(ALONE), len(SESSIONS) - 1))
        return do

    def again(self):
        """An earlier change once more, or, seldom, its request id for another."""
        changes = [operation for operation in self.operations if operation["op"] in CHANGES]
        if not changes:
            return None
        earlier = self.random.choice(changes)
        if self.chance(0.85):
            return self.repeated(earlier)
        operation = self.operation(self.weighted(ALONE), earlier["session"])
        operation["request"] = earlier["request"]
        return operation

    def repeated(self, earlier):
        sessions = [number for number, (_, device) in enumerate(SESSIONS) if device == earlier["device"]]
        return self.numbered({**earlier, "session": self.random.choice(sessions)})

    def operation(self, op, session):
        self.drive = self.drives[SESSIONS[session][0]]
        made = {"op": op, "session": session, "device": SESSIONS[session][1], **getattr(self, op)()}
        made["request"] = len(self.operations)
        return self.numbered(made)

    def numbered(self, operation):
        operation["id"] = len(self.operations)
        self.operations.append(operation)
        return operation

    def weighted(self, weights):
        return self.random.choices(list(weights), list(weights.values()))[0]

    # ---- what they are about

    def path(self, likes=None):
        """A path; `likes`: FILE or FOLDER that stands there, mostly, or "new"."""
        nodes = [(b"/".join(parts), node) for parts, node in walk(self.drive.root)]
        if self.chance(0.01):
            return self.random.choice(BAD_PATHS + (b"",))
        if likes != "new" and self.chance(0.75):
            fitting = [path for path, node in nodes if likes is None or node.is_folder == (likes == FOLDER)]
            if fitting:
                return self.random.choice(fitting)
        if self.chance(0.6):
            folders = [path for path, node in nodes if node.is_folder] + [b""]
            folder = self.random.choice(folders)
            return folder + b"/" * bool(folder) + self.random.choice(self.names)
        return b"/".join(self.random.choices(self.names, k=self.random.choice((1, 1, 2, 2, 3, 6))))

    def version(self, path):
        """The name of a version: of this file mostly, of another, or of none."""
        try:
            node = self.drive.find(path)
        except Exception:
            node = None
        if node is not None and not node.is_folder and self.chance(0.75):
            return self.random.choice(node.versions).reference.key
        versions = self.drive.versions()
        if versions and self.chance(0.8):
            return self.random.choice(versions).reference.key
        return (-1, 1)

    def flags(self, **probabilities):
        return {name: True for name, probability in probabilities.items() if self.chance(probability)}

    def precondition(self, path):
        kind = self.random.random()
        if kind < 0.75:
            return {}
        if kind < 0.85:
            return {"precondition": {"must_not_exist": True}}
        return {"precondition": {"if_version": self.version(path)}}

    def put(self):
        path = self.path(FILE if self.chance(0.5) else "new")
        return {"path": path, "content": self.random.choice(self.contents), "mtime": self.random.choice(TIMES),
                "mode": self.random.choice(MODES), "kind": LINK if self.chance(0.15) else FILE,
                **self.precondition(path), **self.flags(receipt=0.15, damaged=0.02)}

    def upload(self):
        waiting = [key for key in self.drive.uploads if self.chance(0.7)]
        path = waiting[0][1] if waiting else self.path(FILE if self.chance(0.4) else "new")
        content = self.random.choice(self.large if self.chance(0.8) else self.contents)
        cut = {"cut": self.random.choice((0, 1, content[1] // 2, content[1]))} if self.chance(0.3) else {}
        fitting = [version.reference.key for version in self.drive.versions() if version.content is content_of(content)]
        base = self.random.choice(fitting) if fitting and self.chance(0.7) else self.version(path)
        copied = {"copied": base, "copied_bytes": self.random.choice((1, 50_000, 10**6))}
        how = cut or (copied if self.chance(0.3) else {})
        return {"path": path, "content": content, "mtime": self.random.choice(TIMES[:2]), "mode": 0o600, **how,
                **self.precondition(path), "sized": self.chance(0.85), "with_digest": self.chance(0.5),
                **self.flags(receipt=0.15, damaged=0.05, start_over=0.05)}

    def make_folder(self):
        attributes = {"mtime_ns": self.random.choice(TIMES), "mode": self.random.choice((0o700, 0o755))}
        return {"path": self.path(FOLDER if self.chance(0.3) else "new"),
                **({"attributes": attributes} if self.chance(0.4) else {}), **self.flags(must_not_exist=0.15)}

    def remove(self):
        return {"path": self.path(), **self.flags(recursive=0.6)}

    def move(self):
        return {"from": self.path(), "to": self.path(FOLDER if self.chance(0.4) else "new"),
                **self.flags(exact=0.3, no_clobber=0.1)}

    def copy(self):
        source = self.path()
        version = {"version": self.version(source)} if self.chance(0.2) else {}
        return {"from": source, "to": self.path(FOLDER if self.chance(0.4) else "new"), **version,
                **self.flags(exact=0.3, no_clobber=0.1, recursive=0.7)}

    def restore(self):
        gone = [item.path for item in self.drive.trash]
        path = self.random.choice(gone) if gone and self.chance(0.4) else self.path(FILE)
        return {"path": path, **({"version": self.version(path)} if self.chance(0.5) else {})}

    def trash_key(self):
        if self.drive.trash and self.chance(0.95):
            return self.random.choice(self.drive.trash).reference.key
        return -1

    def restore_trash(self):
        return {"trash": self.trash_key(), **({"to": self.path("new")} if self.chance(0.3) else {})}

    def empty_trash(self):
        keys = {"trash": [self.trash_key() for _ in range(self.random.choice((1, 2)))]}
        before = {"before": self.random.choice((1, AFTER_ALL))} if self.chance(0.2) else {}
        return {**before, **(keys if self.chance(0.8) else {})}

    def open(self):
        path = self.path(FILE)
        operation = {"path": path}
        if self.chance(0.4):
            operation["version"] = self.version(path)
            if self.chance(0.5):
                operation["path"] = b""
        if self.chance(0.4):
            operation["offset"] = self.random.choice((0, 1, 20, 21, 60_000, 70_001))
            operation["length"] = self.random.choice((None, 0, 1, 100, 200_000))
            if self.chance(0.3):
                operation["if_content"] = self.random.choice(self.contents)
        return operation

    def parts(self):
        path = self.path(FILE)
        begins = sorted(self.random.choices((0, 1, 20, 60_000, 70_001), k=self.random.choice((1, 2, 3))))
        ranges = [{"offset": offset, "length": self.random.choice((1, 19, 10_000, 50_000))} for offset in begins]
        return {"path": path, "ranges": ranges, **({"version": self.version(path)} if self.chance(0.3) else {})}

    def chunks(self):
        path = self.path(FILE)
        return {"path": path, **({"version": self.version(path)} if self.chance(0.3) else {})}

    def list(self):
        operation = {"path": b"" if self.chance(0.4) else self.path(FOLDER),
                     **self.flags(recursive=0.7, with_totals=0.5, folders_only=0.1)}
        if self.chance(0.2):
            operation["max_depth"] = self.random.choice((1, 2, 3))
        if self.chance(0.2):
            operation["after"] = self.path()
        if self.chance(0.4):
            operation["filter"] = self.filter()
        return operation

    def filter(self):
        return self.random.choice((
            {"names": [b"*a*"]}, {"names": [b"?", b"*.txt"]}, {"names": [b"[a-c]*"]}, {"kinds": [FILE]},
            {"kinds": [FOLDER, LINK]}, {"min_size": 21}, {"max_size": 20, "kinds": [FILE, LINK]},
            {"newer_than_ns": 1}, {"older_than_ns": 2}, {"empty": True}, {"empty": True, "kinds": [FOLDER]}))

    def stat(self):
        return {"path": self.path()}

    def versions(self):
        return {"path": self.path(FILE)}

    def trash(self):
        return {}

    def verify(self):
        path = self.path(FILE)
        return {"path": path, "nonce": b"nonce", **({"version": self.version(path)} if self.chance(0.4) else {})}

    def check_receipt(self):
        return {"sequence": self.random.randrange(self.drive.receipts + 2)}


_CONTENTS = {}


def content_of(name):
    """Stand-ins of the right size, for choosing alone."""
    if name not in _CONTENTS:
        _CONTENTS[name] = Content(f"{name}".encode()[:name[1]].ljust(name[1], b"."))
    return _CONTENTS[name]
