"""Light honest players in a process of its own, and when each of their frames arrived.

`python3 -m showlib.players HOST PORT ROOM:COUNT ...` answers each frame with an acknowledgement and a write, so that there is a frame
at every tick, and writes a record of each to its output. Arrival is the kernel's stamp: what this process itself is late by is not
the relay's fault, and does not show.
"""
import bisect
import os
import select
import struct
import sys
import tempfile
import time

from . import wire
from .light import LightClient
from .relay import TOOLS, spawn

RECORD = struct.Struct("<HHIqqq")  # room, player, frames read at once, newest tick, its arrival, when it was read; no frames: closed, and the code
WRITES_AGAIN = 0.25  # seconds without a frame after which a player writes anyway


class Players:
    """The process, seen from the show. `rooms`: {name: how many players}."""

    def __init__(self, relay, rooms):
        self.rooms = list(rooms)
        self.count = sum(rooms.values())
        self.file = tempfile.NamedTemporaryFile(prefix="tickrelay-players-")
        argv = [sys.executable, "-m", "showlib.players", relay.address[0], str(relay.address[1])]
        argv += [f"{room}:{count}" for room, count in rooms.items()]
        self.process = spawn(argv, stdout=self.file, env=os.environ | {"PYTHONPATH": str(TOOLS)})
        self.arrivals = {}  # (room, player): arrivals of frames
        self.lateness, self.closed, self.read_to = [], [], 0  # (room, player, code)

    def is_ready(self):
        """Whether everybody plays."""
        self._look()
        return len(self.arrivals) == self.count

    def _look(self):
        """Takes in what was recorded since."""
        data = os.pread(self.file.fileno(), 1 << 30, self.read_to)
        whole = len(data) // RECORD.size * RECORD.size
        self.read_to += whole
        for room, player, frames, tick, arrived, read_at in RECORD.iter_unpack(data[:whole]):
            if frames:
                self.arrivals.setdefault((self.rooms[room], player), []).append(arrived)
                self.lateness.append((read_at - arrived) / 1e6)
            else:
                self.closed.append((self.rooms[room], player, tick))

    def intervals(self, rooms, begin, end):
        """Milliseconds between the frames of each player of these rooms that arrived in a time (realtime nanoseconds).

        A silence at the end counts as an interval of its own: who gets nothing more must not look well served.
        """
        self._look()
        found = []
        for (room, _), arrivals in self.arrivals.items():
            if room in rooms:
                low, high = bisect.bisect_left(arrivals, begin), bisect.bisect_right(arrivals, end)
                times = arrivals[max(0, low - 1) : high] + [end]
                steps = [b - a for a, b in zip(times, times[1:])]
                if len(steps) > 1 and steps[-1] < max(steps[:-1]):
                    steps.pop()
                found += [step / 1e6 for step in steps]
        return found

    def stop(self):
        self.process.terminate()
        self.process.wait(5)
        self._look()


def play(address, rooms):
    """Plays until it is ended."""
    poll, players = select.epoll(), {}
    for room, (name, count) in enumerate(rooms):
        for index in range(count):
            client = LightClient(address, wire.hello(name), stamped=True)
            client.who, client.heard = (room, index), time.monotonic()
            players[client.fileno()] = client
            poll.register(client.fileno(), select.EPOLLIN)
    while players:
        for descriptor, _ in poll.poll(WRITES_AGAIN):
            listen(players[descriptor], players, descriptor)
        now = time.monotonic()
        for client in players.values():
            if now - client.heard > WRITES_AGAIN and client.welcome:
                client.heard = now
                client.write(client.number % 100)


def listen(client, players, descriptor):
    frames = client.take()
    if frames:
        os.write(1, RECORD.pack(*client.who, frames, client.tick, client.stamp, time.time_ns()))
        client.heard = time.monotonic()
        client.write(client.number % 100)
    if client.is_over:
        os.write(1, RECORD.pack(*client.who, 0, client.close_code, 0, 0))
        del players[descriptor]


def on_time():
    """Ahead of everybody else on its core, where that is permitted: it needs little."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass


if __name__ == "__main__":
    on_time()
    rooms = [(room, int(count)) for room, _, count in (word.partition(":") for word in sys.argv[3:])]
    play((sys.argv[1], int(sys.argv[2])), rooms)
