"""In what a process can differ from this one: one thing each, and some together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

MATCHES = 300  # that go before


class Difference(NamedTuple):
    """name: what is different, after "with". variables, flags: with which the interpreter starts. changes: what `inside` changes
    there before the game is imported. In another folder unless it is `at_home`."""

    name: str
    variables: Mapping[str, str] = {}
    flags: Sequence[str] = ()
    changes: Sequence[str] = ()
    at_home: bool = True
    matches: int = 0
    in_thread: bool = False


NOTHING = Difference("nothing different", {"PYTHONHASHSEED": "0"})


def each() -> list[Difference]:
    """One thing each, beside `NOTHING`."""
    differences = [
        Difference("another hash seed", {"PYTHONHASHSEED": "1"}),
        Difference("another date, 2040-02-29", changes=["date"]),
        Difference("other environment variables", changes=["environment"]),
        Difference("another working folder", at_home=False),
        Difference("another time zone", {"TZ": "Asia/Kolkata"}),
        Difference("another locale", {"LC_ALL": "C", "LANG": "C"}, changes=["locale"]),
        Difference("another host name and number of processors", changes=["machine"]),
        Difference(f"{MATCHES} other matches before it", matches=MATCHES),
        Difference("the match in a thread that is not the main one", in_thread=True),
        Difference("-O", flags=["-O"]),
    ]
    if features := _cpu_features():
        differences.append(Difference("a plainer CPU", {"NPY_DISABLE_CPU_FEATURES": " ".join(features)}))
    return differences


def together(name: str, differences: Sequence[Difference], hash_seed: str = "0") -> Difference:
    """All of them in one process."""
    variables = {"PYTHONHASHSEED": hash_seed}
    for difference in differences:
        variables.update(difference.variables)
    return Difference(
        name,
        variables,
        [flag for difference in differences for flag in difference.flags],
        [change for difference in differences for change in difference.changes],
        all(difference.at_home for difference in differences),
        max((difference.matches for difference in differences), default=0),
        any(difference.in_thread for difference in differences),
    )


def of_all() -> list[Difference]:
    """As few processes as tell whether any difference matters."""
    everything = each()
    return [together("everything different", everything), Difference("hash seed 2", {"PYTHONHASHSEED": "2"})]


def _cpu_features() -> list[str]:
    """What numpy found in this CPU beyond its baseline: switched off, it computes as on a plainer one."""
    umath = getattr(getattr(np, "_core", None), "_multiarray_umath", None)
    features = getattr(umath, "__cpu_features__", {})
    return [name for name in getattr(umath, "__cpu_dispatch__", []) if features.get(name)]


def not_to_be_made(facts: Mapping[str, object]) -> list[str]:
    """Differences that this system does not allow. facts: what the process with all of them told."""
    missing = [
        "another version of Python and of the libraries, another operating system, another kind of processor",
        "the date as compiled code reads it: only Python's own clocks were put forward",
    ]
    if not facts.get("locale"):
        missing.append("a locale with a decimal comma: none is installed, so that only what `locale` says was changed")
    if not facts.get("time zone"):
        missing.append("another time zone: this system has no time.tzset()")
    if not _cpu_features():
        missing.append("a plainer CPU: numpy uses nothing here that can be switched off")
    matches = facts.get("matches", 0)
    if isinstance(matches, int) and matches < MATCHES:
        missing.append(f"{MATCHES} other matches before it: there was time for {matches}")
    return missing
