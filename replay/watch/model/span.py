"""What the seek bar shows of a match: all of it, or a part that one has zoomed to."""

from __future__ import annotations

from replay.watch.model.transport import Transport

LEAST_SECONDS = 2
_AHEAD = 0.9  # of the part: so much of it lies before what one follows


class Span:
    """A part of the match of one transport; the whole of it as long as nobody zooms. What is whole grows with a live recording."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._part: tuple[float, float] | None = None
        self._before = transport.position

    @property
    def is_whole(self) -> bool:
        return self._part is None

    @property
    def range(self) -> tuple[int, int]:
        """First and last tick."""
        if self._part is None:
            return self._transport.start, self._transport.ticks
        return round(self._part[0]), round(self._part[1])

    def reset(self) -> None:
        """All of the match."""
        self._part = None

    def zoom(self, factor: float, tick: float) -> None:
        """Nearer (a factor above 1) or further; `tick` stays where it is on the bar."""
        start, whole = self._transport.start, self._transport.ticks - self._transport.start
        first, last = self._part or (float(start), float(self._transport.ticks))
        length = max((last - first) / factor, min(LEAST_SECONDS * self._transport.ticks_per_second, whole))
        if length >= whole:
            self.reset()
        else:
            self._place(tick - (tick - first) / max(last - first, 1) * length, length)

    def pan(self, ticks: float) -> None:
        """Along by so many ticks, as far as there are any."""
        if self._part is not None:
            self._place(self._part[0] + ticks, self._part[1] - self._part[0])

    def centre(self, tick: float) -> None:
        """Around a moment, as long as it is now."""
        if self._part is not None:
            self.pan(tick - sum(self._part) / 2)

    def follow(self) -> None:
        """Once a frame: go with a moment that leaves what is seen. Whoever has moved the part away from it is left alone."""
        before, self._before = self._before, self._transport.position
        tick = self._before
        if self._part is None or tick == before or self._holds(tick) or not (self._holds(before) or self._transport.jumped):
            return
        length = self._part[1] - self._part[0]
        self._place(tick - length * (1 - _AHEAD if tick > before else _AHEAD), length)

    def _holds(self, tick: float) -> bool:
        return self._part is not None and self._part[0] <= tick <= self._part[1]

    def _place(self, first: float, length: float) -> None:
        first = min(max(first, self._transport.start), self._transport.ticks - length)
        self._part = first, first + length
