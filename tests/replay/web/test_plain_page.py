"""A compiled game that says nothing of pages: a browser computes and proves its match all the same, and shows its fields."""

import pytest
from browsers import BROWSER, Shown
from damage import record
from native_toy import TOY
from needs import WASM
from toys import random_inputs

from replay import Playback, Recording, verify
from replay.find.edit import clip
from replay.web.made import page_of

pytestmark = [BROWSER, WASM]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("toys")


@pytest.fixture(scope="module")
def url(folder):
    record(folder / "toy.replay", TOY, 333, 3, inputs=rows(333, 3))
    (folder / "toy.html").write_text(page_of(folder / "toy.replay", TOY), "utf-8")
    return (folder / "toy.html").as_uri()


def rows(ticks, players, seed=7):
    inputs = random_inputs(TOY, ticks, players, seed)
    inputs["jump"] &= 1  # as many jumps as the rules allow
    return inputs


def test_it_is_proved_and_its_fields_are_those_of_python(browser, folder, url):
    proof = verify(folder / "toy.replay", TOY)
    with Shown(browser, url, reduced_motion="reduce") as page:
        page.ready()
        assert page.page.inner_text("#verdict") == "proved here"
        assert page.ask("() => window.replay.source.digests") == proof.digests_compared == 333
        assert page.page.is_hidden("#stage") and "balls[1].x" in page.page.inner_text("#fields-table")
        with Recording(folder / "toy.replay") as recording:
            playback = Playback(TOY, recording)
            playback.seek(200)
            x = int(playback.match.record()["balls"][1]["x"])
        assert page.ask("() => window.replay.source.table(200).get('balls[1].x')") == x
        assert not page.errors and not page.requests


def test_what_happened_is_told_in_the_words_that_any_game_gets(browser, url):
    with Shown(browser, url, reduced_motion="reduce") as page:
        page.ready()
        page.ask("() => { const app = window.replay; app.transport.place(333); app.showTab('match'); app.draw(0, 0); }")
        feed = page.page.inner_text("#feed")
        assert "jump" in feed and "player 1" in feed and "speed" in feed
        assert {"hit", "jump"} <= set(page.page.inner_text("#legend").split())


def test_the_match_of_another_seed_begins_otherwise_and_is_refused(browser, folder, url):
    other = folder / "other.replay"
    if not other.exists():
        record(other, TOY, 60, 3, seed=8, inputs=rows(60, 3))
    with Shown(browser, url, reduced_motion="reduce") as page:
        page.ready()
        page.page.set_input_files("#file", str(other))
        page.page.wait_for_selector("#problem:not([hidden])")
        assert "how its own match begins, and no other" in page.page.inner_text("#problem")
        page.page.set_input_files("#file", str(folder / "toy.replay"))
        page.until("document.getElementById('problem').hidden")


def test_a_clip_begins_with_a_state_that_the_page_could_not_check(folder, url):
    with Recording(folder / "toy.replay") as recording:
        clip(recording, folder / "clip.replay", 100, 200, TOY)
    assert page_of(folder / "clip.replay", TOY) is None
