"""Put first on PYTHONPATH: ends the process with exit code 97 as soon as it touches an internet socket.

An audit hook cannot be taken away again, and sees C code too.  Local sockets (asyncio's own pair, the key agent)
are allowed.  Each guarded process leaves a line in the file that ``NETWORK_GUARD_LOG`` names, as proof that it ran.
"""

from __future__ import annotations

import os
import socket
import sys

CAUGHT = 97
_INTERNET = {int(socket.AF_INET), int(socket.AF_INET6)}
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    internet = event in _NAMES
    if event == "socket.__new__":
        # Family -1 is the default, which is AF_INET.
        internet = int(arguments[1]) in {*_INTERNET, -1}  # type: ignore[call-overload]
    elif event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        internet = int(getattr(arguments[0], "family", -1)) in {*_INTERNET, -1}
    if internet:
        os.write(2, f"network guard: {event} is forbidden\n".encode())
        os._exit(CAUGHT)


sys.addaudithook(_forbid)
if log := os.environ.get("NETWORK_GUARD_LOG"):
    with open(log, "a", encoding="utf-8") as stream:  # noqa: PTH123
        stream.write(f"{os.getpid()} {sys.orig_argv[1:]!r}\n")
