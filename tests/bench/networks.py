"""Networks of a benchmark's own, in network namespaces: one whose bytes can be counted, and a long-distance line."""

import os
import re
import subprocess

from stage import run

SERVER, CLIENT = "10.77.0.1", "10.77.0.2"


class Namespace:
    """Needs root. `wrap` is put before the command lines that are to run in it; its loopback is up."""

    def __init__(self, stage, name):
        self.name = f"ndisk-{name}-{os.getpid()}"
        self.wrap = ["ip", "netns", "exec", self.name]
        run(["ip", "netns", "add", self.name])
        stage.add(self)
        run(["ip", "link", "set", "lo", "up"], wrap=self.wrap)

    def add_addresses(self, addresses):
        for address in addresses:
            run(["ip", "address", "add", f"{address}/32", "dev", "lo"], wrap=self.wrap)

    def bytes_carried(self):
        """Over its loopback, in both directions, with the headers of TCP and IP."""
        counters = subprocess.run([*self.wrap, "cat", "/proc/net/dev"], check=True, capture_output=True, text=True)
        return int(re.search(r"lo:\s*(\d+)", counters.stdout)[1])

    def close(self):
        run(["ip", "netns", "delete", self.name])


class LongLine:
    """The server's end is SERVER, the client's is CLIENT, each in a namespace of its own."""

    def __init__(self, stage, rtt_ms, mbit_per_second, loss_percent):
        self.server, self.client = Namespace(stage, "far"), Namespace(stage, "near")
        self.process = subprocess.Popen(
            [stage.program("tests/bench/long_line"), self.server.name, self.client.name, "--rtt", str(rtt_ms),
             "--rate", str(mbit_per_second), "--loss", str(loss_percent)], stdout=subprocess.PIPE, text=True)
        stage.add(self)
        if self.process.stdout.readline() != "up\n":
            raise SystemExit("the long-distance line does not come up")

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
