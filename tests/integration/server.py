"""A real ndiskd on a free loopback port, with its own data directory."""

import os
import re
import signal
import subprocess

from waiting import DEADLINE, wait_until

NDISKD = os.environ["NDISKD"]
KEPT_LOG = 8192
# Tests keep their data in folders that are closed to all but who made them: root's server has to stay root there.
STAY_ROOT = ["--run-as", "root"] if os.geteuid() == 0 else []
FINDING = re.compile(r"^.*(ThreadSanitizer: |AddressSanitizer: |: runtime error: )", re.MULTILINE)


class NotStarted(AssertionError):
    pass


class Server:
    """Starts on construction; stop it with terminate() or kill(). One thread."""

    def __init__(self, data, *options, listen=("127.0.0.1:0",), wrap=(), stay_root=True):
        """`wrap` is put before the command line, e.g. to run it in a mount namespace. Not `stay_root`: started as root,
        it chooses who to become."""
        self.data = data
        self.options = list(options)
        self.wrap = list(wrap)
        self.account = STAY_ROOT if stay_root else []
        self.invite = None
        self.log_path = data + ".log"
        self.out_path = data + ".out"
        self.process = None
        self.last_words = ""  # the end of the log, once it is closed
        os.makedirs(os.path.dirname(data), exist_ok=True)
        self.start(listen)

    def start(self, listen):
        arguments = self.wrap + [NDISKD, "--data", self.data, *self.account, *self.options]
        for address in listen:
            arguments += ["--listen", address]
        with open(self.log_path, "ab") as log, open(self.out_path, "wb") as out:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=log)
        wait_until(lambda: len(self._ready_lines()) >= len(listen) or self.process.poll() is not None,
                   "ndiskd to say 'ready'")
        if self.process.poll() is not None:
            raise NotStarted(f"ndiskd ended with {self.process.returncode}:\n{self.log()}")
        self.addresses = self._ready_lines()
        self.port = int(self.addresses[0].rpartition(":")[2])
        invites = re.findall(r"^(ndisk://\S+)$", self.output(), re.MULTILINE)
        self.invite = invites[0] if invites else None

    def restart(self):
        """On the same data, the same port, as soon as it is free: any connection of this machine may have it."""
        address, past = self.addresses[0], len(self.log())

        def starts():
            try:
                self.start([address])
            except NotStarted:
                if "Address already in use" not in self.log()[past:]:
                    raise
                return False
            return True

        wait_until(starts, f"{address} to be free", pause=0.1)

    def _ready_lines(self):
        return re.findall(r"^ready (\S+)\n", self.output(), re.MULTILINE)

    def output(self):
        with open(self.out_path, encoding="utf-8") as out:
            return out.read()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    @property
    def address(self):
        return self.addresses[0]

    @property
    def socket(self):
        return "unix:" + os.path.join(self.data, "ndisk.sock")

    def command(self, *arguments):
        """Runs `ndiskd --data DIR ...` beside this server; CompletedProcess with text."""
        return subprocess.run([NDISKD, "--data", self.data, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE, check=False)

    def new_invite(self):
        made = self.command("invite")
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def peak_memory(self):
        """The most resident memory that the process ever had, in bytes."""
        return peak_memory(self.process.pid)

    def kill(self):
        """As a crash or the power would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE)

    def terminate(self):
        """Asks it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if not os.path.exists(self.log_path):
            return  # closed before, and its folder removed
        self.last_words = self.log()[-KEPT_LOG:]
        found = FINDING.search(self.log())
        assert not found, f"a sanitizer's finding in the server:\n{self.log()[found.start():][:KEPT_LOG]}"


def peak_memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
