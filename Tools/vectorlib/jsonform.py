"""The JSON form: Protocol/SPEC.md sections 18 and 20, from their text alone. Messages are those of Protocol/vectors/README.md."""
import base64
import binascii
import re

from vectorlib import lobby
from vectorlib.jsontext import Members, NotJSON, parse

MALFORMED, OUT_OF_PLACE, TOKEN_REFUSED = 4000, 4006, 4012
SAFE = 2**53 - 1
NAME_BYTES, SEATS, PLAYERS, LONGEST_HOLD, CARD = 64, 2047, 1023, 10**12, 65535 * 1024
AUDIENCES = ["all", "others", "host", "seats"]
CAUSES = ["unknown", "lateTick", "relayBacklog", "hidden", "network", "clientFrozen", "replaced", "broken"]
ROOM_WRITES = ["anyone", "host", "compareAndSet"]
ON_LEAVE = ["remove", "keep", "handToHost"]
STATES = ["", "live", "stalled", "away", "left"]
RESULTS = """succeeded notOwner tooManyEntities stateFull tooManyNames wrongType outOfRange valueDiffers noSuchEntity spectator
noSuchSeat compareAndSetOnly tooManyFields tooManyDeliveries noMoreRoom cannotBeBanned""".split()


class Refused(Exception):
    """The relay closes the connection with this code."""

    def __init__(self, why, code=MALFORMED):
        super().__init__(f"{code}: {why}")
        self.code = code


def need(holds, why, code=MALFORMED):
    if not holds:
        raise Refused(why, code)


def read(text):
    try:
        return parse(text)
    except NotJSON as error:
        raise Refused(f"not JSON {error}") from None


# Text heartbeats.


def heartbeat(text):
    """What the relay does about it; None if it is none."""
    answers = {"ping": "pong", "2": "3", "2probe": "3probe"}
    if text in answers:
        return {"answer": answers[text]}
    if re.fullmatch(r"~h#[0-9]{1,20}~", text, re.ASCII):
        return {"answer": text}
    named = re.fullmatch(r"3probe ([0-9]{1,16})", text, re.ASCII)
    if named and int(named[1]) <= SAFE:
        return {"acknowledges": int(named[1])}
    return {"acknowledges": None} if text in ("pong", "3", "3probe") else None


# What a client sends.


def is_whole(item, low, high):
    return type(item) is int and low <= item <= high


def name(text):
    need(isinstance(text, str) and 1 <= len(text.encode()) <= NAME_BYTES, "a name")
    return text


def value(item):
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, str):
        return {"string": item}
    if isinstance(item, float):
        return {"float": item + 0.0}
    if isinstance(item, Members):
        return wrapped(item)
    need(is_whole(item, -(2**63), 2**63 - 1), "a value")
    return {"integer": item}


def wrapped(members):
    need(len(members) == 1 and isinstance(members[0][1], str), "an object as a value")
    key, content = members[0]
    if key == "int":
        need(re.fullmatch(r"-?[0-9]{1,19}", content, re.ASCII), "digits")
        return value(int(content))
    need(key == "base64", "an object as a value")
    try:
        return {"bytes": base64.b64decode(content, validate=True).hex()}
    except binascii.Error:
        raise Refused("base64") from None


def entity(item, seat):
    if not isinstance(item, str):
        need(is_whole(item, 0, 65535), "an own entity")
        return item * 1024 + (seat if seat <= PLAYERS else 0)
    if item == "card":
        return CARD
    found = re.fullmatch(r"(room|[1-9][0-9]{0,3})(?:/(0|[1-9][0-9]{0,4}))?", item, re.ASCII)
    need(found, "an entity's name")
    space, number = 0 if found[1] == "room" else int(found[1]), int(found[2] or 0)
    need(space <= PLAYERS and number <= 65535, "an entity's name")
    return number * 1024 + space


def one_field(members, why):
    need(isinstance(members, Members) and len(members) == 1, why)
    return name(members[0][0]), value(members[0][1])


def operation(said, seat):
    """One of `set`, `remove`, `send` and the acts."""
    if ACTS & said.keys():
        return act(said)
    if "remove" in said:
        return {"op": "remove", "entity": entity(said["remove"], seat)}
    if "send" in said:
        return event(said["send"], said.get("to", "all"))
    target = entity(said.get("entity", 0), seat)
    if "if" in said:
        (field, expected), (same, new) = one_field(said["if"], "if"), one_field(said["set"], "set with if")
        need(field == same, "if and set name different fields")
        return {"op": "compareAndSetByValue", "entity": target, "name": {"name": field}, "expected": expected, "new": new}
    need(isinstance(said["set"], Members), "set")
    return {"op": "set", "entity": target, "fields": [[{"name": name(key)}, value(item)] for key, item in said["set"]]}


def event(send, to):
    need(type(send) is list and 1 <= len(send) <= 2, "send")
    message = {"op": "event", "name": {"name": name(send[0])}}
    if type(to) is list:
        need(to and all(is_whole(seat, 1, SEATS) for seat in to), "seats")
        message |= {"audience": 3, "seats": to}
    else:
        need(to in AUDIENCES[:3], "to")
        message["audience"] = AUDIENCES.index(to)
    return message | {"value": value(send[1] if len(send) == 2 else None)}


def text(item, low, high):
    need(isinstance(item, str) and low <= len(item.encode()) <= high, "a text")
    return item


def act(said):
    """Who does what to whom: section 20."""
    (verb,) = ACTS & said.keys()
    if verb == "password":
        return {"op": verb, "password": "" if said[verb] is None else text(said[verb], 0, lobby.PASSWORD[1])}
    if verb == "invite":
        need(is_whole(said.get("seconds"), 0, lobby.SECONDS), "seconds")
        need("held" not in said or said["held"] in lobby.HELD, "held")
        held = 1 + lobby.HELD.index(said["held"]) if "held" in said else 0
        return {"op": verb, "invitation": text(said[verb], *lobby.INVITATION), "seconds": said["seconds"], "held": held}
    need(is_whole(said[verb], 1, PLAYERS if verb == "host" else SEATS), verb)
    need(is_whole(said.get("joined", 0), 0, SAFE), "joined")
    return {"op": verb, "seat": said[verb], "joined": said.get("joined", 0)}


OCCUPANTS = {"kick", "ban", "host"}
ACTS = OCCUPANTS | {"password", "invite"}
OPERATIONS = {"set", "remove", "send"} | ACTS
VERBS = OPERATIONS | {"do", "resync", "hidden", "leave"}
BESIDE = {"entity": {"set"}, "if": {"set"}, "to": {"send"}, "joined": OCCUPANTS, "seconds": {"invite"}, "held": {"invite"}}
GOES_WITH = BESIDE | {"n": OPERATIONS | {"do"}}


def verb_of(said, verbs, others):
    """The one member that says what to do, or None. A verb that stands twice, spelt differently, is two."""
    keys = [key for key, _ in said]
    need(set(keys) <= verbs | others, "no such key")
    found = [key for key in keys if key in verbs]
    need(len(found) <= 1, "two things to do")
    need(all(not GOES_WITH[key] or GOES_WITH[key] & set(found) for key in keys if key in GOES_WITH), "keys that do not go together")
    return found[0] if found else None


def acknowledgement(said):
    need("ack" in said or "hold" not in said, "hold without ack")
    if "ack" not in said:
        return {"tick": 0, "delay": 0}
    need(is_whole(said["ack"], 1, SAFE), "ack")
    hold = said.get("hold", 0)
    need(type(hold) in (int, float) and 0 <= hold <= LONGEST_HOLD, "hold")
    return {"tick": said["ack"], "delay": int(hold * 1000)}


def message(text, seat, newest):
    """The binary message that a text on this seat means."""
    members = read(text)
    need(isinstance(members, Members), "not an object")
    need(not OPENINGS.keys() & dict(members).keys(), "a second hello", OUT_OF_PLACE)
    verb = verb_of(members, VERBS, GOES_WITH.keys() | {"ack", "hold"})
    said = dict(members)
    ack = acknowledgement(said)
    if verb in ("leave", "resync"):
        need(said[verb] is True, verb)
        return {"kind": "leave"} if verb == "leave" else {"kind": "resync", "ack": ack, "reason": 1}
    if verb == "hidden":
        need(type(said[verb]) is bool, verb)
        return {"kind": "visibility", "ack": ack, "hidden": int(said[verb])}
    if verb is None:
        need("ack" in said, "nothing to do")
        return {"kind": "ack", "ack": ack}
    number = said.get("n", min(newest + 1, SAFE))
    need(is_whole(number, 1, SAFE), "n")
    return {"kind": "uplink", "ack": ack, "number": number, "operations": operations(said, verb, seat)}


def operations(said, verb, seat):
    if verb != "do":
        return [operation(said, seat)]
    need(type(said["do"]) is list, "do")
    for members in said["do"]:
        need(isinstance(members, Members) and verb_of(members, OPERATIONS, BESIDE.keys()), "an operation")
    return [operation(dict(members), seat) for members in said["do"]]


# What a client says first, and what goes with it.
HELLO = {"role", "ticket", "heartbeat"}
OPENINGS = {
    "join": HELLO | {"password", "invitation", "card", "existing"},
    "make": HELLO | {"room", "type", "password"},
    "find": HELLO | {"type"},
    "rejoin": {"applied", "heartbeat"},
}


def first_message(text):
    """The hello or rejoin that a text means, and the heartbeat that it asks for."""
    members = read(text)
    need(isinstance(members, Members), "no hello", OUT_OF_PLACE)
    said = dict(members)
    later = (VERBS | {"ack"}) - {"password"}
    need(not later & said.keys() and OPENINGS.keys() & said.keys(), "no hello", OUT_OF_PLACE)
    verb = verb_of(members, OPENINGS.keys(), set().union(*OPENINGS.values()))
    need(said.keys() <= OPENINGS[verb] | {verb}, "keys that do not go together")
    beat = said.get("heartbeat", "pong")
    need(beat in ("pong", "ping", "2probe", "ack"), "heartbeat")
    return (rejoin(said) if verb == "rejoin" else hello(said, verb)), beat


def hello(said, verb):
    need(said.get("role", "player") in ("player", "spectator"), "role")
    room = name(said["join"]) if verb == "join" else name(said["room"]) if "room" in said else ""
    message = {"kind": "hello", "version": 1, "room": room, "role": int(said.get("role") == "spectator"), "flags": int("ticket" in said)}
    if "ticket" in said:
        need(isinstance(said["ticket"], str) and said["ticket"], "ticket")
        message["ticket"] = said["ticket"].encode().hex()
    if verb != "join" or said.keys() & (OPENINGS["join"] - HELLO):
        message |= {"flags": message["flags"] | 4, "lobby": lobby_part(said, verb)}
        fault = lobby.combination_fault(room, message["lobby"])
        need(not fault, fault)
    return message


def lobby_part(said, verb):
    need(said.get("existing", True) is True, "existing")
    how = {"make": lobby.MAKE, "find": lobby.QUICK_JOIN}.get(verb, lobby.JOIN if "existing" in said else lobby.JOIN_OR_MAKE)
    bounds = {"type": lobby.TYPE, "password": lobby.PASSWORD, "invitation": lobby.INVITATION}
    found = {"how": how} | {key: text(said[key], *each) for key, each in bounds.items() if key in said}
    fields = card(said.get("card" if verb == "join" else verb, Members()))
    return found | ({"card": fields} if fields else {})


def card(members):
    need(isinstance(members, Members), "a card")
    fields = [[name(key), value(item)] for key, item in members]
    fault = lobby.card_fault(fields)
    need(not fault, fault)
    return lobby.present(fields)


def rejoin(said):
    confirmed = said.get("applied", 0)
    need(is_whole(confirmed, 0, SAFE), "applied")
    need(isinstance(said["rejoin"], str), "rejoin")
    token, room = token_parts(said["rejoin"])
    return {"kind": "rejoin", "version": 1, "room": room, "token": token.hex(), "epoch": 0, "tick": 0, "confirmed": confirmed, "flags": 0}


def token_parts(text):
    try:
        need(re.fullmatch("[A-Za-z0-9_-]{1,300}", text, re.ASCII), "a token's letters", TOKEN_REFUSED)
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        token, room = data[1 : 1 + data[0]], data[1 + data[0] :].decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refused("a token", TOKEN_REFUSED) from None
    need(len(token) == data[0] and 1 <= len(token) <= 128 and 1 <= len(room.encode()) <= NAME_BYTES, "a token", TOKEN_REFUSED)
    return token, room


# What the relay sends, as Python's own reader of JSON has it.


def number_text(item):
    return item if abs(item) <= SAFE else {"int": str(item)}


def plain(item, quantum):
    """A value of the binary form as it stands in a text."""
    if item is None or isinstance(item, bool):
        return item
    (kind, content), = item.items()
    if kind == "integer":
        return number_text(int(content))
    if kind == "steps":
        return int(content) * float(quantum or 1)
    return {"base64": base64.b64encode(bytes.fromhex(content)).decode()} if kind == "bytes" else content


def entity_text(number):
    if number == CARD:
        return "card"
    space, own = number % 1024, number // 1024
    return (str(space) if space else "room") + (f"/{own}" if own else "")


def welcome(said, room):
    """`said` is a decoded welcome."""
    token = bytes.fromhex(said["token"])
    text = base64.urlsafe_b64encode(bytes([len(token)]) + token + room.encode()).decode().rstrip("=")
    same = "seat tick rate stride maximumAckDelay heartbeatInterval stallAfter graceWindow seatHold giveUpAfter uplinkBytes uplinkRate uplinkBurst"
    found = {key: said[key] for key in same.split()}
    found |= {"room": room, "token": text, "applied": said["lastUplink"], "cause": CAUSES[said["cause"]]}
    found |= {"roomWrites": ROOM_WRITES[said["roomWrites"]], "onLeave": ON_LEAVE[said["onLeave"]]}
    return {"welcome": found | ({"uplinkGap": True} if said["flags"] & 2 else {})}


class Frames:
    """Makes texts of decoded frames and of the replica that has applied them: `names` are pairs of text and quantum."""

    def __init__(self, replica):
        self.replica = replica

    def fields(self, number, indices):
        held = self.replica.entities[number][1]
        return {self.replica.names[index][0]: plain(held[index], self.replica.names[index][1]) for index in indices}

    def events(self, items, now):
        return [self.event(item, now) for item in items]

    def event(self, item, now):
        text, quantum = self.replica.names[item["name"]]
        found = {"n": int(item["number"]), "tick": now - item["age"], "from": item["sender"] or None, "name": text}
        found["value"] = plain(item["value"], quantum)
        return found | ({"to": AUDIENCES[item["audience"]]} if item["audience"] else {})

    def frame(self, said):
        found = {"tick": said["tick"]}
        if said["coding"] == "snapshot":
            found["snapshot"] = True
        found |= self.entities(said.get("entities", {}))
        if "roster" in said:
            found |= {"host": said["roster"]["host"] or None, "players": {str(row["seat"]): self.row(row) for row in said["roster"]["rows"]}}
        if "events" in said:
            found["events"] = self.events(said["events"], said["tick"])
        if "lost" in said:
            found["lost"] = said["tick"] - said["lost"]
        if "heartbeat" in said:
            found["heartbeat"] = self.heartbeat(said["heartbeat"])
        return found

    def entities(self, lists):
        found = {"removed": [entity_text(number) for number in lists.get("removed", [])]}
        replaced = lists.get("replaced", [])
        found["entities"] = {entity_text(each["entity"]): self.fields(each["entity"], dict(each["fields"])) for each in replaced}
        owners = {each["entity"]: each["owner"] for each in replaced if each["owner"] != each["entity"] % 1024}
        found["owners"] = {entity_text(number): owner or None for number, owner in owners.items()}
        changed = {}
        for each in lists.get("differences", []) + lists.get("updated", []):
            indices = [index for index, _ in each.get("differences", each.get("fields"))]
            changed.setdefault(each["entity"], []).extend(indices)
        found["changes"] = {entity_text(number): self.fields(number, indices) for number, indices in changed.items()}
        return {key: items for key, items in found.items() if items}

    def row(self, row):
        if STATES[row["state"]] == "left":
            return None
        cause = {"cause": CAUSES[row["cause"]]} if row["cause"] else {}
        return {"state": STATES[row["state"]], "joined": row["joined"]} | cause

    def heartbeat(self, said):
        rows = zip(sorted(self.replica.roster), said["rows"])
        players = {str(seat): {"rtt": row["rtt"] - 1 if row["rtt"] else None, "applied": row["lastUplink"]} for seat, row in rows}
        return {"stride": said["stride"], "players": players}

    def private(self, said):
        found = {"tick": said["tick"], "applied": said["lastUplink"]}
        if "results" in said:
            found["results"] = [
                {"n": each["uplink"], "operation": each["operation"], "result": RESULTS[each["code"]]} for each in said["results"]
            ]
        if "events" in said:
            found["private"] = self.events(said["events"], said["tick"])
        if "lost" in said:
            found["lost"] = said["tick"] - said["lost"]
        return found


def alike(found, text, key=None):
    """Whether a text says what was found. The binary form has whole milliseconds of RTT, the text has tenths."""
    if isinstance(found, dict) and isinstance(text, dict):
        return found.keys() == text.keys() and all(alike(found[each], text[each], each) for each in found)
    if isinstance(found, list) and isinstance(text, list):
        return len(found) == len(text) and all(map(alike, found, text))
    if key == "rtt" and None not in (found, text):
        return abs(found - text) <= 0.55
    if isinstance(found, float) and isinstance(text, float):
        return abs(found - text) <= 1e-12 * abs(found)  # a quantised number
    return type(found) is type(text) and found == text
