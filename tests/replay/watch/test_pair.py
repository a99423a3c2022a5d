"""The screen of two recordings, driven by posted events."""

import shutil

import numpy as np
import pygame
import pytest
from hostile import FORMS
from installed import install
from pairs import amounts, variant
from shown import Dial, Liar
from toys import COUNTER, random_inputs

from replay import Recorder, Recording
from replay.core.divergence import Divergence
from replay.core.errors import FormatError, UsageError
from replay.read.story import Row, Story
from replay.watch.app import App
from replay.watch.model.differences import Differences
from replay.watch.model.pairing import GHOST, ONLY_A, ONLY_B, SIDES, VIEWS
from replay.watch.model.session import Session
from replay.watch.model.wish import Compare, Open
from replay.watch.pair import Pair
from replay.watch.view.colours import BAD
from replay.watch.view.seekbar import SeekBar
from replay.watch.window import Window

THIRD = "Cléo 漢字"  # who presses more

NOWHERE = (255, 0, 254)  # a colour that nothing has


@pytest.fixture
def other(recording, tmp_path):
    """The same match, in which the third player presses more from tick 700 to 709, and which ends earlier."""
    return variant(recording, tmp_path / "other.replay", COUNTER, range(700, 710), ticks=1500)


@pytest.fixture
def open_pair(monkeypatch, looking):
    """Open two files in a window; with the comparison done unless told otherwise."""
    monkeypatch.setattr("replay.watch.model.session._LOOK_AGAIN_SECONDS", 0.0)
    windows = []

    def opened(a, b, *, wait=True, size=(1280, 720), **options):
        window = Window("test", size)
        windows.append(window)
        App(window)
        pair = Pair(a, Session(b), **options)
        window.show(pair)
        if wait:
            pair.survey.wait()
            pair.pairing.b.survey.wait()
            pair.pairing.differences.wait()
        return looking(window, pair)

    yield opened
    for window in windows:
        window.show(None)
        window.close()


@pytest.fixture
def pair(installed, open_pair, recording, other):
    """Paused before the difference; nobody has to wait for anything."""
    return open_pair(recording, other, at="500", paused=True)


# --- where it begins, and stops ---


def test_it_begins_shortly_before_the_first_difference_and_stops_there_once(installed, open_pair, recording, other):
    look = open_pair(recording, other)
    look.frame(1, 0.0)
    assert look.transport.position == 700 - 120 and look.transport.playing
    look.frame(150)
    assert look.transport.position == 700 and not look.transport.playing
    assert look.desk.toast.startswith(f"first difference, tick 700: {THIRD} holds")
    look.press("Space")
    look.frame(60)
    assert look.transport.position > 750 and look.transport.playing
    look.transport.jump(600)
    look.frame(150)
    assert look.transport.position > 720 and look.transport.playing


@pytest.mark.parametrize("options", [{"at": "10s"}, {"at": 0}])
def test_where_one_wants_to_begin_it_begins(installed, open_pair, recording, other, options):
    look = open_pair(recording, other, paused=True, **options)
    look.frame()
    assert look.transport.position == {"10s": 600, 0: 0}[options["at"]]
    assert look.desk.toast == "first difference at tick 700; Ctrl+X goes there"


@pytest.mark.parametrize("word", ["M", None])
def test_who_has_done_something_is_not_taken_away(installed, open_pair, recording, other, monkeypatch, word):
    compare = Differences.start
    monkeypatch.setattr(Differences, "start", lambda differences: None)  # it takes long
    look = open_pair(recording, other, wait=False, paused=True)
    if word:
        look.press(word)
    compare(look.watch.pairing.differences)
    look.watch.pairing.differences.wait()
    look.frame(2)
    assert look.transport.position == (0 if word else 580)


def test_the_same_match_is_said_to_be_the_same(installed, open_pair, recording, tmp_path):
    look = open_pair(recording, shutil.copy(recording, tmp_path / "copy.replay"))
    assert look.desk.toast == "no difference: the same match"
    assert look.transport.playing and look.transport.position < 100
    look.press("X")
    assert look.desk.toast == "no difference as far as both go"


def test_other_matches_play_from_the_start_and_say_what_they_are(installed, open_pair, recording, tmp_path):
    look = open_pair(recording, variant(recording, tmp_path / "other.replay", COUNTER, seed=6))
    assert look.desk.toast == "not the same match: seed 5 | 6"
    look.frame(10)
    assert look.transport.playing and 0 < look.transport.position < 20


# --- keys ---


def test_from_difference_to_difference(pair):
    for word, tick in (("X", 700), ("Home", 0), ("Ctrl+X", 700), ("End", 1800), ("Shift+X", 700)):
        pair.press(word)
        pair.frame()
        assert pair.transport.position == tick and not pair.transport.playing, word
    assert pair.desk.toast.startswith("first difference, tick 700: ")
    pair.press("X")
    assert pair.transport.position == 700 and pair.desk.toast == "no difference further on"


def test_a_difference_puts_both_at_the_same_tick_again(pair):
    pair.press("Ctrl+.")
    assert pair.watch.pairing.position(500) == 501 and pair.desk.toast == "same tick, B +1 ticks"
    pair.press("X")
    assert pair.watch.pairing.alignment.is_tick_by_tick


def test_it_does_not_stop_at_a_difference_of_other_ticks(pair):
    pair.press("Ctrl+,")
    pair.transport.jump(690)
    pair.press("Space")
    pair.frame(60)
    assert pair.transport.position > 720


def test_by_tick_by_the_end_by_an_event(pair):
    for text in ("same end", "press:1 of each", "same tick"):
        pair.press("Shift+C")
        assert pair.desk.toast == f"side by side: {text}"


def test_every_way_to_show_them_is_another_picture(pair):
    pair.transport.jump(760)
    pair.frame(2)
    pictures, views = [], []
    for _ in VIEWS:
        views.append(pair.watch.pairing.view)
        pair.press("H")  # only the pictures
        pictures.append(pair.picture())
        pair.press("H")
        pair.press("C")
    assert views == list(VIEWS) and pair.watch.pairing.view == SIDES
    assert all((one != two).any() for index, one in enumerate(pictures) for two in pictures[:index])


def test_where_both_are_the_same_a_ghost_changes_nothing(pair):
    pictures = []
    for shown in (ONLY_A, GHOST):
        pair.watch.pairing.view = shown
        pair.desk.say("")  # what was said before goes at its own time
        pair.press("H")
        pictures.append(pair.picture().astype(int))
        pair.press("H")
    assert np.abs(pictures[0] - pictures[1]).max() <= 2  # the last bit of a blend


@pytest.mark.parametrize("size", [(801, 600), (1280, 721), (1281, 720)])
def test_every_pixel_is_drawn_in_every_view_with_and_without_the_fields(pair, size):
    """What is not drawn shows the picture before: most of a window is not filled first."""
    surface = pygame.Surface(size)
    pair.window.paint.resize(size)
    for shown in VIEWS:
        for has_fields in (False, True):
            pair.watch.pairing.view, pair.desk.switches.inspector = shown, has_fields
            surface.fill(NOWHERE)
            pair.watch.draw(surface)
            left = (pygame.surfarray.array3d(surface) == NOWHERE).all(axis=2)
            assert not left.any(), (shown, has_fields, np.argwhere(left)[:3])


def test_keys_of_two_recordings_say_so_where_there_is_one(look):
    for word in ("C", "Shift+C", "X", "Shift+X", "Ctrl+X", "Ctrl+,", "Ctrl+."):
        look.desk.say("")
        look.press(word)
        assert look.desk.toast == "one recording is open: replay watch A --with B shows two, or a right click in the list (Q)", word


# --- what it shows ---


def test_what_differs_is_written(pair, monkeypatch):
    pair.transport.jump(700)
    pair.frame(2)
    texts = pair.texts(monkeypatch)
    assert f"{THIRD} holds" in texts and "first difference: tick 700 (Ctrl+X)" in " ".join(texts)
    assert {"A", "B", "counter.replay", "other.replay"} <= set(texts)
    pair.transport.jump(500)
    pair.frame(2)
    assert "equal here" in pair.texts(monkeypatch)


def test_beyond_its_end_b_waits_and_says_so(pair, monkeypatch):
    pair.transport.jump(1700)
    pair.frame(2)
    assert "ended at 00:25.00" in pair.texts(monkeypatch)
    pair.watch.pairing.alignment.shift = -60
    pair.transport.jump(0)
    pair.frame(2)
    assert "begins in 1.0 s" in pair.texts(monkeypatch)


@pytest.mark.parametrize("speed", [1.0, 64.0])
def test_where_b_is_longer_it_plays_on_to_its_end(installed, open_pair, recording, other, speed):
    look = open_pair(other, recording, at=1400, speed=speed)
    look.watch.pairing.has_stopped = True
    assert look.transport.ticks == 1800
    look.frame(420)
    assert look.transport.position == 1800 and not look.transport.playing


@pytest.mark.parametrize(("word", "words"), [("B", "no bookmark: no tick 1700"), ("Ctrl+S", "not saved: no ticks 1100 to 1700")])
def test_what_a_does_not_have_cannot_be_marked_or_cut(installed, open_pair, recording, other, word, words):
    look = open_pair(other, recording, at=1700, paused=True)
    look.frame(2)
    look.press(word)
    if look.desk.saving is not None:
        look.desk.saving.join()
    assert look.transport.position == 1700 and look.desk.toast.startswith(words)


def test_of_a_shorter_one_every_mark_is_drawn(installed, open_pair, recording, other):
    """The bar does not wait for more of it."""
    look = open_pair(other, recording, at=100, paused=True)
    assert look.watch.transport.ticks > look.watch.session.recording.ticks and look.desk.timeline.progress is None
    look.frame(2)
    bar = look.watch.bar
    shown, fresh = look.picture()[bar.left : bar.right, bar.top : bar.bottom], look.window.surface.copy()
    SeekBar(look.watch.look, look.desk).draw(fresh, look.watch.paint, look.places)
    assert (shown == pygame.surfarray.array3d(fresh)[bar.left : bar.right, bar.top : bar.bottom]).all()


def test_the_thumbnail_shows_both(pair):
    thumbnail = pygame.surfarray.array3d(pair.watch.thumbnail(1400, (1600, 450))).astype(int)
    assert (thumbnail[:800] != thumbnail[800:]).any()


def test_a_click_on_the_strip_of_b_goes_to_its_mark_or_to_the_moment(pair):
    strip, bar = pair.watch._strip_area, pair.places.bar
    marks = [mark for mark in pair.watch.pairing.marks.all() if mark.weight >= 2 and mark.tick > 900]
    pair.click((round(bar.tick_to_x(marks[0].tick)), strip.centery))
    pair.frame()
    assert pair.desk.toast.startswith("B: ") and abs(pair.transport.position - marks[0].tick + 90) < 20
    pair.watch.pairing.marks.all = list  # nothing near
    pair.click((round(bar.tick_to_x(1234)), strip.centery))
    pair.frame()
    assert abs(pair.transport.position - 1234) < 3
    pair.mouse("MOUSEMOTION", (strip.centerx, strip.centery))
    assert pair.desk.bar_at[0] == strip.centerx  # and the thumbnail is there


def test_where_b_is_not_what_was_recorded_its_strip_is_red(pair):
    strip = pair.watch._strip_area

    def red():
        pixels = pair.picture()[strip.left : strip.right, strip.bottom - 2].astype(int)
        return [index for index, pixel in enumerate(pixels) if tuple(pixel) == BAD]

    assert not red()
    pair.watch.pairing.b.survey.verification.divergence = Divergence(1200, 1199)
    pair.press("Ctrl+.")
    assert min(red()) == pytest.approx(pair.places.bar.tick_to_x(1199) - strip.left, abs=1)


def test_what_cannot_be_read_any_more_is_said(pair, monkeypatch):
    def lost(position, most):
        raise FormatError("is cut off")

    monkeypatch.setattr(pair.watch.pairing, "lines", lost)
    pair.press("X")
    assert pair.desk.toast == "first difference, tick 700: is cut off"


def test_one_hears_a_unless_only_b_is_seen(pair, monkeypatch):
    heard = []
    for name, look in (("a", pair.watch.look), ("b", pair.watch.look_b)):
        monkeypatch.setattr(look, "hear", lambda events, scene, name=name: heard.append(name))
    pair.transport.playing = True
    for shown in VIEWS:
        pair.watch.pairing.view = shown
        pair.frame(2)
    assert "".join(heard) == "aaaaaabb"


@pytest.fixture
def scored(monkeypatch):
    """The toy game has a score table."""
    monkeypatch.setattr(Story, "columns", ("sum",))
    rows = lambda story, state: [Row(player, (str(row["sum"]),), player) for player, row in enumerate(state["players"])]  # noqa: E731
    monkeypatch.setattr(Story, "standings", rows)


def test_a_click_on_a_score_of_b_follows_the_player_in_both(scored, pair):
    pair.frame(2)
    places = [place for place, player in pair.places.players if player == 1]
    assert [place.left < 640 for place in places] == [True, False]
    pair.click(places[1].center)
    assert pair.places.scene.follow == pair.watch._scene_b.follow == 1


def test_who_is_only_in_one_of_them_is_not_looked_for_in_the_other(scored, installed, open_pair, recording, tmp_path):
    alone = tmp_path / "alone.replay"
    with Recorder(alone, COUNTER, seed=5, players=["Ann"], config={}) as recorder:
        for row in random_inputs(COUNTER, 900, 1):
            recorder.step(row)
    look = open_pair(recording, alone, at=300, paused=True)
    look.desk.director.follow(2)
    look.frame(2)
    assert look.places.scene.follow == 2 and look.watch._scene_b.follow is None
    other = open_pair(alone, recording, at=300, paused=True)
    other.frame(2)
    assert {player for _, player in other.places.players} == {0}


def test_what_keys_show_of_the_players_is_of_the_one_that_is_seen(pair, monkeypatch):
    pair.press("F2")
    drawn = []
    monkeypatch.setattr("replay.watch.view.panels.draw_inputs", lambda surface, paint, look, rows, area: drawn.append(look))
    a, b = pair.watch.look, pair.watch.look_b
    for shown, looks in ((SIDES, [a, b]), (GHOST, [a]), (ONLY_A, [a]), (ONLY_B, [b])):
        drawn.clear()
        pair.watch.pairing.view = shown
        pair.watch.draw(pair.window.surface)
        assert drawn == looks, shown


@pytest.fixture
def placed(monkeypatch):
    """The players of the toy game stand somewhere: as far right as their sums say."""
    monkeypatch.setattr(Story, "place", lambda story, state, player: (int(state["players"][player]["sum"]) % 900 + 100.0, 300.0))


def test_the_cameras_go_together_and_a_followed_player_is_seen_in_both(placed, pair):
    pair.press("+")
    pair.frame(2)
    ours, theirs = pair.places.scene.camera, pair.watch._scene_b.camera
    assert (ours.x, ours.y, ours.scale) == (theirs.x, theirs.y, theirs.scale) and ours.area[2:] == theirs.area[2:]
    pair.press("PageUp")
    pair.press("PageUp")  # the last one, whose sums differ
    pair.transport.jump(1400)
    pair.frame(3)
    for scene, story in ((pair.places.scene, pair.watch.session.story), (pair.watch._scene_b, pair.watch.pairing.b.story)):
        x, _ = scene.camera.to_screen(*story.place(scene.before, 2))
        assert scene.camera.area[0] <= x < scene.camera.area[0] + scene.camera.area[2]
    pair.press("C")  # a ghost is seen by one camera
    pair.frame(2)
    ours, theirs = pair.places.scene.camera, pair.watch._scene_b.camera
    assert (ours.x, ours.y, ours.scale) == (theirs.x, theirs.y, theirs.scale)


def test_a_ghost_shows_where_b_has_whom_only_if_that_is_elsewhere(placed, pair, monkeypatch):
    rings = []
    monkeypatch.setattr(pygame.draw, "circle", lambda surface, colour, at, *rest: rings.append(at))
    pair.watch.pairing.view = GHOST
    for tick, count in ((500, 0), (1400, 2)):  # a ring has an edge
        pair.transport.jump(tick)
        pair.frame(2)
        rings.clear()
        pair.watch.draw(pair.window.surface)
        scene, story = pair.watch._scene_b, pair.watch.pairing.b.story
        assert rings.count(scene.camera.to_screen(*story.place(scene.before, 2))) == count


def test_what_differs_while_playing_is_that_of_a_tick_and_never_an_older_one(pair):
    """It is told eight times a second; a pause tells of the very tick."""
    pair.transport.jump(703)
    pair.watch.pairing.has_stopped = True
    pair.press("Space")
    pair.frame(1, 0.0)
    playing = pair.watch._lines._values
    ((key, lines),) = playing.items()
    assert key[0][0] == 700 and lines == pair.watch.pairing.lines(700, 64)
    pair.press("Space")
    pair.transport.jump(703)
    pair.frame(2, 0.0)
    ((key, lines),) = pair.watch._lines._values.items()
    assert key[0][0] == 703 and lines == pair.watch.pairing.lines(703, 64)


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (800, 600), (2560, 1440)])
@pytest.mark.parametrize("shown", VIEWS)
def test_it_fits_into_any_window(installed, open_pair, recording, other, size, shown):
    look = open_pair(recording, other, at=760, paused=True, size=size)
    look.watch.pairing.view = shown
    look.frame(2)
    whole = pygame.Rect((0, 0), size)
    frames = look.watch._frames
    assert all(whole.contains(rect) for rect in (*frames.heads, *frames.pictures) if rect.height)
    assert all(rect.bottom <= look.watch.bar.top + 4 for rect in (*frames.pictures, frames.words))


def test_a_paused_picture_is_drawn_once(pair, monkeypatch):
    pair.watch.desk._toast = ("", 0.0)
    pair.frame(5)
    drawn = []
    monkeypatch.setattr(pair.watch, "draw", lambda surface: drawn.append(1))
    pair.frame(60)
    assert not drawn
    pair.watch.pairing.differences.tick -= 1
    pair.frame(2)
    assert drawn


def test_two_games_stand_side_by_side(tmp_path, monkeypatch, open_pair, recording):
    points = "[replay.games]\ncounter = toys:COUNTER\nbank = pairs:BANK\n"
    monkeypatch.syspath_prepend(install(tmp_path / "site", points))
    bank = amounts(tmp_path / "bank.replay", {10: 5, 200: -3})
    look = open_pair(recording, bank)
    assert look.desk.toast.startswith("not the same match: game counter | bank")
    look.frame(10)
    assert "two games: counter | bank" in look.texts(monkeypatch) and look.transport.playing


def test_names_that_strangers_gave_stay_where_they_belong(installed, open_pair, tmp_path):
    paths = []
    for index, name in enumerate(("a", "b")):
        paths.append(tmp_path / f"{name * 120}.replay")
        with Recorder(paths[-1], COUNTER, seed=5, players=[form[:40] or "x" for form in FORMS[:8]], config={}) as recorder:
            for row in random_inputs(COUNTER, 120, 8, index):
                recorder.step(row)
    look = open_pair(*paths, size=(800, 600))
    for _ in VIEWS:
        look.press("C")
        look.frame(2)


# --- files ---


def test_the_same_file_twice_is_refused_and_closed(installed, recording):
    b = Session(recording)
    with pytest.raises(UsageError, match="is both A and B"):
        Pair(recording, b)


def test_what_b_lacks_is_said_by_name(installed, open_pair, recording, other, tmp_path):
    look = open_pair(recording, other)
    app = look.window.serve
    for file, words in ((tmp_path / "none.replay", "No such file"), (tmp_path / "broken.replay", "is not a recording")):
        if "broken" in file.name:
            file.write_text("nothing")
        assert app(look.watch, Compare(recording, other=file)) is look.watch
        assert file.name in look.desk.toast and words in look.desk.toast


@pytest.mark.parametrize("which", ["a", "b"])
def test_a_file_that_changes_is_opened_again_as_it_was_shown(pair, recording, other, tmp_path, which):
    pair.press("C")
    pair.press("Ctrl+.")
    path = recording if which == "a" else other
    longer = variant(recording, tmp_path / "fresh", COUNTER, [100], ticks=1700)
    longer.replace(path)
    for _ in range(10):
        pair.frame(1, 0.0)
    again = pair.window.screen
    assert again is not pair.watch and isinstance(again, Pair)
    assert again.transport.position == 500 and again.pairing.view == GHOST and again.pairing.alignment.shift == 1
    assert f"{path.name} has changed" in again.desk.toast


def test_a_file_that_is_dropped_takes_the_place_of_both(pair, other):
    pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(other)))
    pair.frame()
    assert type(pair.window.screen).__name__ == "Viewer" and pair.window.screen.session.path == other
    assert not pair.watch.pairing.differences._thread.is_alive()


def test_one_comes_back_to_both(pair, recording, other):
    wish = pair.watch.way_back()
    assert isinstance(wish, Open) and (wish.path, wish.other, wish.at, wish.is_paused) == (recording, other, 500, True)


def test_the_mouse_means_the_players_of_the_picture_it_is_over(pair):
    place = pair.watch._frames.pictures[1].center
    pair.mouse("MOUSEMOTION", place)
    assert pair.places.picture.collidepoint(place)
    pair.watch.handle(pygame.event.Event(pygame.MOUSEMOTION, pos=place, rel=(0, 0), buttons=(0, 0, 0)))
    assert pair.places.camera is pair.watch._scene_b.camera
    pair.watch.pairing.view = ONLY_B
    pair.frame(2)
    assert pair.watch.pairing.view == ONLY_B


# --- while one is being recorded ---


@pytest.mark.parametrize("live", ["a", "b"])
def test_what_is_being_recorded_is_compared_as_it_grows(installed, open_pair, recording, tmp_path, monkeypatch, live):
    monkeypatch.setattr("replay.watch.model.differences._LOOK_AGAIN_SECONDS", 0.0)
    growing = tmp_path / "growing.replay"
    with Recording(recording) as original:
        header, rows = original.header, original.inputs(0, 1800)
    with Recorder(growing, COUNTER, seed=header.seed, players=header.players, config=header.config) as recorder:
        for row in rows[:600]:
            recorder.step(row)
        paths = (growing, recording) if live == "a" else (recording, growing)
        look = open_pair(*paths, wait=False, at=100, paused=True)
        assert look.transport.ticks == (1800 if live == "b" else max(look.watch.pairing.b.recording.ticks, 600))
        for tick in range(600, 900):
            row = rows[tick].copy()
            row["buttons"][-1] ^= tick == 750
            recorder.step(row)
    differences = look.watch.pairing.differences
    differences.wait()
    look.frame(5)
    assert differences.is_done and differences.first == 750 and differences.span == (0, 900)
    assert look.desk.toast.startswith("first difference at tick 750") and look.transport.ticks == 1800


@pytest.mark.parametrize("name", ["dial", "liar"])
def test_any_look_has_a_ghost_and_any_words_keep_their_place(tmp_path, monkeypatch, open_pair, name):
    monkeypatch.syspath_prepend(install(tmp_path / "site", "[replay.games]\ndial = shown:Dial\nliar = shown:Liar\n"))
    game, players = (Dial, ["Ann", "Ben"]) if name == "dial" else (Liar, [form.strip()[:40] or "x" for form in FORMS[:8]])
    paths = [tmp_path / "a.replay", tmp_path / "b.replay"]
    for index, path in enumerate(paths):
        with Recorder(path, game, seed=1 + index, players=players, config={}) as recorder:
            for row in random_inputs(game, 200, len(players), index) if name == "dial" else [None] * (200 + index):
                recorder.step(row) if row is not None else recorder.step()
    look = open_pair(*paths, at=150, paused=True)
    for _ in VIEWS:
        look.press("C")
        look.frame(2)
    assert look.watch.pairing.view == SIDES and "not the same match: seed 1 | 2" in look.watch.pairing.differences.note
