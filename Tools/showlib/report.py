"""What a show prints, and how it ends."""
import os
import signal
import sys
import time
import traceback

from .machine import Machine
from .relay import EX_SKIPPED, EX_TEMPFAIL

LONGEST = 90  # seconds
TIMES = "SHOW_TIMES"  # "told": what is late is said and fails nothing, as in the gate; else it is judged


class Show:
    """`with Show(title, what) as show:` runs checks, and exits with

    0   all held
    1   one did not, or there was none
    75  void: one did not, and a core of this machine stood still, which says nothing of the relay; the gate runs the show again, once
    77  skipped: all held but times that are not judged, on a machine that was not quiet or in the gate
    """

    def __init__(self, title, what, longest=LONGEST):
        self.failed, self.late, self.machine_said, self.count, self.began = [], [], "", 0, time.monotonic()
        self.machine = Machine()
        self.judges_times = os.environ.get(TIMES) != "told"
        print(f"{title}\n  {what}\n", flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        signal.signal(signal.SIGALRM, self._time_is_up)
        signal.alarm(longest)

    def _time_is_up(self, *_):
        raise TimeoutError("the show took too long")

    def __enter__(self):
        return self

    def check(self, what, holds, figure=""):
        """One fact, with what was measured. Returns whether it holds."""
        self.count += 1
        if not holds:
            self.failed.append(what)
        print(f"  {'PASS' if holds else 'FAIL'}  {what}{f': {figure}' if figure != '' else ''}", flush=True)
        return holds

    def in_time(self, what, holds, figure=""):
        """A fact about time. Where it does not hold, it fails the show only if times are judged and this machine was quiet since the
        show began, or since `machine.begin()`."""
        if holds:
            return self.check(what, holds, figure)
        quiet, machine = self.machine.verdict()
        if quiet and self.judges_times:
            return self.check(what, holds, f"{figure}; {machine}")
        self.count += 1
        self.late.append(what)
        self.machine_said = machine
        print(f"  LATE  {what}: {figure}; {machine}", flush=True)
        return holds

    def figure(self, what, value):
        print(f"        {what}: {value}", flush=True)

    def __exit__(self, kind, error, trace):
        signal.alarm(0)
        if kind is SystemExit:
            return False
        if error:
            traceback.print_exception(kind, error, trace)
            self.failed.append(f"it broke: {error!r}")
        good = self.count - len(self.failed) - len(self.late)
        print(f"\n  {good} of {self.count} checks passed, {time.monotonic() - self.began:.0f} s", flush=True)
        for what in self.failed:
            print(f"  failed: {what}", flush=True)
        if self.late and not self.failed:
            skip(f"{len(self.late)} of {self.count} checks were late, and are not judged here: {self.machine_said}")
        stood_still = self.machine.standstill()
        if self.failed and stood_still:
            print(f"void: {stood_still}; run it again", flush=True)
            sys.exit(EX_TEMPFAIL)
        sys.exit(1 if self.failed or not self.count else 0)


def skip(why):
    print(why, flush=True)
    sys.exit(EX_SKIPPED)


def percentile(values, percent):
    """The value below which so many percent lie; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0
