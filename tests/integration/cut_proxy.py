"""A TCP proxy on loopback that counts bytes, and cuts or holds a connection at a chosen byte."""

import socket
import struct
import threading

from accepting import stop_accepting

PIECE = 64 * 1024


class CutProxy:
    """Listens from construction to close(). Counters may be read from any thread.

    Byte counts are of what was passed on, added over all connections. `up` is from the client to the server.
    """

    def __init__(self, server_port):
        self._server_port = server_port
        self._lock = threading.Lock()
        self._connections = []  # pairs of sockets
        self._traps = {"up": None, "down": None}
        self._open = {"up": threading.Event(), "down": threading.Event()}
        self.release()
        self.bytes = {"up": 0, "down": 0}
        self.connections = 0
        self.first_bytes = []  # the first byte that each client sent
        self.unreached = []  # why the server could not be reached
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def up(self):
        return self.bytes["up"]

    @property
    def down(self):
        return self.bytes["down"]

    def cut_at(self, direction, count):
        """Resets the connection that passes the count-th byte from now; once."""
        self._traps[direction] = (self.bytes[direction] + count, self.cut)

    def hold_at(self, direction, count, only=False):
        """Passes nothing more, in either direction (or `only` in this one), from the count-th byte from now on, until
        release()."""
        held = [direction] if only else ["up", "down"]
        self._traps[direction] = (self.bytes[direction] + count, lambda: [self._open[name].clear() for name in held])

    def held(self):
        return not all(event.is_set() for event in self._open.values())

    def release(self):
        for event in self._open.values():
            event.set()

    def cut(self):
        """Resets every connection, as a router that restarts does."""
        with self._lock:
            connections, self._connections = self._connections, []
        for pair in connections:
            for end in pair:
                reset(end)

    def close(self):
        stop_accepting(self._listener, self._accepting)
        self.release()
        self.cut()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError as error:
                self.unreached.append(error)
                reset(client)
                continue
            with self._lock:
                self._connections.append((client, server))
            for source, target, direction in ((client, server, "up"), (server, client, "down")):
                threading.Thread(target=self._pump, args=(source, target, direction), daemon=True).start()

    def _pump(self, source, target, direction):
        begun = direction == "down"
        try:
            while True:
                self._open[direction].wait()
                trap = self._traps[direction]
                left = trap[0] - self.bytes[direction] if trap else PIECE
                data = source.recv(max(1, min(PIECE, left)))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                if not begun:
                    self.first_bytes.append(data[0])
                    begun = True
                self._open[direction].wait()
                target.sendall(data)
                self.bytes[direction] += len(data)
                if trap and self.bytes[direction] >= trap[0]:
                    self._traps[direction] = None
                    trap[1]()
        except OSError:
            reset(source)
            reset(target)


def reset(end):
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
