"""`python -m tests.fuzz --minutes 30`: damaged recordings until the time is up or something is found.

Each case has a number and a seed; `--case SEED:NUMBER` runs it again. What is found is kept in fuzz-findings/.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from . import way
from .damage import Case, make_case
from .planted import PLANTED
from .seeds import install_toys

COMMANDS_EVERY = 100  # cases: the command line costs as much as that many


def case_of(seed: int, number: int) -> tuple[Case, random.Random]:
    rng = random.Random(f"{seed}:{number}")
    return make_case(rng), rng


def work(options: argparse.Namespace) -> int:
    """Run cases in this process. Prints figures as JSON; returns 1 at the first finding."""
    outcomes: Counter[str] = Counter()
    peak = 0
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        folder = Path(name)
        sys.path.insert(0, str(install_toys(folder / "site")))
        os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_DATA_HOME"] = str(folder / "home")
        os.environ["HOME"] = str(folder / "home")
        began, number, finding, commands = time.monotonic(), options.first, "", 0
        with PLANTED[options.planted]() if options.planted else nullcontext():
            while number < options.first + options.cases and time.monotonic() - began < options.minutes * 60:
                case, rng = case_of(options.seed, number)
                if options.progress:
                    Path(options.progress).write_text(str(number))
                try:
                    if options.commands and number // options.step % options.commands == 0:
                        outcomes.update(way.commands(folder / "case.replay", case, rng))
                        commands += 2
                    outcomes[way.loader(folder / "case.replay", case)] += 1
                except way.FindingError as error:
                    finding = str(error)
                    break
                peak = max(peak, way.peak_bytes())
                number += options.step
    cases = (number - options.first) // options.step + bool(finding)
    figures = {
        "cases": cases,
        "commands": commands,
        "seconds": round(time.monotonic() - began, 1),
        "peak_mb": round(max(peak, way.peak_bytes()) / 2**20),
        "outcomes": dict(sorted(outcomes.items())),
        "finding": finding,
        "case": f"{options.seed}:{number}" if finding else "",
    }
    if finding and not options.planted:
        kept = Path("fuzz-findings") / f"{options.seed}-{number}.replay"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(case.data)
        figures["kept"] = str(kept)
    print(json.dumps(figures), flush=True)
    return 1 if finding else 0


def oversee(options: argparse.Namespace) -> int:
    """Run workers, each in a process of its own that may die: a crash is a finding too."""
    with tempfile.TemporaryDirectory() as folder:
        children = []
        for index in range(options.jobs):
            progress = Path(folder) / str(index)
            arguments = ["--seed", options.seed, "--minutes", options.minutes, "--cases", options.cases, "--step", options.jobs]
            arguments += ["--first", options.first + index, "--commands", options.commands, "--progress", progress, "--worker"]
            arguments += ["--planted", options.planted] if options.planted else []
            child = subprocess.Popen([sys.executable, "-m", "tests.fuzz", *map(str, arguments)], stdout=subprocess.PIPE, text=True)
            children.append((child, progress))
        worst = 0
        for child, progress in children:
            said, _ = child.communicate()
            if child.returncode not in (0, 1):
                at = progress.read_text() if progress.exists() else "?"
                said = json.dumps({"finding": f"the process died ({child.returncode})", "case": f"{options.seed}:{at}"}) + "\n"
            print(said, end="", flush=True)
            worst = max(worst, int(child.returncode != 0))
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--cases", type=int, default=10**9, help="stop after so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--commands", type=int, default=COMMANDS_EVERY, metavar="N", help="every Nth case by command; 0: none")
    parser.add_argument("--planted", choices=PLANTED, help="with this bug put into the loader")
    parser.add_argument("--case", metavar="SEED:NUMBER", help="run this case again")
    parser.add_argument("--guided", action="store_true", help="led by coverage, with atheris")
    for hidden, default in (("--first", 0), ("--step", 1)):
        parser.add_argument(hidden, type=int, default=default, help=argparse.SUPPRESS)
    parser.add_argument("--progress", help=argparse.SUPPRESS)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.guided:
        from .guided import guided

        return guided(options.minutes)
    if options.case:
        options.seed, options.first = map(int, options.case.split(":"))
        options.cases, options.worker = 1, True
    return work(options) if options.worker or options.jobs == 1 else oversee(options)


if __name__ == "__main__":
    sys.exit(main())
