"""One enrolled device whose commands are run, killed and looked at. Used by one thread at a time."""

import base64
import json
import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field

from arena import await_end, end
from client import Client, through
from contents import FOLDER, File
from ledger import Violation
from waiting import wait_until

PATIENCE = 60   # seconds that a command tries to reach its server again
DEADLINE = 150  # of any command: none may hang


@dataclass
class Ended:
    """How a command ended. `killed`: by us, or by its own hand after our Ctrl-C."""
    code: int
    objects: list
    errors: str
    killed: bool = False
    server_died: bool = False

    def acknowledged(self):
        """Paths that were reported as done."""
        return {path_of(item) for item in self.objects if item.get("type") not in ("error", "summary", "skipped")
                and "path" in item}


@dataclass
class Figures:
    """What was done so far; added up by several threads, each with figures of its own."""
    commands: dict = field(default_factory=dict)
    killed: int = 0
    interrupted: int = 0
    network: int = 0      # ended with 10
    steps: int = 0        # changes that were acknowledged
    settled: int = 0      # changes of commands that were cut short, and looked at
    read_back: int = 0    # files
    bytes_read_back: int = 0
    receipts: int = 0


def path_of(item, name="path"):
    encoded = item.get(name + "_base64")
    return base64.b64decode(encoded) if encoded else item[name].encode()


class Device:
    def __init__(self, arena, home, user, seed):
        self.arena = arena
        self.user = user
        self.figures = Figures()
        self.home = home
        self.chance = random.Random(seed)
        self.client = Client(home)
        self.client.environment["NDISK_RETRY_SECONDS"] = str(PATIENCE)
        self.seconds = {}  # how long each command takes, about
        invite = arena.command("invite", "--user", user)[0]["link"]
        self.id = self.run("login", through(invite, arena.address)).objects[0]["device_id"]

    def run(self, *arguments, stdin=b"", kill=False):
        """Runs a command to its end, or kills it (or interrupts it) at a random moment. Violation if it hangs, or ends
        in a way for which there is no reason."""
        self.figures.commands[arguments[0]] = self.figures.commands.get(arguments[0], 0) + 1
        kills, was_up = self.arena.kills, self.arena.is_up()
        begin = time.monotonic()
        process = self.client.start("--json", *arguments, stdin=-1)
        number = self._kill_later(process, arguments[0]) if kill else None
        output, errors = await_end_with(process, stdin, f"ndisk {arguments[0]}")
        if not kill and self.arena.kills == kills:
            usual = self.seconds.get(arguments[0], 0.05)
            self.seconds[arguments[0]] = 0.8 * usual + 0.2 * (time.monotonic() - begin)
        ended = Ended(process.returncode, objects_in(output), errors.decode("utf-8", "replace"),
                      server_died=not was_up or self.arena.kills != kills)
        ended.killed = number is not None and ended.code in (-number, 130)
        self._judge(arguments, ended)
        return ended

    def _kill_later(self, process, command):
        number = self.chance.choice([signal.SIGKILL] * 4 + [signal.SIGINT])
        moment = self.chance.uniform(0, self.seconds.get(command, 0.1))
        timer = threading.Timer(moment, end, (process, number))
        timer.daemon = True
        timer.start()
        return number

    def _judge(self, arguments, ended):
        if ended.killed:
            self.figures.killed += ended.code == -signal.SIGKILL
            self.figures.interrupted += ended.code != -signal.SIGKILL
        elif ended.code == 10 and ended.server_died:
            self.figures.network += 1
        elif ended.code != 0:
            raise Violation(f"ndisk {' '.join(map(os.fsdecode, arguments))} ended with {ended.code}, and its server "
                            f"{'died' if ended.server_died else 'lived'}: {ended.errors}{ended.objects[-5:]}")

    def do(self, *arguments, **options):
        """run() again and again until it worked."""
        def once():
            self.arena.wait_up()
            ended = self.run(*arguments, **options)
            return ended if ended.code == 0 else None
        return wait_until(once, f"ndisk {arguments[0]} to work")

    def await_silence(self):
        """Until the server has noticed that this device has gone: then nothing of it is under way."""
        wait_until(lambda: self.arena.sessions_of(self.id) == 0, f"the session of device {self.id} to end")

    def look(self, folder):
        """Everything below a folder of the drive: path → File or FOLDER."""
        found = {}
        for item in self.do("list", "-r", folder).objects:
            if item["type"] == "file":
                found[path_of(item)] = File(item["size"], item["mtime"], item["sha256"])
            elif item["type"] == "folder":
                found[path_of(item)] = FOLDER
        return found


def await_end_with(process, stdin, what):
    """As await_end(), with something on its standard input; a process that does not read it is no error."""
    if stdin:
        feeder = threading.Thread(target=feed, args=(process.stdin, stdin))
        feeder.start()
        process.stdin = None
        output = await_end(process, what, DEADLINE)
        feeder.join()
        return output
    process.stdin.close()
    process.stdin = None
    return await_end(process, what, DEADLINE)


def feed(pipe, content):
    try:
        with pipe:
            pipe.write(content)
    except OSError:
        pass


def objects_in(output):
    """The objects of a --json output; a last line without its end was cut short by the kill."""
    lines = output.split(b"\n")[:-1]
    return [json.loads(line) for line in lines]
