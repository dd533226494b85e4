"""The server that is killed, and who watches it: it never ends by itself, it always comes back, and quickly."""

import json
import random
import signal
import subprocess
import threading
import time

from server import Server
from waiting import DEADLINE, wait_until


class Arena:
    """A server with its killer. command(), kills and is_up() may be used from any thread."""

    def __init__(self, data, options=()):
        self.server = Server(data, "--no-invite", *options)
        self.kills = 0          # of either kind; counts up before the server is gone
        self.stops = 0          # in good order
        self.longest_start = 0.0
        self.problem = None
        self._up = threading.Event()
        self._up.set()
        self._stop = threading.Event()
        self._thread = None

    @property
    def address(self):
        return self.server.address

    def is_up(self):
        return self._up.is_set()

    def wait_up(self):
        if not self._up.wait(DEADLINE):
            raise AssertionError("the server did not come back")

    def command(self, *arguments):
        """`ndiskd ... --json`, again while the server is away; the objects that it printed."""
        def once():
            self.wait_up()
            done = self.server.command("--json", *arguments)
            return done if done.returncode != 10 else None
        done = wait_until(once, f"an answer to ndiskd {arguments[0]}")
        if done.returncode != 0:
            raise AssertionError(f"ndiskd {arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def begin_killing(self, seed, count, longest_pause):
        """Ends the server `count` times at random moments, by a thread of its own; see finish_killing()."""
        chance = random.Random(seed)
        self._stop.clear()
        self._thread = threading.Thread(target=self._kill_again_and_again, args=(chance, count, longest_pause))
        self._thread.start()

    def finish_killing(self, at_once=False):
        """Waits until all of it took place (or ends it `at_once`), and the server runs again."""
        if at_once:
            self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        if self.problem:
            raise self.problem

    def _kill_again_and_again(self, chance, count, longest_pause):
        try:
            for _ in range(count):
                if self._stop.wait(chance.uniform(0.05, longest_pause)):
                    return
                self.restart(gently=chance.random() < 0.2, away=chance.choice([0, 0, chance.uniform(0, 1)]))
        except Exception as problem:  # pylint: disable=broad-except  # said by finish_killing()
            self.problem = problem

    def restart(self, gently=False, away=0.0):
        self.check_alive()
        self.kills += 1
        self._up.clear()
        if gently:
            self.stops += 1
            if (code := self.server.terminate()) != 0:
                raise AssertionError(f"ndiskd, asked to stop, ended with {code}:\n{self.server.log()[-3000:]}")
        else:
            self.server.kill()
        self._stop.wait(away)
        begin = time.monotonic()
        self.server.restart()
        self.longest_start = max(self.longest_start, time.monotonic() - begin)
        self._up.set()

    def check_alive(self):
        code = self.server.process.poll()
        if code is not None:
            raise AssertionError(f"ndiskd ended by itself with {code}:\n{self.server.log()[-3000:]}")

    def sessions_of(self, device):
        return next((item["sessions"] for item in self.command("device", "list") if item["id"] == device), 0)

    def close(self):
        self.finish_killing(at_once=True)
        self.server.close()


def end(process, number):
    """Sends a signal, unless it has ended."""
    try:
        process.send_signal(number)
    except ProcessLookupError:
        pass


def await_end(process, what, seconds=DEADLINE):
    """(output, errors) of a process that has to end by itself."""
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        end(process, signal.SIGABRT)
        output, errors = process.communicate()
        raise AssertionError(f"{what} did not end within {seconds:.0f} s: {errors[-2000:]!r}") from None
