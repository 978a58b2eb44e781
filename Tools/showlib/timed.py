"""A player who speaks at set moments, for what the relay makes of them: `python3 -m showlib.timed HABIT HOST PORT ROOM`.

`twice`: acknowledges each frame at once, and says something else 20 ms later. `steady`: something 30 times a second, whatever comes, and
changes nothing. Prints its seat, then plays until it is ended.
"""
import select
import sys
import time

from . import wire
from .light import LightClient
from .players import on_time

AFTERWARDS = 0.020  # seconds
STEADILY = 1 / 30


def twice(client):
    said, due = 0, time.monotonic()
    while not client.is_over:
        wait_for(client, due)
        if client.take():
            client.acknowledge()
            due = min(due, time.monotonic() + AFTERWARDS)
        if time.monotonic() >= due:
            said, due = said + 1, float("inf")
            client.write(said % 100)


def steady(client):
    number, due = 0, time.monotonic()
    while not client.is_over:
        wait_for(client, due)
        client.take()
        if time.monotonic() >= due:
            number, due = number + 1, due + STEADILY
            client.send(wire.uplink(wire.acknowledgement(*client.acknowledgement()), number, []))


def wait_for(client, due):
    """Until something comes, or it is time."""
    waiting = select.epoll()
    with waiting:
        waiting.register(client.fileno(), select.EPOLLIN)
        waiting.poll(max(0.0, min(1.0, due - time.monotonic())))


if __name__ == "__main__":
    on_time()
    habit, host, port, room = sys.argv[1:]
    client = LightClient((host, int(port)), wire.hello(room))
    client.wait(lambda client: client.tick, 5)
    client.acknowledge()
    print(client.welcome.seat, flush=True)
    {"twice": twice, "steady": steady}[habit](client)
