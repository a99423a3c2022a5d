"""A game of one's own as a `PlainGame`: recorded, verified, sought, checked, reported, like any other."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from plain_games import Pong, Talk, World

from replay import PlainGame, Playback, Recorder, Recording, UsageError, Verdict, find_game, verify
from replay.core.errors import RulesError
from replay.core.fields import fields_of
from replay.games.plain import SeededRandom
from replay.prove.conformance import check_game
from replay.prove.conformance.given import random_inputs
from replay.prove.report import report
from replay.prove.scrub import rewind_equals, seek_equals

HERE = Path(__file__).parent


def record(path, game=World, ticks=400, players=2, **options):
    rows, rng = random_inputs(game, ticks, players, 3), np.random.default_rng(5)
    with Recorder(path, game, seed=7, players=["Ann", "Ben", "Cid"][:players], **options) as recorder:
        for row in rows:
            says = [(0, {"text": "hé", "n": int(rng.integers(9))})] if game is World and rng.random() < 0.2 else []
            recorder.step(row, says)
    return recorder.match


@pytest.mark.parametrize("game", [World, Pong])
def test_a_match_is_proved_and_sought_forwards_backwards_and_at_random(game, path):
    match = record(path, game, 900, snapshot_seconds=2)
    for verification in (verify(path, game), seek_equals(path, game), rewind_equals(path, game)):
        assert verification.is_ok, verification
    assert verification.result == match.result()


def test_what_is_shared_is_still_shared_after_a_seek(path):
    record(path)
    with Recording(path) as recording:
        playback = Playback(World, recording)
        playback.seek(recording.ticks)
        playback.seek(130)
        match = playback.match
        assert not playback.warning
        assert match.shared is match.trail and match.trail.maxlen == 4
        assert all(monster.game is match and monster.random is match.random for monster in match.monsters)
        assert all(any(monster.enemy is other for other in match.monsters) for monster in match.monsters)


@pytest.mark.parametrize("game", [World, Pong, Talk])
def test_the_conformance_kit_passes_and_leaves_out_only_what_a_plain_game_has_not(game):
    checked = check_game(game, ticks=130)
    assert checked.is_ok, checked
    assert set(checked.skipped) == {"checkpoint", "trace", "prove"} | ({"nonsense-inputs"} if game is Talk else set())
    assert checked.level == 3


class Leaky(Pong):
    name = "leaky"
    counted = 0

    def step(self, inputs):
        Leaky.counted += 1
        self.paddles[0] += Leaky.counted % 2
        super().step(inputs)


class Clocked(Pong):
    def step(self, inputs):
        import time

        self.paddles[0] += time.time_ns() & 1
        super().step(inputs)


class Identified(Pong):
    def step(self, inputs):
        self.paddles[0] += id(self.ball) % 64
        super().step(inputs)


@pytest.mark.parametrize(("game", "check"), [(Leaky, "load-run-on"), (Clocked, "globals"), (Identified, "globals")])
def test_state_of_the_class_a_clock_and_an_identity_are_found(game, check):
    assert check in {finding.check for finding in check_game(game, ticks=130).findings}


def test_a_changed_rule_is_named_by_the_paths_of_its_fields(path):
    record(path, Pong, 700, snapshot_seconds=1)

    class Faster(Pong):
        name = "pong"

        def step(self, inputs):
            super().step(inputs)
            if self.tick == 111:
                self.ball.x += 1

    verification = verify(path, Faster)
    assert (verification.verdict, verification.divergence.first_bad_tick) == (Verdict.DIVERGED, 112)
    named = [(part.path, part.computed - part.recorded) for part in verification.divergence.fields]
    assert named == [("ball.x", 1)]
    assert any("ball.x" in line for line in report(verification))


def test_an_attribute_that_only_one_side_has_is_named(path):
    record(path, Pong, 700, snapshot_seconds=1)

    class More(Pong):
        name = "pong"

        def start(self, config):
            super().start(config)
            self.lives = 3

    parts = verify(path, More).divergence.fields
    assert [(part.path, part.recorded, part.computed) for part in parts] == [("lives", None, 3)]


def test_zeros_of_another_sign_and_numbers_of_another_type_differ(path):
    class Bits(PlainGame):
        name = "bits"

        def start(self, config):
            self.bits = [0.0, 1, 1, 2**9999]

    class Other(Bits):
        name = "bits"

        def step(self, commands):
            if self.tick == 5:
                self.bits = [-0.0, True, 1.0, 2**9999 + 1]

    same = type("Same", (Bits,), {"name": "bits", "step": lambda self, commands: None})
    with Recorder(path, same, seed=1, players=["a"]) as recorder:
        for _ in range(700):
            recorder.step()
    fields = verify(path, Other).divergence.fields
    assert [(part.path, str(part.computed)[:5]) for part in fields] == [
        ("bits[0]", "-0.0"),
        ("bits[1]", "True"),
        ("bits[2]", "1.0"),
        ("bits[3]", "0x800"),
    ]


def test_random_draws_are_counted_in_a_report(path):
    record(path, Pong, 700, snapshot_seconds=1)

    class Wasteful(Pong):
        name = "pong"

        def step(self, inputs):
            super().step(inputs)
            if self.tick == 111:
                self.random.random()

    draws = verify(path, Wasteful).divergence.random_draws
    assert draws["first_bad_tick"] == 1 and draws["computed"] == draws["recorded"] + 1


def test_commands_alone_are_a_game(path):
    with Recorder(path, Talk, seed=1, players=["Ann", "Ben"]) as recorder:
        recorder.step(commands=[(1, {"a": [1, 2]}), (1, {"a": [1, 2]})])
        recorder.step()
        recorder.step(commands=[(0, "last")])
    assert recorder.match.heard == [[1, {"a": [1, 2]}], [1, {"a": [1, 2]}], [0, "last"]]
    assert verify(path, Talk).is_ok


def test_a_class_is_found_as_a_game_under_every_name_that_it_has(monkeypatch, tmp_path):
    (tmp_path / "shop.py").write_text(
        "from replay import PlainGame\nclass Shop(PlainGame):\n    def step(self, commands): ...\nGAME = Shop"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for spec in ("shop:Shop", "shop:GAME"):
        monkeypatch.setenv("REPLAY_GAME", spec)
        game = find_game("shop")
        assert isinstance(game, type) and issubclass(game, PlainGame) and game.new_match(1, 2, {}).player_count == 2


def test_show_and_diff_name_the_fields(path, tmp_path):
    record(path)
    again = tmp_path / "again.replay"
    record(again, ticks=390)

    def run(*arguments):
        command = [sys.executable, "-m", "replay", *map(str, arguments), "--game", "plain_games:World"]
        return subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)

    shown = run("show", path, "--at", 100)
    lines = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1] for line in shown.stdout.splitlines()}
    assert shown.returncode == 0 and lines["tick"].startswith("100"), shown
    assert "game is the match" in lines["monsters[0]"] and "enemy is monsters[" in lines["monsters[0]"]
    assert "mood Mood." in lines["monsters[1]"] and "draws" in lines["random"]
    assert run("diff", path, again).returncode == 1
    assert "\"board['k0']\"" in run("show", path, "--json").stdout.replace("\\", "")


def test_a_recording_of_a_plain_game_is_a_test(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.replay]\ngame = "plain_games:Pong"\n')
    (tmp_path / "plain_games.py").write_text((HERE.parent / "plain_games.py").read_text())
    record(tmp_path / "good.replay", Pong, snapshot_seconds=1)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]

    def outcome():
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path).stdout

    assert "1 passed" in outcome()
    rules = (tmp_path / "plain_games.py").read_text().replace("self.paddles[index] + 4 *", "self.paddles[index] + 5 *")
    (tmp_path / "plain_games.py").write_text(rules)
    assert "1 failed" in (text := outcome()) and "first bad tick" in text and "paddles[" in text


# --- what a game declares ---


def test_inputs_are_declared_by_a_named_tuple():
    assert fields_of(World.input_dtype) == (("turn", "i8"), ("push", "f8"), ("small", "i2"), ("fire", "u1"))
    rows = World.rows(World.Input(turn=-5, fire=True), World.Input(push=0.5))
    assert rows.dtype == World.input_dtype and rows.tolist() == [(-5, 0.0, 0, 1), (0, 0.5, 0, 0)]
    assert Talk.input_dtype is None
    with pytest.raises(TypeError, match="declares no Input"):
        Talk.rows()


def test_what_cannot_be_an_input_is_refused_where_the_class_is_written():
    from typing import NamedTuple

    class Text(NamedTuple):
        words: str = ""

    for held, why in ((Text, "Input.words"), (dict, "NamedTuple"), (3, "NamedTuple")):
        with pytest.raises(TypeError, match=why):
            type("Bad", (PlainGame,), {"Input": held})


def test_state_that_all_matches_would_share_is_refused_where_the_class_is_written():
    for name, value in (("score", [0, 0]), ("seen", {}), ("grid", np.zeros(3))):
        with pytest.raises(TypeError, match=rf"Shared\.{name} is a .* all matches would share: set it in start"):
            type("Shared", (PlainGame,), {name: value})
    type("Constant", (PlainGame,), {"LEVELS": [1, 2], "speed": 3, "projections": {}, "event_kinds": ["a"]})
    with pytest.raises(TypeError, match="begins in start"):
        type("Own", (PlainGame,), {"__init__": lambda self: None})


def test_a_match_has_as_many_players_as_the_game_takes():
    assert Pong(1).player_count == 2 and World(1).player_count == 1 and World(1, 3).player_count == 3
    for game, players, text in ((Pong, 3, "2 players"), (World, 4, "1 to 3 players")):
        with pytest.raises(ValueError, match=f"is for {text}, not for {players}"):
            game(1, players)


def test_an_event_is_plain_data_of_a_known_kind_and_of_a_tick():
    class Loud(PlainGame):
        event_kinds = ("shout",)

        def step(self, commands):
            for _, (kind, data) in commands:
                self.emit(kind, **(self.own if data == "own" else data))

        def start(self, config):
            self.own = {"list": [1]}

    match = Loud(1, 1)
    rows = np.zeros((1, 1), [])
    events = match.advance(rows, [(0, 0, ("shout", "own"))])
    match.own["list"].append(2)
    assert events == [(0, "shout", {"list": [1]})]  # the event is not the state
    events = match.advance(rows, [(1, 0, ("shout", {"n": np.int64(4), "t": (1, 2)}))])
    assert events == [(1, "shout", {"n": 4, "t": [1, 2]})] and type(events[0][2]["n"]) is int
    for kind, data, error in (
        ("whisper", {}, "no such kind"),
        ("shout", {"x": {1}}, "not plain"),
        ("shout", {"x": np.nan}, "finite"),
    ):
        with pytest.raises((TypeError, ValueError), match=error):
            match.advance(rows, [(2, 0, (kind, data))])
    with pytest.raises(RuntimeError, match="outside of step"):
        match.emit("shout")


def test_what_is_not_data_ends_a_recording_before_it_begins(path):
    class Bad(PlainGame):
        def start(self, config):
            self.seen = {1}

    with pytest.raises(RulesError, match=r"self\.seen is a set"):
        Recorder(path, Bad, seed=1, players=["Ann"])
    assert not path.exists()


# --- random numbers ---


def test_random_numbers_are_those_of_splitmix64():
    generator = SeededRandom(0)
    generator.key = 1234567  # the reference values of the published C code for this state
    drawn = [generator.getrandbits(64) for _ in range(5)]
    assert drawn == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert generator.draws == 5


def test_every_method_of_random_draws_from_the_state_alone():
    def use(generator):
        cards = list(range(10))
        generator.shuffle(cards)
        return [
            cards, generator.random(), generator.randrange(10**30), generator.gauss(0, 1), generator.gauss(0, 1),
            generator.sample(range(99), 5), generator.choices("abc", k=4), generator.randbytes(9), generator.triangular(),
            generator.betavariate(2, 3), generator.getrandbits(200),
        ]  # fmt: skip

    one, other = SeededRandom(5), SeededRandom(6)
    one.gauss(0, 1)
    other.setstate(one.getstate())
    assert use(one) == use(other) and one.getstate() == other.getstate()
    assert SeededRandom(5).getrandbits(64) != SeededRandom(6).getrandbits(64)
    assert 0.0 <= min(SeededRandom(seed).random() for seed in range(500)) < 0.01
    with pytest.raises(TypeError, match="one seed"):
        one.seed(3)


def test_a_plain_game_needs_rows_of_its_own_input(path):
    with Recorder(path, Pong, seed=1, players=["a", "b"]) as recorder, pytest.raises(UsageError, match="dtype"):
        recorder.step(World.rows(World.Input(), World.Input()))
