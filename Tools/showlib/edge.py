"""A network of our own with addresses that are no loopback's, and clients that come from them."""
import ctypes
import os
import pathlib
import socket
import subprocess
import sys

from . import tls
from .client import Client
from .relay import EX_SKIPPED
from .websocket import WebSocket

CLONE_NEWNET = 0x40000000


def enter(*addresses):
    """This process moves to a network namespace that has these addresses and nothing else; it goes with us. Call it before any thread."""
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        print("a network of its own needs root here")
        sys.exit(EX_SKIPPED)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in addresses:
        subprocess.run(["ip", "address", "add", address, "dev", "lo", *(["nodad"] if ":" in address else [])], check=True)


def own(prefix):
    """Every address of an IPv6 prefix is ours from now on, to come from."""
    subprocess.run(["ip", "-6", "route", "add", "local", prefix, "dev", "lo"], check=True)
    pathlib.Path("/proc/sys/net/ipv6/ip_nonlocal_bind").write_text("1")


class Visitor(Client):
    """A player from an address, with headers of its own in the upgrade."""

    def __init__(self, address, room, source, *, headers=(), encrypted=tls.IS_ON, **options):
        super().__init__(address, room, **options)
        self.source, self.headers, self.encrypted = source, headers, encrypted

    def open(self, receive_buffer):
        ws = WebSocket(self.address, receive_buffer=receive_buffer, source=self.source, encrypted=self.encrypted)
        return ws.upgrade(headers=self.headers)


def ask(where, path, method="GET", *, token=None, headers=(), source=None, timeout=10):
    """Status and text of an answer. `where`: an address, or the path of a Unix socket."""
    kind = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
    with socket.socket(kind) as connection:
        connection.settimeout(timeout)
        if source:
            connection.bind((source, 0))
        connection.connect(where)
        host = "localhost" if isinstance(where, str) else "%s:%d" % where
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        lines += [f"Authorization: Bearer {token}"] if token else []
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return (int(head.split(b" ")[1]) if head else 0), body.decode()


def admin_of(relay):
    """Where a relay's operators ask: what `ask` takes."""
    place = relay.admin.split(":", 1)[1]
    if not place.startswith("//"):
        return place
    host, _, port = place[2:].rpartition(":")
    return host, int(port)
