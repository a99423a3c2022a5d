"""What is known of a verified match stays, whoever indexes next; and an `ok` that may not hold any more does not pass for one."""

import shutil

import pytest
from damage import header_of, put_together, record, take_apart
from shelf import RACE, Presses, dump, fill, find
from talk import TALK, record_talk
from toys import BANK

from replay import UnverifiableError, UsageError
from replay.core import format as fmt
from replay.core.fingerprint import Fingerprint
from replay.find.library import AlreadyIndexedError, Library
from replay.find.library import library as library_module
from replay.find.library.indexing import covers, folding_of


class OtherRules(type(RACE)):
    rules = 2


class Touches(Presses):
    """A projection that only one of two environments has."""

    name = "touches"


class WithTouches(type(RACE)):
    projections = {"touches": Touches}  # noqa: RUF012


class Titled(type(RACE)):
    """Kinds of events with capital letters."""

    event_kinds = tuple(kind.title() for kind in RACE.event_kinds)


TITLED = Titled()


def gone(name):
    raise UnverifiableError(f"needs {name}")


def raised(name):
    return OtherRules()


@pytest.fixture
def shelf(tmp_path):
    return fill(tmp_path / "shelf", 5, ticks=80)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "library.sqlite"


def facts(library):
    """All that was folded, and the verdicts."""
    held = dump(library)
    shown = [(entry.path.name, entry.verdict, entry.winners, entry.outcome) for entry in library.find(sort="file")]
    return shown, held["facts"], held["replay_numbers"], held["replay_events"], held["replay_players"]


@pytest.mark.parametrize("rebuild", [False, True])
@pytest.mark.parametrize("other", [gone, raised])
def test_where_the_game_is_not_or_has_other_rules_nothing_is_lost(place, shelf, other, rebuild):
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        before = facts(library)
    with Library(place, find_game=other) as library:
        assert {outcome.status for outcome in library.index(shelf, rebuild=rebuild)} == {"known"}
        assert facts(library) == before
        assert library.moments(kind="press") and library.find("presses>=1 verdict:ok") and library.find("-winner:nobody")
        assert library.projection(shelf[0], "presses")["players"]
        for path in shelf:
            path.touch()  # it may be another file now: the verdict is anew, the facts are of the match
        list(library.index(shelf))
        assert facts(library)[1:] == before[1:]
        assert {entry.verdict for entry in library.find()} == {"unverifiable"}
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        assert facts(library) == before


def test_a_file_that_is_added_again_where_nobody_can_judge_keeps_its_verdict(place, shelf):
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        before = facts(library)
    with Library(place, find_game=gone) as library:
        with pytest.raises(AlreadyIndexedError):
            library.add(shelf[0])
        assert facts(library) == before


def test_a_copy_that_is_found_where_the_game_is_not_takes_nothing_away(place, shelf, tmp_path):
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        before = facts(library)[1:]
    shutil.copy(shelf[0], tmp_path / "copy.replay")
    with Library(place, find_game=gone) as library:
        assert [outcome.status for outcome in library.index([tmp_path / "copy.replay"])] == ["copy"]
        assert facts(library)[1:] == before


def test_rules_that_changed_under_their_number_change_the_verdict_and_no_fact(place, shelf, monkeypatch):
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        before = facts(library)[1:]
    chunks = take_apart(shelf[0].read_bytes())
    header = header_of(chunks)
    diverging = put_together([(fmt.KIND_HEADER, header._replace(seed=header.seed + 1).pack()), *chunks[1:]])
    fresh = shelf[0].with_name("diverging.replay")
    fresh.write_bytes(diverging)
    with Library(place, find_game=find) as library:
        assert library.add(fresh).verdict == "diverged"
        (entry,) = library.find("verdict:diverged")
        assert entry.players and not entry.winners and not entry.outcome  # what it claims counts nowhere
        library.forget(fresh)
        assert facts(library)[1:] == before


def test_what_gives_no_facts_is_not_verified_again_and_again(place, shelf, monkeypatch):
    chunks = take_apart(shelf[0].read_bytes())
    header = header_of(chunks)
    shelf[0].write_bytes(put_together([(fmt.KIND_HEADER, header._replace(seed=header.seed + 1).pack()), *chunks[1:]]))
    with monkeypatch.context() as stumbling:
        stumbling.setattr(Presses, "result", lambda self: 1 / 0)
        with Library(place, find_game=find) as library:
            assert {outcome.verdict for outcome in library.index(shelf)} == {"ok", "diverged"}
            assert not library.find("winner:*") and len(library.find()) == 5
    monkeypatch.setattr(library_module, "examine", None)
    with Library(place, find_game=find) as library:
        assert {outcome.status for outcome in library.index(shelf)} == {"known"}


def test_two_environments_with_other_projections_add_up_and_do_not_take_turns(place, shelf):
    with_presses, with_touches = RACE, WithTouches()
    for round_number in range(2):
        for game in (with_presses, with_touches):
            with Library(place, find_game=lambda name, game=game: game) as library:
                statuses = {outcome.status for outcome in library.index(shelf)}
                assert statuses == ({"known"} if round_number else {"new"} if game is with_presses else {"updated"})
    with Library(place, find_game=find) as library:
        for name in ("presses", "touches"):
            assert library.projection(shelf[0], name)["players"]
        assert library.moments(kind="press") and library.find("presses>=1")


def test_an_older_projection_takes_nothing_from_a_newer_one(place, shelf, monkeypatch):
    with monkeypatch.context() as newer:
        newer.setattr(Presses, "version", 3)
        with Library(place, find_game=find) as library:
            list(library.index(shelf))
            before = facts(library)
    with Library(place, find_game=find) as library:
        assert {outcome.status for outcome in library.index(shelf)} == {"known"}
        list(library.index(shelf, rebuild=True))
        assert facts(library)[2:] == before[2:]
        assert covers("=3 presses=3", folding_of(RACE)) and not covers(folding_of(RACE), "=3 presses=3")


def test_a_file_that_is_gone_or_broken_is_not_forgotten_before_it_is_pruned(place, shelf):
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        shelf[0].write_bytes(b"broken")
        shelf[1].unlink()
        statuses = [outcome.status for outcome in library.index([shelf[0].parent])]
        assert statuses.count("broken") == 1
        assert len(dump(library)["facts"]) == 5
        assert library.prune(dry_run=True) == [shelf[1]]
        assert len(dump(library)["facts"]) == 5 and len(library.find()) == 5
        assert library.prune() == [shelf[1]]
        assert len(dump(library)["facts"]) == 3 and len(library.find()) == 4


def test_an_ok_by_other_rules_is_stale_until_it_is_indexed_again(place, shelf, monkeypatch):
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        assert {entry.verdict for entry in library.find()} == {"ok"}
    changed = Fingerprint("f" * 64, {}, 0)
    monkeypatch.setattr(library_module, "fingerprint_of", lambda game: changed)
    with Library(place, find_game=find) as library:
        assert {entry.verdict for entry in library.find()} == {"stale"}
        assert library.find("verdict:ok") == [] and len(library.find("verdict:stale")) == len(library.find("-verdict:ok")) == 5
        assert {outcome.status for outcome in library.index(shelf)} == {"known"}  # nothing else came out
        assert {entry.verdict for entry in library.find()} == {"ok"} and not library.find("verdict:stale")
    with Library(place, find_game=gone) as library:  # nobody here can say otherwise
        assert {entry.verdict for entry in library.find()} == {"ok"}


def test_rules_that_this_process_runs_no_more_give_no_lasting_verdict(place, shelf, monkeypatch):
    monkeypatch.setattr(Fingerprint, "is_of_this_process", lambda self: False)
    with Library(place, find_game=find) as library:
        list(library.index(shelf))
        assert {entry.verdict for entry in library.find()} == {"stale"}


@pytest.mark.parametrize("few", [2000, 1])
def test_lists_go_on_where_they_ended_whatever_came_and_went(place, shelf, monkeypatch, few):
    monkeypatch.setattr("replay.find.library.counted.FEW", few)
    monkeypatch.setattr("replay.find.library.catalogue.FEW", few)
    for seed in (11, 12, 13):  # as long as another
        record(shelf[0].with_name(f"again-{seed}.replay"), RACE, ticks=80, seed=seed)
    with Library(place, find_game=find) as library:
        list(library.index([shelf[0].parent]))
        for sort in ("date", "-date", "length", "-file", "-presses", "presses"):
            whole = library.find(sort=sort)
            paged, cursor = [], ""
            while page := library.find(sort=sort, limit=2, after=cursor):
                paged += page
                cursor = page[-1].cursor
            assert paged == whole and len(whole) == 8, sort
        first, second, *_ = library.find(sort="-presses")
        library.forget(first.path)
        assert library.find(sort="-presses", limit=1, after=first.cursor) == [second]
        with pytest.raises(UsageError, match="another sort"):
            library.find(sort="presses", after=library.find(sort="file")[0].cursor)
        for cursor in ("nonsense", "bm9uc2Vuc2U=", "W10="):
            with pytest.raises(UsageError, match="no cursor"):
                library.find(after=cursor)


def test_what_no_match_has_is_refused_with_what_may_be_meant(place, shelf):
    with Library(place, find_game=find) as library:
        assert library.find("kills>=3") == []  # nothing is known yet
        list(library.index(shelf))
        for search, sort, hint in (
            ("pressses>=3", "date", "did you mean presses?"),
            ("mapp:duel", "date", "did you mean map?"),
            ("verdict:diverge", "date", "did you mean diverged?"),
            ("", "-presss", "did you mean presses?"),
        ):
            with pytest.raises(UsageError) as caught:
                library.find(search, sort=sort)
            assert hint in caught.value.hint, caught.value
        with pytest.raises(UsageError) as caught:
            library.moments(kind="prss")
        assert "did you mean press?" in caught.value.hint


def test_kinds_and_items_are_found_as_they_are_written_and_in_any_case(place, tmp_path):
    record(tmp_path / "titled.replay", TITLED, ticks=100)
    record_talk(tmp_path / "talk.replay")
    with Library(place, find_game={"race": TITLED, "talk": TALK}.get) as library:
        list(library.index([tmp_path]))
        assert library.moments(kind="Press") == library.moments(kind="press") == library.moments(kind="PRESS") != []
        said = library.moments(kind="said", item="hello")
        assert said == library.moments(kind="Said", item="HELLO") == library.moments(kind="said", item="hel*") != []


def test_one_simulation_gives_the_verdict_and_the_facts(place, tmp_path, monkeypatch):
    record(tmp_path / "bank.replay", BANK, ticks=200)
    counted = []
    match = type(BANK.new_match(1, 2, {}))
    advance = match.advance
    monkeypatch.setattr(match, "advance", lambda self, rows, *more: counted.append(len(rows)) or advance(self, rows, *more))
    with Library(place, find_game=lambda name: BANK) as library:
        assert library.add(tmp_path / "bank.replay").verdict == "ok"
        assert library.moments(kind="deposited")
    assert sum(counted) == 200
