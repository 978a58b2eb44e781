"""A connection that knows just enough of SPEC to hold a seat: for crowds of players, and for attackers.

It reads no state: of a frame it takes the tick, of a welcome everything, of a close the code. So hundreds of them cost little.
"""
import socket
import struct
import time

from . import wire
from .websocket import BINARY, CLOSE, frame, upgrade_request

READ_BYTES = 1 << 18
SO_TIMESTAMPNS = 35
STAMP = struct.Struct("@ll")
NO_ACK = wire.acknowledgement(0, 0)
WELCOME, FRAME = 0x81, 0x82


def masked(payload, opcode=BINARY):
    """A client's frame; a mask of zeros is a mask, and costs nothing."""
    return frame(opcode, payload, mask=bytes(4))


class LightClient:
    """Connects, upgrades and sends the first messages, all in one segment; `take` reads what has come.

    `stamped`: asks the kernel when bytes arrived, for who may be late to read them. Realtime nanoseconds.
    """

    def __init__(self, address, *messages, receive_buffer=None, stamped=False):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if stamped:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.settimeout(5)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(upgrade_request("%s:%d" % address) + b"".join(map(masked, messages)))
        self.socket.setblocking(False)
        self.pending, self.is_upgraded, self.is_over = bytearray(), False, False
        self.welcome = self.close_code = None
        self.tick, self.read_at, self.stamp = 0, 0, 0
        self.number = 0

    def fileno(self):
        return self.socket.fileno()

    def send(self, *messages):
        """False if it cannot be sent: the connection is over, or its peer does not read."""
        try:
            data = b"".join(map(masked, messages))
            return self.socket.send(data) == len(data)
        except OSError:
            return False

    def acknowledgement(self):
        """What an acknowledgement says: the newest tick, and for how long it has been here."""
        return self.tick, (time.monotonic_ns() - self.read_at) // 1000 if self.tick else 0

    def acknowledge(self):
        return self.send(wire.ack(*self.acknowledgement()))

    def write(self, value):
        """Acknowledges, and writes a field of an entity of its own."""
        self.number += 1
        own = wire.entity_id(0, self.welcome.seat)
        return self.send(wire.uplink(wire.acknowledgement(*self.acknowledgement()), self.number, [wire.op_set(own, [("n", value)])]))

    def take(self):
        """Reads what has come. Returns how many frames were among it; `tick` is that of the newest, `stamp` when it arrived."""
        try:
            data, ancillary, _, _ = self.socket.recvmsg(READ_BYTES, 64)
        except BlockingIOError:
            return 0
        except ConnectionError:
            data, ancillary = b"", []
        if not data:
            self.end(1006)
            return 0
        read_at = time.monotonic_ns()
        stamps = [STAMP.unpack(content[:16]) for _, kind, content in ancillary if kind == SO_TIMESTAMPNS]
        self.stamp = stamps[0][0] * 10**9 + stamps[0][1] if stamps else time.time_ns()
        self.pending += data
        frames = self._parse()
        if frames:
            self.read_at = read_at
        return frames

    def wait(self, condition, timeout):
        """Reads until it holds; whether it did in time."""
        until = time.monotonic() + timeout
        while not self.is_over and not condition(self) and time.monotonic() < until:
            if not self.take():
                time.sleep(0.0005)
        return bool(condition(self))

    def end(self, code=1006):
        """Closes the socket; says nothing."""
        self.close_code, self.is_over = self.close_code or code, True
        self.socket.close()

    def reset(self):
        """Ends the connection with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.end()

    def _parse(self):
        data, at, frames = self.pending, 0, 0
        if not self.is_upgraded:
            head = data.find(b"\r\n\r\n")
            if head < 0:
                return 0
            self.is_upgraded, at = True, head + 4
            if not data.startswith(b"HTTP/1.1 101"):
                self.end(int(data[9:12]))
                return 0
        while len(data) >= at + 2:
            length, start = data[at + 1], at + 2
            if length > 125:
                size = 2 if length == 126 else 8
                length, start = int.from_bytes(data[start : start + size], "big"), start + size
            if len(data) < start + length:
                break
            frames += self._receive(data[at] & 15, data, start, length)
            at = start + length
            if self.is_over:
                break
        del data[:at]
        return frames

    def _receive(self, opcode, data, start, length):
        if opcode == CLOSE:
            self.end(int.from_bytes(data[start : start + 2], "big") or 1005)
        elif opcode == BINARY and data[start] == WELCOME:
            self.welcome = wire.server_message(bytes(data[start : start + length]))
        elif opcode == BINARY and data[start] == FRAME:
            self.tick = wire.Reader(data[start + 2 : start + 12]).varint()
            return 1
        return 0
