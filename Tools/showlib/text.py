"""A client of the JSON form, as somebody would write it without a library of ours: SPEC section 18."""
import json
import sys
import time

from showlib.websocket import PING, PONG, TEXT, WebSocket


class TextClient:
    """`answers`: whether it answers text heartbeats, as a program does that is alive; `ws.pongs`: whether it answers control pings."""

    def __init__(self, address, query="", *, subprotocol=None, path=None):
        self.ws = WebSocket(address).upgrade(path=path or f"/{query}", subprotocol=subprotocol)
        self.answers = True
        self.welcome, self.state, self.players, self.events, self.private, self.results = None, {}, {}, [], [], []
        self.heartbeat, self.heartbeats, self.texts, self.frames, self.pings, self.pongs, self.host, self.applied = {}, 0, [], 0, [], [], None, 0
        self.seen = 0

    def say(self, message):
        """An object, or a text as it is."""
        self.ws.send((message if isinstance(message, str) else json.dumps(message)).encode(), TEXT)

    def poll(self, timeout=0.0):
        for opcode, payload, _ in self.ws.poll(timeout):
            if opcode == PING:
                self.pings.append(payload)
            elif opcode == PONG:
                self.pongs.append(payload)
            elif opcode == TEXT:
                self.take(payload.decode())

    def take(self, text):
        if not text.startswith("{"):
            self.texts.append(text)
            if self.answers and text == "ping":
                self.say("pong")
            elif self.answers and text.startswith("2probe"):
                self.say("3" + text[1:])
            return
        message = json.loads(text)
        if "welcome" in message:
            self.welcome = message["welcome"]
            return
        self.results += message.get("results", [])
        self.private += message.get("private", [])
        if "applied" in message:
            self.applied = message["applied"]
            return
        self.apply(message)

    def apply(self, message):
        self.frames += 1
        if message.get("snapshot"):
            self.state, self.players = {}, {}
        for entity in message.get("removed", []):
            self.state.pop(entity, None)
        self.state |= message.get("entities", {})
        for entity, fields in message.get("changes", {}).items():
            self.state[entity].update(fields)
        self.host = message.get("host", self.host)
        for seat, row in message.get("players", {}).items():
            self.players[seat] = row
        self.players = {seat: row for seat, row in self.players.items() if row}
        for event in message.get("events", []):
            if event["n"] > self.seen:
                self.seen = event["n"]
                self.events.append((event["from"], event["name"], event["value"]))
        if "heartbeat" in message:
            self.heartbeat, self.heartbeats = message["heartbeat"], self.heartbeats + 1

    def wait_for(self, holds, seconds=5.0, others=()):
        """Reads, for the others too, until something holds."""
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until:
                return False
            self.poll(0.01)
            for other in others:
                other.poll()
        return True

    def joined(self):
        """Waits for the first frame."""
        self.wait_for(lambda: self.frames > 0)
        return self

    @property
    def seat(self):
        return str(self.welcome["seat"])

    def close(self, code=None):
        self.ws.close(code)


if __name__ == "__main__":  # HOST PORT ROOM: says its seat, and answers pings until it is ended
    player = TextClient((sys.argv[1], int(sys.argv[2])), f"?room={sys.argv[3]}").joined()
    print(player.seat, flush=True)
    while not player.ws.is_over:
        player.poll(1)
