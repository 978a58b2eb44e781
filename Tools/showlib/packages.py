"""Programs of Debian's packages that a show needs: the system's, or unpacked beside the build. Nothing is installed, so no service of theirs starts."""
import contextlib
import os
import shutil
import subprocess

from .relay import ROOT

UNPACKED = ROOT / ".build-proxies"
PACKAGES = {"nginx": "nginx-light", "promtool": "prometheus"}  # of programs that another package than that of their name brings


def program(name):
    """Where it is; None if it is nowhere."""
    places = [str(UNPACKED / place) for place in ("usr/sbin", "usr/bin")]
    return shutil.which(name, path=os.pathsep.join([*places, os.environ["PATH"], "/usr/sbin"]))


def unpack(*names):
    """Gets what is missing, in a minute at most. The names of those that cannot be had."""
    if missing := [name for name in names if not program(name)]:
        packages = [PACKAGES.get(name, name) for name in missing]
        command = f"source {ROOT}/Tools/lib.sh && unpack_packages {UNPACKED} {' '.join(packages)}"
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(["bash", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return [name for name in missing if not program(name)]


def environment(**more):
    """For such a program: its libraries may have been unpacked too."""
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(map(str, UNPACKED.glob("usr/lib/*-linux-gnu")))} | more
