"""What a game gets that has neither a story nor a look of its own."""

import numpy as np
import pytest
from installed import install
from toys import COUNTER

from replay.core.errors import ReplayError
from replay.read.story import Story, plain_text
from replay.watch.app import App
from replay.watch.model.session import Session, player_of
from replay.watch.model.wish import Open, TakeOver, Wish
from replay.watch.view.picture import open_look
from replay.watch.view.table import TableLook
from replay.watch.window import Screen, Window


@pytest.fixture
def session(recording):
    with Session(recording, COUNTER) as session:
        yield session


def event(kind, actor):
    record = np.zeros(1, COUNTER.event_dtype)
    record["tick"], record["kind"], record["actor"], record["amount"] = 7, kind, actor, 5
    return record


def test_any_event_is_told_with_the_players_names(session):
    assert type(session.story) is Story
    assert plain_text(session.story.tell(event(0, 1)[0])) == "press actor Ben amount 5"
    assert plain_text(session.story.tell(event(1, 9)[0])) == "luck actor 9 amount 5"  # nobody's seat
    assert [(news.tick, plain_text(news.parts)) for news in session.story.feed(event(0, 0))] == [(7, "press actor Ann amount 5")]


def test_every_kind_has_a_mark_that_differs_from_the_others(session):
    look = open_look(session)
    assert type(look) is TableLook and set(session.story.marks) == set(COUNTER.event_kinds)
    assert len({look.mark(kind) for kind in COUNTER.event_kinds}) == len(COUNTER.event_kinds)
    kind, _, player, _ = session.story.tell(event(1, 2)[0])
    assert look.part_colour(kind) == look.mark("luck").colour and look.part_colour(player) == look.colour(2)


def test_a_look_that_does_not_load_is_named(session, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(install(tmp_path, "[replay.views]\ncounter = nowhere_at_all:Look\n"))
    with pytest.raises(ReplayError, match="nowhere_at_all"):
        open_look(session)


def test_what_cannot_be_served_is_said_on_the_screen_that_wished_for_it(tmp_path):
    with Window("test", (320, 240)) as window:
        app, screen = App(window), Screen()
        for wish, text in (
            (Open(tmp_path / "none.replay"), "none.replay: No such file"),
            (TakeOver("counter", tmp_path, 0, 0), "counter cannot be played from here"),
            (Wish(), "nothing here serves"),
        ):
            assert app.serve(screen, wish) is screen and screen.message.startswith(text)


def test_a_player_is_known_by_name_or_number():
    assert [player_of(name, ["Ann", "2", "Ben"]) for name in ("Ann", "2", "3")] == [0, 1, 2]
    with pytest.raises(ReplayError, match="Zoe"):
        player_of("Zoe", ["Ann"])
