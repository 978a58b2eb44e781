"""What the JSON form costs: a spectator of it in each room beside a binary one, and rooms where everybody speaks it beside the peers."""
import json
import os
import signal
import subprocess

from showlib.relay import Relay, resident_bytes, spawn

from .cost import ENOUGH, MAIN, is_whole, shortfall, whole
from .figures import median
from .machine import ON_LOAD, ON_SERVER
from .matches import LABELS, Match, OurMatch

BOTS_ROOMS = "bots-1"  # what the bots' rooms' names begin with
FORMS = {"binary": "--binary", "JSON": "--spectate"}
BOUND = 1.15


class TextLoad:
    """`peers/text.c`: clients of the JSON form, or binary spectators."""

    def __init__(self, tools, relay, room, shape, clients, *extra):
        argv = [tools["text"], "--port", str(relay.address[1]), "--room", room, "--rooms", str(shape.rooms), "--clients", str(clients)]
        argv += ["--rate", str(shape.rate), "--phases", str(shape.spread), *extra]
        self.process, self.turns_of_all = spawn([*ON_LOAD, *argv], stdout=subprocess.PIPE, text=True), clients / shape.players
        self.pid = self.process.pid
        if not self.process.stdout.readline().startswith("joined"):
            raise RuntimeError("the clients did not get in")

    def count_anew(self):
        os.kill(self.pid, signal.SIGUSR1)

    def judge(self, sample, turns):
        """`turns`: ticks of all players in what was measured."""
        self.process.terminate()
        said = json.loads(self.process.stdout.read())
        sample.carried = 0.0 if said["lost"] else min(sample.carried, said["frames"] / (turns * self.turns_of_all))
        sample.late_load |= said["late_slots"] > 1 - ENOUGH
        return said["frame_bytes"] / max(1, said["frames"])

    def stop(self):
        self.process.terminate()
        self.process.wait(5)


class SpectatedMatch(OurMatch):
    """The bots' rooms, each with one spectator more."""

    def __init__(self, shape, seconds, tools, form):
        super().__init__(shape, seconds)
        self.spectators = TextLoad(tools, self.relay, BOTS_ROOMS, shape, 1, FORMS[form])
        rooms = len(self.relay.stats()["rooms"])
        if rooms != shape.rooms:
            raise RuntimeError(f"the spectators are in rooms of their own: {rooms} rooms")

    def restart(self):
        super().restart()
        self.spectators.count_anew()

    def end(self, sample, turns):
        super().end(sample, turns)
        sample.frame_bytes = self.spectators.judge(sample, turns)

    def stop(self):
        self.spectators.stop()
        super().stop()


class TextMatch(Match):
    """Rooms of players of the JSON form alone."""

    def __init__(self, shape, tools):
        super().__init__(shape)
        self.relay = Relay(prefix=ON_SERVER, threads=1, tickRate=shape.rate)
        self.server_pid, self.resident_before = self.relay.pid, resident_bytes(self.relay.pid)
        self.load = TextLoad(tools, self.relay, "text", shape, shape.players)
        self.load_pid = self.load.pid

    def restart(self):
        self.load.count_anew()

    def end(self, sample, turns):
        sample.carried = 1.0
        sample.frame_bytes = self.load.judge(sample, turns)

    def stop(self):
        self.load.stop()
        self.relay.stop()


def play(findings, match, what, seconds):
    try:
        sample = match.measure(seconds)
    finally:
        match.stop()
    findings.heard(sample)
    findings.say(f"{what:<28} {sample.cpu_us:6.2f} µs, frames of {sample.frame_bytes:.0f} bytes{shortfall(sample)}")
    return sample


def pairs_of(over, under):
    """Those rounds in which both carried everything; all if there is none, which is then void."""
    pairs = list(zip(over, under))
    good = [(one, other) for one, other in pairs if is_whole(one) and is_whole(other)]
    return [one.cpu_us / other.cpu_us for one, other in good or pairs], not good


def compare_spectators(findings, contenders, rounds, seconds):
    samples = {form: [] for form in FORMS}
    for number in range(rounds):
        for form in FORMS if number % 2 else reversed(FORMS):
            match = SpectatedMatch(MAIN, seconds, contenders.tools, form)
            samples[form].append(play(findings, match, f"round {number + 1} of {rounds}, {form}", seconds))
    ratios, is_void = pairs_of(samples["JSON"], samples["binary"])
    medians = {form: median(sample.cpu_us for sample in whole(of)) for form, of in samples.items()}
    note = f"{medians['JSON']:.2f} µs and {medians['binary']:.2f} µs; {min(ratios):.2f} to {max(ratios):.2f} in {rounds} rounds"
    findings.add(f"{MAIN}, a JSON spectator in each room, against a binary one", median(ratios), "×", BOUND, note, is_void=is_void)
    return medians


def compare_players(findings, contenders, rounds, seconds):
    """Everybody speaks JSON; the peers, which carry bytes and read nothing, in turn."""
    peers = [name for name in contenders.names if name != "floor"]
    samples = {"text": []} | {name: [] for name in peers}
    for number in range(rounds):
        samples["text"].append(play(findings, TextMatch(MAIN, contenders.tools), f"round {number + 1} of {rounds}, all JSON", seconds))
        for name in peers:
            samples[name].append(play(findings, contenders.match(name, MAIN, seconds), f"round {number + 1} of {rounds}, {LABELS[name]}", seconds))
    medians = {name: median(sample.cpu_us for sample in whole(of)) for name, of in samples.items()}
    findings.add(f"{MAIN}, everybody JSON", medians["text"], "µs", note=f"frames of {median(sample.frame_bytes for sample in samples['text']):.0f} bytes", is_void=not any(map(is_whole, samples["text"])))
    for name in peers:
        ratios, is_void = pairs_of(samples["text"], samples[name])
        findings.add(f"{MAIN}, everybody JSON, against {LABELS[name]}", median(ratios), "×", note=f"{medians[name]:.2f} µs", is_void=is_void)
    return medians


def measure(findings, contenders, rounds, player_rounds, seconds):
    findings.begin("The JSON form", f"{MAIN} rooms × players; clients that read at every tick and answer every ping")
    spectators = compare_spectators(findings, contenders, rounds, seconds)
    findings.data["text"] = {"spectators": spectators, "players": compare_players(findings, contenders, player_rounds, seconds)}
