"""A second recording beside the one that is watched: how both are shown, which moments belong together, and where they differ."""

from __future__ import annotations

from replay.core.errors import UsageError
from replay.read.timecode import resolve
from replay.watch.model.alignment import END, TICK, Alignment
from replay.watch.model.contrast import Line, Moment, contrast
from replay.watch.model.differences import Differences
from replay.watch.model.director import Director
from replay.watch.model.marks import MarkAt, Marks
from replay.watch.model.session import Session
from replay.watch.model.transport import Transport

SIDES, GHOST, ONLY_A, ONLY_B = "side by side", "ghost of B over A", "A alone", "B alone"
VIEWS = (SIDES, GHOST, ONLY_A, ONLY_B)


class Pairing:
    """a: the recording that is watched, whose ticks the transport counts. b: the one beside it, which the pairing closes. view: one
    of `VIEWS`. has_stopped: playing has stopped at the first difference, which it does once.

    align: `tick`, `end`, or a TIME that both have, like `death:1`. Raises UsageError for the same file twice, and for a TIME that
    one of them does not have; then B stays open.
    """

    def __init__(self, a: Session, b: Session, align: str = TICK) -> None:
        if a.path.exists() and b.path.exists() and a.path.samefile(b.path):
            raise UsageError(f"{a.path.name} is both A and B", "name another recording, or a copy of it")
        self.a, self.b = a, b
        self.marks = Marks(b.story, b.recording, b.survey)
        self.director = Director(b.story)
        self.alignment = Alignment((a.game.ticks_per_second, b.game.ticks_per_second))
        self.align(align)
        self.differences = Differences((a.path, b.path), a.game, follow=a.transport.live or b.transport.live)
        self.view = SIDES
        self.has_stopped = False

    def start(self) -> None:
        self.b.survey.start()
        self.differences.start()

    def close(self) -> None:
        self.differences.close()
        self.b.close()

    # --- which moments belong together ---

    def align(self, name: str) -> None:
        """Put the two beside one another by a name of `Alignment`. The shift begins anew."""
        a, b = self.a.recording, self.b.recording
        if name == TICK:
            anchors = (0, 0)
        elif name == END:
            anchors = (a.ticks, b.ticks)
        else:
            anchors = (resolve(name, a, self.a.game), resolve(name, b, self.b.game))
        self.alignment = Alignment(self.alignment.rates, name, anchors)

    def align_at(self, name: str, anchors: tuple[int, int]) -> None:
        """Put two moments beside one another that are known."""
        self.alignment = Alignment(self.alignment.rates, name, anchors)

    def position(self, position: float) -> float:
        """The moment of B beside a moment of A, cut to what B has."""
        return min(max(self.alignment.to_b(position), float(self.b.recording.start_tick)), float(self.b.recording.ticks))

    def suit(self, transport: Transport) -> None:
        """Let a transport in ticks of A reach as far as the longer one does."""
        if self.alignment.name == END and self.alignment.anchors != (ends := (self.a.recording.ticks, self.b.recording.ticks)):
            self.alignment.anchors = ends  # one of them grows
        transport.ticks = max(self.a.recording.ticks, int(self.alignment.to_a(self.b.recording.ticks)))

    # --- where they differ ---

    def lines(self, position: float, most: int) -> list[Line]:
        """In what the two moments differ that are shown beside one another."""
        tick = min(int(position), self.a.recording.ticks)
        return contrast(Moment(self.a, tick), Moment(self.b, int(self.position(position))), most)

    def shared_mark(self, mark: MarkAt | None) -> tuple[str, tuple[int, int]] | None:
        """An event that both have, as (`death:3`, its ticks): that of the mark; without one the first of the weightiest kind."""
        if mark is not None and mark.kind:
            return self._counted(mark.kind, mark.tick)
        kinds = sorted(self.a.story.marks, key=lambda kind: -self.a.story.marks[kind])
        return next((found for kind in kinds if (found := self._counted(kind, None)) is not None), None)

    def _counted(self, kind: str, tick: int | None) -> tuple[str, tuple[int, int]] | None:
        """The event of a kind at a tick of A, or the first, and the one of B that has the same number."""
        ours, theirs = (_ticks(session, kind) for session in (self.a, self.b))
        index = 0 if tick is None else ours.index(tick) if tick in ours else len(ours)
        return (f"{kind}:{index + 1}", (ours[index], theirs[index])) if index < min(len(ours), len(theirs)) else None


def _ticks(session: Session, kind: str) -> list[int]:
    """When events of a kind happen, as far as the survey knows."""
    return [int(event["tick"]) for event in session.survey.events if session.story.kind(event) == kind]
