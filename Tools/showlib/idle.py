"""A crowd that holds seats and does nothing but acknowledge, in a process of its own.

`python3 -m showlib.idle HOST PORT COUNT ROOM_SIZE PREFIX` takes so many seats, and for each line of its input prints what has become of
them, as JSON: `seated`, `put_off` (how often somebody was told to come again later, and does), `refused` (by HTTP status or close code), `lost` (seats that were taken and are not any more, by code).
"""
import collections
import json
import os
import select
import subprocess
import sys
import time

from . import wire
from .light import LightClient
from .relay import TOOLS, spawn

AT_ONCE = 100  # joins that may be on their way
A_SECOND = 300  # joins: a crowd arrives, it does not storm
OVERLOADED, LATER = "4011", 5  # who is told to come again later does so, after so many seconds
PATIENCE = 10  # seconds for one of them


class Idle:
    """The process, seen from the show."""

    def __init__(self, relay, count, room_size=50, prefix="idle"):
        argv = [sys.executable, "-m", "showlib.idle", relay.address[0], str(relay.address[1]), str(count), str(room_size), prefix]
        self.process = spawn(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=os.environ | {"PYTHONPATH": str(TOOLS)})

    def ask(self):
        self.process.stdin.write("\n")
        return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.kill()
        self.process.wait()


class Crowd:
    def __init__(self, address, count, room_size, prefix):
        self.address, self.count, self.room_size, self.prefix = address, count, room_size, prefix
        self.poll, self.clients, self.joining = select.epoll(), {}, {}
        self.seated, self.begun, self.next_join = 0, 0, time.monotonic()
        self.put_off = collections.deque()  # when, and which
        self.times_put_off = 0
        self.refused, self.lost = collections.Counter(), collections.Counter()

    def report(self):
        left = self.count - self.begun + len(self.put_off)
        return {"seated": self.seated, "joining": len(self.joining), "left": left, "put_off": self.times_put_off, "refused": self.refused, "lost": self.lost}

    def next_number(self):
        """Who joins now, if anybody may."""
        now = time.monotonic()
        if len(self.joining) >= AT_ONCE or now < self.next_join:
            return None
        self.next_join = max(self.next_join, now - 0.1) + 1 / A_SECOND
        if self.put_off and self.put_off[0][0] <= now:
            return self.put_off.popleft()[1]
        if self.begun == self.count:
            return None
        self.begun += 1
        return self.begun - 1

    def begin_joins(self):
        while (number := self.next_number()) is not None:
            try:
                client = LightClient(self.address, wire.hello(f"{self.prefix}-{number // self.room_size}"))
            except OSError as error:
                self.refused[type(error).__name__] += 1
                continue
            client.place = number
            self.clients[client.fileno()] = client
            self.joining[client.fileno()] = time.monotonic() + PATIENCE
            self.poll.register(client.fileno(), select.EPOLLIN)

    def listen(self, descriptor):
        client = self.clients[descriptor]
        frames = client.take()
        if client.welcome and self.joining.pop(descriptor, None):
            self.seated += 1
        if client.is_over:
            self.end(descriptor, client)
        elif frames:
            client.acknowledge()

    def end(self, descriptor, client):
        del self.clients[descriptor]  # closing it has taken it out of the poll
        if self.joining.pop(descriptor, None):
            self.refuse(client)
        else:
            self.seated -= 1
            self.lost[client.close_code] += 1

    def refuse(self, client):
        if str(client.close_code) == OVERLOADED:
            self.times_put_off += 1
            self.put_off.append((time.monotonic() + LATER, client.place))
        else:
            self.refused[client.close_code] += 1

    def run(self):
        self.poll.register(0, select.EPOLLIN)
        while True:
            self.begin_joins()
            for descriptor, _ in self.poll.poll(0.02):
                if descriptor:
                    self.listen(descriptor)
                elif not os.read(0, 1):
                    return
                else:
                    print(json.dumps(self.report()), flush=True)
            for descriptor in [one for one, until in self.joining.items() if until < time.monotonic()]:
                self.clients[descriptor].end(0)
                self.end(descriptor, self.clients[descriptor])


if __name__ == "__main__":
    host, port, count, room_size, prefix = sys.argv[1:]
    Crowd((host, int(port)), int(count), int(room_size), prefix).run()
