"""`python3 -m benchlib [--quick|--full] [--json FILE] [--report FILE]`: what Tools/bench starts."""
import argparse
import json
import pathlib
import signal
import sys
import tempfile
import time

from showlib.report import percentile

from . import machine, plan, report
from .figures import BOLD, DIM, PLAIN, Findings
from .matches import Contenders


def arguments():
    parser = argparse.ArgumentParser(prog="Tools/bench", description="How fast the relay is, beside a bare C loop and what one would use instead. About six minutes.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", dest="plan", const=plan.QUICK, help="against the bare loop only; under a minute")
    size.add_argument("--full", action="store_const", dest="plan", const=plan.FULL, help="everything, with more rounds; up to 40 minutes")
    parser.add_argument("--json", metavar="FILE", help="write every figure and sample there")
    parser.add_argument("--report", metavar="FILE", help="write one HTML page with plots there")
    parser.set_defaults(plan=plan.DEFAULT)
    return parser.parse_args()


def describe_noise(noise):
    """One sentence on how far these figures are to be trusted."""
    others, stolen = (percentile(noise[key], 90) for key in ("others", "stolen"))
    text = f"in nine of ten matches others used at most {others * 100:.1f} % of the server's core, {stolen * 100:.1f} % was stolen; load average {noise['load_average'][0]:.1f} before"
    if noise["floor_spread"] is not None:
        text = f"the floor wandered by {noise['floor_spread'] * 100:.0f} % between rounds; " + text
    return text + (". THE MACHINE WAS NOT QUIET: do not quote these figures." if others > machine.QUIET else ".")


def main():
    options = arguments()
    if len(machine.CORES) < 2:
        sys.exit("bench: takes two cores, one for the server and one for the load")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    machine.raise_descriptors()
    about, findings = machine.describe(), Findings()
    print(f"{BOLD}TickRelay bench{PLAIN}, {options.plan.name}, {options.plan.about}")
    print(f"{DIM}{about['processor']}, {about['cores']} cores, {about['system']}, kernel {about['kernel']}; server on core {about['server_core']}, load on core {about['load_core']}{PLAIN}")
    findings.noise["load_average"].append(machine.load_average())
    with tempfile.TemporaryDirectory(prefix="tickrelay-bench-") as directory:
        print(f"{DIM}compiling the floor and the peers ...{PLAIN}", flush=True)
        contenders = Contenders(directory, options.plan.contenders)
        findings.began = time.monotonic()  # compiling does not count
        plan.run(options.plan, findings, contenders)
    findings.noise["load_average"].append(machine.load_average())
    noise = describe_noise(findings.noise)
    findings.print_table()
    met, all_of_them = findings.targets()
    print(f"\n{met} of {all_of_them} targets met; {noise}")
    whole = {"plan": options.plan.name, "machine": about, "versions": contenders.versions, "noise_text": noise, **findings.as_json()}
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(whole, indent=1) + "\n")
    if options.report:
        pathlib.Path(options.report).write_text(report.page(whole))
    if findings.broken:
        sys.exit(f"bench: did not work: {', '.join(findings.broken)}")


if __name__ == "__main__":
    main()
