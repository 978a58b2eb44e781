"""Builds targets: our modules with libFuzzer's and the address sanitizer's instrumentation, and what they depend on as `swift build` left it.

SwiftPM would build the whole product and its dependencies anew. Its manifest says how it calls the compiler for each module; we
call it in the same way, with other outputs."""

import collections
import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading

from . import BUILD, ROOT
from .targets import SUPPORT, Failed

MANIFEST = ROOT / ".build" / "release.yaml"
RELEASE = ROOT / ".build" / "release"
SHARED = BUILD / "modules"
SANITIZE = ["-sanitize=fuzzer,address"]
QUICKLY = ["-Onone", "-gline-tables-only"]  # for modules with a planted fault, which run until it is found, and for the targets themselves
UNOPTIMIZED = {"RelayServer", "RelayClient"}  # optimizing them takes longer than it saves in half a minute of inputs
LINKER = ["-use-ld=lld"]  # a program has 100 MB: the usual linker takes longer for it than the compiler
# With their values: outputs of the product's build, and what a build with other settings must not share.
DROPPED = {"-emit-module-path", "-output-file-map", "-emit-objc-header-path", "-num-threads", "-module-cache-path"}
DROPPED_ALONE = {"-emit-module", "-c", "-emit-dependencies", "-parseable-output", "-serialize-diagnostics", "-emit-objc-header", "-warnings-as-errors"}


def unavailable():
    """Why this machine cannot fuzz; None if it can."""
    swiftc = shutil.which("swiftc")
    if swiftc is None:
        return "there is no swiftc here"
    runtimes = pathlib.Path(swiftc).resolve().parent.parent.glob("lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a")
    return None if any(runtimes) else "this Swift has no libFuzzer: its fuzzer runtime is missing"


def prepare(chosen):
    """Sees to it that there is a build to lean on, that the targets ask for what exists, and that their faults can still be planted."""
    if not MANIFEST.exists():
        run(["swift", "build", "-c", "release", "--build-tests"], "the product")
    for name in dict.fromkeys(module for target in chosen for module in target.modules):
        if not sources(name):
            raise Failed(f"there is no module {name}")
    for fault in (fault for target in chosen for fault in target.faults):
        fault.plant((ROOT / fault.file).read_text())
    c_archive()


def program(target, fault=None, number=0):
    """The fuzzer of a target, with a fault planted if there is one."""
    scratch = BUILD / "planted" / f"{target.name}-{number}"
    built, inputs = objects(target.modules, fault, scratch)
    output = BUILD / "programs" / (target.name if fault is None else f"{target.name}-planted-{number}")
    flags = [*compiler_flags(target.modules[-1] if target.modules else "RelayWire"), *QUICKLY, *LINKER]
    digest = digest_of([target.path, SUPPORT], inputs + repr(flags))
    if is_fresh(output, digest):
        return output
    output.parent.mkdir(parents=True, exist_ok=True)
    places = [str(SHARED)] if fault is None else [str(scratch), str(SHARED)]
    run(["swiftc", *SANITIZE, *(word for place in places for word in ("-I", place)), *flags, "-parse-as-library", "-module-name", "Fuzz", str(SUPPORT), str(target.path),
         *map(str, built), f"@{dependencies(target)}", "-o", str(output)], f"target {target.name}")
    mark_fresh(output, digest)
    return output


BUILDING = collections.defaultdict(threading.Lock)  # by output: whoever needs a module that another target builds waits for it


def objects(names, fault=None, scratch=SHARED):
    """The object files of modules, and a digest of all that they are made of. Those that a fault reaches have a place of their own."""
    found, digests = [], []
    for name in names:
        directory = scratch if fault and fault.module in {name, *closure(name)} else SHARED
        output, digest = directory / f"{name}.o", module_digest(name, fault)
        with BUILDING[output]:
            if not is_fresh(output, digest):
                directory.mkdir(parents=True, exist_ok=True)
                compile_module(name, fault, output, directory)
                mark_fresh(output, digest)
        found.append(output)
        digests.append(digest)
    return found, "".join(digests)


def module_digest(name, fault):
    """Of a module's files and flags, of those it is built upon, and of the fault if that is in one of them."""
    reached = {name, *closure(name)}
    files = [file for module in sorted(reached) for file in sources(module)]
    return digest_of(files, repr(compiler_flags(name)) + repr((fault, QUICKLY) if fault and fault.module in reached else sorted(UNOPTIMIZED & {name})))


def compile_module(name, fault, output, directory):
    flags = compiler_flags(name) + (QUICKLY if directory != SHARED or name in UNOPTIMIZED else [])
    files = [str(file) for file in planted(sources(name), fault, directory)]
    run(["swiftc", *SANITIZE, "-I", str(directory), "-I", str(SHARED), *flags, "-module-name", name, "-emit-module",
         "-emit-module-path", str(directory / f"{name}.swiftmodule"), "-c", *files, "-o", str(output)], name)


def planted(files, fault, directory):
    """The files of a module; that with the fault as a copy."""
    for file in files:
        if fault and file == ROOT / fault.file:
            copy = directory / file.name
            copy.write_text(fault.plant(file.read_text()))
            yield copy
        else:
            yield file


# --- what SwiftPM knows --------------------------------------------------------------------------------------------------

@functools.cache
def manifest():
    return MANIFEST.read_text()


@functools.cache
def ours():
    return {path.name for path in (ROOT / "Sources").iterdir()}


def sources(name):
    return sorted((ROOT / "Sources" / name).rglob("*.swift"))


@functools.cache
def compiler_flags(name):
    """How SwiftPM compiles a module, without inputs and outputs. One object file comes out: `-whole-module-optimization` on one thread."""
    found = re.search(rf'\n  "C\.{name}-[^"]*-release\.module":\n(?:    .*\n)*?    args: (.*)\n', manifest())
    if not found:
        raise Failed(f"{MANIFEST} does not say how {name} is built: run `swift build -c release`")
    kept, values = [], iter(json.loads(found.group(1))[1:])
    for value in values:
        if value == "-module-name" or value in DROPPED:
            next(values)
        elif value not in DROPPED_ALONE and not value.startswith(("@", "-j")):
            kept.append(value)
    return kept


def dependencies(target):
    """The object files of all Swift modules that a target's modules need and that are not instrumented, and an archive of all that is C.

    Whole modules, because what is only found at run time, such as a conformance, is no reason for a linker to take a file of an archive."""
    needed, waiting = set(), [*target.modules, *target.others]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += modules_below(name)
    files = [file for name in sorted(needed - set(target.modules)) for file in sorted((RELEASE / f"{name}.build").rglob("*.swift.o"))]
    listing = BUILD / "programs" / f"{target.name}.objects"
    listing.parent.mkdir(parents=True, exist_ok=True)
    listing.write_text("".join(f'"{file}"\n' for file in [*files, c_archive()]))
    return listing


@functools.cache
def closure(name):
    """All modules of ours that a module is built upon."""
    below = {module for module in modules_below(name) if module in ours() and module != name}
    return below.union(*(closure(module) for module in below))


@functools.cache
def modules_below(name):
    """The modules that a module imports, as the manifest knows them."""
    found = re.search(rf'\n  "C\.{name}-[^"]*-release\.module":\n(?:    .*\n)*?    inputs: (.*)\n', manifest())
    return re.findall(r'/Modules/(\w+)\.swiftmodule"', found.group(1)) if found else []


@functools.cache
def c_archive():
    """The C of ourselves and of others, thin: it names files instead of copying them."""
    archive = BUILD / "c.a"
    files = [file for directory in sorted(RELEASE.glob("*.build")) if not directory.stem.endswith("-tool")
             for file in sorted(directory.rglob("*.o")) if not file.name.endswith(".swift.o")]
    digest = hashlib.sha256("".join(f"{file} {file.stat().st_mtime_ns}" for file in files).encode()).hexdigest()
    if not is_fresh(archive, digest):
        archive.parent.mkdir(parents=True, exist_ok=True)
        archive.unlink(missing_ok=True)
        listing = BUILD / "c.list"
        listing.write_text("".join(f'"{file}"\n' for file in files))
        run(["ar", "rcsT", str(archive), f"@{listing}"], "the archive of what is C")
        mark_fresh(archive, digest)
    return archive


# --- freshness -----------------------------------------------------------------------------------------------------------

def digest_of(files, rest=""):
    digest = hashlib.sha256(rest.encode())
    for file in files:
        digest.update(str(file).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def is_fresh(output, digest):
    note = output.with_suffix(output.suffix + ".digest")
    return output.exists() and note.exists() and note.read_text() == digest


def mark_fresh(output, digest):
    output.with_suffix(output.suffix + ".digest").write_text(digest)


def run(command, what):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    if done.returncode != 0:
        log = BUILD / "build.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(" ".join(command) + "\n" + done.stdout + done.stderr)
        raise Failed(f"cannot build {what}; all of it: {log}\n" + "\n".join((done.stdout + done.stderr).splitlines()[-25:]))
