"""What a notebook shows of a recording and of a verification; names may be strangers'."""

from damage import record
from toys import COUNTER, DriftingGame, random_inputs

from replay import Recorder, Recording, verify


def test_a_recording_and_its_verification_are_shown_as_tables(tmp_path):
    record(tmp_path / "a.replay", COUNTER, ticks=150, config={"map": "duel"})
    with Recording(tmp_path / "a.replay") as recording:
        shown = recording._repr_html_()
    for text in ("a.replay", "counter, rules 1", "player 0, player 1", "2.50 s, 150 ticks", "map duel", "finished"):
        assert f">{text}</td>" in shown or text in shown
    assert "damage" not in shown
    assert ">ok</td>" in verify(tmp_path / "a.replay", COUNTER)._repr_html_()
    bad = verify(tmp_path / "a.replay", DriftingGame())
    assert ">diverged</td></tr>" in bad._repr_html_() and f">{bad.first_bad_tick}</td>" in bad._repr_html_()


def test_a_damaged_recording_says_so(tmp_path):
    record(tmp_path / "a.replay", COUNTER, ticks=150)
    (tmp_path / "cut.replay").write_bytes((tmp_path / "a.replay").read_bytes()[:-20])
    with Recording(tmp_path / "cut.replay") as recording:
        assert "damage" in recording._repr_html_()


def test_names_of_strangers_are_no_markup(tmp_path):
    evil = "<script>alert(1)</script>&\x1b"
    with Recorder(tmp_path / "a.replay", COUNTER, seed=1, players=[evil, "b"], config={"<b>": "'\"<i>"}) as recorder:
        for row in random_inputs(COUNTER, 10, 2):
            recorder.step(row)
    with Recording(tmp_path / "a.replay") as recording:
        shown = recording._repr_html_()
    assert "<script" not in shown and "<b>" not in shown and "<i>" not in shown and "\x1b" not in shown
    assert "&lt;script&gt;" in shown
