"""What a server answers to somebody who plays again what a client sent once, looked at."""

import struct

from wire import Wire

RECORD = struct.Struct(">BHH")  # TLS: content type, version, length
HANDSHAKE, CIPHER_CHANGE, ALERT, ENCRYPTED = 22, 20, 21, 23
FLIGHT = 4      # EncryptedExtensions, Certificate, CertificateVerify, Finished: a record each, encrypted
ALERT_SIZE = 19  # an alert's two bytes, the content type, the tag


class Recorded:
    """Bytes that came, as a socket that ends behind them."""

    def __init__(self, data):
        self.data = data

    def settimeout(self, seconds):
        pass

    def recv(self, count):
        piece, self.data = self.data[:count], self.data[count:]
        return piece


def frames_of(answer):
    """The names of the frames of an answer in plaintext; a last one that was cut is left out."""
    return [frame.name for frame in Wire(Recorded(answer)).until_end()]


def records_of(answer):
    """(content type, length) of each TLS record that was begun."""
    records, at = [], 0
    while at + RECORD.size <= len(answer):
        kind, _, length = RECORD.unpack_from(answer, at)
        records.append((kind, length))
        at += RECORD.size + length
    return records


def check_replay(answer, transport):
    """AssertionError, unless it let nobody in: it ends at the login at the latest."""
    if transport == "plain":
        names = frames_of(answer)
        allowed = names in ([], ["ServerHello"], ["ServerHello", "Error"], ["Error"])
        assert allowed, f"a connection that was played again was answered with {names}"
        return
    records = records_of(answer)
    encrypted = [length for kind, length in records if kind == ENCRYPTED]
    assert all(kind in (HANDSHAKE, CIPHER_CHANGE, ALERT, ENCRYPTED) for kind, _ in records), records
    # Whoever has not got the keys is told nothing behind the handshake but that it failed.
    assert all(length == ALERT_SIZE for length in encrypted[FLIGHT:]), f"more than a handshake was answered: {records}"
