"""A real ndisk with settings of its own: one enrolled device."""

import json
import os
import re
import subprocess
from dataclasses import dataclass

from waiting import DEADLINE

NDISK = os.environ["NDISK"]


@dataclass
class Result:
    code: int
    out: str  # standard output; what ndisk prints is UTF-8 whatever the names are, save with -0
    err: str
    raw: bytes  # standard output as it came

    def lines(self):
        return self.out.splitlines()

    def objects(self):
        """Each line of a --json output."""
        return [json.loads(line) for line in self.out.splitlines()]


class Client:
    def __init__(self, home, server=None, wrap=()):
        """`server` is given as -s to every command; `wrap` is put before the command line."""
        self.home = home
        self.server = server
        self.wrap = list(wrap)
        os.makedirs(home, exist_ok=True)
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("NDISK", "XDG_")) and name not in ("NO_COLOR", "TERM")}
        self.environment = {**kept, "HOME": home, "XDG_CONFIG_HOME": os.path.join(home, "config"),
                            "LC_ALL": "C.UTF-8", "TERM": "xterm"}

    def arguments(self, arguments):
        chosen = ["-s", self.server] if self.server else []
        return self.wrap + [NDISK, *chosen, *arguments]

    def start(self, *arguments, **options):
        """The running process, with pipes; see run() to wait for it."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(self.arguments(arguments), env=self.environment, **options)

    def run(self, *arguments, stdin=b"", cwd=None, timeout=DEADLINE * 2):
        done = subprocess.run(self.arguments(arguments), env=self.environment, input=stdin, cwd=cwd,
                              capture_output=True, timeout=timeout, check=False)
        return result_of(done.returncode, done.stdout, done.stderr)

    def do(self, *arguments, **options):
        """run(), and it has to work."""
        result = self.run(*arguments, **options)
        assert result.code == 0, f"ndisk {arguments} ended with {result.code}:\n{result.err}"
        return result

    def names(self, *arguments):
        """What `list` prints, one name an item."""
        return self.do("list", *arguments).lines()

    def peak_memory_of(self, *arguments):
        """Runs a command that has to work; the most resident memory that it ever had, in bytes."""
        with open(os.path.join(self.home, "errors"), "wb") as errors:
            process = self.start(*arguments, stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        with open(os.path.join(self.home, "errors"), encoding="utf-8", errors="replace") as errors:
            assert process.returncode == 0, errors.read()
        return usage.ru_maxrss * 1024


def result_of(code, out, err):
    return Result(code, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape"), out)


def through(invite, address):
    """The same invite, with another HOST:PORT in it."""
    return re.sub(r"^ndisk://[^/]*/", f"ndisk://{address}/", invite)
