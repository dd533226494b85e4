"""A thousand sessions over TLS that are logged in and say nothing. Mark 11."""

import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

from contest import Mark, Outcome  # noqa: E402
from drive import Drive  # noqa: E402
from tls_client import Device, TlsClient, answer_to, secret_of  # noqa: E402
from wire import Wire  # noqa: E402

MOST_BYTES = 24 * 1024
USERS = 20  # a user may have 64 sessions, a device 32, an address 256; all together 1,024
WARM = 20
DEVICES_OF_USER = 2
ADDRESSES = 8


def thousand_sessions(stage):
    count = 100 if stage.quick else 1000
    drive = Drive(stage, stage.path("idle"), options=["--threads", "2"])
    title = f"{count} idle TLS sessions"
    measured = []
    for _ in range(stage.runs):
        drive.reset()
        measured.append(bytes_of_sessions(drive, count))
        stage.say(f"  {title}: {measured[-1]:,.0f} bytes each")

    outcome = Outcome("idle", title, [], [], count, "sessions")
    outcome.notes.append(f"{WARM} sessions were there before; each time on a server of its own: "
                         f"{min(measured):,.0f} to {max(measured):,.0f} bytes.")
    outcome.marks.append(Mark(f"{title}: resident memory of each", statistics.median(measured), MOST_BYTES, "bytes",
                              True))
    yield outcome


def bytes_of_sessions(drive, count):
    """What the server's resident memory grows by with each of so many."""
    devices = [enrol(drive, f"user{number}") for number in range(USERS) for _ in range(DEVICES_OF_USER)]
    warm = [log_in(drive, device, number) for number, device in enumerate(devices[:WARM])]
    before = drive.memory()
    sessions = [log_in(drive, devices[number % len(devices)], number) for number in range(count)]
    for session in sessions[::100]:
        ping(session)
    each = (drive.memory() - before) / count
    for session in warm + sessions:
        session.close()
    return each


def enrol(drive, user):
    if user not in drive.administer("user", "list"):
        drive.administer("user", "add", user)
    device, tls = Device(), TlsClient(drive.port)
    token = secret_of(drive.administer("invite", "--user", user).strip())[1]
    welcome = answer_to(tls, "Enrol", device.enrol_fields(tls, token))
    tls.close()
    if welcome.name != "Welcome":
        raise SystemExit(f"no device could be enrolled: {welcome}")
    return device


def log_in(drive, device, number):
    tls = TlsClient(drive.port, source=f"127.0.1.{number % ADDRESSES + 1}")
    answer = answer_to(tls, "Login", device.login_fields(tls))
    if answer.name != "Welcome":
        raise SystemExit(f"session {number} could not log in: {answer}")
    return tls


def ping(tls):
    wire = Wire(tls)
    wire.send("Ping", 0)
    wire.receive("Pong")
