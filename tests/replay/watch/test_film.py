"""What a page of a game holds that no browser runs: pictures that are those of their ticks, and all that the match tells."""

import io

import numpy as np
import pytest
from needs import needed
from plain_games import Pong, World
from programs import ROCKS
from shown import Dial, tick_in
from toys import COUNTER

from replay import Recorder, Recording
from replay.core.game import state_record
from replay.core.installed import load_game
from replay.core.playback import Playback
from replay.prove.conformance.given import random_inputs
from replay.read.story import Story, plain_text, story_of
from replay.watch import telling
from replay.watch.film import Film, draw_film
from replay.watch.model.session import Session
from replay.watch.pages import tell
from replay.watch.telling import Changes, Telling, fields_of

TICKS = 301


@pytest.fixture(scope="module")
def dial(tmp_path_factory):
    path = tmp_path_factory.mktemp("dial") / "dial.replay"
    with Recorder(path, Dial, seed=1, players=["Ann", "Ben"]) as recorder:
        for row in random_inputs(Dial, TICKS, 2, 3):
            recorder.step(row)
    return path


def film_of(path, **options):
    with Session(path, Dial, check=False) as session:
        return draw_film(session, **options)


def pictures_of(film: Film):
    import av

    with av.open(io.BytesIO(film.parts[0])) as container:
        yield from container.decode(video=0)


def test_picture_i_is_that_of_its_tick_and_few_stand_between_two_that_stand_alone(dial):
    needed("av")
    film = film_of(dial)
    pictures = list(pictures_of(film))
    assert (film.kind, film.step_ticks, film.fps, film.size) == ("video/webm", 2, 30, (576, 192))
    assert [tick_in(picture.to_ndarray(format="rgb24")) for picture in pictures] == list(range(0, TICKS + 1, 2))
    alone = [index for index, picture in enumerate(pictures) if picture.key_frame]
    assert alone[0] == 0 and max(np.diff([*alone, len(pictures)])) <= 12


def test_a_film_that_would_be_too_large_has_fewer_pictures(dial):
    needed("av")
    whole = film_of(dial)
    small = film_of(dial, most_bytes=whole.bytes // 3)
    assert small.bytes <= whole.bytes // 3 and small.step_ticks > whole.step_ticks
    ticks = [tick_in(picture.to_ndarray(format="rgb24")) for picture in pictures_of(small)]
    assert ticks == list(range(0, TICKS + 1, small.step_ticks)) and len(ticks) == small.pictures
    assert film_of(dial, most_bytes=1).pictures <= 8  # it never fails


@pytest.mark.parametrize("pillow", [True, False])
def test_without_pyav_there_are_stills(dial, monkeypatch, pillow):
    monkeypatch.setattr("replay.watch.film.find_spec", lambda name: True if pillow and name == "PIL" else None)
    film = film_of(dial)
    assert film.kind == ("image/webp" if pillow else "image/png") and film.fps == 0
    import pygame

    for number in (0, 7, film.pictures - 1):
        picture = pygame.image.load(io.BytesIO(film.parts[number]))
        assert tick_in(pygame.surfarray.array3d(picture).swapaxes(0, 1)) == number * film.step_ticks


def test_a_recording_without_a_tick_has_a_picture(tmp_path):
    path = tmp_path / "empty.replay"
    Recorder(path, Dial, seed=1, players=["Ann", "Ben"]).finish()
    assert film_of(path).pictures == 1
    assert tell(path, Dial).data["ticks"] == 0


# --- what it tells ---


def value_at(column, moment):
    """As `film.js` reads a column."""
    values = [value for number, value in zip(column[::2], column[1::2], strict=True) if number <= moment]
    return values[-1] if values else None


def told(path, game):
    with Session(path, game, check=False) as session:
        told = Telling(session.game, session.recording, session.story)
        told.run()
        return told.as_data()


def record_world(path):
    with Recorder(path, World, seed=7, players=["Ann", "Ben"]) as recorder:
        for row in random_inputs(World, 200, 2, 3):
            recorder.step(row)


@pytest.mark.parametrize("game", [COUNTER, World])
def test_the_fields_of_every_moment_are_those_of_its_state(recording, tmp_path, game):
    if game is World:
        record_world(recording := tmp_path / "world.replay")
    data = told(recording, game)
    columns, step = data["fields"]["columns"], data["step_ticks"]
    with Recording(recording) as opened:
        playback = Playback(game, opened)
        for number in range(0, -(-opened.ticks // step) + 1, 7):
            playback.seek(min(number * step, opened.ticks))
            state = dict(fields_of(state_record(playback.match, playback.match.save())))
            seen = {path: value_at(column, number) for path, column in columns.items()}
            assert {path: value for path, value in seen.items() if value is not None} == state


def test_every_event_is_told_as_the_window_tells_it(recording):
    data = told(recording, COUNTER)
    with Recording(recording) as opened:
        story, playback = story_of(COUNTER, opened.header), Playback(COUNTER, opened)
        events = playback.step(opened.ticks)
    said = ["".join(part for part, _, _ in parts) for _, _, _, parts, _ in data["events"]]
    assert [" ".join(text.split()) for text in said] == [plain_text(story.tell(event)) for event in events]
    assert data["events_left_out"] == 0
    assert data["news"] == list(range(len(events)))  # every one of them is news, and is written once


def test_inputs_are_those_of_their_ticks(recording, monkeypatch):
    with Recording(recording) as opened:
        story, rows = story_of(COUNTER, opened.header), opened.inputs(0, opened.ticks)
    for most in (40_000, 10):  # and then at the moments alone
        monkeypatch.setattr(telling, "_MOST_INPUTS", most)
        data = told(recording, COUNTER)
        for tick in range(0, len(rows), data["step_ticks"] * 13):
            for seat, column in enumerate(data["inputs"]["seats"]):
                labels = data["inputs"]["labels"][value_at(column, tick)]
                assert labels == [list(label) for label in story.inputs(rows[tick, seat])]


def test_too_many_events_leave_the_weighty_ones(recording, monkeypatch):
    monkeypatch.setattr(telling, "_MOST_EVENTS", 100)
    monkeypatch.setattr(Story, "marks", {"press": 1, "luck": 2})
    data = told(recording, COUNTER)
    assert len(data["events"]) == 100 and data["events_left_out"] > 0
    assert {kind for _, kind, *_ in data["events"]} == {0, 1}
    with Recording(recording) as opened:
        lucky = (Playback(COUNTER, opened).step(opened.ticks)["kind"] == 1).sum()
    assert sum(kind for _, kind, *_ in data["events"]) == lucky  # all of them


def test_fields_that_change_too_often_are_looked_at_less_often():
    changes, states = Changes(), []
    for number in range(100):
        states.append({"a": number, "b": number // 10} | ({"c": 1} if 20 <= number < 50 else {}))
        changes.note(number, states[-1])
    thin = changes.thinned(40)
    assert thin["every"] > 1 and sum(map(len, thin["columns"].values())) <= 80
    for number in [*range(0, 100, thin["every"]), 99]:
        seen = {name: value_at(column, number) for name, column in thin["columns"].items()}
        assert {name: value for name, value in seen.items() if value is not None} == states[number]


def test_what_the_verifier_said_goes_with_it(tmp_path):
    path = tmp_path / "pong.replay"
    with Recorder(path, Pong, seed=7, players=["Ann", "Ben"]) as recorder:
        for row in random_inputs(Pong, 300, 2, 3):
            recorder.step(row)
    found = tell(path, Pong)
    assert found.film is None and found.data["film"] is None  # neither look nor screen
    assert found.data["verdict"]["verdict"] == "ok" and found.data["verdict"]["digests_compared"] == 300

    class Other(Pong):
        name = "pong"

        def step(self, inputs):
            super().step(inputs)
            self.score[0] += self.tick == 200

    diverged = tell(path, Other).data["verdict"]
    assert (diverged["verdict"], diverged["first_bad_tick"]) == ("diverged", 201)


def test_an_unmodified_program_and_an_environment_get_films(tmp_path):
    needed("av gymnasium")
    program = load_game(str(ROCKS))
    with Recorder(tmp_path / "rocks.replay", program, seed=3, players=["Ann"]) as recorder:
        for _ in range(12):
            recorder.step(*program.inputs(recorder.match, np.random.default_rng(1)))
    from replay.games.gymnasium import Record

    pole = load_game("gymnasium:CartPole-v1")
    env = pole.make()
    with Record(env, tmp_path / "pole.replay", game=pole) as record:
        record.reset()
        for _ in range(8):
            record.step(0)
    for name, game, pictures, size in (("rocks", program, 7, (640, 480)), ("pole", pole, 5, (600, 400))):
        found = tell(tmp_path / f"{name}.replay", game)
        assert found.verification.is_ok and (found.film.pictures, found.film.size) == (pictures, size)
        seen = [picture.to_ndarray(format="rgb24").astype(int) for picture in pictures_of(found.film)]
        with Session(tmp_path / f"{name}.replay", game, check=False) as session:
            for number in (1, pictures - 1):  # before its first reset an environment has nothing to show
                screen = session.moments.screen(number * found.film.step_ticks).astype(int)
                assert np.abs(seen[number] - screen).mean() < 3  # of 255
