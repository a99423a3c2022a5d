"""The golden recordings happen again, to the bit, however they are run; and each shows what its name says."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import msgpack
import numpy as np
import pytest
from damage import put_together, take_apart
from golden import GOLDEN, RECORDINGS
from needs import WASM

from game import rules
from game.match import ARENA, ArenaMatch
from replay import Playback, Recording, state_hash, verify

ROOT = Path(__file__).parent.parent.parent
ENDED = 60  # ticks that are recorded after the end of a match


def path_of(name: str) -> Path:
    return RECORDINGS / f"{name}.replay"


def everything(name: str) -> tuple[np.ndarray, dict, ArenaMatch]:
    """All events of a golden match, its result, and the match at its end."""
    with Recording(path_of(name)) as recording:
        playback = Playback(ARENA, recording)
        events = playback.step(recording.ticks)
        return events, recording.end.result, playback.match


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("every_tick", [False, True])
def test_a_golden_match_happens_again(name, every_tick):
    found = verify(path_of(name), ARENA, every_tick=every_tick)
    assert found.is_ok, found
    assert found.hashes_compared > found.ticks // 60


def test_the_golden_matches_are_these_and_small():
    files = sorted(RECORDINGS.rglob("*.replay"))
    tracked = subprocess.run(["git", "ls-files", "recordings"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    kept = [file for file in files if str(file.relative_to(ROOT)) in tracked or not tracked]
    assert {path_of(name) for name in GOLDEN} <= set(files)
    assert sum(file.stat().st_size for file in kept) < 1_000_000
    for name in GOLDEN:
        with Recording(path_of(name)) as recording:
            assert 10 <= recording.seconds <= 62 and recording.state == "complete"


def test_a_changed_rule_turns_every_golden_match_with_a_fight_red(monkeypatch):
    class Changed(ArenaMatch):
        def advance(self, inputs):
            events = super().advance(inputs)
            if (events["kind"] == rules.HIT).any():
                self.state["rng"]["a"] ^= 1
            return events

    monkeypatch.setattr(type(ARENA), "new_match", lambda game, seed, players, config: Changed(seed, players, config))
    for name in set(GOLDEN) - {"long-idle", "volley"}:
        found = verify(path_of(name), ARENA)
        assert found.verdict == "diverged" and found.first_bad_tick is not None, name


def test_every_map_has_a_golden_match():
    assert {golden.map for golden in GOLDEN.values()} == {"corridors", "duel", "plaza"}


def test_every_weapon_is_fired_and_kills():
    events, _, _ = everything("every-weapon")
    for weapon in (rules.BLASTER, rules.SHOTGUN, rules.RIFLE, rules.LAUNCHER):
        for kind in (rules.SHOT, rules.DEATH):
            assert ((events["kind"] == kind) & (events["item"] == weapon)).any(), (weapon, kind)
    assert {rules.PURCHASE, rules.PICKUP, rules.CRITICAL, rules.EXPLOSION, rules.STREAKING, rules.DASHED} <= set(
        events["kind"].tolist()
    )


def test_the_score_limit_ends_a_match_and_nothing_happens_afterwards():
    events, result, match = everything("score-limit")
    assert result["reason"] == "score" and max(player["score"] for player in result["players"]) == 5
    assert events["kind"][-1] == rules.MATCH_END
    assert match.state["tick"][0] - events["tick"][-1] > ENDED


def test_two_teams_share_a_score():
    _, result, match = everything("teams")
    assert [player["team"] for player in result["players"]] == [0, 1, 0, 1, 0, 1]
    for team in (0, 1):
        assert match.state["scores"][0, team] == sum(player["score"] for player in result["players"] if player["team"] == team)


def test_a_long_idle_match_has_no_shot_and_ends_by_time():
    events, result, _ = everything("long-idle")
    assert not (events["kind"] == rules.SHOT).any() and result["reason"] == "time"


def test_eight_players_and_a_duel_are_what_they_say():
    assert len(everything("eight-players")[1]["players"]) == 8
    assert len(everything("duel")[1]["players"]) == 2


def most(name: str, field: str) -> int:
    """The greatest value that a number of the state has after a tick of a golden match."""
    with Recording(path_of(name)) as recording:
        playback, greatest = Playback(ARENA, recording), 0
        while not playback.at_end:
            playback.step()
            greatest = max(greatest, int(playback.match.state[field][0]))
        return greatest


def test_a_volley_and_the_reckless_fill_what_room_there_is():
    assert most("volley", "bullet_count") == rules.BULLETS
    assert most("reckless", "pickup_count") == rules.PICKUPS


def test_own_goals_leave_everybody_below_nothing_and_who_leads_with_nothing_wears_the_crown():
    events, result, _ = everything("own-goals")
    assert (events["kind"] == rules.CROWN).any()
    assert all(player["score"] < 0 for player in result["players"])


TRACE = """
import sys
import xxhash
from game.match import ARENA
from replay import Playback, Recording
size, limit, digest = int(sys.argv[2]), int(sys.argv[3]), xxhash.xxh3_128()
with Recording(sys.argv[1]) as recording:
    playback = Playback(ARENA, recording)
    while playback.tick < limit:
        digest.update(playback.step(min(size, limit - playback.tick)).tobytes())
        if size == 1 or playback.tick == limit:
            digest.update(playback.match.save())
print(digest.hexdigest())
"""


def traced(name: str, size: int, limit: int, *flags: str, **environment: str) -> str:
    """A fingerprint of all events (and, at size 1, of the state of every tick), made by a new process."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", TRACE, str(path_of(name)), str(size), str(limit)],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


WAYS = {
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 1": {"PYTHONHASHSEED": "1"},
    "hash seed 12345": {"PYTHONHASHSEED": "12345"},
    "another locale and time zone": {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
    "numpy without its CPU features": {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F"},
    "interpreted": {"REPLAY_ENGINE": "interpreter"},
    "as WebAssembly": {"REPLAY_ENGINE": "wasm"},
}
NEEDED = {"as WebAssembly": WASM}


@pytest.fixture(scope="module")
def reference():
    return traced("every-weapon", 1, 600)


@pytest.mark.parametrize("way", [pytest.param(way, marks=NEEDED.get(way, ())) for way in WAYS])
def test_every_state_and_event_is_the_same_with(way, reference):
    assert traced("every-weapon", 1, 600, **WAYS[way]) == reference


# Minutes are left to hosted CI, which interprets them all on another processor, too.
INTERPRETED = {"cornered-across", "edge-of-a-blast", "long-idle", "score-limit"}
TOO_LONG = {"reckless", "volley"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "name"),
    [
        pytest.param("interpreter", name, marks=[pytest.mark.deep] * (name not in INTERPRETED))
        for name in GOLDEN
        if name not in TOO_LONG
    ]
    + [pytest.param("wasm", name, marks=WASM) for name in GOLDEN],
)
def test_every_digest_of_a_golden_match_is_that_of_machine_code_on(engine, name):
    command = [sys.executable, "-m", "replay", "verify", "--json", str(path_of(name))]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "REPLAY_ENGINE": engine}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["verdict"] == "ok" and told["digests_compared"] == told["ticks"] >= 600


def test_every_state_and_event_is_the_same_without_asserts(reference):
    assert traced("every-weapon", 1, 600, "-O") == reference


@pytest.mark.parametrize("name", GOLDEN)
def test_one_tick_a_second_and_the_whole_match_at_a_time_are_equal(name):
    with Recording(path_of(name)) as recording:
        ends, streams = set(), set()
        for size in (1, 60, recording.ticks):
            match = ARENA.new_match(recording.header.seed, len(recording.header.players), recording.header.config)
            rows = recording.inputs(0, recording.ticks)
            streams.add(b"".join(match.advance(rows[tick : tick + size]).tobytes() for tick in range(0, recording.ticks, size)))
            ends.add(match.save())
        assert len(ends) == len(streams) == 1


@pytest.mark.parametrize("budget_bytes", [20_000, 2**26])
def test_scrubbing_a_golden_match_equals_the_linear_run(budget_bytes):
    with Recording(path_of("every-weapon")) as recording:
        linear, playback = [], Playback(ARENA, recording)
        linear.append(state_hash(playback.match))
        while not playback.at_end:
            playback.step()
            linear.append(state_hash(playback.match))
        scrubbed = Playback(ARENA, recording, checkpoint_budget_bytes=budget_bytes)
        shuffled = list(range(recording.ticks + 1))
        random.Random(2).shuffle(shuffled)
        for tick in [*range(recording.ticks, -1, -7), *shuffled[::7]]:
            scrubbed.seek(tick)
            assert state_hash(scrubbed.match) == linear[tick]


def test_a_flipped_input_bit_changes_the_next_state_and_often_the_end():
    with Recording(path_of("eight-players")) as recording:
        rows = recording.inputs(0, 1200).copy()
        header = recording.header

    def states_of(changed: np.ndarray, tick: int) -> tuple[bytes, bytes]:
        """State `tick` + 1, and the last one."""
        match = ARENA.new_match(header.seed, len(header.players), header.config)
        match.advance(changed[: tick + 1])
        soon = match.save()
        match.advance(changed[tick + 1 :])
        return soon, match.save()

    rng, lasting = random.Random(3), 0
    for _ in range(80):
        flipped = rows.copy()
        tick, player, bit = rng.randrange(1000), rng.randrange(8), rng.randrange(9)
        flipped["buttons"][tick, player] ^= 1 << bit
        soon, last = states_of(flipped, tick)
        straight_soon, straight_last = states_of(rows, tick)
        assert soon != straight_soon, (tick, player, bit)
        lasting += last != straight_last
    assert lasting > 10  # the rest are forgotten: a death, a wall, a key without effect
    unused = rows.copy()
    unused["buttons"] ^= 0xFE00
    assert states_of(unused, 600) == states_of(rows, 600)


def test_two_seeds_are_two_matches():
    ends = set()
    for seed in range(5):
        match = ARENA.new_match(seed, 4, ARENA.default_config())
        match.advance(np.zeros((60, 4), ARENA.input_dtype))
        ends.add(match.save())
    assert len(ends) == 5


def test_a_match_on_another_version_of_its_map_is_unverifiable_and_never_a_pass(tmp_path):
    chunks = take_apart(path_of("duel").read_bytes())
    header = msgpack.unpackb(chunks[0][1])
    header["truth"]["config"]["map_hash"] = "0" * 16
    chunks[0] = (chunks[0][0], msgpack.packb(header))
    (tmp_path / "duel.replay").write_bytes(put_together(chunks))
    found = verify(tmp_path / "duel.replay")
    assert found.verdict == "unverifiable" and "map" in found.message and found.hint
