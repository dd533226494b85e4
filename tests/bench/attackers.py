"""Peers that don't mean well: one process each, until it is killed. Used by attack.py.

    python3 tests/bench/attackers.py NAME PORT DATA

Strangers come over TCP from an address of their own; those who are logged in are the user `owner`, over the Unix
socket, which is exempt from what is done about strangers.
"""

import os
import select
import socket
import ssl
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))

from strangers import connect_from  # noqa: E402
from wire import HEADER, MESSAGES, Wire, local_socket  # noqa: E402

HELLO_OF_TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
MOST_PAYLOAD = 256 * 1024 + 64
KEPT = 500  # connections that a crowd holds open


def crowd(port, first_words):
    """Opens connections as fast as it can; keeps the newest ones open."""
    kept = []
    while True:
        try:
            connection = connect_from(port)
            kept.append(connection)
            if first_words:
                connection.sendall(first_words)
        except OSError:
            continue
        if len(kept) > KEPT:
            kept.pop(0).close()


def silent(port, _):
    """connections that say nothing, 500 at once, new ones all the time"""
    crowd(port, b"")


def half_handshakes(port, _):
    """handshakes that are begun and go no further, 500 at once, new ones all the time"""
    crowd(port, HELLO_OF_TLS)


def slow_loris(port, _):
    """handshakes that come a byte at a time, 500 at once, a new one for each that is cut off"""
    sent = {}
    while True:
        while len(sent) < KEPT:
            try:
                sent[connect_from(port)] = 0
            except OSError:
                break
        for connection in list(sent):
            try:
                connection.send(HELLO_OF_TLS[sent[connection]:][:1] or b"\0")
                sent[connection] += 1
            except OSError:
                connection.close()
                del sent[connection]


def garbage(port, _):
    """HTTP requests and garbage, again and again"""
    while True:
        for words in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 100):
            try:
                with connect_from(port) as connection:
                    connection.sendall(words)
                    connection.recv(1000)
            except OSError:
                pass


def handshakes(port, _):
    """whole TLS handshakes without a login, one after the other in four threads"""
    in_threads(4, lambda: shake_hands(port))


def shake_hands(port):
    while True:
        try:
            tls_connection(port).close()
        except OSError:
            pass


def wrong_logins(port, _):
    """logins with keys that nobody enrolled, one after the other in four threads"""
    in_threads(4, lambda: log_in_wrongly(port))


def log_in_wrongly(port):
    while True:
        try:
            wire = Wire(tls_connection(port))
            wire.hello()
            wire.send("Login", 0, public_key=os.urandom(32), signature=os.urandom(64))
            wire.until_end()
            wire.close()
        except OSError:
            pass


def tls_connection(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["ndisk/1"])
    connection = connect_from(port)
    connection.settimeout(30)
    return context.wrap_socket(connection)


def in_threads(count, work):
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def session(data):
    wire = Wire(local_socket(data))
    wire.log_in()
    return wire


def flood(wires, frames):
    """Sends the same bytes on all of them whenever they take some, and never reads."""
    for wire in wires:
        wire.socket.setblocking(False)
    left = {wire.socket: frames for wire in wires}  # a frame that was begun goes on
    while True:
        _, writable, _ = select.select([], list(left), [])
        for one in writable:
            try:
                left[one] = left[one][one.send(left[one]):] or frames
            except BlockingIOError:
                pass


def tiny_frames(_, data):
    """millions of frames of 12 bytes that need no answer, on 4 sessions"""
    wires = [session(data) for _ in range(4)]
    for wire in wires:
        wire.send("ListUploads", wire.stream())
        wire.receive("End")
    flood(wires, HEADER.pack(0, MESSAGES["Cancel"][0], 0, 0, 1) * 5000)


def pings(_, data):
    """pings that are sent and whose answers are never read, on 20 sessions"""
    flood([session(data) for _ in range(20)], HEADER.pack(0, MESSAGES["Ping"][0], 0, 0, 0) * 5000)


def streams(_, data):
    """eight thousand listings open at once, on 10 sessions; a new one as soon as one has ended"""
    wires = [session(data) for _ in range(10)]
    in_threads(len(wires), lambda: keep_open(wires.pop(), 800, "List", path=b"", recursive=True))


def keep_open(wire, count, request, **fields):
    wire.socket.settimeout(None)
    free = threading.Semaphore(count)
    threading.Thread(target=count_ends, args=(wire.socket, free)).start()
    while True:
        free.acquire()
        wire.send(request, wire.stream(), **fields)


def count_ends(connection, free):
    last_ones = [MESSAGES[name][0] for name in ("End", "Error")]
    with connection.makefile("rb") as frames:
        while header := frames.read(HEADER.size):
            length, number, *_ = HEADER.unpack(header)
            frames.read(length)
            if number in last_ones:
                free.release()


def slow_readers(_, data):
    """downloads that are asked for and never read, 8 each on 30 sessions"""
    wires = [session(data) for _ in range(30)]
    for wire in wires:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(8):
            wire.send("Open", wire.stream(), path=b"decoy")
    while True:
        for wire in wires:
            wire.send("Ping", 0)
        threading.Event().wait(10)


def lying_lengths(_, data):
    """frames that claim the most a frame may have and come a byte at a time, on 100 sessions"""
    wires = [session(data) for _ in range(100)]
    for wire in wires:
        wire.socket.sendall(HEADER.pack(MOST_PAYLOAD, MESSAGES["PutSmall"][0], 0, 0, 1))
    for _ in range(MOST_PAYLOAD - 1):
        for wire in wires:
            wire.socket.sendall(b"\0")


def never_committed(_, data):
    """uploads that are begun and never committed: 400 on 4 sessions, each of which goes on a little now and then"""
    wires = [session(data) for _ in range(4)]
    uploads = []
    for wire in wires:
        for number in range(100):
            stream = wire.stream()
            wire.send("Offer", stream, request_id=os.urandom(16), path=b"begun-%d-%d" % (id(wire), number),
                      size=1 << 30, attributes={"mtime_ns": 1, "mode": 0o600})
            wire.receive("Send", "Error")
            uploads.append((wire, stream))
    offset = 0
    while True:
        for wire, stream in uploads:
            wire.send("Data", stream, offset=offset, content=bytes(4096))
        offset += 4096


ATTACKS = {attack.__name__: attack
           for attack in (silent, half_handshakes, slow_loris, garbage, handshakes, wrong_logins, tiny_frames, pings,
                          streams, lying_lengths, slow_readers, never_committed)}

if __name__ == "__main__":
    ATTACKS[sys.argv[1]](int(sys.argv[2]), sys.argv[3])
