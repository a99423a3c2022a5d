"""Arena for programs that learn: the libraries' own checks, recordings of what was tried, many matches that equal single ones."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from learners import actions_of, look_at_hostile_states, sights_of, trace
from needs import WASM
from stage import Stage, new_match

import game.env
from game.bots import Bots
from game.env.vector import VectorArena
from game.match import ARENA
from game.observation import LENGTH, OTHERS, REACH, SIZE
from game.rules import ENDED_BY_TIME, FIRE, INPUT, LAUNCHER, RIGHT, STATE, SUBPIXELS
from replay import Recording, verify

gymnasium = pytest.importorskip("gymnasium", reason="needs gymnasium (pip install -e '.[test]')")
pettingzoo_test = pytest.importorskip("pettingzoo.test", reason="needs pettingzoo (pip install -e '.[test]')")

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


# --- many matches ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("players", "bots", "skip"), [(2, ("hunter",), 1), (4, ("hunter", "bomber"), 1), (8, (), 3)])
def test_many_matches_are_each_the_match_that_is_stepped_alone(players, bots, skip):
    arena = VectorArena(5, players, bots=bots, frame_skip=skip, map="duel")
    arena.reset(seed=3)
    singles = [ARENA.new_match(int(seed), players, arena.config) for seed in arena.seeds]
    crowds = [Bots(match, arena.temperaments, int(seed)) for match, seed in zip(singles, arena.seeds, strict=True)]
    total = 0
    for actions in actions_of(arena, 300):
        before = arena.states["players"]["gold"].astype(int)
        arena.step(actions)
        dealt = np.zeros((5, players), int)
        for index, match in enumerate(singles):
            for _ in range(skip):
                rows = crowds[index].inputs(match)
                rows[: arena.learners] = arena.inputs[index, : arena.learners]
                for event in match.advance(rows[None]):
                    if event["kind"] in (1, 2) and event["actor"] != event["target"]:
                        dealt[index, event["actor"]] += event["amount"]
            assert arena.states[index].tobytes() == match.save()
        assert (arena.tallies["dealt"] == dealt[:, : arena.learners]).all()
        assert (arena.tallies["gold"] == (arena.states["players"]["gold"] - before)[:, : arena.learners]).all()
        total += int(dealt.sum())
    assert total > 0


def test_a_match_that_has_ended_begins_anew_at_the_next_call():
    arena = VectorArena(3, 2, seconds=1)
    arena.reset(seed=1)
    first, ends = arena.seeds.copy(), []
    for call in range(125):
        ended = arena.step(arena.sample(np.random.default_rng(call)))[2]
        ends.append(ended.all())
        assert ended.all() == ended.any()
        if ends[-2:] == [True, False]:
            assert (arena.states["tick"] == 0).all() and not arena.rewards.any() and (arena.seeds != first).all()
    assert np.flatnonzero(ends).tolist() == [59, 120]
    again = VectorArena(3, 2, seconds=1)
    assert (again.reset(seed=1) == arena.reset(seed=1)).all() and (again.seeds == first).all() and len(set(first.tolist())) == 3


def test_a_reward_is_what_is_counted_times_its_weight():
    arena = VectorArena(4, 4, map="duel", reward={"dealt": 0.01, "taken": -0.5, "kills": 2})
    arena.reset(seed=5)
    total = 0.0
    for actions in actions_of(arena, 400):
        rewards = arena.step(actions)[1]
        tallies = arena.tallies
        assert np.allclose(rewards, 0.01 * tallies["dealt"] - 0.5 * tallies["taken"] + 2 * tallies["kills"])
        total += np.abs(rewards).sum()
    assert total > 10
    with pytest.raises(ValueError, match="not of fame"):
        VectorArena(1, 2, reward={"fame": 1})


def test_input_rows_are_taken_as_they_are_and_arrays_are_never_copied():
    arena = VectorArena(2, 3)
    kept = arena.observations
    arena.inputs["buttons"] = RIGHT | FIRE
    observations, _, _ = arena.advance()
    assert observations is kept and np.shares_memory(observations, arena.sights)
    assert (arena.states["players"]["buttons"][:, :3] == RIGHT | FIRE).all()
    with pytest.raises(ValueError, match="expected inputs"):
        arena.advance(np.zeros((2, 2), INPUT))


@pytest.mark.parametrize("wrong", [-1, 3])
def test_an_action_that_there_is_not_is_refused(wrong):
    arena = VectorArena(2, 2)
    actions = np.zeros(arena.actions.shape, np.int64)
    actions[1, 1, 0] = wrong
    with pytest.raises(ValueError, match="expected actions"):
        arena.step(actions)


# --- engines -----------------------------------------------------------------------------------------------------------


def traced_on(engine: str, calls: int) -> list[str]:
    code = f"import learners; print('\\n'.join(learners.trace({calls})))"
    path = os.pathsep.join(map(str, (ROOT, HERE, HERE.parent)))
    environment = os.environ | {"PYTHONPATH": path, "REPLAY_ENGINE": engine}
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


def test_interpreted_and_compiled_observe_the_same_bytes():
    assert traced_on("interpreter", 60) == trace(60)


@WASM
def test_webassembly_observes_the_same_bytes():
    assert traced_on("wasm", 200) == trace(200)


def test_observations_of_hostile_states_stay_within_their_bounds():
    look_at_hostile_states()


# --- what an observation says ------------------------------------------------------------------------------------------


def test_an_observation_says_where_things_are_and_the_nearest_comes_first():
    stage = Stage(players=3)
    x, y = stage.at(0)
    stage.players["health"][:3] = 100
    stage.put(1, x + 64, y)
    stage.put(2, x, y - 32)
    stage.hold(1, at=(x, y))
    stage.run()
    me, other, nearer = sights_of(stage.match)[0], stage.players[1], stage.players[2]
    assert me["own"]["alive"] == 1 and me["own"]["x"] == np.float32(int(stage.players[0]["x"]) / (LENGTH * SUBPIXELS))
    assert me["others"]["here"].tolist() == [1, 1] + [0] * (OTHERS - 2)
    for row, player in ((0, nearer), (1, other)):
        assert np.isclose(me["others"][row]["x"] * LENGTH, (int(player["x"]) - int(stage.players[0]["x"])) / SUBPIXELS, atol=1e-3)
    assert me["others"][1]["aim_x"] < -0.99 and me["others"][1]["weapon"].tolist() == [1, 0, 0, 0]


def test_a_ray_says_how_far_the_next_wall_is():
    stage = Stage(players=2)
    walls, (x, y) = stage.match.arena.walls, stage.at(0)
    seen = sights_of(stage.match)[0]["walls"] * REACH
    for ray, (dx, dy) in {0: (1, 0), 2: (0, 1), 4: (-1, 0), 6: (0, -1)}.items():
        distance = next(step for step in range(REACH) if walls[(y + dy * step) // 32, (x + dx * step) // 32])
        assert abs(seen[ray] - distance) <= 1, ray


def test_what_others_keep_to_themselves_is_in_no_observation_of_a_player():
    """Change one by one all fields of everybody else, and of chance: only what a screen shows may be seen to change."""
    shown = {"x", "y", "vx", "vy", "aim_x", "aim_y", "health", "armour", "team", "weapon", "score", "reloaded_at", "dashing_until"}
    shown |= {"protected_until"}
    match = new_match(players=3)
    match.advance(np.zeros((100, 3), INPUT))
    base, seen_to_change = match.save(), set()
    for field in STATE["players"].base.names:
        state = np.frombuffer(bytearray(base), STATE)
        state["players"][field][0, 1] += 1
        match.restore(state.tobytes())
        changed = sights_of(match)[0].tobytes()
        match.restore(base)
        if changed != sights_of(match)[0].tobytes():
            seen_to_change.add(field)
    assert seen_to_change <= shown and {"x", "y", "vx", "health", "weapon"} <= seen_to_change
    state = np.frombuffer(bytearray(base), STATE)
    state["rng"]["a"] += 1
    before = sights_of(match).tobytes()
    match.restore(state.tobytes())
    assert sights_of(match).tobytes() == before


def test_only_bullets_that_can_hurt_are_seen():
    stage = Stage(players=2)
    x, y = stage.at(0)
    stage.hold(0, FIRE, at=(x + 200, y))
    stage.run()
    mine, theirs = sights_of(stage.match)
    assert not mine["bullets"]["here"].any() and theirs["bullets"]["here"].sum() == 1
    rocket = Stage(players=2)
    rocket.arm(0, LAUNCHER)
    rocket.hold(0, FIRE, at=(rocket.at(0)[0] + 300, rocket.at(0)[1]))
    rocket.run()
    assert sights_of(rocket.match)[0]["bullets"]["rocket"].sum() == 1


# --- PettingZoo and gymnasium -------------------------------------------------------------------------------------------


def test_pettingzoo_s_own_tests_pass():
    pettingzoo_test.parallel_api_test(game.env.parallel_env(seconds=3), num_cycles=400)
    pettingzoo_test.parallel_seed_test(lambda: game.env.parallel_env(players=3, bots=["hunter"]), num_cycles=200)


def test_pettingzoo_s_tests_of_turns_pass():
    from pettingzoo.utils import parallel_to_aec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # advice on how observations of pictures should look
        pettingzoo_test.api_test(parallel_to_aec(game.env.parallel_env(seconds=3)), num_cycles=400)
        pettingzoo_test.seed_test(lambda: parallel_to_aec(game.env.parallel_env(players=2)), num_cycles=50)


def test_gymnasium_s_own_check_passes():
    from gymnasium.utils.env_checker import check_env

    game.env.register()
    game.env.register()
    env = gymnasium.make("replay/Arena-v0", bots=["hunter", "camper"], seconds=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped, skip_render_check=True)
    assert env.observation_space.shape == (SIZE,)


def test_an_episode_is_recorded_as_it_was_played(tmp_path):
    path = tmp_path / "match.replay"
    env = game.env.parallel_env(players=3, bots=["hunter"], record=path, seconds=4, frame_skip=2)
    env.reset(seed=4)
    states = []
    while env.agents:
        env.step({agent: env.action_space(agent).sample() for agent in env.agents})
        states.append(env._episode.match.save())
    env.reset()  # the next one is not recorded
    verification = verify(path, ARENA)
    assert verification.is_ok and verification.ticks == 240
    with Recording(path) as recording:
        assert recording.end.how == "finished" and [each.name for each in recording.header.players][:2] == ["player_0", "player_1"]
        match = ARENA.new_match(recording.header.seed, 3, recording.header.config)
        rows = np.concatenate([group.rows for group in recording.groups()])
    for call, state in enumerate(states):
        match.advance(rows[2 * call : 2 * call + 2])
        assert match.save() == state
    assert match.state["ended"][0] == ENDED_BY_TIME


def test_every_episode_is_recorded_where_the_name_says_so(tmp_path):
    env = game.env.ArenaEnv(record=tmp_path / "run-{episode:02}.replay", seconds=1)
    for _ in range(3):
        env.reset()
        env.step(env.action_space.sample())
    env.close()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["run-00.replay", "run-01.replay", "run-02.replay"]
    assert all(verify(path, ARENA).is_ok for path in tmp_path.iterdir())


def test_recorded_or_not_the_same_seed_is_the_same_episode(tmp_path):
    envs = [game.env.ArenaEnv(["hunter"]), game.env.ArenaEnv(["hunter"], record=tmp_path / "a.replay")]
    for env in envs:
        env.reset(seed=8)
        env.action_space.seed(1)
    for _ in range(100):
        one, other = (env.step(env.action_space.sample()) for env in envs)
        assert one[0].tobytes() == other[0].tobytes() and one[1:] == other[1:]
    for env in envs:
        env.close()


def test_a_picture_is_the_whole_map(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = game.env.ArenaEnv(render_mode="rgb_array", map="duel")
    env.reset(seed=1)
    for _ in range(30):
        env.step(env.action_space.sample())
    picture = env.render()
    match = env._episode.match
    assert picture.shape == (match.arena.height, match.arena.width, 3) and picture.dtype == np.uint8 and picture.std() > 5
    before = match.save()
    env.render()
    assert match.save() == before
    assert game.env.ArenaEnv().render() is None


def test_an_environment_says_what_is_wrong_with_how_it_is_used(tmp_path):
    env = game.env.ArenaEnv()
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(env.action_space.sample())
    env.reset()
    with pytest.raises(ValueError, match="expected an action"):
        env.step(np.full(8, 99))
    parallel = game.env.parallel_env()
    parallel.reset()
    with pytest.raises(ValueError, match="for player_0"):
        parallel.step({})
    for wrong in ({"players": 9}, {"bots": ["hunter"] * 4}, {"frame_skip": 0}, {"map": "moon"}):
        with pytest.raises(ValueError):
            game.env.parallel_env(**wrong)


def test_the_example_of_the_package_runs_as_it_stands(tmp_path):
    lines = [line[4:] for line in game.env.__doc__.splitlines() if line.startswith("    ") or not line]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert verify(tmp_path / "first.replay", ARENA).ticks == 600
