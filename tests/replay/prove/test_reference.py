from dataclasses import replace

import numpy as np
import pytest
from damage import record
from other_environment import make_environment, old_game
from toys import COUNTER

from replay import Recording, ReplayError, Verdict, verify
from replay.prove.reference import ReferenceComparison, compare
from replay.prove.report import as_data, report
from replay.prove.shrink import shrink

RULE = 'self.state["players"]["sum"][0, 1] += 5 if tick > 100 and buttons[1] & 1 else 0'


@pytest.fixture
def diverging(tmp_path, path):
    """A recording made by old rules, and the interpreter that has them."""
    python = make_environment(tmp_path, RULE)
    record(path, old_game(tmp_path), ticks=660, players=3)
    return path, python


def test_the_reference_names_the_guilty_field_alone_and_the_exact_tick(diverging):
    path, python = diverging
    verification = verify(path, COUNTER)
    comparison = compare(verification, python, COUNTER)
    assert comparison.tick in (verification.first_bad_tick, verification.first_bad_tick - 1)
    assert verification.verdict is Verdict.DIVERGED and not comparison.note
    (part,) = comparison.fields
    assert part.path == "players[1].sum" and part.recorded - part.computed == 5


def test_the_reference_finds_the_exact_tick_where_a_digest_agreed_by_chance(diverging):
    path, python = diverging
    verification = verify(path, COUNTER)
    exact = verification.first_bad_tick
    verification.divergence.first_bad_tick += 1  # as if one digest of eight bits had been equal
    assert compare(verification, python, COUNTER).tick == exact


def test_a_comparison_is_a_value_of_its_own_and_part_of_report_and_json(diverging, tmp_path):
    path, python = diverging
    verification = verify(path, COUNTER)
    before = replace(verification)
    comparison = compare(verification, python, COUNTER)
    assert verification == before and verification.verdict is Verdict.DIVERGED
    data = as_data(verification, comparison)
    assert (data["reference_tick"], data["reference_note"]) == (comparison.tick, "")
    assert data["reference_fields"] == [vars(part) for part in comparison.fields]
    first, field, *_ = report(verification, comparison)
    assert first.startswith(f"first bad tick   {comparison.tick}  ") and "players[1].sum" in field and "recorded" in field
    assert as_data(verification)["reference_tick"] is None and "against" not in "\n".join(report(verification))
    sound = tmp_path / "sound.replay"
    record(sound, COUNTER, ticks=70)
    assert compare(verify(sound, COUNTER), "/no/such/python") == ReferenceComparison()


def test_events_that_differ_are_named_although_the_states_agree(tmp_path, path):
    python = make_environment(tmp_path, "if tick == 151: parts[-1]['amount'] += 1")
    record(path, old_game(tmp_path), inputs=np.ones((200, 2), COUNTER.input_dtype))
    verification = verify(path, COUNTER)
    assert verification.divergence.what == "events"
    comparison = compare(verification, python, COUNTER)
    assert comparison.tick == 151 and not comparison.fields and "the states agree there" in comparison.note
    theirs, ours = comparison.events
    assert [event["amount"] - 1 for event in theirs] == [event["amount"] for event in ours] and ours[0]["kind"] == "press"
    text = "\n".join(report(verification, comparison))
    assert f"event recorded only:  press  actor player 0  amount {theirs[0]['amount']}" in text
    assert "player 0: dx 1, buttons 1" in text and "at the snapshot" not in text and "events around it" not in text
    assert as_data(verification, comparison)["reference_events"] == {"reference": theirs, "here": ours}


def test_an_environment_that_did_not_make_the_recording_is_called_that(tmp_path, path):
    record(path, old_game_of(tmp_path / "a", RULE), ticks=600, players=2)
    other = make_environment(tmp_path / "b", "pass")
    comparison = compare(verify(path, COUNTER), other, COUNTER)
    assert comparison.tick is None and "did not make this recording" in comparison.note


def old_game_of(folder, rule):
    folder.mkdir()
    make_environment(folder, rule)
    return old_game(folder)


def test_an_environment_without_the_game_or_the_library_says_so(diverging, tmp_path):
    path, _ = diverging
    verification = verify(path, COUNTER)
    assert "No such file" in compare(verification, "/no/such/python", COUNTER).note
    broken = make_environment(tmp_path / "broken", "raise RuntimeError('old bug')")
    assert "old bug" in compare(verification, broken, COUNTER).note
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\necho 'cannot start' >&2\nexit 3\n")
    silent.chmod(0o755)
    assert "died: cannot start" in compare(verification, silent, COUNTER).note
    silent.write_text("#!/bin/sh\nexit 3\n")
    assert "died: exit code 3" in compare(verification, silent, COUNTER).note


def test_states_of_another_layout_are_compared_field_by_field(diverging, tmp_path, path):
    wider = make_environment(tmp_path / "wider", "pass")
    rules = tmp_path / "wider" / "old_site" / "old_rules.py"
    rules.write_text(
        rules.read_text().replace(
            "    match = OldMatch",
            "    match = type('Wide', (OldMatch,), {'state_dtype': property("
            "lambda self: np.dtype([*self.narrow.descr, ('extra', '<i8')]),"
            " lambda self, value: setattr(self, 'narrow', value))})",
        )
    )
    fields = compare(verify(diverging[0], COUNTER), wider, COUNTER).fields
    assert [(part.path, part.computed) for part in fields] == [("extra", None)]


def test_a_diverging_recording_shrinks_to_the_few_ticks_that_show_it(diverging, tmp_path):
    path, python = diverging
    before = path.read_bytes()
    shrunk = shrink(path, tmp_path / "small.replay", COUNTER, reference=python, budget_seconds=20)
    verification = verify(shrunk.target, COUNTER)
    assert verification.verdict is Verdict.DIVERGED and verification.first_bad_tick == shrunk.ticks[1] == shrunk.first_bad_tick
    assert shrunk.idle_players == [0, 2]
    with Recording(shrunk.target) as recording:  # the rule needs 100 ticks to pass, and one press
        assert 101 <= recording.ticks < 110 and sum(1 for _ in recording.input_events()) <= 6
    assert verify(shrunk.target, old_game(tmp_path)).is_ok and path.read_bytes() == before


def test_without_the_old_environment_only_the_end_is_cut_and_the_claims_are_kept(diverging, tmp_path, installed):
    path, _ = diverging
    first_bad = verify(path, COUNTER).first_bad_tick
    shrunk = shrink(path, tmp_path / "small.replay", COUNTER)
    assert "--reference" in shrunk.note and shrunk.ticks == (660, -(-first_bad // 60) * 60)
    assert verify(shrunk.target, COUNTER).first_bad_tick == first_bad
    old = verify(shrunk.target, old_game(tmp_path))
    assert old.is_ok and old.ticks == shrunk.ticks[1]


def test_only_a_diverging_recording_can_be_shrunk_and_no_file_is_written_over(diverging, tmp_path):
    path, python = diverging
    sound = tmp_path / "sound.replay"
    record(sound, COUNTER, ticks=70)
    with pytest.raises(ReplayError, match="does not diverge"):
        shrink(sound, tmp_path / "x.replay", COUNTER)
    with pytest.raises(ReplayError, match="exists"):
        shrink(path, sound, COUNTER, reference=python)
