"""A page of arena in a real browser: it computes the match again, proves it, and says where it differs."""

from pathlib import Path

import numpy as np
import pytest
from browsers import BROWSER, Shown
from damage import of_kind, put_together, take_apart
from firefox import NEEDS_FIREFOX, open_firefox
from needs import WASM
from paged import open_bytes, url_of, verdict

from game import rules
from game.kernels import KERNELS
from game.match import ARENA
from replay import Recorder, Recording, Verdict, verify
from replay.core import format as fmt
from replay.core.plain import pack_plain, unpack
from replay.native.wasm import module_of
from replay.watch.pages import page_of as with_pictures
from replay.web.made import page_of

pytestmark = [BROWSER, WASM]
GOLDENS = sorted(Path("recordings").glob("*.replay"))
LIMIT = 150_000  # bytes of a page without its recording


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_every_golden_recording_is_proved_in_the_browser(browser, pages, path):
    proof = verify(path)
    with Shown(browser, url_of(pages, path), reduced_motion="reduce") as page:
        page.ready()
        assert verdict(page) == ["good", "proved here, but little" if proof.notes else "proved here", None]
        assert page.ask("() => [window.replay.source.digests, window.replay.source.hashes]") == [
            proof.digests_compared,
            proof.hashes_compared,
        ]
        assert not page.errors and not page.requests


def test_a_page_is_small(pages):
    recording = GOLDENS[0]
    url_of(pages, recording)
    size = (pages / f"{recording.stem}.html").stat().st_size
    assert size - recording.stat().st_size * 4 / 3 <= LIMIT


def changed(data, kind, change, index=0):
    """The recording with the payload of one chunk changed, its checksums right."""
    chunks = take_apart(data)
    at = [number for number, (each, _) in enumerate(chunks) if each == kind][index]
    values = unpack(chunks[at][1], containers=4096, items=4096)
    change(values)
    chunks[at] = (kind, pack_plain(values))
    return put_together(chunks)


def flip(at, byte=0):
    def change(values):
        part = bytearray(values[at])
        part[byte] ^= 1
        values[at] = bytes(part)

    return change


def other_input(values):
    planes = bytearray(fmt.inflate(values[2], values[1] * 8 * 7))
    planes[values[1] * 3 + 31] ^= 2  # x of the point of the first player
    values[2] = fmt.deflate(bytes(planes))


def add(at):
    def change(values):
        values[at] += 1

    return change


def other_result(values):
    values[4]["players"][0]["kills"] += 1


EDITS = {
    "an input": (fmt.KIND_INPUTS, other_input, 7),
    "a digest": (fmt.KIND_INPUTS, flip(3, 17), 9),
    "a hash": (fmt.KIND_INPUTS, flip(4, 3), 4),
    "events": (fmt.KIND_INPUTS, flip(4, 11), 9),
    "claimed inputs": (fmt.KIND_INPUTS, add(5), 3),
    "the seal": (fmt.KIND_END, flip(2), 0),
    "the version": (fmt.KIND_END, add(1), 0),
    "the result": (fmt.KIND_END, other_result, 0),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_recording_diverges_at_the_right_tick(shown, tmp_path, name):
    data = changed(Path("recordings/eight-players.replay").read_bytes(), *EDITS[name])
    (tmp_path / "edited.replay").write_bytes(data)
    proof = verify(tmp_path / "edited.replay", ARENA)
    assert not proof.is_ok
    open_bytes(shown, data)
    mood, text, tick = verdict(shown)
    assert (mood, tick) == ("bad", proof.first_bad_tick)
    said = "diverged" if tick is None else f"diverged at tick {tick}"
    assert text == ("damaged" if proof.verdict is Verdict.UNREADABLE else said)


def test_an_edited_snapshot_is_seen(shown):
    def change(values):
        state = bytearray(fmt.inflate(values[3], values[1]))
        state[100] ^= 1
        values[3] = fmt.deflate(bytes(state))

    data = Path("recordings/eight-players.replay").read_bytes()
    ticks = [unpack(payload)[0] for payload in of_kind(take_apart(data), fmt.KIND_SNAPSHOT)]
    open_bytes(shown, changed(data, fmt.KIND_SNAPSHOT, change, 1))
    assert verdict(shown)[::2] == ["bad", ticks[1]]


def test_edited_rules_diverge_at_the_right_tick(browser, pages, tmp_path, monkeypatch):
    """One number of the rules is another: how much harm a blaster does."""
    damage, other = rules.DAMAGE.tobytes(), rules.DAMAGE.copy()
    other[rules.BLASTER] += 1
    code = module_of(KERNELS)
    assert code.count(damage) == 1
    monkeypatch.setattr("replay.web.page.module_of", lambda kernels: code.replace(damage, other.tobytes()))
    monkeypatch.setattr("replay.web.made._scripts", type("Fresh", (), {"get": staticmethod(lambda key, make: make())}))
    recording = "recordings/duel.replay"
    (tmp_path / "page.html").write_text(page_of(recording), "utf-8")
    events = [event for event in first_hits(recording) if event["item"] == rules.BLASTER]
    with Shown(browser, (tmp_path / "page.html").as_uri(), reduced_motion="reduce") as page:
        page.ready()
        assert verdict(page) == ["bad", f"diverged at tick {events[0]['tick'] + 1}", int(events[0]["tick"]) + 1]


def first_hits(path):
    from replay import Playback

    with Recording(path) as recording:
        events = Playback(ARENA, recording).step(recording.ticks)
    return [event for event in events if event["kind"] == rules.HIT]


# --- what is no recording of this game ---


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: b"nonsense", "this file is none"),
        (lambda data: b"", "this file is none"),
        (lambda data: data[:40], "before its header does"),
        (lambda data: renamed(data, "arena", "chess"), "it needs chess rules 2; this page has arena rules 2"),
        (lambda data: renamed(data, "plaza", "piazz"), "a map that is here"),
    ],
)
def test_what_cannot_be_opened_is_named_and_the_page_stays(shown, change, says):
    open_bytes(shown, change(Path("recordings/eight-players.replay").read_bytes()), "<b>strange</b>.replay")
    text = shown.page.inner_text("#problem")
    assert "<b>strange</b>.replay cannot be opened" in text and says in text
    assert verdict(shown)[1] == "proved here"


def renamed(data, old, new):
    chunks = take_apart(data)
    return put_together([(kind, payload.replace(old.encode(), new.encode()) if kind == fmt.KIND_HEADER else payload)
                         for kind, payload in chunks])  # fmt: skip


def test_a_recording_that_is_cut_or_damaged_is_shown_as_far_as_it_goes(shown):
    data = Path("recordings/eight-players.replay").read_bytes()
    open_bytes(shown, data[: len(data) // 2])
    assert verdict(shown)[:2] == ["unknown", "no end, sound so far"]
    broken = bytearray(data)
    broken[len(data) // 2] ^= 1
    open_bytes(shown, bytes(broken))
    assert verdict(shown)[:2] == ["bad", "damaged"]
    assert 0 < shown.ask("() => window.replay.source.ticks") < 2460


def test_an_older_recording_of_other_rules_is_refused_with_both_numbers(shown):
    open_bytes(shown, Path("tests/trust/landed/format1-arena1-duel.replay").read_bytes())
    assert "it needs arena rules 1; this page has arena rules 2" in shown.page.inner_text("#problem")


def test_another_recording_of_the_same_game_is_opened_and_proved(shown):
    open_bytes(shown, Path("recordings/teams.replay").read_bytes(), "teams.replay")
    assert verdict(shown)[:2] == ["good", "proved here"]
    assert "corridors, teams" in shown.page.inner_text("h1")


def test_a_page_of_pictures_is_made_where_it_is_wished_for(browser, tmp_path):
    page, recording = tmp_path / "page.html", tmp_path / "short.replay"
    with Recorder(recording, ARENA, seed=1, players=["Ada", "Bo"], config=ARENA.default_config("duel")) as recorder:
        for _ in range(90):
            recorder.step(np.zeros(2, rules.INPUT))
    page.write_text(with_pictures(recording, pictures=True).text, "utf-8")
    with Shown(browser, page.as_uri(), reduced_motion="reduce") as shown:
        shown.ready()
        assert verdict(shown)[1] == "recorded pictures" and shown.page.is_hidden("#home")


@NEEDS_FIREFOX
def test_every_golden_recording_is_proved_in_firefox_too(pages, tmp_path):
    with open_firefox(tmp_path) as firefox:
        for path in GOLDENS:
            firefox.open(url_of(pages, path))
            firefox.until("document.documentElement.dataset.verdict && document.getElementById('verdict').title")
            proof = verify(path)
            ticks = f"{proof.digests_compared:,}"
            compared = f"{ticks} of {ticks} ticks and {proof.hashes_compared} hashes compared here, in this browser"
            said = firefox.ask("[document.getElementById('verdict-text').textContent, document.getElementById('verdict').title]")
            assert said == ["proved here, but little" if proof.notes else "proved here", ". ".join([*proof.notes, compared])]
