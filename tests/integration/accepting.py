"""Ends of listening sockets."""

import contextlib
import socket


def stop_accepting(listener, thread):
    """Closes a socket that a thread accepts on. The thread ends first: it must not accept by a number that by then is
    another socket's."""
    with contextlib.suppress(OSError):  # closed before
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    listener.close()
