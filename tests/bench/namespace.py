"""Very many names: how soon a listing begins, how fast it goes, and what mv, stat and du of much take.

    python3 tests/bench/namespace.py BUILD [--flat N] [--tree N] [--data DIR] [--rounds N]

BUILD is a build directory. The names are made straight through the storage layer (fill_namespace); a DIR that is there
already is used as it is. Everything goes over TLS on loopback. Times are of whole processes, medians of the rounds;
`ping` beside them is what a process that only connects takes.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time

from stage import STAY_ROOT

READY = re.compile(r"^ready (\S+)$", re.MULTILINE)


class Bench:
    def __init__(self, build, data, work):
        self.build, self.data, self.work = build, data, work
        self.environment = {**os.environ, "HOME": work, "XDG_CONFIG_HOME": os.path.join(work, "config")}
        out = os.path.join(work, "server.out")
        with open(out, "wb") as output, open(os.path.join(work, "server.log"), "wb") as log:
            self.server = subprocess.Popen([self.program("server/ndiskd"), "--data", data, "--listen", "127.0.0.1:0",
                                            "--tree=off", "--no-invite", *STAY_ROOT], stdout=output, stderr=log)
        while not (ready := READY.search(open(out, encoding="utf-8").read())):
            if self.server.poll() is not None:
                raise SystemExit(open(os.path.join(work, "server.log"), encoding="utf-8").read())
            time.sleep(0.05)
        invite = subprocess.run([self.program("server/ndiskd"), "--data", data, "invite"], check=True,
                                capture_output=True, text=True).stdout.strip()
        self.run("login", re.sub(r"//[^/]*/", f"//{ready[1]}/", invite))

    def program(self, name):
        return os.path.join(self.build, name)

    def run(self, *arguments):
        started = time.perf_counter()
        subprocess.run([self.program("client/ndisk"), *arguments], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - started

    def list(self, *arguments):
        """Seconds to the first byte, seconds to the end, entries, the client's peak memory."""
        started = time.perf_counter()
        process = subprocess.Popen([self.program("client/ndisk"), "list", *arguments], env=self.environment,
                                   stdout=subprocess.PIPE)
        first, entries = None, 0
        while block := os.read(process.stdout.fileno(), 1 << 20):
            first = first or time.perf_counter() - started
            entries += block.count(b"\n")
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"ndisk list ended with {status}")
        return first, time.perf_counter() - started, entries, usage.ru_maxrss * 1024

    def server_peak(self):
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) * 1024

    def close(self):
        self.server.terminate()
        self.server.wait()


def median(values):
    return statistics.median(values)


def measure(bench, rounds):
    listings = [bench.list("flat") for _ in range(rounds)]
    entries = listings[0][2]
    print(f"| list of {entries} entries: first byte | {median([l[0] for l in listings]) * 1000:.1f} ms |")
    print(f"| list of {entries} entries: rate | {entries / median([l[1] for l in listings]):.0f} entries/s |")
    print(f"| list: client's peak memory | {max(l[3] for l in listings) / 2**20:.0f} MiB |")
    print(f"| list: server's peak memory | {bench.server_peak() / 2**20:.0f} MiB |")
    leaf = "tree/part-00000000/folder-00000000/file-00000999"
    moves, stats, totals, pings = [], [], [], []
    for _ in range(rounds):
        pings.append(bench.run("ping"))
        stats.append(bench.run("stat", leaf))
        totals.append(bench.run("du", "-s", "/"))
        moves += [bench.run("mv", "tree", "moved"), bench.run("mv", "moved", "tree")]
    for name, times in (("ping", pings), (f"stat {leaf}", stats), ("du -s /", totals), ("mv tree moved", moves)):
        print(f"| {name} | {median(times) * 1000:.1f} ms |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--flat", type=int, default=1_000_000)
    parser.add_argument("--tree", type=int, default=10_000_000)
    parser.add_argument("--data")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    work = tempfile.mkdtemp(prefix="ndisk-bench-")
    data = arguments.data or os.path.join(work, "data")
    try:
        if not os.path.exists(data):
            started = time.perf_counter()
            subprocess.run([os.path.join(arguments.build, "tests/bench/fill_namespace"), data, str(arguments.flat),
                            str(arguments.tree)], check=True)
            print(f"filled in {time.perf_counter() - started:.0f} s")
        bench = Bench(arguments.build, data, work)
        try:
            measure(bench, arguments.rounds)
        finally:
            bench.close()
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
