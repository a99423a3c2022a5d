import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import old_library
import pytest
import sqlalchemy as sa
from damage import header_of, put_together, record, take_apart
from shelf import NAMES, RACE, Presses, dump, fill, find
from talk import NO_LOAD, TALK, record_talk
from toys import BANK, COUNTER, Counter, CounterMatch

from replay import Playback, Player, Recorder, Recording, UnverifiableError, UsageError
from replay.core import format as fmt
from replay.core.errors import MachineError
from replay.find.edit import clip, pack, strip
from replay.find.library import AlreadyIndexedError, Library, LibraryError, database
from replay.find.library.catalogue import Catalogue
from replay.find.library.tables import facts as facts_table
from replay.find.library.tables import meta, recordings

HERE = Path(__file__).parents[1]


@pytest.fixture
def library(location, tmp_path):
    with Library(location, tmp_path, find) as library:
        yield library


@pytest.fixture
def shelf(tmp_path):
    return fill(tmp_path / "shelf", 8)


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def names(entries):
    return [entry.path.name for entry in entries]


# --- going in ---


def test_a_recording_is_entered_with_its_players_settings_result_and_numbers(library, shelf):
    entry = library.add(shelf[1])
    with Recording(shelf[1]) as recording:
        assert entry.identity == recording.identity()
        assert entry.created_ms == recording.header.created_ms
        playback = Playback(RACE, recording)
        playback.seek(playback.ticks)
        winner = playback.match.result()["winners"]
    assert (entry.path, entry.verdict, entry.game, entry.rules, entry.ticks) == (shelf[1], "ok", "race", 1, 151)
    assert (entry.players, entry.config) == (("Ben", "Cem"), {"map": "duel"})
    assert entry.winners == tuple(entry.players[seat] for seat in winner)
    assert library.projection(shelf[1], "presses")["players"][0]["name"] == "Ben"


def test_what_has_not_changed_is_not_read_again(library, shelf, monkeypatch):
    assert statuses(library.index([shelf[0].parent])) == ["new"] * 8
    monkeypatch.setattr("replay.find.library.library.examine", None)
    assert statuses(library.index([shelf[0].parent])) == ["known"] * 8


def test_a_match_is_entered_once_whatever_its_files(library, shelf, tmp_path):
    library.add(shelf[0])
    with Recording(shelf[0]) as source:
        strip(source, tmp_path / "stripped.replay")
        pack(source, tmp_path / "packed.replay", RACE)
    shutil.copy(shelf[0], tmp_path / "copied.replay")
    for name in ("stripped", "packed", "copied"):
        with pytest.raises(AlreadyIndexedError, match="already"):
            library.add(tmp_path / f"{name}.replay")
    with pytest.raises(AlreadyIndexedError):
        library.add(shelf[0])
    assert names(library.find()) == ["000.replay"]
    assert library.forget(shelf[0])
    assert len(library.find()) == 1  # it has other files
    assert not library.forget(shelf[0])


def test_the_database_itself_refuses_a_second_registration(library, shelf):
    library.add(shelf[0])
    with library._engine.connect() as connection:
        row = dict(connection.execute(sa.select(recordings)).mappings().one())
    del row["id"]
    with pytest.raises(sa.exc.IntegrityError), database.writing(library._engine) as connection:
        connection.execute(sa.insert(recordings).values(**row))


def test_a_broken_file_is_listed_with_its_reason_and_does_not_stop_the_rest(library, shelf):
    folder = shelf[0].parent
    (folder / "000a.replay").write_bytes(b"not a recording")
    (folder / "000b.replay").write_bytes(b"")
    (folder / "000c.replay").mkdir()
    outcomes = {outcome.path.name: outcome for outcome in library.index([folder])}
    assert outcomes["000a.replay"].status == "broken"
    assert "begins with" in outcomes["000a.replay"].message
    assert [outcome.status for outcome in outcomes.values()].count("new") == 8
    broken = {entry.path.name: entry.message for entry in library.find("verdict:unreadable")}
    assert "begins with" in broken["000a.replay"]
    assert "empty" in broken["000b.replay"]
    assert len(library.find()) == 11
    assert len(library.find("player:*")) == 8


def test_a_recording_that_goes_on_replaces_what_it_was(library, tmp_path, shelf):
    path = tmp_path / "growing.replay"
    data = shelf[7].read_bytes()
    path.write_bytes(data[:-300])
    assert statuses(library.index([path])) == ["new"]
    (before,) = library.find()
    assert before.verdict == "incomplete"
    path.write_bytes(data)
    assert statuses(library.index([path])) == ["updated"]
    (after,) = library.find()
    assert (after.verdict, after.ticks) == ("ok", 157)
    assert before.ticks < after.ticks


def test_a_diverging_recording_is_entered_with_that_verdict(library, shelf):
    chunks = take_apart(shelf[0].read_bytes())
    header = header_of(chunks)
    shelf[0].write_bytes(put_together([(fmt.KIND_HEADER, header._replace(seed=99).pack()), *chunks[1:]]))
    assert library.add(shelf[0]).verdict == "diverged"


def test_rules_that_are_not_installed_are_awaited(location, tmp_path, shelf):
    def not_yet(name):
        raise UnverifiableError(f"needs {name}")

    with Library(location, tmp_path, not_yet) as library:
        assert statuses(library.index(shelf[:2])) == ["new", "new"]
        assert {entry.verdict for entry in library.find()} == {"unverifiable"}
        assert statuses(library.index(shelf[:2])) == ["known", "known"]
    with Library(location, tmp_path, find) as library:
        assert statuses(library.index(shelf[:2])) == ["updated", "updated"]
        assert {entry.verdict for entry in library.find("presses>=0")} == {"ok"}


def test_a_new_version_of_a_projection_is_folded_again(library, shelf, monkeypatch):
    list(library.index(shelf))
    monkeypatch.setattr(Presses, "version", 2)
    assert statuses(library.index(shelf)) == ["updated"] * 8
    assert statuses(library.index(shelf)) == ["known"] * 8


def test_rebuild_makes_everything_again_and_it_is_the_same(library, shelf):
    list(library.index(shelf))
    before = dump(library)
    assert statuses(library.index(shelf, rebuild=True)) == ["updated"] * 8
    assert dump(library) == before


def test_a_rebuild_that_was_interrupted_goes_on_with_the_next_index(library, shelf, monkeypatch):
    monkeypatch.setattr("replay.find.library.working._BATCH", 1)
    list(library.index(shelf))
    before = dump(library)
    next(library.index(shelf, rebuild=True))
    assert statuses(library.index(shelf)) == ["known"] + ["updated"] * 7
    assert dump(library) == before


def test_prune_forgets_the_files_that_are_gone(library, shelf):
    list(library.index(shelf))
    shelf[3].unlink()
    assert library.prune() == [shelf[3]]
    assert library.prune() == []
    assert len(library.find()) == 7
    assert all(rows for name, rows in dump(library).items())


def test_removing_a_recording_leaves_nothing_of_it(library, shelf):
    list(library.index(shelf))
    for path in shelf:
        library.forget(path)
    assert not any(rows for name, rows in dump(library).items() if name != "settings")


def test_indexing_by_several_processes_gives_the_same_library(library, tmp_path):
    paths = fill(tmp_path / "shelf", 20, ticks=60)
    assert sorted(statuses(library.index([paths[0].parent], jobs=2))) == ["new"] * 20
    before = dump(library)
    for path in paths:
        library.forget(path)
    list(library.index(paths))
    assert dump(library) == before


@pytest.mark.slow
def test_of_two_processes_one_is_killed_at_random_moments_and_nothing_is_lost_or_twice(location, tmp_path, budget):
    folder = tmp_path / "shelf"
    fill(folder, 6, ticks=20)
    script = "import sys, shelf; shelf.race_and_kill(*sys.argv[1:4], rounds=int(sys.argv[4]), seed=1)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    command = [sys.executable, "-c", script, location, str(tmp_path), str(folder), str(budget(20))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > budget(4)  # most were killed while they worked


def test_paths_are_kept_relative_to_the_library(tmp_path):
    paths = fill(tmp_path / "here", 2)
    with Library(tmp_path / "here" / "library.sqlite", find_game=find) as library:
        list(library.index(paths))
    (tmp_path / "here").rename(tmp_path / "there")
    with Library(tmp_path / "there" / "library.sqlite", find_game=find) as library:
        assert sorted(entry.path for entry in library.find()) == sorted((tmp_path / "there").glob("*.replay"))
        assert statuses(library.index([tmp_path / "there"])) == ["known", "known"]


# --- coming out ---

SEARCHES = {
    "": lambda facts: True,
    "player:Ann": lambda facts: "Ann" in facts["players"],
    "player:ANN": lambda facts: "Ann" in facts["players"],
    "player:zoË": lambda facts: "Zoë" in facts["players"],
    "player:A*": lambda facts: "Ann" in facts["players"],
    "player:A%": lambda facts: False,
    "player:_nn": lambda facts: False,
    "-player:Ann": lambda facts: "Ann" not in facts["players"],
    "player:Ann player:Ben": lambda facts: {"Ann", "Ben"} <= set(facts["players"]),
    "map:duel": lambda facts: facts["map"] == "duel",
    "map!=duel": lambda facts: facts["map"] != "duel",
    "-map:duel player:Cem": lambda facts: facts["map"] != "duel" and "Cem" in facts["players"],
    "winner:Ben": lambda facts: "Ben" in facts["winners"],
    "presses>=70": lambda facts: max(facts["presses"]) >= 70,
    "player:Ann presses>=70": lambda facts: dict(zip(facts["players"], facts["presses"], strict=True)).get("Ann", 0) >= 70,
    "presses>=70 player:Ann": lambda facts: "Ann" in facts["players"] and max(facts["presses"]) >= 70,
    "length>=2.6s": lambda facts: facts["seconds"] >= 2.6,
    "length<2.6s": lambda facts: facts["seconds"] < 2.6,
    "rules:1 game:race verdict:ok": lambda facts: True,
    "rules>=2": lambda facts: False,
    "game:other": lambda facts: False,
    "outcome:sum": lambda facts: facts["outcome"] == "sum",
    "after:2020-01-01 before:2100-01-01": lambda facts: True,
    "before:2020-01-01": lambda facts: False,
    "on:2020-01-01": lambda facts: False,
    "file:*/003.replay": lambda facts: facts["name"] == "003.replay",
    "003": lambda facts: facts["name"] == "003.replay",
    "ann": lambda facts: "Ann" in facts["players"],
    'map:"duel\' OR 1=1 --"': lambda facts: False,
    'player:"\'; drop table replay_files; --"': lambda facts: False,
}


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """What each recording of a shelf is, without asking the library."""
    recordings_by_path = {}
    for path in fill(tmp_path_factory.mktemp("facts") / "shelf", 8):
        with Recording(path) as recording:
            playback = Playback(RACE, recording)
            presses = Presses(playback.match, NAMES[:2])
            events = playback.step(recording.ticks)
            presses.observe(events, playback.match)
            players = [player.name for player in recording.header.players]
            result = playback.match.result()
            recordings_by_path[path] = {
                "name": path.name,
                "players": players,
                "map": recording.header.config["map"],
                "presses": presses.presses.tolist(),
                "winners": [players[seat] for seat in result["winners"]],
                "outcome": result["reason"],
                "seconds": recording.seconds,
                "events": [(int(event["tick"]), RACE.event_kinds[event["kind"]], players[event["actor"]]) for event in events],
            }
    return recordings_by_path


@pytest.fixture(params=[False, True])
def few(request, monkeypatch):
    """Whether next to nothing may be named one by one, or read at once: then it is walked in small pages."""
    for module in ("counted", "catalogue", "moments") if request.param else ():
        monkeypatch.setattr(f"replay.find.library.{module}.FEW", 1)
    if request.param:
        monkeypatch.setattr("replay.find.library.catalogue._FIRST_PAGE", 1)
        monkeypatch.setattr("replay.find.library.moments._FIRST_WINDOW", 1)


@pytest.mark.usefixtures("few")
def test_every_kind_of_search_finds_what_a_plain_loop_finds(library, facts):
    list(library.index(facts))
    for text, matches in SEARCHES.items():
        expected = [path.name for path, fact in facts.items() if matches(fact)]
        assert names(library.find(text, sort="file")) == expected, text
        assert names(library.find(text, sort="file", limit=2)) == expected[:2], text
    assert len(library.find()) == 8  # nobody has dropped a table


def test_matches_in_which_somebody_else_has_such_a_number_are_not_gone_through(library, facts, monkeypatch):
    list(library.index(facts))
    monkeypatch.setattr("replay.find.library.counted.FEW", 0)
    read, page = [], Catalogue._page
    monkeypatch.setattr(Catalogue, "_page", lambda *asked: read.extend(rows := page(*asked)) or rows)
    ann = [dict(zip(fact["players"], fact["presses"], strict=True)).get("Ann", 0) for fact in facts.values()]
    higher = max(ann) + 1
    assert sum(max(fact["presses"]) >= higher and "Ann" in fact["players"] for fact in facts.values())
    assert library.find(f"player:Ann presses>={higher}") == [] == read
    assert library.find(f"presses>={higher}") and read


@pytest.mark.usefixtures("few")
def test_what_is_found_can_be_sorted_and_limited(library, facts):
    list(library.index(facts))
    presses = [max(facts[path]["presses"]) for path in (entry.path for entry in library.find(sort="-presses"))]
    assert presses == sorted(presses, reverse=True)
    assert names(library.find(sort="-length", limit=3)) == ["007.replay", "006.replay", "005.replay"]
    assert names(library.find(sort="date")) == sorted(fact["name"] for fact in facts.values())


def plain_moments(facts, kind, player, role, within_ticks, at_least):
    moments = []
    for fact in facts.values():
        for name in set(fact["players"]) if role else [None]:
            ticks = [
                tick for tick, each, actor in fact["events"] if each == kind and name in (None, actor) and player in (None, actor)
            ]
            last = None
            for first, end in zip(ticks, ticks[at_least - 1 :], strict=False):
                if end - first > within_ticks:
                    continue
                if last is None or first > last[1]:
                    last = (first, end)
                    moments.append((fact["name"], first))
                else:
                    last = (last[0], end)
    return sorted(moments)


@pytest.mark.parametrize("role", [None, "actor"])
@pytest.mark.parametrize("player", [None, "Ann", "Zoë"])
@pytest.mark.parametrize(("within_seconds", "at_least"), [(0, 1), (0.1, 2), (0.5, 3), (1.0, 3), (2, 8), (100, 1), (100, 40)])
def test_moments_are_those_of_a_plain_loop(indexed, facts, role, player, within_seconds, at_least):
    for kind in ("press", "luck"):
        moments = indexed.moments(kind=kind, player=player, role=role, within_seconds=within_seconds, at_least=at_least)
        expected = plain_moments(facts, kind, player, role, within_seconds * 60, at_least)
        assert sorted((moment.path.name, moment.tick) for moment in moments) == expected
        assert all(moment.count >= at_least and moment.last_tick >= moment.tick for moment in moments)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def indexed(request, facts, tmp_path_factory):
    root = tmp_path_factory.mktemp("indexed")
    if request.param == "sqlite":
        where = str(root / "library.sqlite")
    else:
        engine = sa.create_engine(request.getfixturevalue("postgres_url"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("create database moments"))
        where = engine.url.set(database="moments").render_as_string(hide_password=False)
        engine.dispose()
    with Library(where, root, find) as library:
        list(library.index(facts))
        yield library


@pytest.mark.usefixtures("few")
def test_moments_are_narrowed_down_and_limited(indexed, facts):
    everywhere = indexed.moments(kind="press", at_least=2, within_seconds=1)
    duels = indexed.moments("map:duel", kind="press", at_least=2, within_seconds=1)
    expected = [moment for moment in everywhere if next(f for p, f in facts.items() if p == moment.path)["map"] == "duel"]
    assert duels == expected != everywhere
    assert indexed.moments(kind="press", at_least=2, within_seconds=1, limit=3) == everywhere[:3]
    with pytest.raises(UsageError, match="the kind 'presss'") as caught:
        indexed.moments(kind="presss")
    assert caught.value.hint == "did you mean press?"
    assert str(everywhere[0]) == f"{everywhere[0].path}@{everywhere[0].tick}"


def test_a_moment_that_cannot_be_is_refused(indexed):
    for options in ({"role": "judge"}, {"at_least": 0}, {"within_seconds": -1}, {"within_seconds": float("nan")}):
        with pytest.raises(UsageError):
            indexed.moments(kind="press", **options)


def test_names_of_every_kind_are_kept(library, tmp_path):
    nasty = ["a\0b", "'; drop table replay_files; --", "\N{SNOWMAN}", 'qu"ote']
    path = tmp_path / "nasty.replay"
    record(path, RACE, players=4)
    chunks = take_apart(path.read_bytes())
    header = header_of(chunks)
    header = header._replace(players=tuple(Player(name) for name in nasty))
    path.write_bytes(put_together([(fmt.KIND_HEADER, header.pack()), *chunks[1:]]))
    assert library.add(path).players == ("a\ufffdb", *nasty[1:])
    assert len(library.find('player:"\N{SNOWMAN}"')) == 1


def test_a_game_without_projections_and_winners_is_indexed_too(location, tmp_path):
    path = tmp_path / "bank.replay"
    record(path, BANK, ticks=200)
    with Library(location, tmp_path, lambda name: BANK) as library:
        assert library.add(path).verdict == "ok"
        assert library.moments(kind="refused", role="actor")
        with pytest.raises(UsageError, match="no 'presses'"):
            library.projection(path, "presses")


# --- every kind of recording ---

LANDED = Path(__file__).parents[2] / "trust" / "landed"
GAMES = {game.name: game for game in (TALK, NO_LOAD, COUNTER, RACE)}


class QuietMatch(CounterMatch):
    def advance(self, inputs):
        super().advance(inputs)


class Quiet(Counter):
    """A game without events."""

    name = "quiet"
    event_dtype = None
    event_kinds = ()
    match = QuietMatch


@pytest.fixture
def every(location, tmp_path):
    with Library(location, tmp_path, lambda name: GAMES.get(name) or Quiet()) as library:
        yield library


def test_recordings_of_both_formats_are_entered_side_by_side(every, tmp_path):
    old = LANDED / "format1-counter1-bare.replay"
    with Recording(old) as source:
        pack(source, tmp_path / "packed.replay", COUNTER)
        identity, ticks = source.identity(), source.ticks
    assert every.add(LANDED / "format1-counter1-snapshots.replay").verdict == "ok"
    entry = every.add(old)
    assert (entry.verdict, entry.identity, entry.ticks) == ("ok", identity, ticks)
    assert statuses(every.index([tmp_path / "packed.replay"])) == ["copy"]


def test_a_recording_that_begins_later_is_as_long_as_it_is(every, shelf, tmp_path):
    with Recording(shelf[0]) as source:
        clip(source, tmp_path / "clip.replay", 60, 140, RACE)
        clip(source, tmp_path / "whole.replay", 60, 140, RACE, whole=True)
        every.add(shelf[0])
        entry = every.add(tmp_path / "clip.replay")
        assert (entry.verdict, entry.ticks, entry.seconds) == ("ok", 140, 80 / 60)
        assert entry.message.startswith("from tick 60")
        assert every.add(tmp_path / "whole.replay").seconds == 140 / 60
        presses = [(m.path.name, m.tick) for m in every.moments(kind="press")]
    assert (
        {tick for name, tick in presses if name == "clip.replay"}
        == {tick for name, tick in presses if name == "whole.replay" and tick >= 60}
        != set()
    )


@pytest.mark.parametrize("crash", [False, True])
def test_commands_and_listed_events_can_be_searched(every, tmp_path, crash):
    record_talk(tmp_path / "talk.replay", crash=crash)
    entry = every.add(tmp_path / "talk.replay")
    assert entry.verdict == "ok"
    assert ("raises ZeroDivisionError at tick 130, as recorded" in entry.message) == crash
    said = every.moments(kind="said", player="Ann", role="actor", item="hello")
    assert said
    assert all(moment.tick % 2 == 0 and moment.tick % 5 == 0 for moment in said)


def test_data_of_events_that_fits_no_column_is_left_out(every, tmp_path, monkeypatch):
    strange = [{"actor": [1], "amount": 2**63}, {"actor": True, "amount": 1.5}, {"actor": 7, "item": {"a": 1}}, "text", None]

    def advance(match, rows, commands):
        events = [(match.tick + at, "said", strange[(match.tick + at) % len(strange)]) for at in range(len(rows))]
        match.tick += len(rows)
        return events

    monkeypatch.setattr("talk.TalkMatch.advance", advance)
    with Recorder(tmp_path / "odd.replay", TALK, seed=1, players=["Ann"]) as recorder:
        for _ in range(20):
            recorder.step()
    assert every.add(tmp_path / "odd.replay").verdict == "ok"
    assert len(every.moments(kind="said")) == 20
    assert not every.moments(kind="said", player="Ann")


@pytest.mark.parametrize("game", [Quiet(), NO_LOAD])
def test_games_that_can_do_little_are_indexed(every, tmp_path, game):
    record(tmp_path / "match.replay", game)
    assert every.add(tmp_path / "match.replay").verdict == "ok"
    if game is NO_LOAD:
        assert every.moments(kind="press")
    else:
        with pytest.raises(UsageError, match="the kind 'press'"):
            every.moments(kind="press")


def test_kinds_that_are_not_to_be_searched_are_left_out(every, tmp_path, monkeypatch):
    for game, name in ((TALK, "said"), (COUNTER, "luck")):
        monkeypatch.setattr(type(game), "unindexed_kinds", (name,), raising=False)
    record_talk(tmp_path / "talk.replay")
    record(tmp_path / "counter.replay", COUNTER, ticks=600)
    assert statuses(every.index([tmp_path])) == ["new", "new"]
    for kind in ("said", "luck"):
        with pytest.raises(UsageError, match=f"the kind '{kind}'"):
            every.moments(kind=kind)
    assert every.moments(kind="press")


def test_the_same_match_under_other_names_is_found(every, tmp_path):
    rows = record(tmp_path / "a.replay", COUNTER, ticks=60)
    for name, seed in (("b", 7), ("c", 8)):
        with Recorder(tmp_path / f"{name}.replay", COUNTER, seed=seed, players=["x", "y"], config={}) as recorder:
            for row in rows:
                recorder.step(row)
    list(every.index([tmp_path]))
    entries = {entry.path.name: entry for entry in every.find()}
    assert len({entry.identity for entry in entries.values()}) == 3
    with Recording(tmp_path / "a.replay") as recording:
        assert entries["a.replay"].match_identity == recording.match_identity()
    assert sorted(names(every.find(f"match:{entries['a.replay'].match_identity}"))) == ["a.replay", "b.replay"]


def test_what_the_machine_did_wrong_is_looked_at_again(location, tmp_path, shelf):
    def broken(name):
        raise MachineError("does not load")

    with Library(location, tmp_path, broken) as library:
        assert [outcome.verdict for outcome in library.index(shelf[:2])] == ["environment"] * 2
        assert statuses(library.index(shelf[:2])) == ["known"] * 2
    with Library(location, tmp_path, find) as library:
        assert statuses(library.index(shelf[:2])) == ["updated"] * 2
        assert {entry.verdict for entry in library.find()} == {"ok"}


# --- the schema ---


def test_an_old_library_migrates_itself_once_and_keeps_what_it_holds(location, tmp_path, shelf, monkeypatch):
    with Library(location, tmp_path, find) as library:
        list(library.index(shelf))
        before = dump(library)
    calls = []

    def add_table(connection):
        calls.append(1)
        sa.Table("replay_test_notes", sa.MetaData(), sa.Column("note", sa.Text)).create(connection)

    monkeypatch.setattr(database, "MIGRATIONS", [*database.MIGRATIONS, add_table])
    for _ in range(2):
        with Library(location, tmp_path, find) as library:
            assert dump(library) == before
            assert sa.inspect(library._engine).has_table("replay_test_notes")
    assert calls == [1]
    monkeypatch.undo()
    with pytest.raises(LibraryError, match=f"schema version {len(database.MIGRATIONS) + 1}"):
        Library(location, tmp_path, find)
    engine = sa.create_engine(library.url if "://" in location else f"sqlite:///{location}")
    with engine.begin() as connection:
        connection.execute(sa.text("drop table replay_test_notes"))
        connection.execute(sa.delete(meta))
        connection.execute(sa.insert(meta).values(key="schema version", value=str(len(database.MIGRATIONS))))
    engine.dispose()


@pytest.mark.parametrize("version", [1, 2])
def test_a_library_of_an_earlier_version_keeps_what_it_holds(location, tmp_path, shelf, version):
    (shelf[0].parent / "broken.replay").write_bytes(b"not a recording")
    with Library(location, tmp_path, find) as library:
        list(library.index([shelf[0].parent]))
        expected, found = dump(library), library.find(sort="file")
        old_library.remake(library, version)
    with Library(location, tmp_path, find) as library:
        entries = library.find(sort="file")
        assert [replace(entry, verdict="ok") for entry in entries[:8]] == [
            replace(entry, match_identity=entry.match_identity if version > 1 else None) for entry in found[:8]
        ]
        assert entries[8] == found[8]
        assert {entry.verdict for entry in entries[:8]} == {"stale"}  # by which rules it was verified, nobody knows
        assert library.moments(kind="press") and library.find("presses>=0")
        assert statuses(library.index([shelf[0].parent])) == ["known"] + ["updated"] * 8
        assert dump(library) == expected
        assert len(library.find("verdict:ok")) == 8
        assert not [name for name in sa.inspect(library._engine).get_table_names() if "old" in name]


def test_a_library_of_version_3_holds_all_that_it_held(location, tmp_path, shelf):
    with Library(location, tmp_path, find) as library:
        list(library.index([shelf[0].parent]))
        before = dump(library), library.find(sort="file"), library.moments(kind="press", within_seconds=1, at_least=2)
        old_library.remake_3(library)
        with library._engine.connect() as connection:
            assert connection.scalar(sa.text("select count(*) from replay_events")) == len(before[0]["replay_events"])
            larger = connection.scalar(sa.text("select sum(length(facts)) from replay_recordings"))
    with Library(location, tmp_path, find) as library:
        after = dump(library), library.find(sort="file"), library.moments(kind="press", within_seconds=1, at_least=2)
        assert after == before
        with library._engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.sum(sa.func.length(facts_table.c.data)))) < larger
        assert not {"replay_numbers", "replay_events"} & set(sa.inspect(library._engine).get_table_names())
        assert statuses(library.index([shelf[0].parent])) == ["known"] * 8


def test_a_migration_that_fails_changes_nothing(location, tmp_path, monkeypatch):
    with Library(location, tmp_path, find):
        pass

    def fails(connection):
        sa.Table("replay_test_half", sa.MetaData(), sa.Column("note", sa.Text)).create(connection)
        raise RuntimeError

    monkeypatch.setattr(database, "MIGRATIONS", [*database.MIGRATIONS, fails])
    with pytest.raises(RuntimeError):
        Library(location, tmp_path, find)
    monkeypatch.undo()
    with Library(location, tmp_path, find) as library:
        assert not sa.inspect(library._engine).has_table("replay_test_half")


@pytest.mark.parametrize(
    ("url", "error"),
    [("nonsense://x", UsageError), ("sqlite:////nowhere/at/all/library.sqlite", LibraryError), ("://", UsageError)],
)
def test_a_library_that_cannot_be_opened_is_one_clear_error(url, error):
    with pytest.raises(error) as caught:
        Library(url)
    assert caught.value.hint


def test_a_file_that_is_not_a_database_is_refused(tmp_path):
    (tmp_path / "library.sqlite").write_bytes(b"this is not a database, but it is long enough to look at" * 20)
    with pytest.raises(LibraryError, match="not a database"):
        Library(tmp_path / "library.sqlite")


def test_stored_results_are_plain_data(library, shelf):
    library.add(shelf[0])
    json.dumps(library.projection(shelf[0], "presses"))
