"""What comes out of verifying a recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.core.divergence import Divergence


class Verdict(StrEnum):
    """About the match; but for the last one, which is about this machine."""

    OK = "ok"
    DIVERGED = "diverged"
    INCOMPLETE = "incomplete"  # sound as far as it goes, but it has no end
    UNREADABLE = "unreadable"
    UNVERIFIABLE = "unverifiable"  # other rules, other content, game not installed, over the budget
    ENVIRONMENT = "environment"  # no memory, a game that does not import, a cache that cannot be used


@dataclass
class Verification:
    """What came out of verifying one recording. A divergence and bad bytes are values here, not exceptions.

    start_tick: where re-simulation began; the state there is the recording's own snapshot unless it is 0.
    ticks: the tick up to which everything agreed.
    hashes_compared: full state hashes; 0 means that nothing was proved. digests_compared: ticks proved by a digest of 8 bits.
    notes: what makes the proof worth less than it looks.
    divergence: where and how they part, or None.
    result, final_hash: what came out at the last tick, as computed here; None unless it was reached.
    receipt: what the sandbox attests of it; see `replay.prove.sandbox`.
    unchanged: it was not simulated again: neither the file nor anything that decides about it has changed since it was found ok.
    seconds: how long it took.
    errno: what the system said where the machine is the cause, ENOMEM for too little memory; 0 if it is not known.
    """

    path: Path
    verdict: Verdict
    message: str = ""
    hint: str = ""
    game: str = ""
    rules: int | None = None
    start_tick: int = 0
    ticks: int = 0
    ticks_per_second: int = 0
    hashes_compared: int = 0
    digests_compared: int = 0
    notes: list[str] = field(default_factory=list)
    divergence: Divergence | None = None
    result: dict[str, Any] | None = None
    final_hash: int | None = None
    receipt: dict[str, Any] | None = field(default=None, repr=False)
    unchanged: bool = False
    seconds: float = 0.0
    errno: int = field(default=0, repr=False)

    @property
    def is_ok(self) -> bool:
        return self.verdict is Verdict.OK

    @property
    def first_bad_tick(self) -> int | None:
        return self.divergence.first_bad_tick if self.divergence else None

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        from replay.core.html import facts_html

        return facts_html(
            {
                "verdict": self.verdict.value,
                "recording": self.path,
                "game": f"{self.game}, rules {self.rules}" if self.game else None,
                "proved": f"{self.ticks - self.start_tick:,} ticks, {self.hashes_compared:,} hashes",
                "first bad tick": self.first_bad_tick,
                "message": self.message,
                "next": self.hint,
            }
        )
