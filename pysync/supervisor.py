"""Tells a service manager how it stands, in systemd's protocol; without one nothing happens."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send `READY=1`, `STOPPING=1` or the like to the socket that NOTIFY_SOCKET names, if it does."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    # A leading @ means a socket that has no file.
    name = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.sendto(state.encode(), name)
        except OSError:
            # A manager that no longer listens must not end the work.
            return
