"""Environments of gymnasium: what is recorded of them, to the bit, and what is said where something is in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium", reason="needs gymnasium (pip install -e '.[test]')")

from gymnasium.utils.env_checker import check_env  # noqa: E402
from toy_envs import BORN_LOCKED, ENTANGLED, LOCKED, MIXER, PICKLED, RAISING, Mixer, Raising, bits_of  # noqa: E402

from replay import Playback, Recorder, Recording, verify  # noqa: E402
from replay.core.errors import UnverifiableError, UsageError  # noqa: E402
from replay.core.installed import load_game  # noqa: E402
from replay.core.simulation import Simulation  # noqa: E402
from replay.games import atari  # noqa: E402
from replay.games.gymnasium import EnvGame, Record  # noqa: E402
from replay.games.settings import arguments_of  # noqa: E402

ROOT = Path(__file__).parents[3]
ACTION = np.zeros(2, np.float32)


def recorded(path, game=MIXER, ticks=200, actions=None, **options):
    """Plays an environment of `game` for so many ticks, and gives it back."""
    env = game.make()
    space = env.action_space
    space.seed(3)
    actions = iter(actions or [space.sample() for _ in range(ticks)])
    with Record(env, path, game=game, **options) as record:
        is_over = True
        while record.recorder.tick < ticks and (is_over or (action := next(actions, None)) is not None):
            if is_over:
                record.reset()
                is_over = False
            else:
                _, _, terminated, truncated, _ = record.step(action)
                is_over = terminated or truncated
    return env


def test_an_environment_is_given_the_very_bits_and_types_of_every_action(path):
    actions = [
        np.array([-0.0, 5e-45], np.float32),
        np.frombuffer(bytes.fromhex("0100807f0100c0ff"), np.float32),  # NaNs with something in them
        np.array([np.inf, 1 / 3], np.float64),
        np.float32(0.1),
        np.float64("nan"),
        np.int64(7),
        np.uint8(7),
        7,
        True,
        0.1,
        float("-inf"),
        "north",
        (np.int8(1), "x", [2, None]),
        {"turn": np.array(3, np.int16), "fire": np.bool_(True)},
        np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
    ]
    env = recorded(path, actions=actions, ticks=len(actions) + 1)
    with Recording(path) as recording:
        playback = Playback(MIXER, recording)
        playback.seek(recording.ticks)
    for given in (env.given[1:], playback.match.env.given[1:]):
        assert [repr(bits_of(action)) for action in given] == [repr(bits_of(action)) for action in actions]


def test_what_is_no_plain_value_is_refused_and_the_recording_goes_on(path):
    env = Record(Mixer(), path, game=MIXER)
    env.reset()
    for action in (object(), {1: 2}, np.array([object()]), np.array(["north"])):
        with pytest.raises(UsageError, match="cannot be recorded"):
            env.step(action)
    env.step(ACTION)
    env.close()
    assert verify(path, MIXER).is_ok and env.recorder.tick == 2


def test_a_run_that_nobody_seeded_is_reproduced_and_another_one_is_another(tmp_path):
    envs = [recorded(tmp_path / f"{number}.replay") for number in range(2)]
    assert envs[0].value != envs[1].value
    assert all(verify(tmp_path / f"{number}.replay", MIXER).is_ok for number in range(2))


def test_the_same_seed_of_a_recording_gives_the_same_run(tmp_path):
    values = [recorded(tmp_path / f"{number}.replay", seed=9).value for number in range(2)]
    assert values[0] == values[1]


def test_a_seeded_reset_is_that_of_the_bare_environment_and_later_ones_go_on_from_there(path):
    bare = Mixer()
    env = Record(Mixer(), path, game=MIXER)
    for seed in (4, None, None, 4):
        assert np.array_equal(env.reset(seed=seed)[0], bare.reset(seed=seed)[0])
        assert env.step(ACTION)[1] == bare.step(ACTION)[1]
    env.close()
    assert verify(path, MIXER).is_ok


def test_options_of_a_reset_come_back_as_they_were(path):
    options = {"low": -0.01, "at": np.array([1.5], np.float32)}
    with Record(Mixer(), path, game=MIXER) as env:
        env.reset(seed=1, options=options)
    with Recording(path) as recording:
        playback = Playback(MIXER, recording)
        playback.seek(1)
    assert bits_of(playback.match.env.given[0]) == bits_of(options)


@pytest.mark.parametrize("part", ["observation", "reward", "terminated", "truncated", "random"])
def test_an_environment_that_answers_otherwise_diverges_at_that_very_tick(path, part, monkeypatch):
    recorded(path, ticks=120)
    monkeypatch.setattr(Mixer, "bug", (part, 31))
    verification = verify(path, MIXER)
    assert not verification.is_ok and verification.divergence.first_bad_tick == 32  # the reset is tick 0, its state 1


def test_info_is_not_proved(path, monkeypatch):
    recorded(path, ticks=120)
    monkeypatch.setattr(Mixer, "bug", ("info", 31))
    assert verify(path, MIXER).is_ok


@pytest.mark.filterwarnings("ignore")
def test_a_recorded_environment_passes_gymnasium_s_own_check(path):
    with Record(gymnasium.make("CartPole-v1"), path) as env:
        check_env(env, skip_render_check=True)
    assert env.recorder.tick > 10 and verify(path, load_game("gymnasium:CartPole-v1")).is_ok


def test_an_observation_that_the_caller_writes_into_changes_nothing(path):
    with Record(Mixer(), path, game=MIXER) as env:
        env.reset()
        for _ in range(20):
            observation = env.step(ACTION)[0]
            observation *= 0
        assert env.recorder.error is None
    assert verify(path, MIXER).is_ok


def test_what_an_environment_raises_is_raised_as_it_is_and_recorded(path):
    with pytest.raises(LookupError, match="the thirteenth step"), Record(Raising(), path, game=RAISING) as env:
        env.reset()
        while True:
            env.step(ACTION)
    verification = verify(path, RAISING)
    assert verification.is_ok and "raises LookupError at tick 13, as recorded" in verification.message


def test_a_step_before_the_first_reset_is_refused_and_leaves_the_recording_whole(path):
    with Record(Mixer(), path, game=MIXER) as env:
        with pytest.raises(gymnasium.error.ResetNeeded):
            env.step(ACTION)
        env.reset()
    assert verify(path, MIXER).is_ok


@pytest.mark.parametrize("game", [MIXER, PICKLED, LOCKED, BORN_LOCKED, ENTANGLED], ids=lambda game: game.name)
def test_whatever_can_be_copied_of_it_no_seek_shows_a_wrong_state(path, game):
    recorded(path, game, ticks=160)
    with Recording(path) as recording:
        straight, playback = Playback(game, recording), Playback(game, recording)
        states = [straight.simulation.hash()]
        while not straight.at_end:
            straight.step()
            states.append(straight.simulation.hash())
        for tick in (160, 95, 31, 150, 64, 1, 0, 159):
            playback.seek(tick)
            assert playback.simulation.hash() == states[tick]
        assert playback.divergence is None
        assert bool(playback.warning) == (game is ENTANGLED)


def test_a_copy_goes_on_from_where_the_original_is_without_running_again(path, monkeypatch):
    recorded(path, PICKLED, ticks=160)
    with Recording(path) as recording:
        playback = Playback(PICKLED, recording)
        playback.seek(160)
        steps = []
        step = Mixer.step
        monkeypatch.setattr(Mixer, "step", lambda self, action: steps.append(1) or step(self, action))
        playback.seek(150)
        assert len(steps) <= 60 and not playback.warning


def test_arguments_that_are_not_the_registered_ones_are_in_the_config(path):
    made = gymnasium.make("Pendulum-v1", g=9.5, max_episode_steps=7)
    with Record(made, path) as env:
        env.reset()
        while not env.step(np.ones(1, np.float32))[3]:
            pass
    assert env.recorder.header.config == {"g": "9.5", "max_episode_steps": 7}
    verification = verify(path, load_game("gymnasium:Pendulum-v1"))
    assert verification.is_ok and verification.ticks == 8


def test_a_setting_of_a_stranger_is_a_literal_or_a_text_and_nothing_more():
    hostile = {"a": "__import__('os').abort()", "b": "[" * 190, "c": "(2, 5)", "d": "False", "e": "9" * 180, "f": 3}
    arguments = arguments_of(hostile)
    assert arguments["a"] == hostile["a"] and arguments["b"] == hostile["b"]
    assert arguments["c"] == (2, 5) and arguments["d"] is False and arguments["e"] == int("9" * 180) and arguments["f"] == 3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: gymnasium.wrappers.ClipAction(gymnasium.make("Pendulum-v1")), "ClipAction already"),
        (Mixer, "not registered"),
        (lambda: gymnasium.make("FrozenLake-v1", desc=["SF" * 60, "FG" * 60]), "cannot be a setting"),
    ],
)
def test_an_environment_that_could_not_be_made_again_is_refused(path, make, words):
    with pytest.raises(UsageError, match=words):
        Record(make(), path)
    assert not path.exists()


def test_a_recording_that_asks_for_a_window_gets_none(path):
    game = load_game("gymnasium:CartPole-v1")
    with Recorder(path, game, seed=1, players=["agent"]) as recorder:
        recorder.step(commands=[(0, {"reset": None})])
    with Recording(path) as recording:
        header = recording.header._replace(config={"render_mode": "human"})
    with pytest.raises(UnverifiableError, match="opens no window"):
        Simulation(game, header)


def test_names_that_are_registered_nowhere_are_refused_with_words():
    for spec in ("gymnasium:NoSuch-v1", "gymnasium:Nowhere/NoSuch-v1"):
        with pytest.raises(UsageError, match="NoSuch"):
            load_game(spec)


def test_an_environment_of_no_registered_name_is_a_game_of_ones_own(path):
    game = EnvGame("mixer", Mixer, ticks_per_second=20)
    recorded(path, game)
    assert verify(path, game).is_ok


def test_sticky_actions_are_put_back_with_the_action_that_was_performed_last(path, monkeypatch):
    pytest.importorskip("ale_py", reason="needs ale_py (pip install -e '.[test]')")
    game = load_game("gymnasium:ALE/Pong-v5")
    with Record(gymnasium.make("ALE/Pong-v5"), path, seed=2) as env:
        env.reset()
        env.action_space.seed(2)
        for _ in range(200):
            env.step(env.action_space.sample())
    ways = []
    for has_priming in (True, False):
        if not has_priming:
            monkeypatch.setattr(atari, "_PRIMING_FRAMES", 0)
        with Recording(path) as recording:
            playback = Playback(game, recording)
            playback.seek(200)
            for tick in range(190, 0, -40):
                playback.seek(tick)
            assert playback.divergence is None
            ways.append(bool(playback.warning))
    assert ways == [False, True]


def test_the_command_line_verifies_checks_shows_and_draws(path, tmp_path):
    with Record(gymnasium.make("CartPole-v1"), path) as env:
        env.reset(seed=1)
        for number in range(30):
            env.step(number // 2 % 2)

    def replay(*arguments):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "SDL_VIDEODRIVER": "dummy", "REPLAY_GAME": "gymnasium:CartPole-v1"}
        command = [sys.executable, "-m", "replay", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert replay("verify", str(path)).startswith("ok")
    assert "observation" in replay("cat", str(path))
    replay("export", f"{path}@20", "-o", "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 1000
