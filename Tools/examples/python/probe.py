#!/usr/bin/env python3
"""A monitor that asks whether a relay is there: it sends `2probe`, waits for `3probe`, and connects anew when that does not come in time.

    pip install websockets
    Tools/examples/python/probe.py --relay ws://localhost:7777 --every 1 --timeout 2

It takes a seat in the room, where others see its last measurement (field `rtt`, milliseconds), and comes back into it by token.
"""
import argparse
import asyncio
import json
import random
import sys
import time

import websockets

FORGET = {4012, 4013, 4014, 4015}  # close codes after which the token is good for nothing
LONGEST_WAIT = 5  # seconds between two attempts


async def read(relay, echoes):
    async for text in relay:
        if text.startswith("3probe"):
            echoes.put_nowait(text)
        else:
            message = json.loads(text)
            for entity, fields in (message.get("entities", {}) | message.get("changes", {})).items():
                print(f"{entity}: {fields}")


async def probe(relay, options):
    """Returns when a probe stays without an answer, or the connection has ended."""
    echoes = asyncio.Queue()
    reader = asyncio.create_task(read(relay, echoes))
    try:
        while not reader.done():
            sent = time.monotonic()
            await relay.send("2probe")
            await asyncio.wait_for(echoes.get(), options.timeout)
            rtt = (time.monotonic() - sent) * 1000
            print(f"answered within {rtt:.1f} ms")
            await relay.send(json.dumps({"set": {"name": options.name, "rtt": rtt}}))
            await asyncio.sleep(options.every)
    except asyncio.TimeoutError:
        print("no answer: Connection lost")
        relay.transport.abort()  # a polite close would wait for an answer, too
    finally:
        reader.cancel()


async def main(options):
    token, attempts = None, 0
    while True:
        try:
            async with websockets.connect(options.relay, open_timeout=options.timeout, close_timeout=1) as relay:
                await relay.send(json.dumps({"rejoin": token} if token else {"join": options.room}))
                welcome = json.loads(await asyncio.wait_for(relay.recv(), options.timeout))["welcome"]
                token, attempts = welcome["token"], 0
                print(f"{options.name} is in seat {welcome['seat']}")
                await probe(relay, options)
        except (OSError, asyncio.TimeoutError, websockets.exceptions.WebSocketException) as error:
            print(f"connection lost: {error or 'no answer'}")
            if getattr(error, "rcvd", None) and error.rcvd.code in FORGET:
                token = None
        attempts += 1
        await asyncio.sleep(random.uniform(0, min(LONGEST_WAIT, 0.25 * 2**attempts)))


parser = argparse.ArgumentParser(description="Asks whether a relay is there.")
parser.add_argument("--relay", default="ws://localhost:7777")
parser.add_argument("--room", default="lobby")
parser.add_argument("--name", default="Probe")
parser.add_argument("--every", type=float, default=1, help="seconds between an answer and the next probe")
parser.add_argument("--timeout", type=float, default=2, help="seconds that an answer may take")
sys.stdout.reconfigure(line_buffering=True)
try:
    asyncio.run(main(parser.parse_args()))
except KeyboardInterrupt:
    pass
