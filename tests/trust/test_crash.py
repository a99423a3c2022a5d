import json

import power
import pytest


@pytest.mark.slow
def test_no_kill_at_any_instant_loses_what_was_acknowledged(program, budget):
    said, code = program("tests.trust.kills", "--kills", budget(50), "--seed", 2)
    assert code == 0, said
    figures = json.loads(said)
    assert figures["acknowledged_ticks_lost"] == 0
    assert figures["killed_while"]["recording"] > figures["kills"] // 4
    assert figures["most_unacknowledged_ticks_gone"] <= 66  # a second, and the ticks over which its work is spread


def test_no_power_cut_loses_what_was_synced_or_makes_up_what_was_not(tmp_path, budget):
    figures = power.run(budget(1500), 3, tmp_path)
    assert figures["faults"] == []
    assert figures["of_them_with_synced_ticks"] > figures["images"] // 2


def test_the_power_cuts_do_find_a_recorder_that_promises_too_much(tmp_path, monkeypatch):
    """A check that cannot fail proves nothing: synced before the sync."""
    one = power.trace(tmp_path / "honest.replay", 5)
    boastful = one._replace(instants=[each._replace(promised_ticks=900) for each in one.instants])
    rng = power.random.Random(1)
    faults = [
        power.examine(tmp_path / "image.replay", power.image(rng, boastful, instant), boastful, instant)
        for instant in boastful.instants[:20]
    ]
    assert all("ticks synced" in fault for fault in faults)


def test_the_power_cuts_do_find_a_reader_that_compares_no_checksums(tmp_path, monkeypatch):
    from fuzz.planted import no_check_of_checksums

    with no_check_of_checksums():
        figures = power.run(300, 3, tmp_path)
    assert figures["synced_ticks_lost_or_wrong_data"] > 0
