"""The inspector: what is lit, when it changed, charts and differences, each against brute force; any game; and the mouse."""

import math
import time

import numpy as np
import pygame
import pytest
from needs import needed
from plain_games import Pong
from programs import ROCKS
from toys import BANK, COUNTER, DriftingGame, Toy, random_inputs

from replay import Recorder
from replay.core.divergence import Divergence
from replay.core.installed import load_game
from replay.watch.app import App
from replay.watch.model import changes as changes_module
from replay.watch.model.changes import Changes
from replay.watch.model.commands import TIPS
from replay.watch.model.desk import Desk
from replay.watch.model.fields import RecordFields
from replay.watch.model.inspector import BEFORE, MARKED, RECORDED, SORTS, VALUES, Inspector
from replay.watch.model.session import Session
from replay.watch.view.fieldchart import FieldChart
from replay.watch.viewer import Viewer
from replay.watch.window import Window

SIZE = (1280, 720)


def inspector_of(session):
    return Inspector(session.moments, session.survey, session.story)


def values_of(session, tick):
    """Every field of the toy by its path, read from the match itself."""
    state = np.frombuffer(session.moments.saved(tick), session.moments.state_dtype)[0]
    flat = {"tick": state["tick"].item(), "random": state["random"].item()}
    return flat | {f"players[{n}].{name}": row[name].item() for n, row in enumerate(state["players"]) for name in row.dtype.names}


@pytest.fixture
def session(recording):
    with Session(recording, COUNTER, check=False) as session:
        yield session


# --- the model ---


def check_lit(session, tick):
    sight = inspector_of(session).sight(tick)
    now, then = values_of(session, tick), values_of(session, max(tick - 1, 0))
    assert {sight.fields.cells[cell].path for cell in sight.differing} == {path for path in now if now[path] != then[path]}
    assert {cell.path: sight.fields.value(sight.state, number) for number, cell in enumerate(sight.fields.cells)} == now


@pytest.mark.parametrize("tick", [0, 1, 59, 60, 61, 700, 1800])
def test_exactly_what_changed_since_the_last_tick_is_lit(session, tick):
    check_lit(session, tick)


@pytest.mark.parametrize("wrong", [lambda cells: cells - {max(cells)}, lambda cells: {*range(11)}, lambda cells: set()])
def test_one_cell_too_few_or_too_many_would_be_noticed(session, monkeypatch, wrong):
    differing = RecordFields.differing
    monkeypatch.setattr(RecordFields, "differing", lambda *states: wrong(differing(*states)))
    tick = next(tick for tick in range(600, 700) if 0 < len(changed_between(session, tick)) < 11)
    with pytest.raises(AssertionError):
        check_lit(session, tick)


def changed_between(session, tick):
    now, then = values_of(session, tick), values_of(session, tick - 1)
    return {path for path in now if now[path] != then[path]}


def last_changes(session, tick, floor=0):
    """By brute force: path by path, back from a tick."""
    states = [values_of(session, at) for at in range(floor, tick + 1)]
    found = {}
    for path in states[0]:
        changed = [at for at in range(1, len(states)) if states[at][path] != states[at - 1][path]]
        if changed:
            found[path] = floor + changed[-1]
    return found


def check_changes(session):
    inspector, rng = inspector_of(session), np.random.default_rng(3)
    tick = 400
    for step in [0, 1, 1, -1, -1, 40, -30, 900, -1, 60, -1200, *rng.integers(-70, 70, 12).tolist()]:
        tick = min(max(tick + step, 0), 1800)
        while True:
            inspector.update(tick, 0.001)
            known = {path: at for path in values_of(session, tick) if (at := inspector.changes.of(path)) is not None}
            brute = last_changes(session, tick, max(tick - inspector.changes.ticks_searched, 0))
            assert known.items() >= brute.items()
            assert all(last_changes(session, tick)[path] == at for path, at in known.items() - brute.items())
            if inspector.changes.is_done:
                break
    assert known == last_changes(session, tick)


def test_changed_at_is_the_tick_at_which_it_changed_last_however_one_comes_there(session):
    check_changes(session)


def test_a_change_at_another_tick_would_be_noticed(session, monkeypatch):
    of = Changes.of
    monkeypatch.setattr(Changes, "of", lambda changes, path: None if (at := of(changes, path)) is None else at - (at % 7 == 0))
    with pytest.raises(AssertionError):
        check_changes(session)


def test_it_is_not_looked_for_further_back_than_so_many_ticks_which_is_said(session, monkeypatch):
    monkeypatch.setattr(changes_module, "MOST_TICKS", 100)
    looked = []
    changes = Changes(lambda tick, other: looked.append(tick) or (["here"] if other == 450 else []), lambda tick, until: True, 0)
    changes.follow(500, 60)
    changes.search(10.0)
    assert changes.of("here") == 450 and changes.of("nowhere") is None and changes.is_done and not changes.is_all
    assert looked == list(range(499, 399, -1))
    changes.follow(50, 60)
    changes.search(10.0)
    assert changes.is_all and changes.of("here") is None


def test_one_tick_at_a_time_where_there_is_no_time(session):
    inspector = inspector_of(session)
    inspector.update(500, 0.0)
    assert inspector.changes.ticks_searched == 0
    for _ in range(1000):  # a tick of the match at a time: what is needed for the first step back is computed first
        before = session.moments.ticks_in_memory
        inspector.update(500, 1e-9)
        assert session.moments.ticks_in_memory - before <= 2 and inspector.changes.ticks_searched <= 1
        if inspector.changes.ticks_searched:
            break
    assert inspector.changes.ticks_searched == 1


def test_what_never_changed_and_what_has_not_for_long_are_told_apart(tmp_path):
    path = tmp_path / "bank.replay"
    with Recorder(path, BANK, seed=1, players=["Ann", "Ben"]) as recorder:
        for tick in range(2000):
            recorder.step(bank_row(5 if tick == 3 else 0))
    with Session(path, BANK, check=False) as session:
        inspector = inspector_of(session)
        told = []
        for tick in (2, 100, 1900):
            inspector.update(tick, 10.0)
            fields = inspector.sight(tick).fields
            row = next(row for row in fields.rows if row.name == "balance")
            told.append(inspector.changed(fields, row))
        assert told == [("never", None), ("4", 4), ("1200+ ago", None)]
        session.transport.position = 1900
        assert inspector.go_to_change("balance", session.transport) == "balance has not changed for 1200 ticks"
        session.transport.position = 100
        inspector.update(100, 10.0)
        assert inspector.go_to_change("balance", session.transport) == "" and session.transport.requested_seek == 4


def bank_row(amount):
    return np.array([(amount,), (0,)], BANK.input_dtype)


def test_a_chart_has_the_values_of_the_states(session):
    inspector = inspector_of(session)
    for path, count in (("players[1].sum", 3), ("tick", 1), ("players[2].luck", 3)):
        inspector.choose(path)
        chart = inspector.chart(inspector.sight(700))
        inspector.samples.wait_for(chart.lines)
        ticks = inspector.samples.ticks
        assert ticks[0] == 0 and ticks[-1] == 1800 and inspector.samples.step == 3 and len(chart.paths) == count
        for line, of in zip(chart.lines.values, chart.paths, strict=True):
            assert line.tolist() == [values_of(session, tick)[of] for tick in ticks]
        assert chart.paths[chart.chosen] == path and inspector.chart(inspector.sight(900)) is chart
        inspector.choose(path)
        assert inspector.chart(inspector.sight(700)) is None
    inspector.close()


def test_a_chart_of_fields_by_path_knows_lists_that_come_and_go(tmp_path):
    class Growing(Pong):
        def step(self, inputs):
            super().step(inputs)
            self.trail = list(range(self.tick % 4))

    path = tmp_path / "growing.replay"
    with Recorder(path, Growing, seed=7, players=["Ann", "Ben"]) as recorder:
        for _ in range(50):
            recorder.step(Pong.rows(Pong.Input(), Pong.Input()))
    with Session(path, Growing, check=False) as session:
        inspector = inspector_of(session)
        tick = next(tick for tick in range(50) if "trail[1]" in session.moments.state(tick))
        inspector.choose("trail")
        chart = inspector.chart(inspector.sight(tick))
        inspector.samples.wait_for(chart.lines)
        for at, *values in zip(inspector.samples.ticks, *chart.lines.values, strict=True):
            state = session.moments.state(at)
            assert len(values) == 3  # never columns, though there are two players
            wanted = [state.get(f"trail[{index}]", math.nan) for index in range(len(values))]
            assert np.array_equal(values, wanted, equal_nan=True)
        inspector.close()


def test_a_live_recording_is_run_through_again_once_it_has_grown_by_a_tenth(session):
    inspector = inspector_of(session)
    inspector.choose("tick")
    chart = inspector.chart(inspector.sight(700))
    samples = inspector.samples
    samples.wait_for(chart.lines)
    assert [samples.misses(ticks) for ticks in (1800, 1980, 1984)] == [False, False, True]
    inspector.close()


def test_a_line_of_a_chart_holds_its_value_and_has_gaps_where_there_is_no_number(seen):
    chart, ticks = FieldChart(seen.watch.look, seen.watch.desk.inspector, seen.watch.transport), [0, 600, 900, 1200, 1800]
    runs = list(chart._runs([0.0, 8.0, math.nan, 4.0, 4.0], ticks, 0.0, 8.0, (181, 89)))
    assert runs == [[[0, 84], [60, 84], [60, 4]], [[120, 44], [180, 44], [180, 44]]]
    assert list(chart._runs([math.nan] * 5, ticks, 0.0, 8.0, (181, 89))) == []
    assert all(4 <= y <= 84 for run in chart._runs([math.inf, 1e308, -1e308], ticks, -1e308, 1e308, (181, 89)) for _, y in run)


@pytest.mark.parametrize("marked", [0, 699, 1234])
def test_two_states_differ_in_what_brute_force_says(session, marked):
    inspector = inspector_of(session)
    inspector.mark(marked)
    sight = inspector.sight(700)
    now, then = values_of(session, 700), values_of(session, marked)
    paths = [sight.fields.cells[cell].path for cell in inspector.pair_cells(sight)]
    assert sorted(paths) == sorted(path for path in now if now[path] != then[path])
    assert sight.names == (f"marked: {marked}", "now: 700")
    inspector.show_only(False)
    assert len(inspector.pair_cells(sight)) == len(now)
    inspector.search("luck")
    assert len(inspector.pair_cells(sight)) == 3


def test_what_can_be_shown_goes_round(session):
    inspector, shown = inspector_of(session), []
    for _ in range(2):
        inspector.show_next()
        shown.append(inspector.shows)
    inspector.mark(5)
    inspector.show_next()
    assert [*shown, inspector.shows] == [BEFORE, VALUES, VALUES]
    inspector.show_next()
    inspector.show_next()
    assert inspector.shows == MARKED


def names(inspector, tick=700):
    sight = inspector.sight(tick)
    return [sight.fields.rows[row].name for row in inspector.order(sight).rows.tolist()]


def test_rows_are_searched_sorted_and_pinned(session):
    inspector = inspector_of(session)
    assert names(inspector) == ["sum", "last", "luck", "tick", "random"]
    inspector.sort_next()
    assert names(inspector) == ["last", "luck", "sum", "random", "tick"]
    inspector.sort_next()
    assert inspector.sort == SORTS[2]
    inspector.changes.follow(700, 60)
    inspector.changes.search(10.0)
    assert names(inspector)[2] == "last"  # the others change with every tick
    inspector.sort_next()
    inspector.pin("random")
    inspector.pin("luck")
    assert names(inspector) == ["luck", "random", "sum", "last", "tick"]
    inspector.search("players[1] U")
    assert names(inspector) == ["luck", "sum"]
    assert inspector_of(session).pins == ["random", "luck"]  # of this game, from now on
    inspector.pin("luck")
    assert inspector_of(session).pins == ["random"]


def test_pins_are_remembered_by_game_and_strange_settings_are_none(session, monkeypatch):
    inspector_of(session).pin("sum")
    for pins in (7, {"counter": "no list"}, {"counter": [1, None, "luck"]}, {"bank": ["balance"]}):
        monkeypatch.setattr("replay.watch.model.inspector.load_settings", lambda pins=pins: {"pins": pins})
        assert inspector_of(session).pins == (["luck"] if pins == {"counter": [1, None, "luck"]} else [])


# --- a divergence ---


@pytest.fixture
def drifted(tmp_path):
    """Recorded by rules that differ from tick 100 on."""
    path = tmp_path / "drifted.replay"
    with Recorder(path, DriftingGame(), seed=5, players=["Ann", "Ben", "Cleo"], config={}) as recorder:
        for row in random_inputs(COUNTER, 1800, 3):
            recorder.step(row)
    return path


def test_recorded_and_computed_stand_side_by_side_where_they_part(drifted):
    with Session(drifted, COUNTER) as session:
        session.survey.start()
        session.survey.wait()
        inspector, divergence = inspector_of(session), session.survey.verification.divergence
        inspector.show(RECORDED)
        sight = inspector.sight(0)
        shown = [
            (sight.fields.cells[cell].path, *(sight.fields.value(state, cell) for state in (sight.other, sight.state)))
            for cell in inspector.pair_cells(sight)
        ]
        assert shown == [(part.path, part.recorded, part.computed) for part in divergence.fields] and len(shown) == 1
        assert sight.names == ("recorded", "computed") and f"snapshot of tick {divergence.field_tick}" in sight.note


@pytest.mark.parametrize(
    ("divergence", "words"),
    [
        (None, "nothing is known to differ"),
        (Divergence(700, 699), "only its digest was recorded"),
        (Divergence(700, 699, "rules"), "the rules raise"),
        (Divergence(None, 1800, "seal"), "what the seal claims differs; only its digest"),
        (Divergence(700, 699, field_tick=900, recorded_state=b"odd", computed_state=b"other"), "have no names"),
    ],
)
def test_what_is_not_known_of_a_divergence_is_said(session, divergence, words):
    inspector = inspector_of(session)
    session.survey.verification = type("Verification", (), {"divergence": divergence, "first_bad_tick": 700})()
    inspector.show(RECORDED)
    sight = inspector.sight(700)
    assert sight.fields is None and words in sight.note


def test_a_click_on_the_verdict_opens_the_fields_that_differ(drifted, monkeypatch):
    with Window("test", SIZE) as window:
        App(window)
        watch = Viewer(drifted, COUNTER, paused=True)
        window.show(watch)
        watch.survey.wait()
        look = Seen(window, watch)
        look.click(watch.places.buttons["verdict"].center)
        assert watch.desk.switches.inspector and watch.desk.inspector.shows == RECORDED
        assert watch.transport.tick == watch.survey.first_bad_tick
        written = look.texts(monkeypatch)
        assert {"recorded", "computed"} <= set(written)
        look.spot("only_differences")
        window.show(None)


# --- the window ---


class Seen:
    """A window with a viewer whose inspector is open."""

    def __init__(self, window, watch):
        self.window, self.watch = window, watch
        watch.desk.switches.inspector = True
        self.frame()

    def frame(self, count=1):
        for _ in range(count):
            self.window.frame(1 / 60)

    def spot(self, name, path=""):
        """Where something lies."""
        return next(place for place, thing in self.watch.places.sheet.things if (thing.name, thing.path) == (name, path))

    def click(self, at, button=1):
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            pygame.event.post(pygame.event.Event(kind, pos=at, button=button))
            self.frame()

    def colour(self, place):
        """What the ground of a cell is, at its edge."""
        return self.window.surface.get_at((place.left + 1, place.centery))[:3]

    def texts(self, monkeypatch):
        from replay.watch.view.paint import Paint

        written, write = [], Paint.text

        def text(paint, surface, text, *args, **kwargs):
            written.append(text)
            return write(paint, surface, text, *args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(Paint, "text", text)
            self.watch.draw(self.window.surface)
        return written


@pytest.fixture
def seen(look):
    return Seen(look.window, look.watch)


def test_changed_cells_are_lit_in_the_picture_and_no_others_played_stepped_or_jumped(seen):
    session, transport, rng = seen.watch.session, seen.watch.transport, np.random.default_rng(1)
    lit = plain = 0
    for tick in [700, 701, 702, 701, 1200, 1201, *rng.integers(1, 1800, 10).tolist()]:
        transport.jump(tick)
        seen.frame()
        now, then = values_of(session, tick), values_of(session, tick - 1)
        colours = {path: seen.colour(seen.spot("field_value", path)) for path in now}
        changed = {path for path in now if now[path] != then[path]}
        assert {colours[path] for path in changed}.isdisjoint({colours[path] for path in now.keys() - changed}), tick
        lit, plain = lit + len(changed), plain + len(now) - len(changed)
    assert lit > 50 and plain > 5


def test_what_stands_in_the_table_is_the_same_jumped_to_and_played(seen):
    seen.watch.transport.jump(650)
    seen.frame()
    for _ in range(30):
        seen.watch.transport.step(1)
        seen.frame()
    seen.frame(200)
    played = pygame.surfarray.array3d(seen.window.surface)
    seen.watch.transport.jump(20)
    seen.frame()
    seen.watch.transport.jump(680)
    seen.frame(200)
    assert (pygame.surfarray.array3d(seen.window.surface) == played).all()


def test_a_paused_inspector_is_drawn_until_all_is_found_and_then_no_more(seen, monkeypatch):
    seen.watch.transport.jump(900)
    seen.frame(400)
    drawn = []
    monkeypatch.setattr(seen.watch, "draw", lambda surface: drawn.append(surface))
    seen.frame(60)
    assert seen.watch.desk.inspector.changes.is_done and not drawn


def test_nothing_is_looked_for_while_it_is_closed(look):
    look.transport.jump(900)
    look.frame(20)
    assert look.desk.inspector.changes.version == 0 and look.desk.inspector.samples is None


def test_the_mouse_charts_pins_and_goes_where_it_changed(seen):
    desk, session = seen.watch.desk, seen.watch.session
    seen.watch.transport.jump(700)
    seen.frame(200)
    seen.click(seen.spot("field_value", "players[1].sum").center)
    assert desk.inspector.chosen == "players[1].sum"
    chart = seen.watch.places.sheet.chart
    desk.inspector.samples.wait_for(desk.inspector.chart(desk.inspector.sight(700)).lines)
    seen.click((chart.rect.left + chart.rect.width // 2, chart.rect.centery))
    assert abs(seen.watch.transport.tick - 900) <= 2
    seen.frame(200)
    tick = max(last_changes(session, seen.watch.transport.tick)[f"players[{n}].last"] for n in range(3))
    seen.click(seen.spot("field_changed", "last").center)
    assert seen.watch.transport.tick == tick
    seen.click(seen.spot("field_name", "random").center)
    assert desk.inspector.pins == ["random"] and seen.spot("field_name", "random").top < seen.spot("field_name", "sum").top


@pytest.mark.parametrize(
    "name", ["field_value", "field_name", "field_changed", "compare", "mark_state", "sort_fields", "find_field"]
)
def test_what_the_mouse_rests_on_is_explained(seen, monkeypatch, name):
    place = next(place for place, thing in seen.watch.places.sheet.things if thing.name == name)
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=place.center, rel=(0, 0), buttons=(0, 0, 0)))
    seen.frame()
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + 5)
    assert seen.watch.desk.tip.name == name
    shown = []
    monkeypatch.setattr("replay.watch.view.overlay.put", lambda surface, label, *place: shown.append(label))
    seen.watch.draw(seen.window.surface)
    assert [label.get_size() for label in shown] == [seen.window.paint.label(text, 13).get_size() for text in TIPS[name][::-1]]


def test_a_click_on_a_name_above_a_column_follows(seen):
    place = next(place for place, thing in seen.watch.places.sheet.things if (thing.name, thing.player) == ("player", 1))
    seen.click(place.center)
    assert seen.watch.desk.director.player == 1


def test_letters_search_while_one_types_and_are_commands_again_after_that(seen):
    from replay.watch.control.keys import post_key

    inspector = seen.watch.desk.inspector
    for word, text in (("/", "/"), ("L", "l"), ("U", "u"), ("K", "k"), ("Backspace", "")):
        post_key(word)
        if text:
            pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=text))
        seen.frame()
    assert inspector.text == "lu" and inspector.is_typing and not seen.watch.transport.playing
    assert [thing.path for _, thing in seen.watch.places.sheet.things if thing.name == "field_name"] == ["luck"]
    post_key("Enter")
    post_key("K")
    seen.frame()
    assert seen.watch.transport.playing and inspector.text == "lu"
    post_key("/")
    post_key("Escape")
    seen.frame()
    assert inspector.text == "" and not inspector.is_typing


def test_the_wheel_and_the_bar_scroll_no_further_than_there_is(seen, monkeypatch):
    monkeypatch.setattr("replay.watch.view.pairtable.LINE", 150)
    seen.watch.desk.inspector.show(BEFORE)
    seen.watch.desk.inspector.show_only(False)
    seen.frame()
    sheet, inspector = seen.watch.places.sheet, seen.watch.desk.inspector
    total, visible = sheet.lines
    assert total == 11 and visible < 5
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=sheet.rect.center, rel=(0, 0), buttons=(0, 0, 0)))
    for notches, line in ((-1, 3), (-1, 6), (-9, total - visible), (1, total - visible - 3), (50, 0)):
        pygame.event.post(pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=notches))
        seen.frame()
        assert inspector.scroll == line
    scroll = seen.watch.places.sheet.scroll
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(scroll.centerx, scroll.centery), button=1))
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=(0, scroll.bottom + 50), rel=(0, 0), buttons=(1, 0, 0)))
    seen.frame()
    assert inspector.scroll == total - visible
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=(0, 0), button=1))
    seen.frame()
    assert seen.watch.desk.director.zoom == 1.0 and seen.watch.desk.director.mode == "all"


def test_events_are_told_by_name_around_the_tick(seen):
    inspector, session = seen.watch.desk.inspector, seen.watch.session
    for tick in (0, 1, 700, 1800):
        told = inspector.events(tick, 5, ahead=True)
        events = session.moments.events(tick - 60, tick + 60)
        assert len(told) == min(5, len(events)) and all(abs(at - tick) <= 60 for at, _ in told)
        of_tick = [event for event in events if event["tick"] == tick - 1]
        assert [at for at, _ in told].count(tick) == min(len(of_tick), 5) or len(of_tick) > 2
        texts = {part.text for _, parts in told for part in parts}
        assert texts & {"press", "luck"} and texts & {"Ann", "Ben", "Cléo 漢字"}
    assert all(at <= 700 for at, _ in inspector.events(700, 5, ahead=False))


# --- any game ---


class Odd:
    """A match whose state is what a test says."""

    def __init__(self, players, dtype=None, fields=None, saved=b""):
        self.ticks, self._saved = 0, saved
        if dtype is not None:
            self.state_dtype = dtype
        if fields is not None:
            self.state_fields = lambda saved: fields(int.from_bytes(saved[:4], "little"))

    def advance(self, rows):
        self.ticks += len(rows)

    def save(self):
        return self.ticks.to_bytes(4, "little") + self._saved[4:]

    def load(self, saved):
        self.ticks = int.from_bytes(saved[:4], "little")


class OddGame(Toy):
    name, event_dtype, input_dtype, event_kinds = "odd", None, COUNTER.input_dtype, ()

    def __init__(self, **parts):
        self.parts = parts

    def new_match(self, seed, players, config):
        return Odd(players, **self.parts)


WIDE = np.dtype([("tick", "<u4"), *((f"field_{number}", "<f8") for number in range(2000))])
HUGE = np.dtype([("tick", "<u4"), ("world", "u1", (1000, 1000)), ("things", [("x", "<f4"), ("name", "U9")], (300,))])
NANS = np.dtype([("tick", "<u4"), ("value", "<f8"), ("values", "<f4", (3,)), ("flag", "?"), ("nested", [("deep", [("x", "<i2")])])])
STRANGE = "\u202eرشا\x00\n<b>漢字" * 50
GAMES = {
    "2000 fields": {"dtype": WIDE, "saved": b"\xff" * WIDE.itemsize},
    "a million values": {"dtype": HUGE, "saved": b"\x01" * HUGE.itemsize},
    "no numbers": {"dtype": NANS, "saved": b"\xff" * NANS.itemsize},
    "texts of strangers": {"fields": lambda tick: {f"{STRANGE}{n}": STRANGE for n in range(40)} | {"tick": tick, "big": 1 << 9999}},
    "odd paths": {
        "fields": lambda tick: dict.fromkeys(("", "]", "[0]", "a[", "a[x]", "a[0][1]", "a[0,1]", "..", "a[0].", "7"), tick)
    },
    "lists that grow": {"fields": lambda tick: {f"a[{n}]": n for n in range(tick % 7)} | {f"b[{n}].x": n for n in range(tick % 5)}},
    "no fields": {"fields": lambda tick: {}},
    "refused": {"fields": lambda tick: 1 // 0},
    "bytes": {"saved": b"\0" * 99},
}


@pytest.mark.parametrize("players", [1, 2, 64])
@pytest.mark.parametrize("name", GAMES)
def test_any_state_is_shown_and_clicked_without_harm(tmp_path, name, players):
    game, path = OddGame(**GAMES[name]), tmp_path / "odd.replay"
    with Recorder(path, game, seed=1, players=[f"{STRANGE[:20]}{n}" for n in range(players)]) as recorder:
        for _ in range(130):
            recorder.step(np.zeros(players, COUNTER.input_dtype))
    for size in ((1280, 720), (320, 240)):
        with Window("test", size) as window:
            App(window)
            watch = Viewer(path, game, at=70, paused=True)
            window.show(watch)
            seen = Seen(window, watch)
            for shows in (VALUES, BEFORE, MARKED, RECORDED):
                watch.desk.inspector.show(shows)
                seen.frame(2)
                if name in ("bytes", "refused", "no fields") and shows == VALUES:
                    assert "names no fields" in watch.desk.inspector.sight(70).note
            watch.desk.inspector.show(VALUES)
            seen.frame()
            for place, thing in watch.places.sheet.things[:12]:
                assert watch.places.sheet.rect.contains(place) or place.bottom > watch.places.sheet.rect.bottom, thing
                seen.click(place.center)
            for scroll in (10**6, 5):
                watch.desk.inspector.scroll = watch.desk.inspector.first_player = scroll
                watch.transport.jump(71 + scroll % 3)
                seen.frame(3)
            window.show(None)


def test_only_what_is_seen_of_many_fields_is_written(tmp_path, monkeypatch):
    game, path = OddGame(**GAMES["a million values"]), tmp_path / "odd.replay"
    with Recorder(path, game, seed=1, players=["Ann"]) as recorder:
        for _ in range(20):
            recorder.step(np.zeros(1, COUNTER.input_dtype))
    with Window("test", SIZE) as window:
        watch = Viewer(path, game, at=10, paused=True)
        window.show(watch)
        seen = Seen(window, watch)
        fields, read = watch.desk.inspector.sight(10).fields, []
        value = fields.value
        monkeypatch.setattr(fields, "value", lambda state, cell: read.append(cell) or value(state, cell))
        watch.transport.jump(11)
        seen.frame()
        assert len(fields.cells) > 10_000 and 0 < len(read) < 10  # the tick alone has changed
        watch.desk.inspector.scroll = 300
        seen.watch.window.redraw()
        seen.frame()
        assert 10 < len(read) < 200
        window.show(None)


@pytest.mark.parametrize("name", ["rocks", "pole"])
def test_what_draws_itself_keeps_its_picture_beside_what_it_says_of_itself(tmp_path, name):
    path = tmp_path / f"{name}.replay"
    if name == "rocks":
        game = load_game(str(ROCKS))
        with Recorder(path, game, seed=3, players=["Ann"]) as recorder:
            for _ in range(40):
                recorder.step(*game.inputs(recorder.match, np.random.default_rng(1)))
    else:
        needed("gymnasium")
        from replay.games.gymnasium import Record

        game = load_game("gymnasium:CartPole-v1")
        with Record(game.make(), path, game=game) as record:
            record.reset()
            for _ in range(8):
                record.step(0)
    with Window("test", SIZE) as window:
        App(window)
        watch = Viewer(path, game, at=5, paused=True)
        window.show(watch)
        window.frame(1 / 60)
        assert not watch.desk.switches.inspector and watch.places.sheet is None
        seen = Seen(window, watch)
        area, sheet = watch.area, watch.places.sheet
        assert area.right == sheet.rect.left and area.width > SIZE[0] // 2
        sight = watch.desk.inspector.sight(5)
        result = watch.session.moments.facts(5)
        values = {cell.path: sight.fields.value(sight.state, number) for number, cell in enumerate(sight.fields.cells)}
        assert "this is its result so far" in sight.note and values == result and result
        path_of_value = next(iter(values))
        watch.desk.inspector.choose(path_of_value)
        seen.frame(2)
        chart = watch.desk.inspector.chart(sight)
        watch.desk.inspector.samples.wait_for(chart.lines)
        assert chart.lines.points == len(watch.desk.inspector.samples.ticks) == watch.transport.ticks + 1
        watch.transport.playing = True
        seen.frame(30)
        window.show(None)


def test_a_plain_game_has_its_players_as_columns(tmp_path):
    path = tmp_path / "pong.replay"
    with Recorder(path, Pong, seed=7, players=["Ann", "Ben"]) as recorder:
        for _ in range(30):
            recorder.step(Pong.rows(Pong.Input(up=True), Pong.Input()))
    with Session(path, Pong, check=False) as session:
        inspector = inspector_of(session)
        sight = inspector.sight(20)
        rows = {row.name: row for row in sight.fields.rows}
        assert [sight.fields.value(sight.state, cell) for cell in rows["paddles"].cells] == [
            session.moments.state(20)[f"paddles[{player}]"] for player in (0, 1)
        ]
        assert rows["paddles"].of_players and not rows["ball.x"].of_players
        assert Desk.of(session).inspector.pins == []
