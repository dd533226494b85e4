"""What a well-behaved client gets while the server is attacked: its throughput before and during each attack.

    python3 tests/bench/attack.py BUILD [--attack NAME]... [--seconds N] [--on FOLDER]

BUILD is a build directory. The client is a user of its own, over TLS on loopback; the attackers (attackers.py) share
the machine's cores with it and the server, so that a part of what is missing is theirs by right. For N seconds each,
the client puts and gets a file of 16 MiB, puts 100 small files, and pings, in turns. What comes back is compared with
what was sent; a command that fails is counted, and ends this program with 1.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from attackers import ATTACKS
from stage import STAY_ROOT

READY = re.compile(r"^ready (\S+):(\d+)$", re.MULTILINE)
MIB = 1 << 20
LARGE = 16 * MIB
SMALL_FILES = 100


class Attacked:
    """A server with two users, the client of one of them, and its files."""

    def __init__(self, build, work):
        self.build, self.work, self.data = build, work, os.path.join(work, "data")
        self.rounds = 0
        self.log = open(os.path.join(work, "server.log"), "wb")
        self.server = subprocess.Popen([self.program("server/ndiskd"), "--data", self.data, "--listen", "127.0.0.1:0",
                                        "--tree=off", "--no-invite", *STAY_ROOT],
                                       stdout=subprocess.PIPE, stderr=self.log, text=True)
        ready = READY.match(self.server.stdout.readline())
        self.port = int(ready[2])
        self.administer("user", "add", "good")
        invite = self.administer("invite", "--user", "good").strip()
        self.environment = {**os.environ, "HOME": work, "XDG_CONFIG_HOME": os.path.join(work, "config")}
        self.client("login", re.sub(r"//[^/]*/", f"//127.0.0.1:{self.port}/", invite))
        self.fill_decoy()

    def program(self, name):
        return os.path.join(self.build, name)

    def administer(self, *arguments):
        return subprocess.run([self.program("server/ndiskd"), "--data", self.data, *arguments], check=True,
                              capture_output=True, text=True).stdout

    def client(self, *arguments):
        """Seconds that it took; None if it failed."""
        began = time.monotonic()
        done = subprocess.run([self.program("client/ndisk"), *arguments], env=self.environment, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            print(f"  ndisk {arguments[0]} ended with {done.returncode}: {done.stderr.strip()}", file=sys.stderr)
            return None
        return time.monotonic() - began

    def fill_decoy(self):
        """What the attackers may ask for: they are the user `owner`."""
        decoys = os.path.join(self.work, "decoys")
        os.makedirs(decoys)
        for number in range(500):
            with open(os.path.join(decoys, str(number)), "wb") as file:
                file.write(b"%d" % number)
        with open(os.path.join(self.work, "decoy"), "wb") as file:
            file.write(os.urandom(32 * MIB))
        local = ["-s", f"unix:{self.data}/ndisk.sock"]
        self.client(*local, "put", "-r", decoys, os.path.join(self.work, "decoy"))

    def round(self):
        """Rates of one turn of each kind of work; None for what failed."""
        self.rounds += 1
        large = os.path.join(self.work, "large")
        small = os.path.join(self.work, f"small-{self.rounds}")
        os.makedirs(small)
        with open(large, "wb") as file:
            file.write(os.urandom(LARGE))
        for number in range(SMALL_FILES):
            with open(os.path.join(small, str(number)), "wb") as file:
                file.write(os.urandom(4096))
        back = os.path.join(self.work, "back")
        taken = {"put MB/s": rate(LARGE / 1e6, self.client("put", large)),
                 "get MB/s": rate(LARGE / 1e6, self.client("get", "large", "-o", back)),
                 "small files/s": rate(SMALL_FILES, self.client("put", "-r", small)),
                 "ping ms": thousand(self.client("ping"))}
        with open(large, "rb") as sent, open(back, "rb") as came:
            if sent.read() != came.read():
                raise SystemExit("what came back is not what was sent")
        self.client("rm", "-r", os.path.basename(small))
        return taken

    def rounds_for(self, seconds):
        end = time.monotonic() + seconds
        taken = [self.round()]
        while time.monotonic() < end:
            taken.append(self.round())
        return taken

    def memory(self):
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))

    def close(self):
        self.server.terminate()
        code = self.server.wait(30)
        self.log.close()
        if code != 0:
            with open(self.log.name, encoding="utf-8", errors="replace") as log:
                raise SystemExit(f"the server ended with {code}:\n{''.join(log.readlines()[-20:])}")


def rate(amount, seconds):
    return None if seconds is None else amount / seconds


def thousand(seconds):
    return None if seconds is None else seconds * 1000


def median(rounds, kind):
    values = [taken[kind] for taken in rounds if taken[kind] is not None]
    return f"{statistics.median(values):.0f}" if values else "none"


def show(name, rounds, memory):
    kinds = rounds[0].keys()
    failed = sum(value is None for taken in rounds for value in taken.values())
    cells = [median(rounds, kind) for kind in kinds]
    print(f"| {name} | {' | '.join(cells)} | {memory} | {len(rounds)} | {failed} |", flush=True)
    return failed


def attack(attacked, name, seconds):
    attackers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attackers.py")
    process = subprocess.Popen([sys.executable, "-B", attackers, name, str(attacked.port), attacked.data],
                               stderr=subprocess.PIPE, text=True)
    try:
        attacked.round()  # so that it has begun in earnest
        rounds = attacked.rounds_for(seconds)
        if process.poll() is not None:
            raise SystemExit(f"the attack {name} ended by itself:\n{process.stderr.read()}")
        return show(ATTACKS[name].__doc__, rounds, attacked.memory())
    finally:
        process.kill()
        process.communicate()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--attack", action="append", choices=sorted(ATTACKS))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--on", help="a folder for the data; default: where temporary files go")
    chosen = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="ndisk-attack-", dir=chosen.on) as work:
        attacked = Attacked(chosen.build, work)
        print("| attack | put MB/s | get MB/s | small files/s | ping ms | server's MiB | rounds | failed |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        failed = show("none, before", attacked.rounds_for(chosen.seconds), attacked.memory())
        for name in chosen.attack or ATTACKS:
            failed += attack(attacked, name, chosen.seconds)
        failed += show("none, after", attacked.rounds_for(chosen.seconds), attacked.memory())
        attacked.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
