"""What a deterministic game promises, and what to say of one that does not keep it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from replay.core.derived import fits

# check: (what must hold, what usually breaks it)
CHECKS = {
    "contract": (
        "advance, save, load and result keep their promises",
        "an event of another dtype, an array that is used again, inputs that are written to, a state that is not of its dtype",
    ),
    "reading": (
        "reading a match (save, proof, result, inputs) does not change it",
        "save() that empties a queue, result() that draws a random number or sorts a list of the state in place",
    ),
    "two-runs": (
        "two runs of the same inputs are equal: states, events and result",
        "a clock, a global random generator, memory that was never set (np.empty), state that outlives the match",
    ),
    "other-seeds": (
        "matches of other seeds, up to the highest, repeat too",
        "a path that this seed never takes, a seed that is squeezed into 32 or 63 bits, a random generator outside save()",
    ),
    "other-process": (
        "another process, folder, environment, date, locale, hash seed, time zone and CPU level give the same match, and so do "
        "hundreds of matches before it",
        "iteration over a set, hash() or id() in an order, float functions that differ from CPU to CPU, a relative path, the date, "
        "a table of the module that fills up",
    ),
    "searched-inputs": (
        "inputs that reach other branches of the rules repeat and load too, here and in another process",
        "a path that the first inputs never take: unsaved state, chance, a clock or an order of its own",
    ),
    "save-load-save": (
        "save - load - save gives the same bytes",
        "a field that save writes and load forgets, padding bytes that are never set",
    ),
    "load-run-on": (
        "a match loaded from a snapshot runs on as the straight run does",
        "state outside the snapshot: a random generator, a counter, a value wider than the field it is saved in",
    ),
    "rollback": (
        "a match that is rolled back and repeated comes to the same states",
        "a cache of the future that load does not rebuild, a list that load appends to, an object shared by two states",
    ),
    "checkpoint": (
        "its own checkpoints come back to the same states, in any order and more than once",
        "a handle that shares a list with the match, a restore that keeps a cache, a release that frees what others use",
    ),
    "trace": (
        "trace() gives the states, events and ends of advance()",
        "the state before the tick instead of after it, a row that is not written, ends that do not start at the call",
    ),
    "prove": (
        "prove() and prove_tick() prove the states and events of advance(), and their handles come back to them",
        "a hash that is not XXH3-64 of save(), E that does not begin anew with a group, a handle of another tick",
    ),
    "batches": (
        "ticks in batches of any size give the same states and events",
        "inputs read one row off at the edge of a batch, work done once per call instead of once per tick",
    ),
    "instances": (
        "two matches side by side do not disturb each other",
        "a class attribute, module variable or default argument that all matches share",
    ),
    "globals": (
        "beginning and stepping a match look at no clock, global randomness, id, network; stepping at no file, environment",
        "time.time(), random.random(), numpy.random.*, os.listdir(), os.environ inside the rules",
    ),
    "nonsense-inputs": (
        "any bit pattern of inputs is legal: nothing raises or stalls, and the states still save and load",
        "an index or a loop count taken from an input, a sum that outgrows its field",
    ),
}


@dataclass(frozen=True)
class BrokenPromise:
    """A promise that does not hold. `check`: its name; `tick`, `field`: where it first shows, as far as that is known.
    because: the cause, where a run with nothing else different has shown it; empty where it is not known."""

    check: str
    message: str
    tick: int | None = None
    field: str = ""
    because: str = ""

    @property
    def cause(self) -> str:
        """What usually causes it."""
        return CHECKS[self.check][1]

    def __str__(self) -> str:
        at = "" if self.tick is None else f" at tick {self.tick}"
        named = f", field {self.field}" if self.field else ""
        why = f"because of {self.because}" if self.because else f"usually: {self.cause}"
        return f"{self.check}{at}{named}: {self.message}\n  {why}"


class NotTried(NamedTuple):
    """Something that the checks say nothing about. kind: lines, inputs, commands, seeds, abilities or differences."""

    kind: str
    text: str


@dataclass
class Conformance:
    """The report on a game.

    findings: the broken promises; skipped: check -> why it was not made; notes: what is odd, but may be meant. not_tried: what
        may be broken all the same.
    ticks_per_second: how fast it runs here, in batches of a second. state_bytes (of the largest), input_bytes (of one player and
        tick). level: how much of `replay.core.game` the game offers; level_text: what that gives, and what the next would bring.
    """

    game: str
    ticks: int
    players: int
    findings: list[BrokenPromise] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    not_tried: list[NotTried] = field(default_factory=list)
    ticks_per_second: float = 0.0
    state_bytes: int = 0
    input_bytes: int = 0
    level: int = 0
    level_text: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.findings

    def set_level(self, match: Any) -> None:
        """What a match of the game can do."""
        missing = [f"`{name}()`" for name in ("save", "load") if getattr(match, name, None) is None]
        if hasattr(match, "risks"):
            self.level = 0
            self.level_text = (
                "a program as it is: recorded, verified and sought; `advance()` of its own would bring states to look into"
            )
            self.notes += match.risks()
        elif missing:
            self.level = 1
            self.level_text = f"verified from tick 0; {' and '.join(missing)} would bring snapshots, seeking and branches"
        elif getattr(match, "state_dtype", None) is None:
            is_named = hasattr(match, "state_fields")
            self.level = 3 if is_named else 2
            self.level_text = (
                "snapshots, seeking and branches, differences by field and inspector; `state_dtype` would bring bisect and scan"
                if is_named
                else "snapshots, seeking and branches; `state_dtype` would bring differences by field, inspector, bisect and scan"
            )
        elif not fits(match, "prove", "advance", "save"):
            self.level = 3
            self.level_text = "differences by field, inspector, bisect and scan; kernels on `replay.native` would bring speed"
        else:
            self.level = 4
            self.level_text = "every tick is proved in the call that runs it"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """A line per check; under a finding, what usually causes it."""
        for name, (promise, _) in CHECKS.items():
            for finding in self.findings:
                if finding.check == name:
                    yield from f"{'FAILED':9}{finding}".splitlines()
            if name in self.skipped:
                yield f"{'skipped':9}{name}: {self.skipped[name]}"
            elif name in self.passed:
                yield f"{'ok':9}{name}: {promise}"
        yield from (f"{'note':9}{note}" for note in self.notes)
        yield from (f"{'untried':9}{kind}: {text}" for kind, text in self.not_tried)
        yield (
            f"{self.game}: {self.ticks} ticks of {self.players} players; {self.ticks_per_second:,.0f} ticks/s, "
            f"state {self.state_bytes:,} bytes, input {self.input_bytes} bytes a player"
        )
        if self.level_text:
            yield f"level {self.level}: {self.level_text}"
