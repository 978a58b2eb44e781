"""One HTML page with everything: no file beside it, light and dark, wide and narrow."""
from . import method
from .matches import LABELS, RATE
from .page_style import STYLE
from .plots import bars, dots, escape, line

COLORS = {"relay": "ours", "floor": "floor", "ws": "ws", "gorilla": "gorilla"}
SHORT = {"relay": "TickRelay", "floor": "floor (C)", "ws": "node ws", "gorilla": "gorilla (Go)"}


def card(title, lead, body):
    if not body:
        return ""
    return f'<section class="card"><h2>{escape(title)}</h2><p class="lead">{escape(lead)}</p>{body}</section>'


def page(whole):
    parts = [header(whole), hero(whole), tiles(whole), '<div class="columns">']
    parts += [draw(whole) for draw in (shapes, in_step, delivery, frame_interval, capacity, rooms, players, lateness, memory, never_readers, wire, returns, round_trips)]
    parts += ["</div>", table(whole), skipped(whole), noise(whole), method_card(whole)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>TickRelay: how fast it is</title><style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


# The top of the page.


def header(whole):
    machine = whole["machine"]
    rows = [row for section in whole["sections"] for row in section["rows"] if row["verdict"] not in ("", "void")]
    met = sum(row["verdict"] == "met" for row in rows)
    chip = f'<span class="chip {"good" if met == len(rows) else "mixed"}">{met} of {len(rows)} targets met</span>' if rows else ""
    loud = '<p class="warning">The machine was not quiet while this was measured: do not quote these figures.</p>' if "NOT QUIET" in whole["noise_text"] else ""
    return (
        f'<header><p class="eyebrow">TickRelay · Tools/bench, {escape(whole["plan"])} run</p><h1>How fast is it?</h1>'
        f'<p class="where">{escape(machine["processor"])}, {machine["cores"]} cores, {escape(machine["system"])}, kernel {escape(machine["kernel"])} · {escape(machine["date"])}</p>{chip}{loud}</header>'
    )


def main_cost(whole):
    return next(entry for entry in whole["data"]["cost"] if entry["shape"] == "100×8")


def hero(whole):
    """CPU per player and tick: the one thing to see."""
    medians, ratios = (main_cost(whole)[key] for key in ("medians", "ratios"))
    most = max(medians.values())
    rows = []
    for name, value in sorted(medians.items(), key=lambda item: item[1]):
        times = (
            f"{ratios['floor']:.2f} times the floor" if name == "relay" else "what the kernel charges" if name == "floor"
            else f"{1 / ratios[name]:.1f} times ours")
        rows.append(
            f'<div class="row {COLORS[name]}"><span class="who">{escape(LABELS[name])}</span><span class="track"><i style="width:{value / most * 100:.1f}%"></i></span>'
            f'<b>{value:.2f} µs</b><span class="times">{times}</span></div>')
    return (
        '<section class="card hero"><h2>CPU per player and tick</h2><p class="lead">100 rooms of 8 players at 30 Hz, 24 bytes of input each: one input in, one frame '
        f'of the whole room out. One core; medians, of the ratios within each round, too. The floor is a C loop that only calls recv and send for the same bytes.</p><div class="race">{"".join(rows)}</div></section>'
    )


def tile(value, unit, what):
    return f'<div class="tile"><b>{value}</b><i>{escape(unit)}</i><span>{escape(what)}</span></div>'


def tiles(whole):
    data, found = whole["data"], []
    if data.get("capacity", {}).get("relay", {}).get("players"):
        found.append(tile(f"{data['capacity']['relay']['players']:,}", "players", "on one core, 99 % of inputs delivered and of frames apart by two ticks at most"))
    if "delivery" in data and "relay" in data["delivery"]:
        found.append(tile(f"{data['delivery']['relay']['p99']:.0f}", "ms", "from one player to another, p99; one tick is 33 ms"))
    if "relay" in data.get("frame_interval", {}):
        found.append(tile(f"{data['frame_interval']['relay']['p99']:.0f}", "ms", "from one frame to the next, p99; one tick is 33 ms"))
    if "memory" in data:
        found.append(tile(f"{data['memory']['idle'] / 1024:.1f}", "KiB", "of memory per idle connection"))
    if "wire" in data:
        found.append(tile(f"{data['wire']['per_update']:.1f}", "bytes", "per entity update, everything in the frame counted"))
    if "storm" in data:
        found.append(tile(f"{data['storm']['rejoin_ms']['max']:.0f}", "ms", f"until the last of {data['storm']['players']} is back after all lost the connection at once"))
    return f'<div class="tiles">{"".join(found)}</div>' if found else ""


# The plots.


def at_rate(entry):
    return "" if entry["rate"] == RATE else f" at {entry['rate']} Hz"


def cost_groups(entries, has_heading=True):
    return [
        (f"{entry['rooms']:,} rooms of {entry['players']}{at_rate(entry)}" if has_heading else "", [(SHORT[name], value, COLORS[name], "") for name, value in entry["medians"].items()])
        for entry in entries
    ]


def shapes(whole):
    entries = [entry for entry in whole["data"]["cost"] if entry["shape"] != "100×8" and "step" not in entry["shape"]]
    return card("Other shapes", "The same for few and many rooms, small and large ones. µs per player and tick.", entries and bars(cost_groups(entries), "CPU per player and tick by shape"))


def in_step(whole):
    entries = [entry for entry in whole["data"]["cost"] if "step" in entry["shape"]]
    lead = "100 rooms of 8 again, with players who all send in the same 8 moments of a tick. Real ones do not; servers that wake up for every input would like them to."
    return card("Players in step", lead, entries and bars(cost_groups(entries, False), "CPU per player and tick, players in step"))


def delivery(whole):
    found = whole["data"].get("delivery", {})
    if not found:
        return ""
    groups = [(text, [(SHORT[name], of[key], COLORS[name], "") for name, of in found.items()]) for key, text in (("p50", "half of all inputs within"), ("p99", "99 of 100 within"), ("p999", "999 of 1,000 within"))]
    return card("Delivery", "From the moment a player was meant to send its input, whatever held it back, to its arrival at another, through the next tick. Milliseconds.", bars(groups, "Delivery", "ms", digits=1))


def frame_interval(whole):
    found = whole["data"].get("frame_interval", {})
    if not found:
        return ""
    groups = [(text, [(SHORT[name], of[key], COLORS[name], "") for name, of in found.items()]) for key, text in (("p50", "p50"), ("p99", "p99"), ("max", "the longest"))]
    lead = "From one frame of a player to its next. One tick is 33.3 ms; a server that stands still shows here first. Milliseconds."
    return card("Frame interval", lead, bars(groups, "Frame interval", "ms", digits=1))


def capacity(whole):
    found = whole["data"].get("capacity", {})
    found = {name: one for name, one in found.items() if one["players"]}  # without those of whom no trial held
    items = [(SHORT[name], one["players"], COLORS[name], "at least" if one["is_lower_bound"] else "") for name, one in found.items()]
    bounded = " and ".join(SHORT[name] for name, one in found.items() if one["is_lower_bound"])
    note = f" At least, for {bounded}: beyond that the load was too slow, not the server." if bounded else ""
    return card("Players on one core", f"Rooms of 8; the most with 99 of 100 inputs delivered within two ticks, and 99 of 100 frames no further apart.{note}", items and bars([("", items)], "Players on one core", digits=0))


def rooms(whole):
    growth = whole["data"].get("growth", {})
    found = growth.get("rooms")
    points = found and [(one["rooms"], one["cpu_us"], f"{one['rooms']:,} rooms of 4: {one['cpu_us']:.2f} µs") for one in found]
    bound = points and (points[1][1] * 1.15, "15 % over 10 rooms")
    return card("More rooms", f"Rooms of 4{at_rate(growth) if growth else ''}. What a player costs when there are more of them; a few rooms leave nothing to batch.", points and line(points, "CPU per player and tick by rooms", "rooms", "µs", bound))


def players(whole):
    found = whole["data"].get("growth", {}).get("players")
    points = found and [(one["players"], one["cpu_us"], f"{one['players']} players: {one['cpu_us']:.2f} µs, frames of {one['frame_bytes']:,.0f} bytes") for one in found]
    return card("More players in one room", "Everybody's input goes to everybody: frames grow with the room.", points and line(points, "CPU per player and tick by players in one room", "players in one room", "µs"))


def lateness(whole):
    found = whole["data"].get("lateness")
    if not found:
        return ""
    rows = [(text, found["percentiles"][key]) for key, text in (("p50", "p50"), ("p99", "p99"), ("p999", "p99.9"))]
    columns = [("timer", "bare timer", "floor"), ("slot", "a slot begins", "ours"), ("frame", "a room's last frame is sent", "ours-too")]
    lead = f"At half load, {found['players']:,} players. The bare timer is a thread that does nothing else, on the same core just before and after. One slot is {found['slot_ms'] * 1000:,.0f} µs long."
    return card("How late", lead, dots(rows, columns, "Lateness"))


def memory(whole):
    found = whole["data"].get("memory")
    if not found:
        return ""
    items = [("TickRelay, idle", found["idle"] / 1024, "ours", "")]
    items += [(SHORT[name], size / 1024, COLORS[name], "active") for name, size in found["active"].items() if name != "floor"]
    return card("Memory per connection", "Resident KiB. Active: 800 players at 30 Hz. Idle: joined, only acknowledging heartbeats.", bars([("", items)], "Memory per connection", "KiB", digits=1))


def never_readers(whole):
    found = whole["data"].get("memory", {}).get("never_readers")
    items = found and [(f"{count} of them", max(0, size) / 1024, "ours", "") for count, size in found.items()]
    return card("Readers who never read", "How much the server grows beside the same room without them: the newest state waits for them, no queue does.", items and bars([("", items)], "Growth by never-readers", "KiB", digits=0))


def wire(whole):
    found = whole["data"].get("wire", {})
    names = (("entropy", "entropy", "floor"), ("per_update", "TickRelay", "ours"), ("byte_oriented", "whole bytes", "ours-too"), ("float32", "raw float32", "rest"), ("json", "JSON", "rest"))
    items = [(text, found[key], color, "") for key, text, color in names if key in found]
    return card("Bytes per entity update", "A fixed trace of 8 players who walk at random for a minute; everything in the frame counted. Entropy: what no coding of this trace could go below.", items and bars([("", items)], "Bytes per entity update", "bytes", digits=1))


def returns(whole):
    found = whole["data"].get("returning", {}).get("returns")
    groups = found and [
        (f"after {one['gap']:g} s", [("entries changed", one["changed_bytes"], "floor", ""), ("first frame", one["bytes"], "ours", one["coding"]), ("a snapshot", one["snapshot_bytes"], "rest", "")])
        for one in found
    ]
    return card("Coming back", "Bytes for a player who was away: what changed meanwhile, not how long it was, and not everything there is.", groups and bars(groups, "Bytes of a return", "bytes", digits=0))


def round_trips(whole):
    data = whole["data"]
    items = []
    if "roundtrip" in data:
        found = data["roundtrip"]
        items.append(f"<li><b>{abs(found['relay_ms'] - found['truth_ms']):.2f} ms</b> off: the relay takes a player to be {found['relay_ms']:.2f} ms away where a TCP handshake takes {found['truth_ms']:.2f} ms. It sent no ping.</li>")
    if data.get("verdict", {}).get("late_ms"):
        late = sorted(data["verdict"]["late_ms"])
        items.append(f"<li><b>{late[-1]:.1f} ms</b> beyond the rule at most: so long after {data['verdict']['stall_after_ms'] / 1000:g} s of silence the others see that a player has stalled. It is decided at ticks, 33.3 ms apart.</li>")
    if data.get("returning", {}).get("quick_ms"):
        times = sorted(data["returning"]["quick_ms"])
        items.append(f"<li><b>{times[len(times) // 2]:.1f} ms</b> from asking for the seat to the first frame of the room; one tick is 33.3 ms.</li>")
    if "crowd" in data:
        found = data["crowd"]
        items.append(f"<li><b>{max(0, found['kib']):.0f} KiB</b> more memory for one who never reads in a room of 200; the others' delivery p99 is {found['p99_with']:.1f} ms, without it {found['p99_without']:.1f} ms; the p99 of their frame interval {found['interval_p99_with']:.1f} and {found['interval_p99_without']:.1f} ms.</li>")
    return card("The heartbeat that rides along", "RTT, liveness and resuming come from the tick number that clients echo.", items and f'<ul class="facts">{"".join(items)}</ul>')


# The end of the page.


def table(whole):
    parts = []
    for section in whole["sections"]:
        if not section["rows"]:
            continue
        parts.append(f'<tr class="group"><th colspan="4">{escape(section["title"])}</th></tr>')
        for row in section["rows"]:
            verdict = row["verdict"]
            kind, sign = {"met": ("met", "✓"), "void": ("void", "–")}.get(verdict, ("missed", "✗"))
            mark = f'<span class="{kind}">{sign} {escape(verdict)}</span>' if verdict else ""
            target = f"≤ {row['bound']:g}" if row["bound"] is not None else ""
            parts.append(
                f'<tr><td>{escape(row["what"])}<small>{escape(row["note"])}</small></td><td class="figure">{row["value"]:,.{row["digits"]}f} {escape(row["unit"])}</td>'
                f'<td class="figure">{target}</td><td class="verdict">{mark}</td></tr>')
        parts += [f'<tr><td colspan="4" class="remark">{escape(remark)}</td></tr>' for remark in section["remarks"]]
    head = "<tr><th>what</th><th>measured</th><th>target</th><th></th></tr>"
    return f'<section class="card"><h2>Every figure</h2><div class="scroll"><table>{head}{"".join(parts)}</table></div></section>'


def skipped(whole):
    items = "".join(f"<li><b>{escape(one['what'])}</b>: {escape(one['why'])}</li>" for one in whole["skipped"])
    return card("Not measured here", "", items and f"<ul>{items}</ul>")


def noise(whole):
    floor = main_cost(whole)["samples"].get("floor", [])
    rounds = ", ".join(f"{sample['cpu_us']:.2f}" for sample in floor)
    return card("How quiet the machine was", whole["noise_text"][:1].upper() + whole["noise_text"][1:], f"<p>The floor, round by round: {rounds} µs. Differences smaller than its spread mean nothing.</p>")


def method_card(whole):
    versions = "".join(f"<li>{escape(LABELS[name])}: {escape(version)}</li>" for name, version in whole["versions"].items())
    return f'<section class="card method"><h2>How it was measured</h2>{method.as_html(whole["machine"])}{f"<ul>{versions}</ul>" if versions else ""}</section>'
