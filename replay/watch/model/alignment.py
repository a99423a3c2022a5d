"""Which moment of one recording stands beside which moment of another: by tick, by their ends, or by an event of each."""

from __future__ import annotations

from dataclasses import dataclass

TICK, END = "tick", "end"


@dataclass
class Alignment:
    """name: `TICK`, `END`, or the TIME that both have, like `death:1`. anchors: the ticks of A and of B that belong together.
    rates: ticks per second of A and of B. shift: so many ticks of B later than the anchors say."""

    rates: tuple[int, int]
    name: str = TICK
    anchors: tuple[int, int] = (0, 0)
    shift: int = 0

    def to_b(self, position: float) -> float:
        """The moment of B beside a moment of A, in ticks; B need not have it."""
        return self.anchors[1] + self.shift + (position - self.anchors[0]) * self.rates[1] / self.rates[0]

    def to_a(self, position: float) -> float:
        """The moment of A beside a moment of B, in ticks; A need not have it."""
        return self.anchors[0] + (position - self.anchors[1] - self.shift) * self.rates[0] / self.rates[1]

    @property
    def is_tick_by_tick(self) -> bool:
        """Whether every tick stands beside the same one: only then can states be compared."""
        return self.to_b(0) == 0 and self.rates[0] == self.rates[1]

    @property
    def text(self) -> str:
        """In words, for a status line."""
        shift = f", B {self.shift:+d} ticks" if self.shift else ""
        if self.name == TICK:
            return f"same {'tick' if self.rates[0] == self.rates[1] else 'time'}{shift}"
        return f"{'same end' if self.name == END else f'{self.name} of each'}{shift}"
