from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from replay import UsageError
from replay.find.library.query import where
from replay.find.library.words import Vocabulary
from replay.find.search import Term, day_ms, length_seconds, parse

KNOWN = Vocabulary({"number": {"kills": 1}, "setting": {"map": 2}})


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  \t ", []),
        ("duel", [Term("", ":", "duel")]),
        ("map:duel", [Term("map", ":", "duel")]),
        ("MAP:Duel", [Term("map", ":", "Duel")]),
        ("kills>=10 deaths<3", [Term("kills", ">=", "10"), Term("deaths", "<", "3")]),
        ("accuracy_by_weapon.rifle>0.5", [Term("accuracy_by_weapon.rifle", ">", "0.5")]),
        ('player:"Ann B"', [Term("player", ":", "Ann B")]),
        ('player:""', [Term("player", ":", "")]),
        ("-map:duel -word", [Term("map", ":", "duel", True), Term("", ":", "word", True)]),
        ("after:2026-01-01T10:30", [Term("after", ":", "2026-01-01T10:30")]),
        ("player:Zoë map!=x", [Term("player", ":", "Zoë"), Term("map", "!=", "x")]),
        ("length>=1:30", [Term("length", ">=", "1:30")]),
    ],
)
def test_a_search_text_is_read_into_terms(text, terms):
    assert parse(text) == terms


@pytest.mark.parametrize("text", ['"open', 'player:"Ann', "map:", '"a"b', 'x"y'])
def test_what_cannot_be_read_is_refused_with_the_place(text):
    with pytest.raises(UsageError, match="cannot read"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "kills>=",
        "kills>=many",
        "kills>=nan",
        "kills>1e999",
        "rules:x",
        "rules:-1",
        "length>=x",
        "after:someday",
        "on:2026-13-01",
        "player>3",
        "verdict>ok",
    ],
)
def test_values_that_a_field_cannot_have_are_refused(text):
    with pytest.raises(UsageError):
        where(parse(text), KNOWN)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1:30", 90), ("1:00:01", 3601), ("0:00.5", 0.5)]
)
def test_lengths(text, seconds):
    assert length_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("killz>=3", "did you mean kills?"),
        ("mapp:duel", "did you mean map?"),
        ("verdict:okk", "did you mean ok?"),
        ("zzz:1", "there is: "),
    ],
)
def test_a_name_that_no_match_has_is_refused_with_what_may_be_meant(text, hint):
    with pytest.raises(UsageError) as caught:
        where(parse(text), KNOWN)
    assert hint in caught.value.hint
    assert len(where(parse("killz>=3"), Vocabulary({})).counted) == 1  # where there is nothing yet, nothing is wrong


NOW = datetime(2026, 3, 15, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-01-31", "2026-01-31", "2026-02-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2025-12", "2025-12-01", "2026-01-01"),
        ("2025", "2025-01-01", "2026-01-01"),
        ("today", "2026-03-15", "2026-03-16"),
        ("Yesterday", "2026-03-14", "2026-03-15"),
        ("7d", "2026-03-08T20:30", "2026-03-15T20:30"),
        ("2w", "2026-03-01T20:30", "2026-03-15T20:30"),
        ("12h", "2026-03-15T08:30", "2026-03-15T20:30"),
        ("2026-01-31T20:15", "2026-01-31T20:15", "2026-02-01T20:15"),
    ],
)
def test_dates(text, first, last):
    expected = [int(datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp() * 1000) for each in (first, last)]
    assert list(day_ms(text, NOW)) == expected


@pytest.mark.parametrize("text", ["0000", "2026-13", "d", "tomorrow", "2026-1"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(UsageError, match="not a date"):
        day_ms(text, NOW)


@given(st.text(max_size=60))
def test_any_text_is_a_search_or_a_usage_error_and_none_of_it_becomes_sql(text):
    try:
        conditions = where(parse(text), KNOWN).conditions
    except UsageError:
        return
    for condition in conditions:
        for dialect in (sqlite.dialect(), postgresql.dialect()):
            statement = str(condition.compile(dialect=dialect))
            assert "'" not in statement.replace("ESCAPE '/'", "")
            assert ";" not in statement
