"""A player: SPEC sections 6 to 11 and 14. It does what a correct client does, unless told to misbehave."""
import collections
import math
import struct
import threading
import time

from . import wire
from .websocket import BINARY, WebSocket

ACK_MARGIN = 0.6  # of maximumAckDelay: an acknowledgement is sent this long after its frame was read, not at the last moment


class NoSense(Exception):
    """Section 6: the frame is answered with `resync`."""

    def __init__(self, reason, why):
        super().__init__(why)
        self.reason = reason


class Replica:
    """Names, entities and roster, as the relay has them."""

    def __init__(self):
        self.tick, self.is_whole = 0, False
        self.clear()

    def clear(self):
        self.names = []  # (name, quantum)
        self.entities = {}  # id: (owner, {name index: value})
        self.roster = {}  # seat: (state, cause, joined)
        self.host = 0

    def field(self, entity, name):
        """What stands in a field; None if it is absent or null."""
        _, fields = self.entities.get(entity, (0, {}))
        index = next((i for i, (known, _) in enumerate(self.names) if known == name), None)
        tag, content = fields.get(index, (wire.NULL, None))
        return {wire.TRUE: True, wire.FALSE: False}.get(tag, content)

    def checksum(self):
        parts = [b"\xff\xff\xff\xff" + struct.pack("<H", i) + name.encode() for i, (name, _) in enumerate(self.names)]
        for entity, (owner, fields) in self.entities.items():
            parts.append(struct.pack("<IHH", entity, 0xFFFF, owner))
            for index, item in fields.items():
                parts.append(struct.pack("<IHB", entity, index, item[0]) + wire.checksum_content(item))
        return sum(map(wire.checksum_hash, parts)) & 0xFFFFFFFF

    def apply(self, frame, newest):
        """`newest`: tick of the newest frame applied on this connection. Returns the heartbeat's rows, or None.

        Raises NoSense; then nothing but a snapshot may follow.
        """
        if frame.tick <= newest:
            raise NoSense(3, "a tick that is not above the last")
        if frame.coding == wire.SNAPSHOT:
            self.clear()
        elif not (self.is_whole and frame.baseline <= self.tick < frame.tick):
            raise NoSense(1, f"baseline {frame.baseline}, replica {self.tick}")
        frame.body()
        self._names(frame)
        self._entities(frame)
        self._roster(frame)
        if any(event.name >= len(self.names) for event in frame.events):
            raise NoSense(3, "an event with an unknown name")
        heartbeat = frame.heartbeat(sorted(self.roster))
        self.tick, self.is_whole = frame.tick, True
        return heartbeat if frame.is_heartbeat else None

    def _names(self, frame):
        first, entries = frame.names or (0, [])
        if first > len(self.names):
            raise NoSense(3, "a hole in the names")
        for index, entry in enumerate(entries, first):
            if index == len(self.names):
                self.names.append(entry)
            elif self.names[index] != entry:
                raise NoSense(3, "a name has changed")
        if len({name for name, _ in self.names}) != len(self.names):
            raise NoSense(3, "a name stands twice")

    def _set(self, fields, index, item):
        if index >= len(self.names):
            raise NoSense(3, "an unknown name")
        fields[index] = item

    def _entities(self, frame):
        for entity in frame.removed:
            self.entities.pop(entity, None)
        for entity, owner, values in frame.replaced:
            fields = {}
            for index, item in values:
                self._set(fields, index, item)
            self.entities[entity] = (owner, fields)
        for entity, differences, values in frame.updated:
            if entity not in self.entities:
                raise NoSense(3, "an update of an unknown entity")
            fields = self.entities[entity][1]
            for index, difference in differences:
                tag, content = fields.get(index, (wire.NULL, None))
                if tag not in (wire.INTEGER, wire.STEPS):
                    raise NoSense(3, "a difference to what is not a number")
                fields[index] = (tag, (content + difference + 2**63) % 2**64 - 2**63)
            for index, item in values:
                self._set(fields, index, item)

    def _roster(self, frame):
        if frame.rows is None:
            return
        self.host = frame.host
        for seat, state, cause, joined in frame.rows:
            if state == wire.LEFT:
                self.roster.pop(seat, None)
            else:
                self.roster[seat] = (state, cause, joined)


class Client:
    """One player. Drive it with `pump`, or let `start` do so on a thread.

    `acknowledges=False` makes one that never does. `on_event(event)` and `on_frame(frame, read_at)` are called as they come,
    times in monotonic nanoseconds.
    """

    def __init__(self, address, room, *, role=0, acknowledges=True):
        self.address, self.room, self.role, self.acknowledges = address, room, role, acknowledges
        self.lock = threading.RLock()
        self.thread, self.is_stopping = None, False
        self.ws = self.welcome = None
        self.replica = Replica()
        self.private = None
        self.unconfirmed = collections.deque()  # (number, operations)
        self.next_number, self.confirmed = 1, 0
        self.to_resend, self.next_resend = collections.deque(), 0.0
        self.cursor = 0
        self.pings = {}  # seat: milliseconds, as of the newest heartbeat
        self.stride = 1  # of the newest welcome or heartbeat
        self.results = {}  # (uplink number, operation index): code
        self.changes = []  # (read at, tick, seat, state, cause): rows of the roster as they came
        self.frames = collections.deque(maxlen=20000)  # (tick, read at)
        self.events, self.gaps = [], 0
        self.resyncs, self.diverged, self.checked, self.bytes = [], 0, 0, 0
        self.gave_up = False
        self.on_event = self.on_frame = None

    # Connecting.

    def connect(self, message, *, wait=True, receive_buffer=None):
        """A new connection, whose first message this is. Returns the welcome, or None if it was refused."""
        with self.lock:
            self.ws = self.open(receive_buffer)
            self.welcome, self.private, self.newest, self.newest_read_at = None, None, 0, 0
            self.acknowledged, self.ack_due, self.last_frame_at = 0, math.inf, time.monotonic()
            self.awaits_snapshot = False
            self.ws.send(message)
        if wait:
            self.wait_for(lambda: self.welcome or self.ws.is_over, 5)
        return self.welcome

    def open(self, receive_buffer):
        """An upgraded connection; one of another make does, too."""
        return WebSocket(self.address, receive_buffer=receive_buffer).upgrade()

    def join(self, **options):
        self.replica = Replica()
        self.unconfirmed.clear()
        self.next_number, self.confirmed, self.seat = 1, 0, None
        return self.connect(wire.hello(self.room, self.role), **options)

    def rejoin_message(self, token=None, room=None):
        tick = self.replica.tick if self.replica.is_whole else 0
        return wire.rejoin(room or self.room, token or self.token, self.epoch, tick, self.confirmed)

    def rejoin(self, token=None, **options):
        return self.connect(self.rejoin_message(token), **options)

    # Running.

    def start(self):
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        return self

    def _run(self):
        while not self.is_stopping:
            if not self.pump(0.05):
                time.sleep(0.005)

    def stop(self, code=1000):
        """Ends the thread and the connection: politely with a code, with None just so."""
        self.is_stopping = True
        if self.thread:
            self.thread.join()
        self.thread, self.is_stopping = None, False
        self.ws.close(code)

    def leave(self):
        """Gives the seat up; the close code."""
        with self.lock:
            self.ws.send(wire.leave())
        self.wait_for(lambda: self.ws.is_over, 3)
        return self.ws.close_code

    def wait_for(self, condition, timeout):
        """Whether it came true in time."""
        until = time.monotonic() + timeout
        while not condition():
            left = until - time.monotonic()
            if left <= 0:
                return False
            if self.thread:
                time.sleep(0.002)
            else:
                self.pump(min(left, 0.05))
        return True

    def pump(self, timeout=0.0):
        """Reads and does what is due. False once the connection is over."""
        ws = self.ws
        due = min(self.ack_due, self.next_resend if self.to_resend else math.inf)
        messages = ws.poll(max(0.0, min(timeout, due - time.monotonic())))
        with self.lock:
            if ws is not self.ws:
                return True
            for opcode, payload, read_at in messages:
                if opcode == BINARY:
                    self.bytes += len(payload)
                    self._receive(payload, read_at)
            if not ws.is_over:
                self._do_what_is_due(time.monotonic())
        return not ws.is_over

    def _do_what_is_due(self, now):
        try:
            if self.to_resend and now >= self.next_resend:
                self.next_resend = now + 2 / self.welcome.uplinkRate
                self._send_uplink(*self.to_resend.popleft())
            if now >= self.ack_due:
                self.ws.send(wire.ack(*self._acknowledgement()))
            if self.welcome and now - self.last_frame_at > self.welcome.giveUpAfter / 1000:
                self.gave_up = True
                self.ws.close()
        except OSError:
            pass  # the next read says how it ended

    # Sending.

    def _acknowledgement(self):
        """Ack of the newest frame: (tick, ack delay)."""
        self.ack_due = math.inf
        if not self.acknowledges or not self.newest:
            return (0, 0)
        self.acknowledged = self.newest
        return (self.newest, (time.monotonic_ns() - self.newest_read_at) // 1000)

    def uplink(self, *operations):
        """Sends operations, and again after a rejoin until they are confirmed. Returns the number."""
        with self.lock:
            number = self.next_number
            self.next_number += 1
            self.unconfirmed.append((number, operations))
            if self.welcome and not self.ws.is_over:
                if self.to_resend:
                    self.to_resend.append((number, operations))
                else:
                    try:
                        self._send_uplink(number, operations)
                    except OSError:
                        pass
        return number

    def _send_uplink(self, number, operations):
        self.ws.send(wire.uplink(wire.acknowledgement(*self._acknowledgement()), number, operations))

    def name(self, name):
        """How to refer to a name in an uplink: by index once the relay has told it."""
        known = self.replica.names if self.replica.is_whole else []
        return next((index for index, (text, _) in enumerate(known) if text == name), name)

    def set(self, entity, **fields):
        return self.uplink(wire.op_set(entity, [(self.name(name), item) for name, item in fields.items()]))

    def compare_and_set(self, entity, name, expected, new):
        return self.uplink(wire.op_compare_and_set(entity, self.name(name), expected, new))

    def event(self, name, content, audience=wire.ALL, seats=()):
        return self.uplink(wire.op_event(self.name(name), content, audience, seats))

    @property
    def mine(self):
        """The first entity of this seat's own namespace."""
        return wire.entity_id(0, self.seat)

    # Receiving.

    def _receive(self, payload, read_at):
        try:
            message = wire.server_message(payload)
        except wire.Malformed:
            if payload[0] not in (0x82, 0x83):
                raise
            return self._makes_no_sense(3)
        match message:
            case wire.Welcome():
                self._take_seat(message)
            case wire.Private():
                self.private = message
            case wire.Frame():
                self.last_frame_at = read_at / 1e9
                private, self.private = self.private, None
                try:
                    if private and private.tick != message.tick:
                        raise NoSense(3, "the private half is of another tick")
                    heartbeat = self.replica.apply(message, self.newest)
                except wire.Malformed:
                    return self._makes_no_sense(3, message.coding)
                except NoSense as error:
                    return self._makes_no_sense(error.reason, message.coding)
                self._applied(message, private, heartbeat, read_at)

    def _take_seat(self, welcome):
        is_new = self.seat is None
        self.welcome, self.token, self.epoch, self.seat = welcome, welcome.token, welcome.epoch, welcome.seat
        self.ack_delay, self.stride = welcome.maximumAckDelay / 1000, welcome.stride
        self.cursor = welcome.tick - 1 if is_new else min(self.cursor, welcome.tick - 1)
        if not welcome.resumed:
            self.replica.is_whole = False
        self._confirm(welcome.lastUplink)
        self.to_resend = collections.deque(self.unconfirmed)
        self.next_resend = 0.0

    def _confirm(self, number):
        self.confirmed = max(self.confirmed, number)
        while self.unconfirmed and self.unconfirmed[0][0] <= number:
            self.unconfirmed.popleft()

    def _makes_no_sense(self, reason, coding=None):
        self.replica.is_whole = False
        if not self.awaits_snapshot or coding == wire.SNAPSHOT:
            self._ask_for_snapshot(reason)

    def _ask_for_snapshot(self, reason):
        self.resyncs.append(reason)
        self.awaits_snapshot = True
        self.ws.send(wire.resync(wire.acknowledgement(*self._acknowledgement()), reason))

    def _applied(self, frame, private, heartbeat, read_at):
        self.newest, self.newest_read_at = frame.tick, read_at
        self.ack_due = min(self.ack_due, read_at / 1e9 + self.ack_delay * ACK_MARGIN) if self.acknowledges else math.inf
        if frame.coding == wire.SNAPSHOT:
            self.awaits_snapshot = False
        self.frames.append((frame.tick, read_at))
        for seat, state, cause, _ in frame.rows or []:
            self.changes.append((read_at, frame.tick, seat, state, cause))
        self._deliver(frame, private)
        self.cursor = frame.tick
        if private:
            self._confirm(private.last_uplink)
            self.results.update({(number, index): code for number, index, code in private.results})
        if heartbeat is not None:
            self._heartbeat(frame, heartbeat)
        if self.on_frame:
            self.on_frame(frame, read_at)

    def _deliver(self, frame, private):
        lost = [frame.lost] + ([private.lost] if private else [])
        if any(tick is not None and tick > self.cursor for tick in lost):
            self.gaps += 1
        events = frame.events + (private.events if private else [])
        for event in sorted(events, key=lambda event: event.number):
            is_echo = event.audience == wire.OTHERS and event.sender == self.seat
            if event.tick > self.cursor and not is_echo:
                self.events.append(event)
                if self.on_event:
                    self.on_event(event)

    def _heartbeat(self, frame, rows):
        self.stride = frame.stride
        self.pings = {seat: rtt for seat, (rtt, _) in rows.items()}
        if self.seat in rows:
            self._confirm(rows[self.seat][1])
        self.checked += 1
        if self.replica.checksum() != frame.checksum:
            self.diverged += 1
            self.replica.is_whole = False
            self._ask_for_snapshot(2)

    # Looking.

    def state_of(self, seat):
        """`live`, `stalled`, `away`, or None if the seat is not in the roster."""
        row = self.replica.roster.get(seat)
        return row and wire.STATE[row[0]]

    def when(self, seat, state, after=0):
        """(read at, tick, cause) of the first row that put a seat into a state after a moment, or None."""
        for read_at, tick, of, is_in, cause in list(self.changes):
            if of == seat and is_in == state and read_at >= after:
                return read_at, tick, wire.CAUSE[cause]
        return None

    def longest_gap(self, since=0):
        """The largest step between the ticks of two frames in a row, read since a moment."""
        ticks = [tick for tick, read_at in list(self.frames) if read_at >= since]
        return max((b - a for a, b in zip(ticks, ticks[1:])), default=0)
