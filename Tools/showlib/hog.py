"""Takes a set share of a core from whoever else runs there: `python3 -m showlib.hog CORE`, and a share (0 to 0.93) a line on its input.

Ahead of every ordinary thread, for that share of each 4 ms: so what is left is known, and nobody waits longer than that.
"""
import os
import select
import sys
import time

from .relay import TOOLS, spawn

PERIOD = 0.004  # seconds
MOST = 0.93  # the kernel itself keeps 5 % from real-time threads


class Hog:
    """The process, seen from the show."""

    def __init__(self, core):
        argv = [sys.executable, "-m", "showlib.hog", str(core)]
        self.process = spawn(argv, stdin=-1, env=os.environ | {"PYTHONPATH": str(TOOLS)})  # -1: subprocess.PIPE

    def take(self, share):
        assert 0 <= share <= MOST, share
        self.process.stdin.write(f"{share:.4f}\n".encode())
        self.process.stdin.flush()


def is_permitted():
    """Whether we may run ahead of everybody."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, *before)
    except PermissionError:
        return False
    return True


def burn(core):
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    share, begin = 0.0, time.monotonic()
    while True:
        wait = None if share == 0 else 0
        if select.select([sys.stdin], [], [], wait)[0]:
            line = sys.stdin.readline()
            if not line:
                return
            share, begin = float(line), time.monotonic()
        while time.monotonic() < begin + share * PERIOD:
            pass
        begin = max(begin + PERIOD, time.monotonic() - PERIOD)
        time.sleep(max(0.0, begin - time.monotonic()))


if __name__ == "__main__":
    burn(int(sys.argv[1]))
