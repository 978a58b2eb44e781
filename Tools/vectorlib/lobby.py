"""What a hello may ask of the lobby: Protocol/SPEC.md section 20, from its text alone.

Both forms of the protocol ask here. Names and values are those of Protocol/vectors/README.md.
"""
JOIN_OR_MAKE, JOIN, MAKE, QUICK_JOIN = range(4)
TYPE, PASSWORD, INVITATION, FIELDS = (1, 32), (1, 64), (16, 64), (1, 20)
PROPERTIES, STRING_BYTES = 16, 64
TRUTHS = ("listed", "locked")
RANGES = {"seats": (1, 1023), "spectators": (0, 1023)}
SECONDS, HELD = 86_400, ["player", "spectator"]


def present(card):
    """Null is absent."""
    return [field for field in card if field[1] is not None]


def card_fault(card):
    """What is wrong with a list of [name, value]; None if nothing is."""
    names = [name for name, _ in card]
    if len(set(names)) < len(names):
        return "a name twice"
    if "password" in names:
        return "the password, which only the relay writes"
    if sum(name not in (*TRUTHS, *RANGES) for name, _ in present(card)) > PROPERTIES:
        return "too many properties"
    return next((f"the value of {name}" for name, item in present(card) if not stands(name, item)), None)


def stands(name, item):
    if name in TRUTHS:
        return isinstance(item, bool)
    kind, content = (None, None) if isinstance(item, bool) else next(iter(item.items()))
    if name in RANGES:
        low, high = RANGES[name]
        return kind == "integer" and low <= int(content) <= high
    return kind in (None, "integer", "float") or kind == "string" and len(content.encode()) <= STRING_BYTES


def combination_fault(room, lobby):
    """Why a lobby part does not go with this room's name, or its members with each other; None if they do."""
    how = lobby["how"]
    if not room and how in (JOIN_OR_MAKE, JOIN):
        return "no room"
    if room and how == QUICK_JOIN:
        return "a room in a quick join"
    if room and "type" in lobby:
        return "a type beside a room"
    excluded = {JOIN_OR_MAKE: (), JOIN: ("card",), MAKE: ("invitation",), QUICK_JOIN: ("password", "invitation")}
    return next((f"{part} with how {how}" for part in excluded[how] if part in lobby), None)
