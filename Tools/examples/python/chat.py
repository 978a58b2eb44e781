#!/usr/bin/env python3
"""A chat in the terminal: type a line, and everybody in the room reads it.

    pip install websockets
    Tools/examples/python/chat.py --name Ann                        (the end of the input, Ctrl-D, leaves)
    echo "Dinner is ready" | Tools/examples/python/chat.py --name Kitchen

What you type while the connection is lost is said when it is back, once: each message has a number, and is sent again until the
relay says that it was applied.
"""
import argparse
import asyncio
import json
import random
import sys
import time

import websockets

SILENCE = 5  # seconds; the relay sends something every second
WAITS = (0.25, 5)  # seconds: bounds of the first wait before a new attempt, and of the longest
FORGET = {4012, 4013, 4014, 4015}  # the token is good for nothing any more
OVER = {4002, 4017, 4020, 4022, 4023, 4024, 4030, 4031, 4032, 4033, 4034, 4035, 4036, 4037}


def plain(value):
    """Of what others wrote nothing may steer this terminal."""
    return "".join(character if character.isprintable() else "?" for character in str(value))


class Chat:
    def __init__(self, options):
        self.options = options
        self.relay = None  # the connection, while there is one
        self.start_anew()

    def start_anew(self):
        self.token, self.seat = None, None
        self.names, self.heard = {}, 0  # by seat; number of the newest event
        self.unconfirmed, self.number = {}, 0
        self.queue({"set": {"name": self.options.name}})

    def queue(self, message):
        self.number += 1
        self.unconfirmed[self.number] = json.dumps(message | {"n": self.number})

    async def say(self, text):
        self.queue({"send": ["chat", text]})
        if self.relay:
            await self.relay.send(self.unconfirmed[self.number])

    async def play(self):
        """One connection, from the first message to its end."""
        async with websockets.connect(self.options.relay, close_timeout=1) as relay:
            await relay.send(json.dumps({"rejoin": self.token} if self.token else {"join": self.options.room}))
            self.welcomed(json.loads(await asyncio.wait_for(relay.recv(), SILENCE))["welcome"])
            for text in list(self.unconfirmed.values()):
                await relay.send(text)
            self.relay = relay
            while True:
                try:
                    self.take(json.loads(await asyncio.wait_for(relay.recv(), SILENCE)))
                except asyncio.TimeoutError:
                    relay.transport.abort()  # a polite close waits; and if it is 1000, which means to leave, and arrives yet, the seat is gone
                    raise

    def welcomed(self, welcome):
        self.token, self.seat = welcome["token"], str(welcome["seat"])
        self.confirm(welcome["applied"])
        print(f"* you are in seat {self.seat} of {welcome['room']}")

    def confirm(self, number):
        self.unconfirmed = {n: text for n, text in self.unconfirmed.items() if n > number}

    def take(self, message):
        for seat, fields in [*message.get("entities", {}).items(), *message.get("changes", {}).items()]:
            if "name" in fields and self.names.get(seat) != fields["name"]:
                self.names[seat] = fields["name"]
                print(f"* {plain(fields['name'])} is here")
        for seat, row in message.get("players", {}).items():
            if row is None:
                print(f"* {plain(self.names.pop(seat, seat))} has left")
        for event in message.get("events", []):
            if event["n"] > self.heard:
                self.heard = event["n"]
                if event["name"] == "chat":
                    print(f"{plain(self.names.get(str(event['from']), '?'))}: {plain(event['value'])}")
        self.confirm(message.get("applied", 0))
        self.confirm(message.get("heartbeat", {}).get("players", {}).get(self.seat, {}).get("applied", 0))

    async def stay(self):
        """Connects, and comes back by token when the connection is lost."""
        wait = WAITS[0]
        while True:
            began = time.monotonic()
            try:
                await self.play()
            except (OSError, asyncio.TimeoutError, websockets.exceptions.WebSocketException) as error:
                close = getattr(error, "rcvd", None)
                print(f"* connection lost: {error or 'silence'}")
                if close and close.code in OVER:
                    return
                if close and close.code in FORGET:
                    self.start_anew()
            finally:
                self.relay = None
            wait = WAITS[0] if time.monotonic() - began > 5 else wait
            await asyncio.sleep(random.uniform(0, wait))
            wait = min(2 * wait, WAITS[1])

    async def read(self):
        """Says each line of the input; at its end, leaves as soon as everything was said."""
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            await self.say(line.decode().rstrip("\n"))
        while self.unconfirmed:
            await asyncio.sleep(0.1)
        if self.relay:
            await self.relay.send(json.dumps({"leave": True}))


async def main():
    parser = argparse.ArgumentParser(description="A chat in the terminal.")
    parser.add_argument("--relay", default="ws://localhost:7777")
    parser.add_argument("--room", default="lobby")
    parser.add_argument("--name", default="Somebody")
    chat = Chat(parser.parse_args())
    parts = [asyncio.create_task(chat.stay()), asyncio.create_task(chat.read())]
    await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    for part in parts:
        part.cancel()


sys.stdout.reconfigure(line_buffering=True)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
