"""Plays a sequence of operations on a server and on the model, and finds where they differ."""

import itertools
import os

from waiting import wait_until

from .drive import Drive
from .nodes import LINK, Content, walk
from .references import Reference, References, difference
from .requests import Conversation, Surroundings
from .sessions import SESSIONS

USERS = ("owner", "second")
CHANGES = ("put", "upload", "make_folder", "remove", "move", "copy", "restore", "restore_trash", "empty_trash")
READING = ("open", "parts", "chunks", "list", "stat", "verify", "check_receipt", "versions", "trash", "uploads")


class Disagreement(AssertionError):
    """`step` is the operation's number in the sequence; the message has the rest."""

    def __init__(self, step, operation, expected, actual, found):
        super().__init__(f"{found}\n  operation: {operation}\n  the model:  {shown(expected)}\n"
                         f"  the server: {shown(actual)}")
        self.step = step
        self.about = operation["op"] if isinstance(operation, dict) else "several"


def shown(answer):
    """An answer for a person: without kilobytes of content."""
    text = repr(shortened(answer))
    return text if len(text) < 4000 else text[:4000] + "…"


def shortened(value):
    if isinstance(value, dict):
        return {name: shortened(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shortened(each) for each in value]
    if isinstance(value, bytes) and len(value) > 300:
        return value[:40] + b"... %d bytes" % len(value)
    return value


class Contents:
    """The bytes that operations name by (number, size): other ones in each run, so that no run finds another's."""

    def __init__(self):
        self.salt = os.urandom(8).hex()
        self.made = {}

    def __call__(self, name):
        if name not in self.made:
            number, size = name
            block = f"{self.salt} content {number} ".encode()
            self.made[name] = Content((block * (size // len(block) + 1))[:size])
        return self.made[name]


class Player:
    """One sequence on a farm whose drives are empty. The model's drives and the numbers of both are the state."""

    def __init__(self, farm):
        self.farm = farm
        self.contents = Contents()
        self.drives = {user: Drive(user, self.contents) for user in USERS}
        self.references = References(dict(farm.floors))
        self.salt = os.urandom(12)
        self.receipts = {}
        self.receipt_paths = {user: {} for user in USERS}
        self.step = None
        self.learn_where_numbers_start()

    def request_id(self, number):
        return self.salt + number.to_bytes(4, "big")

    def learn_where_numbers_start(self):
        for number, user in enumerate(USERS):
            session = self.session_of(user)
            stream = session.wire.stream()
            session.wire.send("CheckReceipt", stream, sequence=0)
            self.receipts[user] = session.wire.receive("ReceiptState")["last"]
            stream = session.wire.stream()
            session.wire.send("CheckReceipt", stream, sequence=self.receipts[user])
            state = session.wire.receive("ReceiptState")
            self.references.floors[("change", user)] = state["change"] - 1
            self.references.meet(Reference(("change", user), 0, 0), state["change"])
            text = state["sha256"] if self.receipts[user] else bytes(32)
            self.references.meet(Reference(("receipt", user), 0, None), text)

    def session_of(self, user):
        return self.farm.sessions[[owner for owner, _ in SESSIONS].index(user)]

    # ---- a step

    def play(self, steps):
        for step in steps:
            self.perform(step)
        self.step = "the end"
        self.compare()
        self.farm.floors = self.references.tops()

    def perform(self, step):
        if "restart" in step:
            self.step = "restart"
            self.farm.restart()
        elif operations := [each for each in step.get("do", ()) if self.can_be_named(each)]:
            self.step = operations[0]["id"]
            self.learn_trash(operations)
            if "meanwhile" in step:
                self.upload_around(operations[0], [each for each in step["meanwhile"] if self.can_be_named(each)])
            else:
                answers = self.crash(operations, step["crash"]) if "crash" in step else self.ask(operations)
                self.settle(operations, answers)
            if any(each["op"] in ("copy", "restore") for each in operations + step.get("meanwhile", [])):
                self.learn_versions()
        if "compare" in step or "restart" in step or "crash" in step:
            self.compare()

    def crash(self, operations, count):
        """The server is killed after `count` answers, and all is asked again: what was answered is answered alike."""
        talks = [self.talk(operation) for operation in operations]
        first = [talk.wait() for talk in talks[:count]]
        self.farm.restart(crash=True)
        for drive in self.drives.values():
            drive.unsure = set(drive.refused)
        answers = self.ask(operations)
        for operation, before, after in zip(operations, first, answers):
            if operation["op"] in CHANGES and before["name"] != "Error" and before != after:
                raise Disagreement(self.step, operation, before, after, "another answer after the crash than before")
        return answers

    def upload_around(self, upload, meanwhile):
        """Other operations come between the last Data of an upload and its Commit."""
        talk = self.talk(upload, pausing=True)
        talk.wait()
        answers = [self.ask([operation])[0] for operation in meanwhile]
        answer = talk.go_on()

        def follow_others():
            for operation, other in zip(meanwhile, answers):
                self.follow(self.drives[SESSIONS[operation["session"]][0]], self.references, operation, other)

        self.follow(self.drives[SESSIONS[upload["session"]][0]], self.references, upload, answer, follow_others)

    def ask(self, operations):
        """Sends all of them, then waits for all: the server's answers."""
        talks = [self.talk(operation) for operation in operations]
        return [talk.wait() for talk in talks]

    def talk(self, operation, pausing=False):
        user, _ = SESSIONS[operation["session"]]
        surroundings = Surroundings(lambda kind, key: self.references.number((kind, user), key), self.contents,
                                    self.request_id, self.receipts[user], self.receipt_paths[user])
        return Conversation(self.farm.sessions[operation["session"]], operation, surroundings, pausing)

    def settle(self, operations, answers):
        """The model does the same; operations that were under way together in any order that explains the answers."""
        for user in USERS:
            mine = [(operation, answer) for operation, answer in zip(operations, answers)
                    if SESSIONS[operation["session"]][0] == user]
            if len(mine) == 1 or all(operation["op"] in READING for operation, _ in mine):
                for operation, answer in mine:
                    self.follow(self.drives[user], self.references, operation, answer)
            else:
                self.find_order(user, mine)

    def follow(self, drive, references, operation, answer, meanwhile=None):
        expected = drive.apply(operation, answer, meanwhile)
        found = difference(expected, answer, references)
        if found:
            raise Disagreement(self.step, operation, expected, answer, found)

    def find_order(self, user, mine):
        first, found = None, []
        for order in itertools.permutations(mine):
            drive, references = self.drives[user].clone(), self.references.copy()
            try:
                for operation, answer in order:
                    self.follow(drive, references, operation, answer)
            except Disagreement as disagreement:
                first = first or disagreement
                continue
            # The numbers tell all orders apart that make a difference.
            if all(references.numbers != other.numbers for _, other in found):
                found.append((drive, references))
        if len(found) > 1:
            first, found = self.those_that_hold(user, found)
        if not found:
            raise Disagreement(self.step, [operation for operation, _ in mine],
                               f"no order explains this; in one of them: {first}", [answer for _, answer in mine],
                               "together")
        self.drives[user], self.references = found[0]

    def those_that_hold(self, user, found):
        """What stands there tells which it was: a reading may have met the time of a folder from before or after."""
        questions = [self.reading(user, "list", path=b"", recursive=True), self.reading(user, "trash")]
        answers = self.ask(questions)
        first, holding = None, []
        for drive, references in found:
            try:
                for question, answer in zip(questions, answers):
                    self.follow(drive, references, question, answer)
                holding.append((drive, references))
            except Disagreement as disagreement:
                first = first or disagreement
        return first, holding

    # ---- comparing the whole

    def can_be_named(self, operation):
        """Not so a version that came and went without an answer that had its number."""
        user = SESSIONS[operation["session"]][0]
        named = operation.get("version") or operation.get("precondition", {}).get("if_version")
        made = any(version.reference.key == named for version in self.drives[user].versions())
        return not made or self.is_learnt(user, named)

    def is_learnt(self, user, key):
        return self.references.number(("version", user), key) is not None

    def learn_trash(self, operations):
        """The numbers of what they name."""
        for user in {SESSIONS[operation["session"]][0] for operation in operations if "trash" in operation}:
            self.check([self.reading(user, "trash")])

    def learn_versions(self):
        """The numbers of versions whose making was answered without."""
        for user in USERS:
            self.check([self.reading(user, "list", path=b"", recursive=True)])

    def reading(self, user, op, **fields):
        session = [owner for owner, _ in SESSIONS].index(user)
        return {"id": self.step, "op": op, "session": session, "device": SESSIONS[session][1], **fields}

    def check(self, operations):
        self.settle(operations, self.ask(operations))

    def compare(self):
        """Everything that can be asked of either drive, and what the tree shows."""
        for user in USERS:
            drive = self.drives[user]
            files = [(b"/".join(parts), node) for parts, node in walk(drive.root) if not node.is_folder]
            self.check([self.reading(user, "list", path=b"", recursive=True, with_totals=True),
                        self.reading(user, "stat", path=b""), self.reading(user, "trash"),
                        self.reading(user, "uploads"), self.reading(user, "check_receipt", sequence=drive.receipts)])
            self.check([self.reading(user, "versions", path=path) for path, _ in files])
            self.check([self.reading(user, "open", path=b"", version=version.reference.key)
                        for version in drive.versions() if self.is_learnt(user, version.reference.key)])
            if self.farm.has_tree:
                self.compare_tree(user, os.fsencode(self.farm.server.data) + b"/tree/" + user.encode())

    def compare_tree(self, user, folder):
        """DATA/tree follows the commits in a moment of its own."""
        expected = {b"/".join(parts): None if node.is_folder else node.current.content.data
                    for parts, node in walk(self.drives[user].root) if node.kind != LINK}
        wait_until(lambda: tree_at(folder) == expected, f"DATA/tree to show {shown(expected)}; it shows {folder}")


def tree_at(folder):
    """Contents by path, None for a folder; nothing while it is changing."""
    found = {}
    try:
        for below, folders, files in os.walk(folder):
            for name in folders + files:
                path = os.path.join(below, name)
                content = None
                if name in files:
                    with open(path, "rb") as file:
                        content = file.read()
                found[os.path.relpath(path, folder)] = content
    except OSError:
        return None
    return found
