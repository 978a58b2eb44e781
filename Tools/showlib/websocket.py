"""WebSocket (RFC 6455) on a plain socket, with a hand on every bit: a good client, and any bad one."""
import base64
import os
import select
import socket
import ssl
import struct
import time

from . import tls

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
SUBPROTOCOL = "tickrelay.v1"


class Refused(Exception):
    """The upgrade was answered with something else than 101."""

    def __init__(self, status, answer):
        super().__init__(f"HTTP {status}")
        self.status, self.answer = status, answer


def frame(opcode, payload=b"", *, fin=True, rsv=0, masked=True, mask=None, length=None):
    """One frame. `length`: what the header claims, if not the truth."""
    length = len(payload) if length is None else length
    head = bytes([fin << 7 | rsv << 4 | opcode])
    bit = masked << 7
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += struct.pack(">BH", bit | 126, length)
    else:
        head += struct.pack(">BQ", bit | 127, length)
    if not masked:
        return head + payload
    mask = mask or os.urandom(4)
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[: len(payload)], "big")
    return head + mask + (int.from_bytes(payload, "big") ^ key).to_bytes(len(payload), "big")


def upgrade_request(host, path="/", subprotocol=SUBPROTOCOL, headers=()):
    lines = [
        f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
    ]
    lines += [f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []
    return "\r\n".join([*lines, *headers, "", ""]).encode()


class WebSocket:
    """One connection. Messages come out of `poll` as (opcode, payload, monotonic nanoseconds of the read)."""

    def __init__(self, address, *, timeout=5.0, receive_buffer=None, encrypted=tls.IS_ON, source=None):
        self.address = address
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if source:
            self.socket.bind((source, 0))
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if encrypted:
            self.socket = tls.wrap(self.socket)
        self.pending = b""
        self.fragments = None
        self.close_code = None  # from a close frame; 1006 if the connection ended without one
        self.close_reason = ""
        self.is_over = False
        self.pongs = True  # whether pings are answered, as a good library does

    def send_raw(self, data):
        self.socket.sendall(data)

    def upgrade(self, **options):
        """Upgrades; raises Refused otherwise."""
        host, port = self.address[:2]
        self.send_raw(upgrade_request(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", **options))
        status, head, rest = self.read_head()
        if status != 101:
            raise Refused(status, head)
        self.pending = rest
        return self

    def read_head(self, timeout=5.0):
        """An HTTP answer: status (0 if the connection ended without one), everything up to the empty line, what follows."""
        data, until = b"", time.monotonic() + timeout
        while b"\r\n\r\n" not in data:
            self.socket.settimeout(max(0.01, until - time.monotonic()))
            try:
                chunk = self.socket.recv(65536)
            except ConnectionError:
                chunk = b""
            if not chunk:
                break
            data += chunk
        head, _, rest = data.partition(b"\r\n\r\n")
        words = head.split(b" ", 2)
        return (int(words[1]) if head.startswith(b"HTTP/1.1 ") else 0), head, rest

    def send(self, payload, opcode=BINARY, **options):
        self.send_raw(frame(opcode, payload, **options))

    def poll(self, timeout=0.0):
        """What has come; waits for it up to `timeout`. After the end it returns at once."""
        messages = []
        if self.pending:
            self._parse(messages, time.monotonic_ns())
        if messages or self.is_over:
            return messages
        if not self._can_read(timeout):
            return messages
        data = self._receive()
        if data is None:
            return messages
        read_at = time.monotonic_ns()
        if not data:
            self._end(1006)
        self.pending += data
        self._parse(messages, read_at)
        return messages

    def _can_read(self, timeout):
        if isinstance(self.socket, ssl.SSLSocket) and self.socket.pending():
            return True
        waiting = select.poll()  # not select(), which knows no descriptor above 1,023
        waiting.register(self.socket, select.POLLIN)
        return bool(waiting.poll(max(0.0, timeout) * 1000))

    def _receive(self):
        """What is there; empty at the end, None if TLS only had something to say to itself."""
        patience = self.socket.gettimeout()
        self.socket.settimeout(0)
        try:
            return self.socket.recv(262144)
        except ssl.SSLWantReadError:
            return None
        except OSError:
            return b""
        finally:
            self.socket.settimeout(patience)

    def wait_closed(self, timeout=5.0):
        """Throws away what comes until the connection ends; the close code, 1006 without one, None if it stays open."""
        until = time.monotonic() + timeout
        while not self.is_over and time.monotonic() < until:
            self.poll(until - time.monotonic())
        return self.close_code

    def close(self, code=None):
        """Ends the connection: politely with a code, else just so."""
        if code is not None and not self.is_over:
            try:
                self.send(struct.pack(">H", code), CLOSE)
            except OSError:
                pass
        self._end(1006)

    def reset(self):
        """Ends the connection with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._end(1006)

    def _end(self, code):
        self.is_over = True
        self.close_code = self.close_code or code
        self.socket.close()

    def _parse(self, messages, read_at):
        while not self.is_over and (found := self._next()):
            first, payload = found
            opcode, fin = first & 15, first & 128
            assert not first & 0x70, "the relay set an RSV bit"
            match opcode:
                case 8:
                    self.close_code = struct.unpack(">H", payload[:2])[0] if payload else 1005
                    self.close_reason = payload[2:].decode()
                    try:
                        self.send(payload[:2], CLOSE)
                    except OSError:
                        pass
                    self._end(1006)
                case 9:
                    messages.append((PING, payload, read_at))
                    if self.pongs:
                        self.send(payload, PONG)
                case 10:
                    messages.append((PONG, payload, read_at))
                case _:
                    assert (opcode == 0) == (self.fragments is not None), "bad fragmentation by the relay"
                    kind, body = self.fragments or (opcode, b"")
                    self.fragments = (kind, body + payload)
                    if fin:
                        messages.append((*self.fragments, read_at))
                        self.fragments = None

    def _next(self):
        """One frame from the bytes that came, or None."""
        data = self.pending
        if len(data) < 2:
            return None
        assert not data[1] & 128, "the relay masked a frame"
        length, at = data[1] & 127, 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(data) < 2 + size:
                return None
            length, at = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
            assert length > (125 if size == 2 else 65535), "a length of the relay is not minimal"
        if len(data) < at + length:
            return None
        self.pending = data[at + length :]
        return data[0], data[at : at + length]
