"""Damaged and crafted recordings: the page says what the verifier says, and the first bad tick is the same."""

import base64
import random

import pytest
from browsers import BROWSER
from damage import header_of, put_together
from judged import agree, case_of, changed, judge_script, seeds
from needs import WASM

from replay.core import format as fmt
from replay.core.plain import pack_plain

pytestmark = [BROWSER, WASM]
CASES = 200
SECONDS = 10  # more are not begun


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return seeds(tmp_path_factory.mktemp("seeds"))


@pytest.fixture(scope="module")
def judge(browser):
    """What the player says of bytes."""
    page = browser.new_page()
    page.add_script_tag(content=judge_script())
    yield lambda data: page.evaluate("packed => judge(packed)", base64.b64encode(data).decode())
    page.close()


def test_every_shape_of_a_recording_is_judged_as_the_verifier_does(judge, recordings, tmp_path):
    for chunks in recordings:
        (tmp_path / "case.replay").write_bytes(put_together(chunks))
        said = judge((tmp_path / "case.replay").read_bytes())
        assert not agree(tmp_path / "case.replay", said)


def test_what_is_changed_is_judged_as_the_verifier_does(judge, recordings, tmp_path):
    import time

    until, wrong, moods = time.monotonic() + SECONDS, [], set()
    for number in range(CASES):
        rng = random.Random(f"page:{number}")
        data = case_of(rng, rng.choice(recordings))
        (tmp_path / "case.replay").write_bytes(data)
        said = judge(data)
        moods.add(said[0])
        if why := agree(tmp_path / "case.replay", said):
            wrong.append((number, why))
        if time.monotonic() > until:
            break
    assert not wrong and moods >= {"good", "bad", "refused"}


def edited(path, chunks, kind, change, index=None):
    path.write_bytes(put_together(changed(chunks, kind, change, index)))
    return path


def without_digests(values):
    return [*values[:3], b"", *values[4:]]


def without_hashes(values):
    return [*values[:4], b"", *values[5:]]


def test_what_was_not_compared_is_said(judge, recordings, tmp_path):
    """Proved is not the same as proved in full."""
    path, whole = tmp_path / "case.replay", recordings[0]
    stopped = changed(whole, fmt.KIND_END, lambda values: [*values[:2], b"", b"", None, "stopped", None])
    bare = [part for part in changed(stopped, fmt.KIND_INPUTS, without_hashes) if part[0] != fmt.KIND_SNAPSHOT]
    assert judge(edited(path, bare, fmt.KIND_MARKER, None).read_bytes())[:2] == ["unknown", "cannot be proved"]
    mood, text, _, detail = judge(edited(path, whole, fmt.KIND_INPUTS, without_digests).read_bytes())
    assert (mood, text) == ("good", "proved here, in part") and "0 of 200 ticks" in detail and "only whole states" in detail
    assert judge(edited(path, whole, fmt.KIND_INPUTS, without_digests, 1).read_bytes())[1] == "proved here, in part"
    idle = judge(put_together(recordings[5]))
    assert idle[:2] == ["good", "proved here, but little"] and "no input ever changed" in idle[3]
    no_end = judge(put_together(whole[:-1]))
    assert no_end[:2] == ["unknown", "no end, sound so far"]


def test_a_claim_of_other_ticks_or_twice_the_state_is_damage(judge, recordings, tmp_path):
    path, whole = tmp_path / "case.replay", recordings[0]
    more = edited(path, whole, fmt.KIND_END, lambda values: [values[0] + 1, *values[1:]]).read_bytes()
    assert judge(more)[:2] == ["bad", "damaged"]
    first = next(part for part in whole if part[0] == fmt.KIND_SNAPSHOT)
    twice = list(whole)
    twice.insert(whole.index(first), first)
    assert judge(put_together(twice))[:2] == ["bad", "damaged"]
    unclaimed = edited(path, whole, fmt.KIND_INPUTS, lambda values: [*values[:5], None], 0).read_bytes()
    assert judge(unclaimed)[:2] == ["bad", "damaged"]


def test_ids_of_players_are_read_where_they_can_be(judge, recordings, tmp_path):
    header, *rest = recordings[0]
    players = len(header_of(recordings[0]).players)
    ids = (fmt.KIND_PLAYERS, pack_plain(["u-17"] * players))
    with_ids = put_together([header, ids, *rest])
    (tmp_path / "case.replay").write_bytes(with_ids)
    said = judge(with_ids)
    assert said[0] == "good" and not agree(tmp_path / "case.replay", said)
    few = (fmt.KIND_PLAYERS, pack_plain(["u-17"] * (players + 1)))
    for chunks in ([header, ids, ids, *rest], [header, few, *rest], [header, *rest[:2], ids, *rest[2:]]):
        (tmp_path / "case.replay").write_bytes(put_together(chunks))
        said = judge(put_together(chunks))
        assert said[:2] == ["bad", "damaged"] and not agree(tmp_path / "case.replay", said)


def test_a_clip_of_another_rate_or_match_is_refused(judge, recordings, tmp_path):
    path = tmp_path / "case.replay"
    faster = edited(path, recordings[0], fmt.KIND_HEADER, lambda values: values["truth"].update(ticks_per_second=61)).read_bytes()
    assert judge(faster)[0] == "refused"
    clip = recordings[6]
    other = edited(path, clip, fmt.KIND_HEADER, lambda values: values["truth"]["config"].update(score_limit=3)).read_bytes()
    assert judge(other)[0] == "refused" and "cannot be one" in judge(other)[1]


def test_states_that_cannot_be_are_refused_as_the_rules_refuse_them(judge, recordings, tmp_path):
    """A stranger's clip begins with any bytes: no kernel checks bounds, so the page has to, field by field."""
    path, clip = tmp_path / "case.replay", recordings[6]
    rng = random.Random(5)
    counts = {True: 0, False: 0}
    for _ in range(60):
        place, value = rng.randrange(600), rng.choice((0, 1, 127, 128, 255))

        def change(values, place=place, value=value):
            state = bytearray(fmt.inflate(values[3], values[1]))
            state[place] = value
            values[3] = fmt.deflate(bytes(state))

        data = edited(path, clip, fmt.KIND_SNAPSHOT, change, 0).read_bytes()
        said = judge(data)
        assert not agree(path, said)
        counts[said[0] == "refused"] += 1
    assert min(counts.values()) > 5
