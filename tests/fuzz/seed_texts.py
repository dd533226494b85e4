"""Seeds for the targets that take text."""

import base64
import hashlib
import json

SECRET_HEAD = bytes([1]) + bytes(range(16)) + bytes(range(100, 132))


def secret():
    whole = SECRET_HEAD + hashlib.sha256(SECRET_HEAD).digest()[:4]
    return base64.urlsafe_b64encode(whole).rstrip(b"=")


def path_seeds():
    return {
        "root": b"", "plain": b"photos/2024/a.jpg", "bytes": b"\xff\xfe/\x01\n", "climb": b"a/../../b",
        "dot": b"a/./b", "slashes": b"/a//b/", "nul": b"a\0b", "longest-name": b"n" * 255, "too-long-name": b"n" * 256,
        "longest": b"/".join([b"n" * 240] * 17)[:4096], "too-long": b"a/" * 2049, "three-dots": b".../..a",
    }


def pattern_seeds():
    lines = {
        "star": (b"*.jpg", b"a.jpg", b"*.bak\n!keep.bak\n"), "set": (b"[a-c]?[!x]", b"b1y", b"# none\n\\#one\n"),
        "open-set": (b"[[[[a", b"[[[[a", b"[\n"), "anchored": (b"/a/**/b", b"a/x/y/b", b"/build\ncache/\n"),
        "below": (b"abc/**", b"abc/x", b"a/**\n\\!b \\ \n"), "escaped": (b"\\*\\", b"*\\", b"./a//b/\na/b\n..\n"),
        "class": (b"[![:alpha:]_-]*[[:x:]", b"1a:]", b"[[:foo:]]\n[[:digit:]]*\n"),
        "many-stars": (b"*a*a*a*a*a*b", b"aaaaaaaaaaaa", b"**/**/a\n"),
    }
    seeds = {name: b"\1" + b"\n".join(parts) for name, parts in lines.items()}
    seeds["listing"] = b"\0*\na\n\1\0a\n\1a/b\n\0a/c\n\1b\n"
    return seeds


def invite_seeds():
    whole = b"/#" + secret()
    return {
        "one": b"ndisk://nas.local:7420" + whole, "several": b"ndisk://nas,[fe80::1%eth0]:7421,192.0.2.7:1" + whole,
        "cut": b"ndisk://nas" + whole[:-3], "no-secret": b"ndisk://nas/#", "port": b"nas:65535",
        "bad-port": b"nas:65536",
        "v6": b"[2001:db8::1]:7420", "v6-bare": b"2001:db8::1", "unix": b"unix:/srv/ndisk/ndisk.sock",
        "plain": b"plain:nas:7420", "hosts": b"a,b,[::1],c:1",
    }


def receipt_seeds():
    key = bytes.fromhex("302a300506032b6570032100") + bytes(range(32))  # SubjectPublicKeyInfo of Ed25519
    receipt = {"type": "receipt", "path": "photos/a.jpg", "version": 41, "size": 5, "sha256": "ab" * 32,
               "durable": 1_700_000_000_000_000_000, "change": 90, "user": "anna", "sequence": 7, "previous": "00" * 32,
               "signature": base64.b64encode(bytes(64)).decode(), "server_key": base64.b64encode(key).decode()}
    line = json.dumps(receipt, separators=(",", ":")).encode()
    odd = line.replace(b'"version"', b'"path_base64":"/w==","version"')
    return {"odd-path": odd + b"\n", "whole": line + b"\n", "two": line + b"\n" + line + b"\n", "cut": line[:-20],
            "nested": b"[" * 2000, "number": line.replace(b"7", b"1e400"), "other": b'{"type":"file"}\n'}


def configuration_seeds():
    server = [b"--data\n/srv/ndisk\n--listen\n[::]:0\n--keep-trash\n30", b"--data=/d\nuser\nadd\nanna\n--quota\n1.5T",
              b"--data\n/d\ndevice\nrevoke\n1f0c", b"--data\n/d\ninvite\n--user\nanna", b"--help",
              b"--data\n/d\n--plaintext\nloopback\n--threads\n4\n--tree\noff\n--advertise\nnas:7420"]
    client = [b"put\n-r\nphotos\n-t\nbackup\n--exclude\n*.bak", b"get\n--version\n7\na\n-o\n-", b"list\n-l\n-r",
              b"find\n--name\n*.jpg\n--size\n+10M\n--newer\n2d", b"-s\nplain:nas:7420\nmv\na\nb\n-t\nc",
              b"rm\n-rf\n--\n-x", b"put\n-\n--name\nx", b"trash\nempty\n--older-than\n30d", b"verify\n[a,b]",
              b"--version"]
    texts = [b"+10M", b"-1k", b"1.5TiB", b"2026-01-31T12:00:00Z", b"2d", b"9223372036854775807",
             b"18446744073709551615", b"9223372036854775807w", b"0.000000000000000000001P"]
    profile = b'addresses = ["nas.local:7420"]\npin = "' + b"ab" * 32 + b'"\nuser = "anna"\n'
    seeds = {f"server-{number}": b"\0" + line for number, line in enumerate(server)}
    seeds |= {f"client-{number}": b"\1" + line for number, line in enumerate(client)}
    seeds |= {f"words-{number}": b"\3" + text for number, text in enumerate(texts)}
    return seeds | {"profile": b"\2" + profile, "key": b"\2" + b"0f" * 32 + b"\n", "profile-odd": b"\2a=[[[1,{b=2"}


SEEDS = {"remote_path": path_seeds, "patterns": pattern_seeds, "invite": invite_seeds, "receipts": receipt_seeds,
         "configuration": configuration_seeds}
