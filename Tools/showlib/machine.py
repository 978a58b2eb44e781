"""Whether this machine is quiet enough to time anything on it, and whether it ran at all.

A sleeper that asks for nothing but to be woken, while the cores have idle time: if it is late, the machine was, whatever runs
under the show. A relay that stands still does not disturb it, and one that takes all of both cores leaves no idle time and is not excused.

For how long a core stood still, another program says: it has a sleeper on each, ahead of everybody else. Whatever runs here does not
make it late by a quarter of a second. What does is a machine that was not run.

Run as `python3 -m showlib.machine`, it is the sleeper itself; with `cores`, that other program.
"""
import os
import pathlib
import select
import subprocess
import sys
import threading
import time

from .relay import go_ahead

STEP = 0.004  # seconds
LATE = 0.008  # seconds: half a period at 60 Hz
MOST_LATE = 0.004  # of all time, in sleeps as late as that
MOST_STOLEN = 0.03  # of all time, by whatever else runs on the hardware
STANDSTILL = 0.25  # seconds: a check that waits for anything may be wrong about a relay that could not run for so long
LEAST_IDLE = 0.25  # of the cores' time: with less, our own processes may be what is late


def cores():
    """Ticks of all cores since the boot: all of them, those without work, and those that the hypervisor gave to somebody else."""
    times = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(times), times[3] + times[4], times[7]


class Machine:
    """How late this machine was since it was last asked to begin."""

    def __init__(self):
        self.sleeper, self.watchman = self._start(), self._start("cores")
        go_ahead(self.watchman.pid)
        self.longest = 0.0  # seconds in which a core did not run
        self.begin()

    @staticmethod
    def _start(*arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "showlib.machine", *arguments], cwd=pathlib.Path(__file__).parents[1],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True)

    @staticmethod
    def _asked(program):
        program.stdin.write("\n")
        return float(program.stdout.readline())

    def stay_on(self, core):
        """Where another core is taken on purpose."""
        os.sched_setaffinity(self.sleeper.pid, {core})

    def ask(self):
        """The moment, how late the sleeper was until then in all, and what `cores` says."""
        return time.monotonic(), self._asked(self.sleeper), cores()

    def begin(self):
        self.began = self.ask()

    def verdict(self):
        """Whether it was quiet, and what was measured."""
        (began, late, before), (now, late_now, after) = self.began, self.ask()
        total, idle, stolen = (one - other for one, other in zip(after, before))
        # What was stolen was not used by us either.
        late, unused, stolen = (late_now - late) / (now - began), (idle + stolen) / max(1, total), stolen / max(1, total)
        disturbed = unused > LEAST_IDLE and (late > MOST_LATE or stolen > MOST_STOLEN)
        return not disturbed, f"a sleeper beside it was over {LATE * 1000:.0f} ms late for {late:.1%} of the time, {stolen:.1%} stolen, {unused:.0%} without work of ours"

    def stood_still(self):
        """Whether a core did not run for long, since this was last asked."""
        latest = self._asked(self.watchman)
        self.longest = max(self.longest, latest)
        return latest > STANDSTILL

    def standstill(self):
        """The longest time since the start in which a core did not run, in words; empty if that was short."""
        self.stood_still()
        return f"a core of this machine stood still for {self.longest:.1f} s" if self.longest > STANDSTILL else ""


def sleep():
    """Until standard input ends; for each line of it prints the seconds that passed in late sleeps."""
    late, due = 0.0, time.monotonic()
    while True:
        if select.select([0], [], [], 0)[0]:
            if not sys.stdin.buffer.raw.read(1):
                return
            print(late, flush=True)
        due += STEP
        time.sleep(max(0, due - time.monotonic()))
        if time.monotonic() - due > LATE:
            late += time.monotonic() - due
            due = time.monotonic()


def watch(core, longest):
    """For ever; notes in `longest` by how much a sleep on this core was late at most."""
    os.sched_setaffinity(0, {core})  # of this thread alone
    while True:
        due = time.monotonic() + 10 * STEP
        time.sleep(10 * STEP)
        longest[core] = max(longest[core], time.monotonic() - due)


def watch_cores():
    """Until standard input ends; for each line of it prints the longest standstill of any core since the line before."""
    cores = os.sched_getaffinity(0)
    longest = dict.fromkeys(cores, 0.0)
    for core in cores:
        threading.Thread(target=watch, args=(core, longest), daemon=True).start()
    for _ in sys.stdin:
        print(max(longest.values()), flush=True)
        longest.update(dict.fromkeys(cores, 0.0))


if __name__ == "__main__":
    watch_cores() if sys.argv[1:] == ["cores"] else sleep()
