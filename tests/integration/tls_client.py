"""TLS as a hostile or a careless client speaks it, by the system's libssl: Python's ssl exports no keying material.
And the Ed25519 key of a device."""

import base64
import ctypes
import ctypes.util
import os
import socket
import struct

from wire import Wire

SSL = ctypes.CDLL(ctypes.util.find_library("ssl"), use_errno=True)
CRYPTO = ctypes.CDLL(ctypes.util.find_library("crypto"))
POINTER, SIZE, TEXT, INT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_int
for library, name, result, *arguments in (
        (SSL, "TLS_client_method", POINTER),
        (SSL, "SSL_CTX_new", POINTER, POINTER),
        (SSL, "SSL_CTX_free", None, POINTER),
        (SSL, "SSL_new", POINTER, POINTER),
        (SSL, "SSL_free", None, POINTER),
        (SSL, "SSL_set_fd", INT, POINTER, INT),
        (SSL, "SSL_set_alpn_protos", INT, POINTER, TEXT, ctypes.c_uint),
        (SSL, "SSL_connect", INT, POINTER),
        (SSL, "SSL_read", INT, POINTER, POINTER, INT),
        (SSL, "SSL_write", INT, POINTER, TEXT, INT),
        (SSL, "SSL_export_keying_material", INT, POINTER, POINTER, SIZE, TEXT, SIZE, POINTER, SIZE, INT),
        (CRYPTO, "EVP_PKEY_new_raw_private_key", POINTER, INT, POINTER, TEXT, SIZE),
        (CRYPTO, "EVP_PKEY_get_raw_public_key", INT, POINTER, POINTER, POINTER),
        (CRYPTO, "EVP_PKEY_free", None, POINTER),
        (CRYPTO, "EVP_MD_CTX_new", POINTER),
        (CRYPTO, "EVP_MD_CTX_free", None, POINTER),
        (CRYPTO, "EVP_DigestSignInit", INT, POINTER, POINTER, POINTER, POINTER, POINTER),
        (CRYPTO, "EVP_DigestSign", INT, POINTER, POINTER, POINTER, TEXT, SIZE)):
    getattr(library, name).restype, getattr(library, name).argtypes = result, arguments

ED25519 = 1087
EXPORTER_LABEL = b"EXPORTER-ndisk-login"


class DeviceKey:
    """A key pair that signs."""

    def __init__(self, seed=None):
        self.seed = seed or os.urandom(32)
        self.key = CRYPTO.EVP_PKEY_new_raw_private_key(ED25519, None, self.seed, 32)
        public, size = ctypes.create_string_buffer(32), SIZE(32)
        assert CRYPTO.EVP_PKEY_get_raw_public_key(self.key, public, ctypes.byref(size)) == 1
        self.public = public.raw

    def __del__(self):
        CRYPTO.EVP_PKEY_free(self.key)

    def sign(self, text):
        context = CRYPTO.EVP_MD_CTX_new()
        signature, size = ctypes.create_string_buffer(64), SIZE(64)
        assert CRYPTO.EVP_DigestSignInit(context, None, None, None, self.key) == 1
        assert CRYPTO.EVP_DigestSign(context, signature, ctypes.byref(size), text, len(text)) == 1
        CRYPTO.EVP_MD_CTX_free(context)
        return signature.raw


class TlsClient:
    """A connection that trusts anybody: what Wire needs of a socket, and the exporter."""

    def __init__(self, port, alpn=b"ndisk/1", source="127.0.0.1"):
        """`source`: the address that it comes from."""
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(source, 0))
        self.socket.settimeout(None)
        self.context = SSL.SSL_CTX_new(SSL.TLS_client_method())
        self.tls = SSL.SSL_new(self.context)
        SSL.SSL_set_alpn_protos(self.tls, bytes([len(alpn)]) + alpn, len(alpn) + 1)
        SSL.SSL_set_fd(self.tls, self.socket.fileno())
        if SSL.SSL_connect(self.tls) != 1:
            self.close()
            raise ConnectionError("the TLS handshake failed")

    def settimeout(self, seconds):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(seconds), 0))

    def sendall(self, data):
        if SSL.SSL_write(self.tls, data, len(data)) != len(data):
            raise BrokenPipeError("the server closed the connection")

    def recv(self, count):
        buffer = ctypes.create_string_buffer(count)
        received = SSL.SSL_read(self.tls, buffer, count)
        return buffer.raw[:max(received, 0)]

    def exporter(self):
        out = ctypes.create_string_buffer(32)
        assert SSL.SSL_export_keying_material(self.tls, out, 32, EXPORTER_LABEL, len(EXPORTER_LABEL), None, 0, 0) == 1
        return out.raw

    def close(self):
        if self.tls:
            SSL.SSL_free(self.tls)
            SSL.SSL_CTX_free(self.context)
            self.socket.close()
        self.tls = None


def login_text(exporter, public_key, token=b""):
    """What a login over TLS signs (docs/protocol.md, "Signature")."""
    parts = (exporter, b"", b"", public_key, token)
    return b"ndisk/1 login\0" + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Device:
    """A device that speaks the wire itself. Each call is a connection of its own, over `port`."""

    def __init__(self, key=None):
        self.key = key or DeviceKey()

    def login_fields(self, tls):
        return {"public_key": self.key.public, "signature": self.key.sign(login_text(tls.exporter(), self.key.public))}

    def enrol_fields(self, tls, token):
        signature = self.key.sign(login_text(tls.exporter(), self.key.public, token))
        return {"token": token, "public_key": self.key.public, "signature": signature, "device_name": "by hand"}


def answer_to(tls, frame, fields, version_min=1, version_max=1):
    """Says Hello and this frame; what the server makes of it. The connection stays open."""
    wire = Wire(tls)
    wire.hello(version_min, version_max)
    wire.send(frame, 0, **fields)
    answer = wire.receive("ServerHello", "Error")
    return answer if answer.name == "Error" else wire.receive("Welcome", "Error")


def secret_of(invite):
    """The parts of an invite's secret: kind, token, pin, check."""
    text = invite.partition("#")[2]
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return raw[:1], raw[1:17], raw[17:49], raw[49:]
