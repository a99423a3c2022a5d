"""Names of every script: which letters they have, in which order those stand, and which font has them."""

import random
import struct
from pathlib import Path

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.watch.model.letters import MOST_LETTERS, in_order, letters_of
from replay.watch.view import fonts
from replay.watch.view.coverage import coverage_of

HEBREW, ARABIC = "שלום", "مرحبا"
BUILT_IN = Path(pygame.__file__).with_name("freesansbold.ttf")


def shown(text):
    return "".join(in_order(letters_of(text)))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Zoe\u0308", ["Z", "o", "ë"]),
        ("x\u0301\u0302y", ["x\u0301\u0302", "y"]),
        ("Z" + "\u0301" * 50, ["Ź\u0301\u0301\u0301"]),  # no towers
        ("👍🏽a", ["👍🏽", "a"]),
        ("👨‍👩‍👧!", ["👨‍👩‍👧", "!"]),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("❤\ufe0f", ["❤\ufe0f"]),
        ("a\u202eb\x00c", ["a", "·", "b", "·", "c"]),
        ("\u3000\u0301", [" ", "\u0301"]),
        ("", []),
    ],
)
def test_what_belongs_together_is_one_letter(text, letters):
    assert letters_of(text) == letters


@pytest.mark.parametrize(
    ("text", "from_the_left"),
    [
        ("Ann 12", "Ann 12"),
        (HEBREW, HEBREW[::-1]),
        (f"Ann {HEBREW} Ben", f"Ann {HEBREW[::-1]} Ben"),
        (f"{HEBREW} Ann", f"Ann {HEBREW[::-1]}"),
        (f"{HEBREW} 123", f"123 {HEBREW[::-1]}"),
        (f"{ARABIC} 12:30 {HEBREW}", f"{HEBREW[::-1]} 12:30 {ARABIC[::-1]}"),
        (f"{HEBREW} (3)", f"(3) {HEBREW[::-1]}"),
        (f"kills {HEBREW}!", f"kills {HEBREW[::-1]}!"),
        (f"{HEBREW}…", f"…{HEBREW[::-1]}"),
        ("!?", "!?"),
        (f"Ann, {HEBREW} (7), Ben", f"Ann, (7) {HEBREW[::-1]}, Ben"),
        (f"Ann ({HEBREW}) Ben", f"Ann ({HEBREW[::-1]}) Ben"),
        (f"{HEBREW} (Ann) {ARABIC}", f"{ARABIC[::-1]} (Ann) {HEBREW[::-1]}"),
        (f"{HEBREW} ((", f"(( {HEBREW[::-1]}".replace("(", ")")),
    ],
)
def test_words_from_right_to_left_stand_so_and_numbers_do_not(text, from_the_left):
    assert shown(text) == from_the_left


@given(st.text(max_size=60))
def test_no_text_loses_a_letter_on_the_way_to_its_order(text):
    letters = letters_of(text)
    mirrored = str.maketrans("()[]{}<>«»‹›", "((((((((((((")
    assert sorted(letter.translate(mirrored) for letter in in_order(letters)) == sorted(
        letter.translate(mirrored) for letter in letters
    )


def test_a_text_that_is_too_long_for_any_line_is_cut_off():
    letters = letters_of("x" * 10**6)
    assert len(letters) == MOST_LETTERS and letters[-1] == "…"
    assert len("".join(letters_of("a" + "\u0301\u0302" * 10**6))) <= 5


# --- which font has what ---


def test_the_characters_of_a_font_are_those_it_has_pictures_of():
    pygame.font.init()
    coverage, font = coverage_of(BUILT_IN), pygame.font.Font(BUILT_IN, 30)
    box = font.metrics("\ue123")[0]
    for code in "aZ09ëŁ%-…漢م\ue123":
        assert (ord(code) in coverage) == (font.metrics(code)[0] not in (None, box)), code


@pytest.mark.parametrize("seed", range(30))
def test_a_broken_font_has_some_characters_or_none(tmp_path, seed):
    data, chance = bytearray(BUILT_IN.read_bytes()), random.Random(seed)
    for _ in range(40):
        data[chance.randrange(400 if seed % 2 else len(data))] = chance.randrange(256)
    path = tmp_path / "font.ttf"
    path.write_bytes(data[: chance.choice([0, 3, 11, 100, len(data)])])
    assert (ord("a") in coverage_of(path)) in (True, False)
    assert ord("a") not in coverage_of(tmp_path / "none.ttf")


def test_a_font_of_format_12_has_its_groups(tmp_path):
    groups = struct.pack(">HHIII", 12, 0, 16 + 24, 0, 2) + struct.pack(">6I", 0x41, 0x5A, 1, 0x1F600, 0x1F64F, 30)
    table = struct.pack(">HHHHI", 0, 1, 3, 10, 12) + groups
    path = tmp_path / "font.ttf"
    path.write_bytes(struct.pack(">IH6x", 0x10000, 1) + struct.pack(">4sIII", b"cmap", 0, 28, len(table)) + table)
    coverage = coverage_of(path)
    assert all(code in coverage for code in (0x41, 0x5A, 0x1F600, 0x1F64F)) and not {0x40, 0x5B, 0x1F650} & {
        code for code in range(0x20000) if code in coverage
    }


@pytest.fixture
def system(monkeypatch):
    """A system without any font of its own, and the lines that were laid out forgotten."""
    forget = (fonts._runs, fonts._file_of, fonts._system_files)
    for made in forget:
        made.cache_clear()
    monkeypatch.setattr(pygame.font, "get_fonts", list)
    pygame.font.init()
    yield
    for made in forget:
        made.cache_clear()


def test_what_no_font_has_is_a_box_with_its_code(system):
    assert [run.file for run in fonts._runs("Ann 漢😀")] == ["", "box", "box"]
    one, other = (fonts.render(text, 30, (255, 255, 255), False) for text in ("漢", "字"))
    assert one.get_size() == other.get_size() and pygame.image.tobytes(one, "RGBA") != pygame.image.tobytes(other, "RGBA")
    assert fonts.render("漢字", 30, (255, 255, 255), False).get_width() == pytest.approx(2 * one.get_width(), abs=1)


def test_each_letter_comes_from_the_first_font_that_has_it(system, monkeypatch):
    files = {"aaa": "aaa.ttf", "notosans": "noto.ttf", "lastresort": "boxes.ttf"}
    having = {"aaa.ttf": "漢字", "noto.ttf": "漢", "boxes.ttf": "漢字語", "": "Ann "}
    monkeypatch.setattr(pygame.font, "get_fonts", lambda: list(files))
    monkeypatch.setattr(pygame.font, "match_font", files.get)
    monkeypatch.setattr(fonts, "_coverage", lambda file: {ord(code) for code in having[file]})
    assert [(run.text, run.file) for run in fonts._runs("Ann 漢字語")] == [
        ("Ann ", ""),
        ("漢", "noto.ttf"),
        ("字", "aaa.ttf"),
        ("語", "box"),
    ]


HOSTILE = [
    "x" * 200,
    "漢字かな" * 50,
    f"{ARABIC} " * 40,
    "😀" * 100,
    "Z" + "\u0301\u0317" * 99,
    "\u202e\x00\n",
    "﷽" * 20,
    "\ud800",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [0, 3, 40, 400])
def test_a_shortened_line_is_no_wider_than_asked_for(text, width):
    short = fonts.shortened(text, width, 14, False)
    label = fonts.render(short, 14, (255, 255, 255), False)
    assert fonts.width_of(short, 14, False) <= width and label.get_width() <= max(width, 1)
    assert label.get_height() == fonts.render("a", 14, (255, 255, 255), False).get_height()


def test_every_plane_is_drawn():
    for start in range(0, 0x110000, 0x1357):
        text = "".join(map(chr, range(start, min(start + 7, 0x110000))))
        fonts.render(text, 12, (255, 255, 255), False)
