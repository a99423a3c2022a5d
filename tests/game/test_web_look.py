"""Arena in a browser looks and speaks as it does in its window. Needs Chromium; without one the tests that draw are skipped."""

import os

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from needs import WASM, needed

needed("playwright PIL")

import pygame  # noqa: E402
from browsers import BROWSER  # noqa: E402
from web_canvas import Canvas, differences, header_of, plain_events, state_text, window_picture  # noqa: E402

from game import rules  # noqa: E402
from game.look import ArenaLook  # noqa: E402
from game.look.chance import bell, shares  # noqa: E402
from game.match import ARENA  # noqa: E402
from game.web import ArenaPage  # noqa: E402
from replay.read.readmodel import Series  # noqa: E402
from replay.watch.model.scene import Camera, Scene  # noqa: E402
from replay.watch.model.session import Session  # noqa: E402
from replay.web.page import game_script, page, recording_data  # noqa: E402

RECORDINGS = Path(__file__).parent.parent.parent / "recordings"
pytestmark = BROWSER


class Moment(NamedTuple):
    """What to look at: `later` ticks after the first event of a kind that passes."""

    recording: str
    kind: int
    later: float
    size: tuple[int, int]
    # Levels of 0..255 by which the pictures may be apart, letters aside: on average, and in the worst block of 16 x 16 pixels. What
    # is left are edges, which are smooth on a canvas alone; and that the window makes a map darker by up to three levels where it
    # scales it by other than a whole number or its half.
    mean: float
    worst: float
    near: float = 1.0  # how much nearer than "all"
    follow: bool = False
    options: tuple[str, ...] = ()
    passes: Callable[[Any, np.ndarray], bool] = lambda event, events: True


def is_fought_around(event: Any, events: np.ndarray) -> bool:
    around = events[np.abs(events["tick"] - event["tick"]) < 10]["kind"]
    return rules.HIT in around and rules.SHOT in around


def is_late(event: Any, events: np.ndarray) -> bool:
    return bool(event["tick"] > 900)


MOMENTS = {
    "a fight with sparks and an explosion": Moment(
        "every-weapon", rules.EXPLOSION, 9.5, (1280, 704), 0.3, 8, options=("shake",), passes=is_fought_around
    ),
    "a death": Moment("eight-players", rules.DEATH, 4.25, (800, 440), 0.35, 9, near=1.6, follow=True),
    "teams": Moment("teams", rules.HIT, 3.0, (1280, 704), 0.26, 6),
    "corridors with more contrast": Moment("corridors", rules.DASHED, 6.5, (640, 352), 0.46, 17, options=("contrast",)),
    "the map duel": Moment("score-limit", rules.STREAKING, 14.0, (900, 900), 1.7, 9, near=1.4),
    "many things that lie about": Moment("plaza", rules.PICKUP, 10.5, (1280, 704), 0.22, 19, passes=is_late),
    "a thumbnail": Moment("every-weapon", rules.EXPLOSION, 9.5, (200, 110), 2.2, 9, options=("small",), passes=is_fought_around),
}


@pytest.fixture(scope="module")
def canvas(browser: Any) -> Canvas:
    return Canvas(browser.new_page())


@pytest.fixture(scope="module", autouse=True)
def _no_display() -> None:
    pygame.display.quit()


def scene_of(moment: Moment, session: Session) -> Scene:
    events = session.moments.events(0, session.recording.ticks)
    event = next(event for event in events if event["kind"] == moment.kind and moment.passes(event, events))
    camera = Camera.fit((0, 0, *moment.size), session.story.world)
    camera.scale *= moment.near
    if moment.near > 1:
        camera.x, camera.y = float(event["x"]), float(event["y"])
    follow = int(event["actor"]) if moment.follow else None
    return session.scene(float(event["tick"]) + moment.later, camera, follow, dict.fromkeys(moment.options, True))


@contextmanager
def shown(name: str) -> Iterator[tuple[Session, Scene, tuple[int, int]]]:
    moment = MOMENTS[name]
    with Session(RECORDINGS / f"{moment.recording}.replay", check=False) as session:
        yield session, scene_of(moment, session), moment.size


def is_alike(name: str, apart: tuple[float, float]) -> bool:
    return apart[0] <= MOMENTS[name].mean and apart[1] <= MOMENTS[name].worst


@pytest.mark.parametrize("name", MOMENTS)
def test_the_page_draws_what_the_window_draws(name, canvas):
    with shown(name) as given:
        apart = differences(window_picture(*given, wordless=True), canvas.picture(*given, wordless=True))
    assert is_alike(name, apart), apart


@pytest.mark.parametrize("name", [name for name, moment in MOMENTS.items() if "small" not in moment.options])
def test_letters_stand_where_the_window_has_them_in_its_colours(name, canvas):
    """Their font is the reader's: what is compared is the place of their ink, within five pixels, and its colour on average."""
    inks, colours = [], []
    with shown(name) as given:
        for draw in (window_picture, canvas.picture):
            written = draw(*given).astype(int)
            ink = np.abs(written - draw(*given, wordless=True)).max(axis=2) > 60
            inks.append(ink)
            colours.append(written[ink].mean(axis=0))
    assert min(ink.sum() for ink in inks) > 100
    for one, other in (inks, inks[::-1]):
        assert (one & ~spread(other, 5)).sum() < 0.08 * one.sum()
    assert np.abs(colours[0] - colours[1]).max() < 30


def spread(mask: np.ndarray, reach: int) -> np.ndarray:
    """Where it is set, and up to so many pixels around."""
    for axis in (0, 1):
        mask = np.any([np.roll(mask, step, axis) for step in range(-reach, reach + 1)], axis=0)
    return mask


CHANGES = {
    "a colour": ("a fight with sparks and an explosion", '"hot":[255,150,50]', '"hot":[255,150,130]'),
    "a shape": ("a death", "triangle: star(3, 1, up)", "triangle: star(3, 1, -up)"),
    "chance": ("a fight with sparks and an explosion", "0x7feb352d", "0x7feb352f"),
    "the ground": ("teams", "measures.rise * measures.detail", "3 * measures.rise"),
    "the mood of walls": ("many things that lie about", "1.18 - 0.75 *", "1.18 - 0.5 *"),
    "where players are": ("a death", "toScreen(x + dx * share,", "toScreen(x + 3 + dx * share,"),
    "bullets": ("a fight with sparks and an explosion", "back = ({ blaster: 1.1", "back = ({ blaster: 2.2"),
    "light": ("a thumbnail", '"lighter"', '"source-over"'),
    "how long something shows": ("a fight with sparks and an explosion", '"hit":46', '"hit":3'),
    "things": ("many things that lie about", 'case "coin":', 'case "medkit": case "coin":'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_on_one_side_alone_is_seen(name, canvas):
    moment, old, new = CHANGES[name]
    canvas.load({old: new})
    try:
        with shown(moment) as given:
            apart = differences(window_picture(*given, wordless=True), canvas.picture(*given, wordless=True))
    finally:
        canvas.load()
    assert not is_alike(moment, apart)


@WASM
def test_a_page_of_a_recording_shows_these_pictures(canvas, tmp_path):
    """Its states come from the rules as WebAssembly, its events from those; here they come from Python."""
    path, tick = RECORDINGS / "every-weapon.replay", 235
    script = game_script(ARENA, ArenaPage())
    data = recording_data(path.name, path.read_bytes())
    (tmp_path / "match.html").write_text(page(script, data, game="arena", title="a match"), "utf-8")
    seen = canvas.picture_of_page(tmp_path / "match.html", f"{tick / 60:.3f}s")
    size = (seen.shape[1], seen.shape[0])
    with Session(path, check=False) as session:
        scene = session.scene(float(tick), Camera.fit((0, 0, *size), session.story.world))
        expected = canvas.picture(session, scene, size)
    assert differences(seen, expected) == (0, 0)


@pytest.mark.parametrize(("zoom", "most"), [(1, 120), (3, 350)])
def test_a_picture_makes_few_canvases_and_leaves_all_as_it_was(zoom, most, canvas):
    with Session(RECORDINGS / "eight-players.replay", check=False) as session:
        states = [state_text(session.moments.state(tick)) for tick in range(600, 901)]
        events = plain_events(session.moments.events(480, 901))
        given = {"header": header_of(session), "size": (640, 352), "states": states, "events": events, "zoom": zoom}
        canvases, is_kept = canvas.ask("played", given)
    assert 20 < canvases < most and is_kept


def test_both_draw_the_same_numbers(canvas):
    for stream in (1, 4, 31):
        drawn = canvas.ask("drawn", stream, 300)
        assert drawn == [shares(stream, 300).tolist(), pytest.approx(bell(stream, 300).tolist(), abs=1e-15)]
    assert np.std(bell(4, 10_000)) == pytest.approx(1, abs=0.02) and np.mean(shares(1, 10_000)) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.replay")), ids=lambda path: path.stem)
def test_the_page_tells_what_the_game_tells(path, canvas):
    with Session(path, check=False) as session:
        story, recording = session.story, session.recording
        ticks = [*range(0, recording.ticks, 97), recording.ticks]
        events = session.moments.events(0, recording.ticks)
        states = [session.moments.state(tick) for tick in ticks]
        rows = [row for tick in ticks[1:] for row in recording.inputs(tick - 1, tick)[0]]
        told = canvas.ask(
            "told",
            {
                "header": header_of(session),
                "events": plain_events(events),
                "states": [state_text(state) for state in states],
                "inputs": [dict(zip(row.dtype.names, row.tolist(), strict=True)) for row in rows],
            },
        )
        look = ArenaLook(story)
        assert told["sentences"] == [[list(part) for part in story.tell(event)] for event in events]
        assert told["colours"] == [[list(look.part_colour(part)) for part in story.tell(event)] for event in events]
        assert told["players"] == [list(story.players_of(event)) for event in events]
        assert told["places"] == [listed(story.place_of(event)) for event in events]
        assert told["feed"] == [{"tick": tick, "parts": [list(part) for part in parts]} for tick, parts in story.feed(events)]
        assert told["inputs"] == [[list(pair) for pair in story.inputs(row)] for row in rows]
        assert told["look"] == [list(story.world), list(story.columns), story.marks, story.memory_seconds]
        for kind, (shape, colour) in look.marks.items():
            assert told["marks"][rules.EVENT_KINDS.index(kind)] == {"shape": shape, "colour": list(colour)}
        for state, seen in zip(states, told["states"], strict=True):
            assert seen == words_of(session, state)


def words_of(session: Session, state: Any) -> dict[str, Any]:
    story = session.story
    seats = range(len(story.names))
    match = session.game.new_match(session.recording.header.seed, len(seats), session.recording.header.config)
    match.load(state.tobytes())
    scores = np.array([[int(state["players"]["score"][seat])] for seat in seats])
    return {
        "standings": [row._asdict() | {"cells": list(row.cells)} for row in story.standings(state)],
        "lines": [line[0] for line in np.asarray(story.graph(Series(story.names, [0], {"score": scores})))],
        "result": story.result_text(match.result()),
        "crowned": story.crowned(state),
        "details": [story.details(state, seat) for seat in seats],
        "places": [listed(story.place(state, seat)) for seat in seats],
    }


def listed(place: tuple[float, float] | None) -> list[float] | None:
    return place if place is None else list(place)
