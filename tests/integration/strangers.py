"""Peers that don't mean well, from an address of their own."""

import select
import socket

IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; Python has no name for it
SERVERS = "127.0.0.1"
OTHERS = "127.0.0.66"  # all of 127/8 is this machine: another address than the well-behaved client's


def connect_from(port, address=OTHERS):
    connection = socket.socket()
    try:
        if address == SERVERS:
            # A port that is chosen at the connection only: one held from the binding on may be that of a server that
            # is to come back.
            connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind((address, 0))
        connection.connect(("127.0.0.1", port))
    except OSError:
        connection.close()
        raise
    return connection


def is_open(connection):
    """Nothing came, not even an end."""
    readable, _, _ = select.select([connection], [], [], 0)
    if not readable:
        return True
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except ConnectionError:
        return False


class Crowd:
    """Many connections at once. close() ends all."""

    def __init__(self, port, count, first_words=b"", address=OTHERS):
        self.connections = []
        for _ in range(count):
            connection = connect_from(port, address)
            self.connections.append(connection)
            if first_words:
                try:
                    connection.sendall(first_words)
                except ConnectionError:
                    pass  # turned away already

    def open(self):
        return sum(is_open(connection) for connection in self.connections)

    def close(self):
        for connection in self.connections:
            connection.close()
