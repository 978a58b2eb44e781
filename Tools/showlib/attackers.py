"""Attacks, each in a process of its own: `python3 -m showlib.attackers NAME HOST PORT [ARGUMENT ...]`.

Each is bounded in time and in connections, and prints as JSON what it saw, with the time it took (realtime nanoseconds; what it had to
prepare is not part of it). They know SPEC and nothing else.
"""
import json
import os
import socket
import struct
import subprocess
import sys
import time

from . import wire
from .light import NO_ACK, LightClient, masked
from .relay import TOOLS, spawn
from .websocket import upgrade_request

READ = 16384  # bytes that the relay reads from a connection at a tick
TINY = 4096  # bytes: the least receive buffer


class Attack:
    """One of them under way, seen from the show."""

    def __init__(self, relay, name, *arguments):
        argv = [sys.executable, "-m", "showlib.attackers", name, *map(str, (*relay.address, *arguments))]
        self.process = spawn(argv, ahead=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(TOOLS)})

    def is_over(self):
        return self.process.poll() is not None

    def said(self):
        """Its next line; waits for it."""
        return self.process.stdout.readline().strip()

    def report(self):
        return json.loads(self.said())

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


class Clock:
    """When the attack itself began and ended."""

    def __init__(self):
        self.began, self.start = time.time_ns(), time.monotonic()

    def passed(self):
        return time.monotonic() - self.start

    def wait_for(self, moment):
        time.sleep(max(0.0, moment - self.passed()))

    def report(self, **seen):
        return {"began": self.began, "ended": time.time_ns(), **seen}


def codes(clients):
    """{close code: how many}; None stands for who is still connected."""
    found = {}
    for client in clients:
        client.take() if not client.is_over else None
        found[str(client.close_code)] = found.get(str(client.close_code), 0) + 1
    return found


def unread(address, room, seconds=5, rate=40):
    """Joins, says goodbye in the same segment and never reads: each is owed a snapshot of all the room has."""
    clock, held = Clock(), []
    for index in range(int(float(seconds) * rate)):
        clock.wait_for(index / rate)
        held.append(LightClient(address, wire.hello(room), wire.leave(), receive_buffer=TINY))
    return clock.report(connections=len(held))


def inbox(address, rooms, message="", connections=120, seconds=4):
    """In each room, within one tick: as many of a message as are read, from each of many; then a good one of a bystander, who came last."""
    clock, crowds, frame = Clock(), [], masked(bytes.fromhex(message))
    flood = frame * (READ // len(frame))
    for room in rooms.split(","):
        crowds.append([LightClient(address, wire.hello(room)) for _ in range(int(connections) + 1)])
    everybody = [client for crowd in crowds for client in crowd]
    for client in everybody:
        client.wait(lambda client: client.tick, 5)
    clock.wait_for(float(seconds) / 2)
    bystanders, waiting = [crowd[-1] for crowd in crowds], crowds
    for bystander in bystanders:
        while bystander.take():
            pass
        bystander.write("before")
    while waiting and clock.passed() < 2 * float(seconds):
        fresh = [crowd for crowd in waiting if crowd[-1].take() or crowd[-1].is_over]
        for *flooders, bystander in fresh:  # a tick has just passed: the next one reads all of what follows
            for client in flooders:
                client.socket.send(flood)
            bystander.write("after")
        waiting = [crowd for crowd in waiting if crowd not in fresh]
    clock.wait_for(float(seconds))
    flooders = [client for crowd in crowds for client in crowd[:-1]]
    report = clock.report(flooders=codes(flooders), bystanders=codes(bystanders))
    for client in everybody:
        client.end()
    return report


def lock(address, room, seats):
    """Takes every seat, acknowledges once and vanishes. Tokens by seat, for the show to try them."""
    clock, tokens = Clock(), {}
    for first in range(0, int(seats), 16):
        batch = [LightClient(address, wire.hello(room)) for _ in range(min(16, int(seats) - first))]
        for client in batch:
            if client.wait(lambda client: client.tick, 5):
                client.acknowledge()
                tokens[client.welcome.seat] = client.welcome.token.hex()
        time.sleep(0.04)  # the acknowledgement is read at the next tick
        for client in batch:
            client.end()
    return clock.report(tokens=tokens)


def crowd(address, rooms, seats, pause=0.1):
    """Takes seats, reads and acknowledges for as long as it lives: not an attack, but full rooms. Says `ready`, and never ends."""
    clients = [LightClient(address, wire.hello(room)) for room in rooms.split(",") for _ in range(int(seats))]
    said = False
    while True:
        began = time.monotonic()
        for client in clients:
            if not client.is_over and client.take():
                client.acknowledge()
        if not said and all(client.tick for client in clients):
            said = print("ready", flush=True) is None
        time.sleep(max(0.01, float(pause) - (time.monotonic() - began)))


def private(address, room, seats, seconds=4, connections=4, rate=54000):
    """Messages of 64 events to 64 seats each, so many bytes a second from each connection: everybody gets some at every tick."""
    seats = list(map(int, seats.split(",")))
    groups = [seats[first : first + 64] for first in range(0, len(seats), 64)]
    operations = [wire.op_event("e", index, wire.SEATS, groups[index % len(groups)]) for index in range(64)]
    length = len(masked(wire.uplink(NO_ACK, 1, operations)))
    clients = [LightClient(address, wire.hello(room)) for _ in range(int(connections))]
    for client in clients:
        client.wait(lambda client: client.tick, 5)
    clock, number = Clock(), 0
    while clock.passed() < float(seconds):
        number += 1
        for client in clients:
            while not client.is_over and client.take():
                pass
            if not client.is_over:
                client.send(wire.uplink(wire.acknowledgement(client.tick, 0), number, operations))
        clock.wait_for(number * length / rate)
    return clock.report(codes=codes(clients), kilobytes_a_second=round(number * length / clock.passed() / 1000, 1))


def rooms(address, count=4060, rate=1700):
    """Makes rooms by joining them, and leaves at once."""
    clock, open_, refused = Clock(), [], 0
    for index in range(int(count)):
        clock.wait_for(index / rate)
        open_.append(LightClient(address, wire.hello(f"made-{index}"), wire.leave()))
        if len(open_) > 400:
            refused += not has_left(open_.pop(0))
    refused += sum(not has_left(client) for client in open_)
    return clock.report(made=int(count), refused=refused)


def has_left(client):
    client.wait(lambda client: client.is_over, 2)
    client.end()
    return client.close_code == 1000


def storm(address, room, seconds=4, sockets=50):
    """One token, many sockets: each rejoins with it at once, and again as soon as another has taken the seat from it."""
    owner = LightClient(address, wire.hello(room))
    owner.wait(lambda client: client.tick, 5)
    owner.acknowledge()
    welcome = owner.welcome
    rejoin = wire.rejoin(room, welcome.token, welcome.epoch, 0, 0)
    clock, ends, tried = Clock(), {}, 0
    racers = [None] * int(sockets)
    while clock.passed() < float(seconds):
        for index, racer in enumerate(racers):
            if racer is None or racer.is_over:
                code = str(racer.close_code) if racer else "-"
                ends[code], tried = ends.get(code, 0) + 1, tried + 1
                racers[index] = LightClient(address, rejoin)
            else:
                racer.take()
        time.sleep(0.002)
    for racer in racers:
        racer.end()
    back = LightClient(address, rejoin)
    return clock.report(tried=tried, ends=ends, token=welcome.token.hex(), owner_is_back=back.wait(lambda client: client.welcome, 2))


def loris(address, sockets=2000, seconds=5, pause=0.25):
    """Requests that never end, a byte at a time."""
    clock, request = Clock(), upgrade_request("%s:%d" % address)
    open_ = []
    for _ in range(int(sockets)):
        client = socket.create_connection(address, timeout=5)
        client.setblocking(False)
        open_.append(client)
    most, at, ended = len(open_), 0, 0
    while clock.passed() < float(seconds):
        began = clock.passed()
        living = []
        for client in open_:
            try:
                client.send(request[at % 40 : at % 40 + 1])
                living.append(client)
            except OSError:
                client.close()
                ended += 1
        open_, at = living, at + 1
        clock.wait_for(began + pause)
    return clock.report(sockets=most, ended_by_the_relay=ended, longest=round(clock.passed(), 1))


def floods(address, seconds=1.3, connects=5000, requests=6000):
    """One after the other, so many a second: connections that end at once, connections that are reset, plain requests."""
    clock, seconds = Clock(), float(seconds)
    return clock.report(**{
        "connects": hammer(lambda: socket.create_connection(address, timeout=5).close(), seconds, connects),
        "resets": hammer(Resetter(address).knock, seconds, connects),
        "requests": hammer(Requester(address).knock, seconds, requests),
    })


class Resetter:
    """Connects and resets: every other time with an upgrade and a hello under way."""

    def __init__(self, address):
        self.address, self.count = address, 0
        self.stream = upgrade_request("%s:%d" % address) + masked(wire.hello("reset"))

    def knock(self):
        self.count += 1
        client = socket.create_connection(self.address, timeout=5)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self.count % 2:
            client.send(self.stream)
        client.close()


class Requester:
    """Plain requests, each on a connection of its own, a hundred under way; every one must be answered."""

    def __init__(self, address):
        self.address, self.under_way = address, []

    def knock(self):
        client = socket.create_connection(self.address, timeout=5)
        client.send(b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        self.under_way.append(client)
        if len(self.under_way) > 100:
            with self.under_way.pop(0) as oldest:
                oldest.settimeout(2)
                if not oldest.recv(4096).startswith(b"HTTP/1.1 "):
                    raise ConnectionError("no answer")


def hammer(knock, seconds, rate):
    """Does it again and again, no faster than the rate. How often a second, and how often in vain."""
    clock, count, failed = Clock(), 0, 0
    while clock.passed() < seconds:
        try:
            knock()
        except OSError:
            failed += 1
        count += 1
        clock.wait_for(count / rate)
    return {"a_second": round(count / clock.passed()), "failed": failed}


ATTACKS = {attack.__name__: attack for attack in (unread, inbox, lock, crowd, private, rooms, storm, loris, floods)}

if __name__ == "__main__":
    name, host, port, *arguments = sys.argv[1:]
    print(json.dumps(ATTACKS[name]((host, int(port)), *arguments)), flush=True)
