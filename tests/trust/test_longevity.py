"""Recordings that once were made stay readable, and verify for as long as their rules are here.

tests/trust/landed/ holds recordings of every format version and rules number that ever landed, under names that say so. Nothing
in it is ever changed or deleted: a new format or new rules add files, and a line each to `LANDED`.
"""

import hashlib
from pathlib import Path

import pytest
from talk import TALK
from toys import COUNTER

from game.match import ARENA
from replay import Playback, Recording, verify
from replay.cli.common import recordings
from replay.core import format as fmt

FOLDER = Path(__file__).parent / "landed"
GOLDEN = Path(__file__).parents[2] / "recordings"
GAMES = {"arena": ARENA, "counter": COUNTER, "talk": TALK}

# name: (ticks, blake2b of the file)
LANDED = {
    "format1-arena1-corridors.replay": (2460, "37f0e60bd4bba1f51910f62b7d791a49"),
    "format1-arena1-duel.replay": (3660, "5e6fae7c4db4361d9e1efde0cd7d11d9"),
    "format1-arena1-eight-players.replay": (2460, "d4a9107e31483ee11b9d4b90fd2a58ab"),
    "format1-arena1-every-weapon.replay": (2760, "f0be47c3e4d8b2439c4d69753aa4118d"),
    "format1-arena1-long-idle.replay": (3660, "8c2d0873147e871aa4b1aba8dd4340b6"),
    "format1-arena1-nonsense.replay": (960, "7f99313ccd64130013ef55c08030ecba"),
    "format1-arena1-plaza.replay": (2460, "b10efc0afa7fc77fbba9b7d47591d8ad"),
    "format1-arena1-score-limit.replay": (2094, "dc30e4ec2f4486409eccecd7954645d7"),
    "format1-arena1-teams.replay": (2460, "29f936af65185e3578769ed2ced8f99c"),
    "format1-counter1-bare.replay": (130, "79c5eaf898abde264d27a29bc04932eb"),
    "format1-counter1-snapshots.replay": (700, "e7716846db933aa78a048de692e07d5c"),
    "format2-arena1-duel-clip.replay": (2500, "4ad3a9161e906a0558773cb3546ae597"),
    "format2-arena1-duel.replay": (3660, "ce6cab74471c2c2fab35088ea22fe654"),
    "format2-arena1-score-limit.replay": (2094, "61a1670537582061936fa82ce035912c"),
    "format2-arena1-corridors.replay": (2460, "1c0dd95eb76baae142a0802881a7e286"),
    "format2-arena1-eight-players.replay": (2460, "71a6fba53197159f6519228a1c38b2b5"),
    "format2-arena1-every-weapon.replay": (2760, "d7c0b8f730ba57b8606df3c2ed65877d"),
    "format2-arena1-long-idle.replay": (3660, "075383795646ff95400b5282e3ff1ed0"),
    "format2-arena1-nonsense.replay": (960, "251db460babb0872867de2fd6006d25f"),
    "format2-arena1-plaza.replay": (2460, "de93ef413453f8097b8f1bffda19f37b"),
    "format2-arena1-teams.replay": (2460, "c0417e8ea840e13e570d7724b77bd581"),
    "format2-arena2-duel-clip.replay": (2500, "f4f0610777d4aefc20a592dc38289307"),
    "format2-arena2-duel.replay": (3660, "dd1954fdccea73abf4c33176e2cecbdc"),
    "format2-arena2-score-limit.replay": (1290, "f8a04be8d746ebc3b91a746b43f9efc3"),
    "format2-counter1-bare.replay": (130, "fc96be787e60ddc35ff95b683afa4b41"),
    "format2-counter1-snapshots.replay": (700, "f000b3bebde2f9fc6b14619cbc93f299"),
    "format2-talk1-clip.replay": (100, "d69464ca50fec6870c2ef1eb83c73c37"),
    "format2-talk1-crash.replay": (130, "0796f423daf52384b3befcf6cdc8cc19"),
}
# What the verdict says beside "ok" of those that say something.
MESSAGES = {
    "format2-arena2-duel-clip.replay": "from tick 1900, believing the state that it begins with",
    "format2-talk1-clip.replay": "from tick 45, believing the state that it begins with",
    "format2-talk1-crash.replay": "raises ZeroDivisionError at tick 130, as recorded",
}


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_what_landed_is_unchanged_opens_and_verifies_while_its_rules_are_here(name):
    assert name in LANDED, "tests/golden.py says the line that is missing, or see the fields of another"
    ticks, digest = LANDED[name]
    path = FOLDER / name
    assert hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest() == digest, "nothing here is ever changed"
    with Recording(path) as recording:
        assert recording.state == "complete" and recording.ticks == ticks
        assert f"format{recording.header.format}-{recording.header.game}{recording.header.rules}-" in name
        game, start = GAMES[recording.header.game], recording.start_tick
        assert recording.inputs(start, ticks).shape == (ticks - start, len(recording.header.players))
        expected = "ok" if game.rules == recording.header.rules else "unverifiable"
    verification = verify(path, game)
    assert verification.verdict == expected
    if verification.is_ok:
        assert verification.message == MESSAGES.get(name, "") and verification.ticks == ticks
        assert any("events are not proved" in note for note in verification.notes) == name.startswith("format1-")


@pytest.mark.parametrize("name", [name for name in LANDED if name.replace("format1", "format2") in LANDED and "arena" in name])
def test_a_match_that_was_recorded_in_two_formats_is_one_match(name):
    with Recording(FOLDER / name) as old, Recording(FOLDER / name.replace("format1", "format2")) as new:
        assert old.match_identity() == new.match_identity() and old.version == new.version
        assert old.end.hash == new.end.hash and old.end.result == new.end.result


@pytest.mark.parametrize("name", [name for name in LANDED if any(f"-{game.name}{game.rules}-" in name for game in GAMES.values())])
def test_what_landed_is_sought_in_by_tick_and_by_version_while_its_rules_are_here(name):
    with Recording(FOLDER / name) as recording:
        game = GAMES[recording.header.game]
        straight, playback = Playback(game, recording, use_snapshots=False), Playback(game, recording)
        middle = (recording.start_tick + recording.ticks) // 2
        straight.seek(middle)
        playback.seek(recording.ticks)
        playback.seek(middle)
        assert playback.match.save() == straight.match.save() and not playback.warning
        for version in sorted({0, min(1, recording.version), recording.version // 2, recording.version}):
            playback.seek(version=version)
            assert recording.version_at(playback.tick) >= version
            assert playback.tick == recording.start_tick or recording.version_at(playback.tick - 1) < version


def test_every_file_of_the_folder_is_listed():
    assert {path.name for path in FOLDER.iterdir()} == LANDED.keys()


def test_the_format_and_the_rules_of_today_have_landed():
    """A new format version or rules number has to leave recordings here, before there is another."""
    names = " ".join(LANDED)
    for game in GAMES.values():
        assert f"format{fmt.FORMAT_VERSION}-{game.name}{game.rules}-" in names


def test_all_golden_recordings_are_of_today_s_rules_and_format():
    found = recordings((str(GOLDEN),))
    assert found
    for path in found:
        with Recording(path) as recording:
            assert (recording.header.game, recording.header.rules, recording.header.format) == (
                ARENA.name,
                ARENA.rules,
                fmt.FORMAT_VERSION,
            ), path
