"""The machine: which core is whose, what it is, and how much anybody else was using it meanwhile."""
import os
import pathlib
import platform
import re
import resource
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
QUIET = 0.05  # of the server's core: if others used more in one of ten matches, figures are not to be trusted


def pinned(core):
    return ["taskset", "-c", str(core)]


ON_SERVER, ON_LOAD = pinned(SERVER_CORE), pinned(LOAD_CORE)


def read(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ""


def cpu_ns(pid):
    """CPU time of all threads of a process, in nanoseconds where the kernel counts so, else from /proc/PID/stat."""
    tasks = list(pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))
    if tasks:
        return sum(int(read(task).split()[0]) for task in tasks if read(task))
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000_000 // CLOCK_TICKS


def core_ns(core):
    """(busy, stolen) of a core since boot, in nanoseconds."""
    line = re.search(rf"^cpu{core} (.*)$", read("/proc/stat"), re.M)
    user, nice, system, _, _, irq, softirq, steal = (int(word) for word in line[1].split()[:8])
    tick = 1_000_000_000 // CLOCK_TICKS
    return (user + nice + system + irq + softirq) * tick, steal * tick


class CoreWatch:
    """How much of the server's core went to others, or was stolen by the hypervisor, while one of ours ran."""

    def __init__(self, pid):
        self.pid, self.began = pid, time.monotonic_ns()
        self.own, (self.busy, self.steal) = cpu_ns(pid), core_ns(SERVER_CORE)

    def end(self):
        """Fractions of the time since the beginning: (others, stolen)."""
        length = time.monotonic_ns() - self.began
        busy, steal = core_ns(SERVER_CORE)
        others = busy - self.busy - (cpu_ns(self.pid) - self.own)
        return max(0.0, others / length), max(0.0, (steal - self.steal) / length)


def describe():
    """What the report says about the machine."""
    model = re.search(r"^model name\s*:\s*(.*)$", read("/proc/cpuinfo"), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", read("/proc/meminfo"), re.M)
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": len(CORES),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "kernel": platform.release(),
        "system": next((line.split("=")[1].strip('"') for line in read("/etc/os-release").splitlines() if line.startswith("PRETTY_NAME")), ""),
        "server_core": SERVER_CORE,
        "load_core": LOAD_CORE,
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def raise_descriptors():
    """As many as this machine allows, for us and for everything we start."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def load_average():
    return os.getloadavg()[0]
