"""What a run consists of: quick, default, full."""
import dataclasses

from . import capacity, cost, crowd, lateness, memory, storm, textform, wirecost
from .lab import Lab
from .matches import SLOW_RATE, Shape

OTHER_SHAPES = [Shape(20, 8), Shape(20, 50), Shape(4, 200)]


@dataclasses.dataclass(frozen=True)
class Plan:
    name: str
    about: str  # how long it takes
    contenders: tuple
    rounds: int  # of the main comparison, and how many seconds each match is measured
    seconds: float
    shapes: tuple = ()
    other_rounds: int = 1
    other_seconds: float = 2
    capacity_trials: int = 0
    capacity_seconds: float = 2.5
    lateness_rounds: int = 1
    crowd_rounds: int = 1
    crowd_seconds: float = 6

    @property
    def is_quick(self):
        return not self.shapes


ALL = ("relay", "floor", "ws", "gorilla")
QUICK = Plan("quick", "under a minute", ("relay", "floor"), rounds=5, seconds=2)
DEFAULT = Plan("default", "about six minutes", ALL, rounds=5, seconds=2, shapes=tuple(OTHER_SHAPES), capacity_trials=2)
FULL = Plan(
    "full", "up to 40 minutes", ALL, rounds=11, seconds=4, shapes=(*OTHER_SHAPES, Shape(600, 8, rate=SLOW_RATE)), other_rounds=3, other_seconds=6,
    capacity_trials=7, capacity_seconds=6, lateness_rounds=3, crowd_rounds=2, crowd_seconds=60,
)


def run(plan, findings, contenders):
    for name, why in contenders.missing.items():
        findings.skip(f"comparison with {name}", why)
    cost.compare_main(findings, contenders, plan.rounds, plan.seconds)
    if plan.is_quick:
        return
    # The lab waits a minute for its longest gap, on the load's core, while what follows measures CPU time and bytes.
    lab = Lab((1, 10, 60))
    with findings.attempt("other shapes"):
        cost.compare_others(findings, contenders, plan.shapes, plan.other_rounds, plan.other_seconds)
    with findings.attempt("players in step"):
        cost.compare_in_step(findings, contenders, plan.other_rounds, plan.other_seconds)
    with findings.attempt("the JSON form"):
        textform.measure(findings, contenders, plan.rounds, plan.other_rounds, plan.seconds)
    with findings.attempt("memory"):
        memory.measure(findings)
    with findings.attempt("bytes per entity update"):
        wirecost.measure(findings)
    with findings.attempt("how cost grows"):
        cost.grow(findings, contenders, plan.other_rounds, plan.other_seconds)
    with findings.attempt("round trips, stalls, returns"):
        lab.collect(findings)
    with findings.attempt("players on one core"):
        capacity.measure(findings, contenders, plan.capacity_trials, plan.capacity_seconds)
    with findings.attempt("lateness"):
        lateness.measure(findings, contenders, plan.lateness_rounds)
    with findings.attempt("a room of 200"):
        crowd.measure(findings, plan.crowd_rounds, plan.crowd_seconds)
    with findings.attempt("a reconnect storm"):
        storm.measure(findings)
