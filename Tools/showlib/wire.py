"""Bytes to messages and back: SPEC sections 3 to 5, and the checksum of section 6.

A value is a pair (tag, content); a name reference in an uplink is a `str` (the name itself) or an `int` (its index).
"""
import math
import struct

NULL, FALSE, TRUE, INTEGER, FLOAT, STEPS, STRING, BYTES = range(8)
SAFE = 2**53 - 1
U64 = 2**64 - 1
ENTITY = 65535 * 1024 + 1023
DELTA, MERGED, SNAPSHOT = range(3)
LIVE, STALLED, AWAY, LEFT = 1, 2, 3, 4
STATE = {LIVE: "live", STALLED: "stalled", AWAY: "away", LEFT: "left"}
CAUSE = ["unknown", "lateTick", "relayBacklog", "hidden", "network", "clientFrozen", "replaced", "broken"]
RESULT_OK, RESULT_OTHER_VALUE = 0, 7
ALL, OTHERS, HOST, SEATS = range(4)


class Malformed(Exception):
    """What the peer sent cannot be decoded."""


def need(holds, why):
    if not holds:
        raise Malformed(why)


def entity_id(number, space):
    """Section 3: `space` is a seat's number, or 0 for the room."""
    return number * 1024 + space


# Writing.


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint(((value << 1) ^ (value >> 63)) & U64)


def blob(data):
    return varint(len(data)) + data


def text(string):
    return blob(string.encode())


def value_of(python):
    """The value that a Python object stands for; a pair that is one already stays as it is."""
    match python:
        case None:
            return (NULL, None)
        case False:
            return (FALSE, None)
        case True:
            return (TRUE, None)
        case int():
            return (INTEGER, python)
        case float():
            return (FLOAT, python)
        case str():
            return (STRING, python)
        case bytes():
            return (BYTES, python)
        case (int(), _):
            return python
    raise TypeError(python)


def value(python):
    tag, content = value_of(python)
    match tag:
        case 3 | 5:
            body = zigzag(content)
        case 4:
            body = struct.pack("<d", content)
        case 6:
            body = text(content)
        case 7:
            body = blob(content)
        case _:
            body = b""
    return bytes([tag]) + body


def name_reference(name):
    return b"\0" + text(name) if isinstance(name, str) else varint(name + 1)


def acknowledgement(tick, delay):
    return varint(tick) + varint(delay)


def hello(room, role=0, version=1, flags=0, *, ticket=None, players=False):
    """`players`: whether to be told who sits where."""
    flags |= (ticket is not None) + 2 * players
    return b"\x01" + varint(version) + text(room) + bytes([role, flags]) + (b"" if ticket is None else blob(ticket))


def rejoin(room, token, epoch=0, tick=0, confirmed=0, version=1, flags=0):
    return b"\x02" + varint(version) + text(room) + blob(token) + varint(epoch) + varint(tick) + varint(confirmed) + bytes([flags])


def uplink(ack, number, operations):
    return b"\x03" + ack + varint(number) + varint(len(operations)) + b"".join(operations)


def ack(tick, delay):
    return b"\x04" + acknowledgement(tick, delay)


def resync(ack, reason):
    return b"\x05" + ack + bytes([reason])


def leave():
    return b"\x06"


def visibility(ack, hidden):
    return b"\x07" + ack + bytes([hidden])


def op_set(entity, fields):
    """`fields`: pairs of name reference and value."""
    body = b"".join(name_reference(name) + value(content) for name, content in fields)
    return b"\x01" + varint(entity) + varint(len(fields)) + body


def op_remove(entity):
    return b"\x02" + varint(entity)


def op_event(name, content, audience=ALL, seats=()):
    to = varint(len(seats)) + b"".join(map(varint, seats)) if audience == SEATS else b""
    return b"\x03" + name_reference(name) + bytes([audience]) + to + value(content)


def op_compare_and_set(entity, name, expected, new):
    return b"\x04" + varint(entity) + name_reference(name) + value(expected) + value(new)


# Reading.


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def raw(self, count):
        need(count <= self.left(), "cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def u8(self, low=0, high=255):
        byte = self.raw(1)[0]
        need(low <= byte <= high, f"{byte} is not in {low}...{high}")
        return byte

    def u32(self):
        return int.from_bytes(self.raw(4), "little")

    def f64(self):
        number = struct.unpack("<d", self.raw(8))[0]
        need(math.isfinite(number), "not finite")
        return number + 0.0

    def varint(self, low=0, high=U64):
        number = 0
        for index in range(10):
            byte = self.u8()
            number |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:
                need(byte or not index, "varint is not minimal")
                need(low <= number <= high, f"{number} is not in {low}...{high}")
                return number
        raise Malformed("varint longer than 10 bytes")

    def svarint(self):
        code = self.varint()
        return (code >> 1) ^ -(code & 1)

    def blob(self, low=0, high=U64):
        return bytes(self.raw(self.varint(low, high)))

    def text(self, low=0, high=U64):
        try:
            return self.blob(low, high).decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None

    def list(self, item, low=0, high=U64):
        count = self.varint(low, high)
        need(count <= self.left(), "a count beyond the message")
        return [item() for _ in range(count)]

    def value(self):
        tag = self.u8(0, 7)
        read = {3: self.svarint, 4: self.f64, 5: self.svarint, 6: self.text, 7: self.blob}.get(tag)
        return (tag, read() if read else None)

    def end(self):
        need(not self.left(), "bytes left over")


WELCOME = (
    [("epoch", 1, SAFE), ("seat", 1, 2047), ("generation", 1, SAFE), ("tick", 1, SAFE), ("rate", 1, 240), ("stride", 1, 4)]
    + [("lastUplink", 0, SAFE)],
    [(key, 1, 2**40) for key in ("maximumAckDelay", "heartbeatInterval", "stallAfter")]
    + [(key, 0, 2**40) for key in ("graceWindow", "seatHold")]
    + [("giveUpAfter", 1, 2**40)]
    + [(key, 1, SAFE) for key in ("uplinkBytes", "uplinkRate", "uplinkBurst")],
)


class Welcome:
    """Fields are named as in section 5, and are attributes."""

    def __init__(self, reader):
        flags = reader.u8(0, 3)
        self.resumed, self.uplink_gap = bool(flags & 1), bool(flags & 2)
        self.instance = bytes(reader.raw(16))
        for key, low, high in WELCOME[0]:
            setattr(self, key, reader.varint(low, high))
        self.cause = reader.u8(0, 7)
        for key, low, high in WELCOME[1]:
            setattr(self, key, reader.varint(low, high))
        self.roomWrites, self.onLeave = reader.u8(0, 2), reader.u8(0, 2)
        self.token = reader.blob(1, 128)
        reader.end()


class Players:
    """Who sits where; only for those who asked."""

    def __init__(self, reader):
        self.rows = reader.list(lambda: PlayerRow(reader), 1, 1023)
        reader.end()


class PlayerRow:
    def __init__(self, reader):
        self.seat, self.joined = reader.varint(1, 1023), reader.varint(1, SAFE)
        self.player, self.name = reader.text(1, 64), reader.text(0, 64)


class Event:
    def __init__(self, reader, tick, before, audiences):
        """`before`: the number to add the difference to, or 0 where numbers are absolute."""
        self.number = before + reader.varint(1, SAFE)
        need(self.number <= SAFE, "event number out of range")
        self.tick = tick - reader.varint(0, tick)
        self.sender = reader.varint(0, 2047)
        self.audience = reader.u8(*audiences)
        self.name = reader.varint(0, 1023)
        self.value = reader.value()


class Private:
    def __init__(self, reader):
        flags = reader.u8(0, 7)
        self.tick = reader.varint(1, SAFE)
        self.last_uplink = reader.varint(0, SAFE)
        self.results, self.events, self.lost = [], [], None
        if flags & 1:
            self.results = reader.list(lambda: (reader.varint(1, SAFE), reader.varint(0, 63), reader.u8(0, 13)), low=1)
        if flags & 2:
            self.events = reader.list(lambda: Event(reader, self.tick, 0, (2, 3)), low=1)
        if flags & 4:
            self.lost = self.tick - reader.varint(0, self.tick)
        reader.end()


class Frame:
    """The head of a shared frame; `body` reads the rest, and only for a replica that applies it."""

    def __init__(self, reader):
        self.reader = reader
        self.flags = reader.u8()
        follows_directly = self.flags & 3 == 3  # a delta whose age is 1
        self.coding = DELTA if follows_directly else self.flags & 3
        self.is_heartbeat = bool(self.flags & 4)
        self.tick = reader.varint(1, SAFE)
        self.baseline = None
        if follows_directly:
            self.baseline = self.tick - 1
        elif self.coding != SNAPSHOT:
            self.baseline = self.tick - reader.varint(2 if self.coding == DELTA else 1, self.tick)

    def body(self):
        reader = self.reader
        self.names, self.removed, self.replaced, self.updated, self.events = None, [], [], [], []
        self.host, self.rows, self.lost = None, None, None
        if self.flags & 8:
            self.names = self._names()
        if self.flags & 16:
            self._entities()
        if self.flags & 32:
            self.host = reader.varint(0, 1023)
            self.rows = reader.list(
                lambda: (reader.varint(1, 1023), reader.u8(1, 4), reader.u8(0, 7), reader.varint(1, SAFE)), high=1023
            )
        if self.flags & 64:
            before = 0
            for _ in range(reader.varint(1, max(1, reader.left()))):
                self.events.append(Event(reader, self.tick, before, (0, 1)))
                before = self.events[-1].number
        if self.flags & 128:
            self.lost = self.tick - reader.varint(0, self.tick)

    def heartbeat(self, seats):
        """The last section, for the seats of the roster in ascending order: {seat: (rtt in ms or None, last uplink)}."""
        if not self.is_heartbeat:
            return self.reader.end()
        self.checksum, self.stride = self.reader.u32(), self.reader.varint(1, 4)
        rows = {}
        for seat in seats:
            rtt = self.reader.varint(0, 65536)
            rows[seat] = (rtt - 1 if rtt else None, self.reader.varint(0, SAFE))
        self.reader.end()
        return rows

    def _names(self):
        reader = self.reader
        first = reader.varint(0, 1023)
        need(self.coding != SNAPSHOT or not first, "the names of a snapshot do not begin at 0")

        def entry():
            name = reader.text(1, 64)
            quantum = reader.f64() if reader.u8(0, 1) else None
            need(quantum is None or quantum > 0, "quantum")
            return (name, quantum)

        return first, reader.list(entry, 1, 1024 - first)

    def _entities(self):
        reader = self.reader
        is_delta, most = self.coding == DELTA, 0 if self.coding == SNAPSHOT else U64
        least = 1 if is_delta else 0
        fields = lambda low=0: reader.list(lambda: (reader.varint(0, 1023), reader.value()), low, 1024)  # noqa: E731
        entity = lambda: reader.varint(0, ENTITY)  # noqa: E731
        head = reader.varint(1, 8 * 2**26 - 1) if is_delta else 7
        if head & 1:
            self.removed = reader.list(entity, least, most)
        if head & 2:
            self.replaced = reader.list(lambda: (entity(), reader.varint(0, 1023), fields()), least)
        if is_delta and head >> 3:
            self.updated = packed_differences(reader, head >> 3)
        if head & 4:
            self.updated = self.updated + reader.list(lambda: (entity(), [], fields(least)), least, most)


class Bits:
    """The rest of a message as one number, whose lowest bits come first."""

    def __init__(self, reader):
        self.reader, self.left = reader, 8 * reader.left()
        self.rest = int.from_bytes(reader.data[reader.at :], "little")

    def take(self, count):
        need(count <= self.left, "cut short")
        number = self.rest & ((1 << count) - 1)
        self.rest >>= count
        self.left -= count
        return number

    def finish(self):
        need(self.take(self.left % 8) == 0, "the last byte is not filled up with zeros")
        self.reader.at = len(self.reader.data) - self.left // 8


def packed_differences(reader, count):
    """[(entity, [(name index, difference)], [])]"""
    mask = reader.varint(1, 2**56 - 1)
    need(count <= 4 * reader.left(), "a count beyond the message")
    bits = Bits(reader)
    columns = [(index, 1 + bits.take(4)) for index in range(56) if mask >> index & 1]
    out, entity = [], -1
    for _ in range(count):
        entity += 1
        chosen = columns
        if bits.take(1):
            later = bits.take(1)
            some = bits.take(1) if later else 1
            if later:
                zeros = 0
                while not bits.take(1):
                    zeros += 1
                need(zeros <= 25, "an entity beyond all")
                entity += 2**zeros + bits.take(zeros)
            if some:
                chosen = [column for column in columns if bits.take(1)]
                need(0 < len(chosen) < len(columns), "columns that are not some")
        need(entity <= ENTITY, "an entity beyond all")
        out.append((entity, [(index, packed_difference(bits, width)) for index, width in chosen], []))
    bits.finish()
    return out


def packed_difference(bits, width):
    code = bits.take(width)
    if code == 2**width - 1:
        low = bits.take(6)
        code, least = 2**low + bits.take(low), code
        need(code >= least, "a long number that is none")
    return -(code + 1) // 2 if code & 1 else code // 2


def server_message(data):
    """A Welcome, Private or Frame (whose body is not read yet)."""
    reader = Reader(data)
    kind = {0x81: Welcome, 0x82: Frame, 0x83: Private, 0x84: Players}.get(reader.u8())
    need(kind, "a server kind that does not exist")
    return kind(reader)


# Section 6.


def checksum_hash(data):
    h = 2166136261
    for byte in data:
        h = (h ^ byte) * 16777619 & 0xFFFFFFFF
    h ^= h >> 16
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def checksum_content(item):
    tag, content = item
    match tag:
        case 3 | 5:
            return struct.pack("<q", content)
        case 4:
            return struct.pack("<d", content)
        case 6:
            return content.encode()
        case 7:
            return content
    return b""
