"""A network with a known delay (Tools/netns-lab): how to get into it, and what it really does."""
import ctypes
import statistics
import subprocess
import sys

CLONE_NEWNET = 0x40000000
MINIMUM_RTT = 148  # offset of tcpi_min_rtt in struct tcp_info, microseconds

# Runs in the far namespace: opens connections and says how long the kernel's handshakes took, in milliseconds.
PROBE = """
import socket, struct, sys, time
for _ in range(15):
    began = time.monotonic()
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    took = (time.monotonic() - began) * 1000
    info = s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    print(took, struct.unpack_from('I', info, %d)[0] / 1000)
    s.close()
""" % MINIMUM_RTT


def enter(namespace):
    """This thread, and what it starts, moves to a network namespace."""
    with open(f"/run/netns/{namespace}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def probe(far, address):
    """What is true: (how long a TCP handshake takes, the kernel's least RTT), medians in milliseconds. `far`: words before
    a command that is to run at the other end."""
    said = subprocess.run([*far, sys.executable, "-c", PROBE, address[0], str(address[1])], capture_output=True, text=True, check=True, timeout=20)
    rows = [tuple(map(float, line.split())) for line in said.stdout.splitlines()]
    return statistics.median(row[0] for row in rows), statistics.median(row[1] for row in rows)
