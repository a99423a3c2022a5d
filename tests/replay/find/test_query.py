import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from replay import UsageError
from replay.find.library.query import where
from replay.find.search import Term, length_seconds, parse


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
        "after:yesterday",
        "on:2026-13-01",
        "player>3",
        "verdict>ok",
    ],
)
def test_values_that_a_field_cannot_have_are_refused(text):
    with pytest.raises(UsageError):
        where(parse(text))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1:30", 90), ("1:00:01", 3601), ("0:00.5", 0.5)]
)
def test_lengths(text, seconds):
    assert length_seconds(text) == seconds


@given(st.text(max_size=60))
def test_any_text_is_a_search_or_a_usage_error_and_none_of_it_becomes_sql(text):
    try:
        conditions = where(parse(text))
    except UsageError:
        return
    for condition in conditions:
        for dialect in (sqlite.dialect(), postgresql.dialect()):
            statement = str(condition.compile(dialect=dialect))
            assert "'" not in statement.replace("ESCAPE '/'", "")
            assert ";" not in statement
