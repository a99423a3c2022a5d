"""What the seek bar shows: which part of the match, in which lanes, which marks; and the card that is open over the picture."""

from __future__ import annotations

from typing import Any

from replay.core.cache import Bounded
from replay.watch.model.director import Director
from replay.watch.model.filters import Filters
from replay.watch.model.highlights import Highlights
from replay.watch.model.lanes import Lane, clusters, lanes_by_kind, lanes_by_player, lanes_together, spots
from replay.watch.model.marks import EVERYTHING, Choice, Marks
from replay.watch.model.places import LaneRow, Strip
from replay.watch.model.session import Session
from replay.watch.model.settings import load_settings, remember
from replay.watch.model.span import Span

KINDS, PLAYERS, TOGETHER = "kinds", "players", "together"
MODES = (KINDS, PLAYERS, TOGETHER)
_STAGES = 24  # in which the bar fills with marks
_MOST_KINDS = 5  # lanes of kinds
_LANE, _LEAST_LANE, TRACK, _LEAST = 14, 11, 6, 34  # pixels of the layout: a lane, the track below them, a bar
_MOST_SHARE = 0.3  # of the window's height


class Timeline:
    """mode: one of MODES, remembered. choice: which marks are shown and gone through. span: the part of the match. card: the list
    that is open, or None. seen: the tick up to which the lanes have marks. version: another one whenever they lie otherwise."""

    def __init__(self, session: Session, marks: Marks, director: Director) -> None:
        self.marks, self.span = marks, Span(session.transport)
        self.choice = EVERYTHING
        self.card: Filters | Highlights | None = None
        remembered = load_settings().get("lanes")
        self.mode = remembered if remembered in MODES else KINDS
        self.version = 0
        self.seen = session.transport.start
        self._session, self._director = session, director
        self._lanes: Bounded[Any, list[Lane]] = Bounded(1)
        self._rows: Bounded[Any, list[LaneRow]] = Bounded(1)

    # --- asking ---

    def next_mode(self) -> None:
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        remember(lanes=self.mode)

    def toggle_filters(self) -> None:
        self.card = None if isinstance(self.card, Filters) else Filters(self.marks)

    def toggle_highlights(self) -> None:
        if isinstance(self.card, Highlights):
            self.card = None
            return
        transport = self._session.transport
        self.card = Highlights(self._session.survey, self.marks, transport.start)
        self.card.refresh(transport.position)
        self.card.menu.chosen = self.card.current or 0
        self.card.reveal(self.card.menu.chosen)

    @property
    def wanted(self) -> Choice:
        """Which marks one goes through: as chosen, and where no player is, about the one whom the camera follows."""
        player = self._director.player
        return self.choice if player is None or self.choice.players else self.choice._replace(players=frozenset([player]))

    def update(self, *, is_held: bool) -> None:
        """Once a frame. is_held: somebody drags the bar, or the match on it."""
        if not is_held:
            self.span.follow()
        if isinstance(self.card, Highlights):
            self.card.refresh(self._session.transport.position)

    # --- how it looks ---

    @property
    def progress(self) -> int | None:
        """How far the survey has come, in percent; None if it is through, or goes along with a recording that grows."""
        transport, survey = self._session.transport, self._session.survey
        last = self._session.recording.ticks  # the transport may go on, with another recording
        if transport.live or survey.ticks >= last:
            return None
        return 100 * max(survey.ticks - transport.start, 0) // max(last - transport.start, 1)

    def height(self, window_height: int, scale: float) -> int:
        """Of the bar, in pixels. It does not change while the survey runs."""
        most = int(window_height * _MOST_SHARE)
        return max(min(round((_LANE * self._room(window_height, scale) + TRACK) * scale), most), round(_LEAST * scale), 1)

    def lay_out(self, bar: Strip, window_height: int, scale: float) -> list[LaneRow]:
        """Once a frame: where the lanes lie on a bar of that height, and what lies in them."""
        survey, transport, recording = self._session.survey, self._session.transport, self._session.recording
        whole, markers = max(recording.ticks - transport.start, 1), recording.markers
        stage = -1 if survey.ticks >= recording.ticks else (survey.ticks - transport.start) * _STAGES // whole
        key = (stage, transport.ticks, len(markers), self.mode, self.choice, self._room(window_height, scale))
        rect = bar.rect
        where = (rect.left, rect.top, rect.width, rect.height, bar.start, bar.ticks, scale)
        return self._rows.get(
            (key, where), lambda: self._make_rows(self._lanes.get(key, lambda: self._make_lanes(key[-1])), bar, scale)
        )

    def _room(self, window_height: int, scale: float) -> int:
        """How many lanes there may be."""
        if self.mode == TOGETHER:
            return 2
        story = self.marks.story
        kinds = min(len(story.marks) + bool(self._session.recording.markers), _MOST_KINDS)
        wanted = len(story.names) + 1 if self.mode == PLAYERS else kinds
        return max(min(wanted, int((window_height * _MOST_SHARE / scale - TRACK) / _LEAST_LANE)), 2)

    def _make_lanes(self, room: int) -> list[Lane]:
        self.seen = self._session.survey.ticks
        marks = self.marks.all()
        if self.mode == TOGETHER:
            return lanes_together(marks, self.choice)
        if self.mode == PLAYERS:
            return lanes_by_player(marks, self.marks.story.names, room, self.choice)
        return lanes_by_kind(marks, room, self.choice) or [Lane("", [])]

    def _make_rows(self, lanes: list[Lane], bar: Strip, scale: float) -> list[LaneRow]:
        self.version += 1
        top, high = bar.rect.top, max(bar.rect.height - max(1, round(TRACK * scale)), 1)
        edges = [top + high * index // len(lanes) for index in range(len(lanes) + 1)]
        each = bar.pixels_per_tick
        rows = []
        for lane, upper, lower in zip(lanes, edges[:-1], edges[1:], strict=True):
            found = clusters(lane, bar.start, bar.ticks, each, scale)
            rows.append(LaneRow(lane, upper, lower, spots(found, bar.rect.left, bar.rect.width, bar.start, each, scale)))
        return rows
