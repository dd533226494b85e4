"""One client at work: random commands in a folder of its own, each of which may be killed, and the ledger of it all."""

import os
import shutil

from contents import FOLDER, Contents, large_size, small_size
from device import path_of
from ledger import Ledger, Violation
from readback import Readback

NAMES = ["a", "b", "a b", "ä", "a\nb", "%s", "-x", "a.", ".a", "A", os.fsdecode(b"\xff\xfe"), "x" * 200]


class Worker:
    def __init__(self, device, name, shares_user, seed):
        self.device = device
        self.chance = device.chance
        self.root = name.encode()       # its folder in the drive
        self.ledger = Ledger()
        self.contents = Contents(f"{seed} {name}")
        self.removed = {}               # path → what was below it when it was removed last
        self.receipts = os.path.join(device.home, "receipts.jsonl")
        self.readback = Readback(device)
        self.count = 0
        self.kinds = [(self.put_tree, 20), (self.put_large, 10), (self.replace, 12), (self.put_pipe, 4),
                      (self.put_with_receipts, 6), (self.move, 12), (self.copy, 5), (self.remove, 10),
                      (self.make_folder, 4), (self.bring_back, 6), (self.get, 8), (self.cancel_uploads, 2)]
        if not shares_user:
            self.kinds.append((self.empty_trash, 2))
        device.do("mkdir", "-p", self.root)
        self.ledger.do({self.root: FOLDER})

    def work(self, count):
        kinds, weights = zip(*self.kinds)
        for kind in self.chance.choices(kinds, weights, k=count):
            kind()

    # Commands. Each makes its sources, says which steps it consists of, and leaves the rest to change().

    def put_tree(self):
        source = self.source()
        parent = self.some_folder()
        name = os.fsencode(os.path.basename(source))
        files = self.fill(source, self.chance.choice([1, 3, 20, 60]))
        steps = [{parent + b"/" + name + path: value} for path, value in files.items()]
        self.change(steps, "put", "-r", source, "-t", parent, again=True)
        shutil.rmtree(source)

    def put_large(self):
        path = self.fresh()
        source = self.source()
        file = self.contents.write(self.chance, source, large_size(self.chance))
        self.change([{path: file}], "put", source, "--name", path, again=True)
        os.unlink(source)

    def replace(self):
        if not (path := self.some_file()):
            return self.put_large()
        source = self.source()
        size = large_size(self.chance) if self.chance.random() < 0.2 else small_size(self.chance)
        file = self.contents.write(self.chance, source, size)
        self.change([{path: file}], "put", source, "--name", path, again=True)
        return os.unlink(source)

    def put_pipe(self):
        """Its mtime is the moment at which it was put: what it became is found out by looking."""
        source = self.source()
        file = self.contents.write(self.chance, source, self.chance.choice([small_size, large_size])(self.chance))
        with open(source, "rb") as pipe:
            content = pipe.read()
        os.unlink(source)
        self.piped(self.fresh(), file, content)

    def put_with_receipts(self):
        source = self.source()
        files = self.fill(source, self.chance.choice([1, 10]))
        kept = self.root + b"/kept"  # never replaced or removed: every receipt can be proved at the end
        steps = [{kept: FOLDER}]
        steps += [{kept + b"/" + os.fsencode(os.path.basename(source)) + path: value} for path, value in files.items()]
        self.change(steps, "put", "-r", source, "-t", kept, "--receipt", self.receipts, again=True)
        shutil.rmtree(source)

    def move(self):
        if not (path := self.some_node()):
            return
        target = self.fresh(outside=path)
        if self.ledger.state[path] != FOLDER and self.chance.random() < 0.2:
            target = self.chance.choice([*self.loose(self.ledger.files()), target])
        if target != path:
            gone = {old: None for old in [path, *self.ledger.below(path)]}
            self.change([{**gone, **self.moved(path, target)}], "mv", "-T", path, target)

    def copy(self):
        if path := self.some_node():
            target = self.fresh(outside=path)
            self.change([self.moved(path, target)], "cp", "-r", "-T", path, target)

    def remove(self):
        if path := self.some_node():
            self.removed[path] = self.moved(path, path)
            self.change([{old: None for old in self.removed[path]}], "rm", "-r", path)
            if path in self.ledger.state:
                del self.removed[path]

    def bring_back(self):
        gone = [path for path in self.removed
                if path not in self.ledger.state and self.ledger.state.get(os.path.dirname(path)) == FOLDER]
        if gone:
            path = self.chance.choice(gone)
            self.change([self.removed[path]], "restore", path)
            if path in self.ledger.state:
                del self.removed[path]

    def make_folder(self):
        path = self.fresh()
        self.change([{path: FOLDER}], "mkdir", path)

    def empty_trash(self):
        self.removed = {}
        self.change([], "trash", "empty")

    def uploads(self):
        """Ids of those that nobody goes on with."""
        listed = self.device.do("uploads").objects
        own = [item for item in listed if item["type"] == "upload" and path_of(item).startswith(self.root + b"/")]
        return [item["id"] for item in own]

    def cancel_uploads(self):
        for upload in self.uploads():
            self.change([], "uploads", "--cancel", upload)

    def get(self):
        if path := self.some_node():
            self.readback.get(path, {each: self.ledger.state[each] for each in self.moved(path, path)})

    # How a command is run, and what becomes of the ledger.

    def change(self, steps, *arguments, again=False):
        """Runs a command that consists of these steps; if it is cut short, looks what it did, and does it `again` now
        and then until it is done."""
        ended = self.device.run(*arguments, kill=self.chance.random() < 0.3)
        if ended.code == 0:
            return self.note_done(steps)
        self.settle(steps, ended.acknowledged())
        if again and self.chance.random() < 0.7:
            self.device.do(*arguments)
            self.note_done(steps)
        return None

    def note_done(self, steps):
        self.device.figures.steps += len(steps)
        for step in steps:
            self.ledger.do(step)

    def settle(self, steps, acknowledged=frozenset()):
        self.device.await_silence()
        self.device.figures.steps += sum(1 for step in steps if acknowledged & step.keys())
        self.device.figures.settled += self.ledger.settle(self.look(), steps, acknowledged)

    def look(self):
        return {self.root: FOLDER, **self.device.look(self.root)}

    def piped(self, path, file, content):
        kill = self.chance.random() < 0.3
        ended = self.device.run("put", "-", "--name", path, stdin=content, kill=kill)
        if ended.code != 0:
            self.device.await_silence()
        found = self.look().get(path)
        if found is None and ended.code != 0 and path not in ended.acknowledged():
            return
        if found is None or (found.size, found.sha256) != (file.size, file.sha256):
            raise Violation(f"{path!r} was put from a pipe: expected {file}, found {found}")
        self.note_done([{path: found}])

    def check(self):
        """Everything that it has in the drive, by name and by content."""
        self.ledger.check(self.look(), f"what the drive lists of {self.root!r}")
        self.readback.get(self.root, self.ledger.state, kill=False)
        self.readback.prove(self.receipts)

    # Names and sources.

    def source(self):
        self.count += 1
        path = os.path.join(self.device.home, "sources", f"s{self.count}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def fill(self, folder, count):
        """Makes a folder with so many files and some folders; path below it → value, the folder itself as b""."""
        made = {b"": FOLDER}
        os.mkdir(folder)
        for number in range(count):
            below = self.chance.choice([path for path, value in made.items() if value == FOLDER])
            path = below + b"/" + os.fsencode(f"{self.chance.choice(NAMES)}{number}")
            if self.chance.random() < 0.1 and path.count(b"/") < 6:
                os.mkdir(os.fsencode(folder) + path)
                made[path] = FOLDER
            else:
                made[path] = self.contents.write(self.chance, os.fsencode(folder) + path, small_size(self.chance))
        return made

    def loose(self, paths):
        kept = self.root + b"/kept"
        return [path for path in paths if path not in (self.root, kept) and not path.startswith(kept + b"/")]

    def some_file(self):
        files = self.loose(self.ledger.files())
        return self.chance.choice(files) if files else None

    def some_node(self):
        nodes = self.loose(self.ledger.state)
        return self.chance.choice(nodes) if nodes else None

    def some_folder(self, outside=None):
        folders = [path for path in self.loose(self.ledger.folders()) if path.count(b"/") < 8 and path != outside
                   and not (outside and path.startswith(outside + b"/"))]
        return self.chance.choice([self.root, *folders])

    def fresh(self, outside=None):
        """A path where nothing stands or stood, in a folder that is there."""
        self.count += 1
        return self.some_folder(outside) + b"/" + os.fsencode(f"{self.chance.choice(NAMES)}_{self.count}")

    def moved(self, path, target):
        """What stands at `path` and below it, as it would be called at `target`."""
        below = self.ledger.below(path)
        return {target: self.ledger.state[path], **{target + old[len(path):]: value for old, value in below.items()}}
