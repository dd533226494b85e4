"""A TCP proxy on loopback that is a bad network: at a chosen byte of a connection it does what networks do."""

import contextlib
import random
import socket
import threading
import time
from dataclasses import dataclass

from accepting import stop_accepting
from cut_proxy import reset
from waiting import DEADLINE

PIECE = 64 * 1024
SPLIT_BYTES = 300    # so many are passed one by one
DELAY_SECONDS = 0.3
LANDMARK = 4096      # handshake and login lie below
PROGRESS = 600 * 1024  # a connection that carries so much of the content brings any transfer further

FAULTS = {
    "reset": "both connections are reset",
    "close": "both connections are closed",
    "half-close": "this direction is closed; the other goes on",
    "half-open": "the sender's connection is reset, the receiver hears nothing more",
    "delay": "all stands still for a moment",
    "split": "the bytes that follow come one by one",
    "flip": "one bit is another",
    "replay": "all that the client has sent comes once more, on a connection of its own",
    "hole": "nothing comes through any more, in either direction",
}
PASSING = ("delay", "split", "replay")  # after these the connection goes on
ABRUPT = ("reset", "close", "half-close", "flip")  # after these both ends know at once that it has ended


@dataclass(frozen=True)
class Fault:
    kind: str
    direction: str  # "up": from the client to the server, "down"
    offset: int     # at this byte of the direction, counted from the beginning of the connection
    connection: int = 0  # which one; -1: each

    def __str__(self):
        which = "each connection" if self.connection < 0 else f"connection {self.connection}"
        return f"{self.kind} at byte {self.offset} {self.direction} of {which}"


class NetworkProxy:
    """Listens from construction to close(). What it counted may be read from any thread."""

    def __init__(self, server_port, *faults):
        self.faults = faults             # a connection meets the first that is for it
        self.last_fault = faults[-1] if faults else None
        self.struck = threading.Event()  # the last of them took place
        self.bytes = {"up": 0, "down": 0}
        self.replays = []                # what the server answered to each connection that was played again
        self._server_port = server_port
        self._lock = threading.Lock()
        self._sockets = []
        self._pumps = []
        self._count = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def connections(self):
        return self._count

    def close(self):
        """Everything that still stands is reset, holes too. What was being played again has been answered then."""
        stop_accepting(self._listener, self._accepting)
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for end in sockets:
            reset(end)
        for pump in self._pumps:
            pump.join(DEADLINE)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                return
            fault = next((fault for fault in self.faults if fault.connection in (self._count, -1)), None)
            self._count += 1
            with self._lock:
                self._sockets += [client, server]
            pair = Pair(self, client, server, fault)
            for direction in ("up", "down"):
                self._pumps.append(threading.Thread(target=pair.pump, args=(direction,), daemon=True))
                self._pumps[-1].start()

    def play_again(self, recorded):
        """Opens the same bytes once more, as somebody would who has recorded them; keeps what the server answers."""
        with socket.create_connection(("127.0.0.1", self._server_port)) as again:
            again.settimeout(30)
            answer = b""
            with contextlib.suppress(ConnectionError):
                again.sendall(recorded)
                again.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):  # what came before it is still there
                while data := again.recv(PIECE):
                    answer += data
            self.replays.append(answer)


class Pair:
    """One connection through the proxy, pumped by a thread a direction."""

    def __init__(self, proxy, client, server, fault):
        self.proxy = proxy
        self.fault = fault
        self.ends = {"up": (client, server), "down": (server, client)}  # source, target
        self.passed = {"up": 0, "down": 0}
        self.recorded = bytearray()
        self.swallowed = threading.Event()  # this connection has become a hole
        self.due = fault is not None
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pump(self, direction):
        source, target = self.ends[direction]
        try:
            while True:
                data = source.recv(self._room(direction))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                if direction == "up" and self.fault and self.fault.kind == "replay":
                    self.recorded += data
                if self.swallowed.is_set():
                    continue
                target.sendall(data)
                self.passed[direction] += len(data)
                self.proxy.bytes[direction] += len(data)
                if self.due and direction == self.fault.direction and self.passed[direction] >= self.fault.offset:
                    self.due = False
                    if not self._strike(source, target, direction):
                        return
        except OSError:
            if not self.swallowed.is_set():
                reset(source)
                reset(target)

    def _room(self, direction):
        if not self.due or direction != self.fault.direction:
            return PIECE
        return max(1, min(PIECE, self.fault.offset - self.passed[direction]))

    def _strike(self, source, target, direction):
        """Whether this direction goes on."""
        if self.fault is self.proxy.last_fault:
            self.proxy.struck.set()
        kind = self.fault.kind
        if kind == "reset":
            reset(source)
            reset(target)
        elif kind == "close":
            for end in (source, target):
                end.shutdown(socket.SHUT_RDWR)
        elif kind == "half-close":
            target.shutdown(socket.SHUT_WR)
            self._drain(source)
        elif kind == "half-open":
            self.swallowed.set()
            reset(source)
        elif kind == "hole":
            self.swallowed.set()
            return True
        else:
            return self._pass_on(kind, source, target, direction)
        return False

    def _pass_on(self, kind, source, target, direction):
        if kind == "delay":
            time.sleep(DELAY_SECONDS)
        elif kind == "split":
            self._split(source, target, direction)
        elif kind == "flip":
            data = source.recv(PIECE)
            target.sendall(data[:-1] + bytes([data[-1] ^ 1]) if data else b"")
        elif kind == "replay":
            self.proxy.play_again(bytes(self.recorded))
        return True

    def _split(self, source, target, direction):
        for _ in range(SPLIT_BYTES):
            data = source.recv(1)
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)
            self.passed[direction] += 1
            self.proxy.bytes[direction] += 1

    @staticmethod
    def _drain(source):
        while source.recv(PIECE):
            pass


def random_faults(chance, totals, kinds):
    """Anywhere in a transfer of so many bytes (`totals`, by direction), the handshake as often as the rest. In half of
    the cases the first connection meets it; else the second, for which the first is reset on its way; or each."""
    kind, which = chance.choice(kinds), chance.choice([0, 0, 1, -1])
    bulk = max(totals, key=totals.get)
    if which == -1 and kind in ABRUPT and totals[bulk] > PROGRESS:
        # Nearer to its beginning no connection would bring the transfer further, and it would never end.
        return (Fault(kind, bulk, chance.randrange(PROGRESS, totals[bulk]), connection=-1),)
    first = Fault("reset", bulk, chance.randrange(min(LANDMARK, totals[bulk] - 1), totals[bulk]))
    direction = chance.choice(["up", "down"])
    left = totals[direction] - (first.offset if which != 0 and direction == bulk else 0)
    most = min(left, LANDMARK) if chance.random() < 0.4 else left
    offset = chance.randrange(1, max(2, most))
    if which == 0:
        return (Fault(kind, direction, offset),)
    # One that the connection survives may meet all that come.
    return first, Fault(kind, direction, offset, connection=-1 if which == -1 and kind in PASSING else 1)


def chance_of(seed, number):
    return random.Random(f"{seed} {number}")
