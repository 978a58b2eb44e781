"""A crowd that holds seats and does nothing but acknowledge, in a process of its own.

`python3 -m showlib.idle HOST PORT COUNT ROOM_SIZE PREFIX` takes so many seats, and for each line of its input prints what has become of
them, as JSON: `seated`, `refused` (by HTTP status or close code), `lost` (seats that were taken and are not any more, by code).
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
        self.seated, self.begun = 0, 0
        self.refused, self.lost = collections.Counter(), collections.Counter()

    def report(self):
        return {"seated": self.seated, "joining": len(self.joining), "left": self.count - self.begun, "refused": self.refused, "lost": self.lost}

    def begin_joins(self):
        while self.begun < self.count and len(self.joining) < AT_ONCE:
            room = f"{self.prefix}-{self.begun // self.room_size}"
            self.begun += 1
            try:
                client = LightClient(self.address, wire.hello(room))
            except OSError as error:
                self.refused[type(error).__name__] += 1
                continue
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
            self.refused[client.close_code] += 1
        else:
            self.seated -= 1
            self.lost[client.close_code] += 1

    def run(self):
        self.poll.register(0, select.EPOLLIN)
        while True:
            self.begin_joins()
            for descriptor, _ in self.poll.poll(0.1):
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
