"""Where the viewer is and how it moves. It knows ticks and seconds, not files, windows or games.

Handlers ask (`jump`, `toggle`, `faster` ...), the loop acts: `advance` serves what was asked once a frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Run = Callable[[float, int], int]  # runs the match on from a position, to a tick at most, for a moment; where it has come to

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0)
MAX = len(SPEEDS) - 1
_NORMAL = SPEEDS.index(1.0)
_JUMPS_KEPT = 100


@dataclass
class Transport:
    """position: the moment in ticks, start..ticks, between two ticks while playing. ticks: how far one can go now (a live file
    grows).

    requested_seek: where the loop shall go next. live: the end is only the end so far. continues: what is asked now goes on with
    what was asked before, as a held key does: one undo takes all of it back.
    """

    ticks: int
    ticks_per_second: int
    position: float = 0.0
    playing: bool = False
    reverse: bool = False
    speed_index: int = _NORMAL
    start: int = 0
    live: bool = False
    loop_in: int | None = None
    loop_out: int | None = None
    looping: bool = False
    requested_seek: float | None = None
    continues: bool = False
    jumped: bool = False  # the last `advance` went somewhere instead of playing on
    _jumps: list[float] = field(default_factory=list)

    @property
    def tick(self) -> int:
        return int(self.position)

    @property
    def speed(self) -> float:
        """Match seconds for a second, negative backwards."""
        return -SPEEDS[self.speed_index] if self.reverse else SPEEDS[self.speed_index]

    @property
    def speed_text(self) -> str:
        text = "max" if self.speed_index == MAX else f"{SPEEDS[self.speed_index]:g}"
        return ("-" if self.reverse else "") + (text if text == "max" else text + "x")

    @property
    def at_edge(self) -> bool:
        """Within two seconds of what there is of a live recording."""
        return self.live and self.position >= self.ticks - 2 * self.ticks_per_second

    # --- asking ---

    def jump(self, tick: float, *, remember: bool = True) -> None:
        """Ask to go to `tick`, cut to what there is. `remember`: `undo_jump` leads back here."""
        if remember and not self.continues:
            self._jumps = [*self._jumps[-_JUMPS_KEPT + 1 :], self.position]
        self.requested_seek = min(max(tick, self.start), self.ticks)

    def skip(self, seconds: float) -> None:
        base = self.position if self.requested_seek is None else self.requested_seek
        self.jump(base + seconds * self.ticks_per_second)

    def undo_jump(self) -> bool:
        if not self._jumps:
            return False
        self.jump(self._jumps.pop(), remember=False)
        return True

    def step(self, ticks: int) -> None:
        """Pause, and ask for the tick after or before this one. Between two ticks, back means the one just passed."""
        self.playing = False
        base = self.position if self.requested_seek is None else self.requested_seek
        whole = int(base) + (1 if ticks < 0 and base != int(base) else 0)
        self.jump(whole + ticks, remember=False)

    def toggle(self) -> None:
        self.playing = not self.playing
        if self.playing and not self.live and not self.reverse and self.position >= self.ticks:
            self.jump(self.start)
        if self.playing and self.reverse and self.position <= self.start:
            self.reverse = False

    def toggle_reverse(self) -> None:
        self.reverse = not self.reverse
        self.playing = True

    def faster(self, steps: int) -> None:
        self.speed_index = min(max(self.speed_index + steps, 0), MAX)

    def next_speed(self, steps: int) -> None:
        """As `faster`; after the last one comes the first."""
        self.speed_index = (self.speed_index + steps) % len(SPEEDS)

    def normal_speed(self) -> None:
        self.speed_index, self.reverse = _NORMAL, False

    def set_in(self) -> None:
        self.loop_in = self.tick
        if self.loop_out is not None and self.loop_out <= self.loop_in:
            self.loop_out = None

    def set_out(self) -> None:
        self.loop_out = self.tick
        if self.loop_in is not None and self.loop_in >= self.loop_out:
            self.loop_in = None

    def select(self, tick: float, other: float) -> None:
        """Put both marks, in whatever order the two come; on one tick: take them away."""
        first, last = (int(min(max(each, self.start), self.ticks)) for each in sorted((tick, other)))
        self.loop_in, self.loop_out = (first, last) if first < last else (None, None)

    def toggle_loop(self) -> None:
        self.looping = not self.looping

    @property
    def range(self) -> tuple[int, int]:
        """From the in mark to the out mark; the whole recording where there is none."""
        start = self.start if self.loop_in is None else self.loop_in
        return start, self.ticks if self.loop_out is None else self.loop_out

    def go_live(self) -> None:
        """Catch up: as near to the end as a file that grows second by second can be watched smoothly."""
        self.jump(self.ticks - 1.5 * self.ticks_per_second)
        self.normal_speed()
        self.playing = True

    # --- acting ---

    def advance(self, seconds: float, run: Run | None = None) -> None:
        """One frame of `seconds`: go where was asked, else play on, as far as there is something. run: how far one gets at the
        highest speed; without it, and backwards, that is the last number of `SPEEDS`."""
        self.jumped = self.requested_seek is not None
        if self.requested_seek is not None:
            self.position, self.requested_seek = self.requested_seek, None
            return
        if not self.playing:
            return
        start, stop = self.range if self.looping else (self.start, self.ticks)
        inside = start <= self.position <= stop
        if run is not None and seconds and self.speed_index == MAX and not self.reverse:
            self.position = float(run(self.position, stop if inside else self.ticks))
        else:
            self.position += seconds * self.speed * self.ticks_per_second
        if self.looping and inside and not start <= self.position < stop:
            self.position, self.jumped = float(stop if self.reverse else start), True
        elif self.position >= self.ticks:
            self.position = float(self.ticks)
            self.playing = self.live
        elif self.reverse and self.position <= self.start:
            self.position, self.playing = float(self.start), False
