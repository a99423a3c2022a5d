"""Lines of text as surfaces. Each letter comes from the first font that has it: the one that pygame brings, then those of the
system, which are looked through when a letter is met for the first time. What no font has is a box with its code in it.

Letters are drawn large and shrunk: small ones keep their form. A line is as high as the built-in font, whatever stands in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pygame

from replay.core.cache import Bounded
from replay.watch.model.letters import MOST_LETTERS, in_order, letters_of
from replay.watch.model.scene import Colour
from replay.watch.view.coverage import Coverage, coverage_of

LARGER = 3
_MOST_LINES = 3000
_MOST_FONTS = 400  # of a system are looked through
_BUILT_IN, _BOX = "", "box"  # instead of the file of a font
_FITTING = 0.86  # of the size, so that other fonts are as large as the built-in one
_TEXT_FONTS = (
    "notosanscjksc notosanscjkjp notosans dejavusans segoeui arial microsoftyahei malgungothic yugothic pingfangsc hiraginosansgb "
    "applesdgothicneo notosansarabic notosanshebrew notosansdevanagari notosansthai arialunicodems wenquanyimicrohei "
    "droidsansfallback liberationsans"
).split()
_EMOJI_FONTS = "notocoloremoji applecoloremoji segoeuiemoji notoemoji twemojimozilla symbola".split()
_NOT_FONTS = ("lastresort", "notdef", "blank")  # they have boxes for everything
_EMOJI = range(0x1F000, 0x20000)
_AS_EMOJI = "\ufe0f"
_UNSEEN = {0x200C, 0x200D, *range(0xFE00, 0xFE10)}  # joiners and variation selectors: no font needs a picture of them
# Scripts whose letters change with their neighbours, by the first word of their characters' names: their tags.
_SHAPED = dict(
    pair.split(":")
    for pair in (
        "ARABIC:Arab HEBREW:Hebr SYRIAC:Syrc THAANA:Thaa NKO:Nkoo DEVANAGARI:Deva BENGALI:Beng GURMUKHI:Guru GUJARATI:Gujr "
        "ORIYA:Orya TAMIL:Taml TELUGU:Telu KANNADA:Knda MALAYALAM:Mlym SINHALA:Sinh THAI:Thai LAO:Laoo TIBETAN:Tibt "
        "MYANMAR:Mymr KHMER:Khmr"
    ).split()
)


class Run(NamedTuple):
    """Letters that are drawn at once. file: of their font, `_BUILT_IN`, or `_BOX`."""

    text: str
    file: str
    script: str = ""


def width_of(text: str, pixels: int, bold: bool) -> float:
    """How wide a line is in pixels, at a size in pixels."""
    return sum(_width(run, pixels * LARGER, bold) for run in _runs(text)) / LARGER


def shortened(text: str, width: float, pixels: int, bold: bool) -> str:
    """As much of a line as fits into `width` pixels, with an ellipsis; "" where not even that fits."""
    letters = letters_of(text)
    fitting = _fitting(len(letters), lambda count: "".join(letters[:count]) + "…", width, pixels, bold)
    return "" if fitting is None else "".join(letters[:fitting]).rstrip() + "…"


def ending(text: str, width: float, pixels: int, bold: bool) -> str:
    """The line if it fits into `width` pixels, else as much of its end as does, after an ellipsis."""
    letters = letters_of(text)
    if width_of(text, pixels, bold) <= width:
        return "".join(letters)
    fitting = _fitting(len(letters), lambda count: "…" + "".join(letters[len(letters) - count :]), width, pixels, bold)
    return "" if fitting is None else "…" + "".join(letters[len(letters) - fitting :])


def _fitting(most: int, cut: Callable[[int], str], width: float, pixels: int, bold: bool) -> int | None:
    """How many letters fit, at most `most`, of a text that is cut to so many; None if it does not fit without any."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(cut(middle), pixels, bold) <= width else (low, middle - 1)
    return low if low or width_of(cut(0), pixels, bold) <= width else None


def render(text: str, pixels: int, colour: Colour, bold: bool) -> pygame.Surface:
    """A line as a surface."""
    line = _font(_BUILT_IN, pixels * LARGER, bold)
    runs = _runs(text)
    pictures = [_picture(run, pixels * LARGER, colour, bold) for run in runs]
    size = (sum(picture.get_width() for picture in pictures), line.get_height())
    if len(runs) == 1 and runs[0].file == _BUILT_IN:
        large = pictures[0]
    else:
        large = pygame.Surface((max(size[0], 1), size[1]), pygame.SRCALPHA)
        large.fill((*colour, 0))
        x = 0
        for run, picture in zip(runs, pictures, strict=True):
            large.blit(picture, (x, line.get_ascent() - _ascent(run, pixels * LARGER, bold)))
            x += picture.get_width()
    height = max(size[1] // LARGER, 1)
    if not size[0]:
        return pygame.Surface((1, height), pygame.SRCALPHA)
    small = (max(size[0] // LARGER, 1), height)
    label = pygame.transform.smoothscale(large.convert_alpha() if pygame.display.get_surface() is not None else large, small)
    label.blit(label.copy(), (0, 0))  # shrinking took some of the light of thin strokes: give it back
    return label


# --- runs ---


@lru_cache(_MOST_LINES)
def _runs(text: str) -> tuple[Run, ...]:
    """A line from left to right."""
    # Most lines, and those that are different in every picture: there is nothing to find out about their letters.
    if text and text.isascii() and text.isprintable() and len(text) <= MOST_LETTERS and _is_built_in(text):
        return (Run(text, _BUILT_IN),)
    parts = [part for letter in in_order(letters_of(text)) for part in _placed(letter)]
    runs: list[Run] = []
    for (file, script), group in groupby(parts, lambda part: (part.file, part.script)):
        texts = [part.text for part in group]
        runs += [Run(each, file) for each in texts] if file == _BOX else [Run("".join(texts), file, script)]
    return tuple(runs)


def _placed(letter: str) -> list[Run]:
    """A letter in the first font that has all of it; else each of its parts in one that has it."""
    file = _file_of(letter)
    if file != _BOX:
        return [Run(letter, file, _script(letter[0]))]
    if len(letter) == 1:
        return [Run(letter, _BOX)]
    return [run for code in letter if ord(code) not in _UNSEEN for run in _placed(code)]


def _script(code: str) -> str:
    return "" if code.isascii() else _SHAPED.get(unicodedata.name(code, "").partition(" ")[0], "")


@lru_cache(20_000)
def _file_of(letter: str) -> str:
    """The font that has all of a letter, `_BOX` if none has."""
    codes = [ord(code) for code in letter if ord(code) not in _UNSEEN]
    is_emoji = codes != [] and (codes[0] in _EMOJI or _AS_EMOJI in letter)
    # Without a look at the system's; of letters that join it has some, and they would not join the others.
    if not is_emoji and not _script(letter[0]) and all(code in _coverage(_BUILT_IN) for code in codes):
        return _BUILT_IN
    files = _system_files(is_emoji)
    return next((file for file in files if all(code in _coverage(file) for code in codes)), _BOX)


def _is_built_in(text: str) -> bool:
    known = _coverage(_BUILT_IN)
    return all(ord(code) in known for code in text)


@cache
def _system_files(emoji_first: bool) -> tuple[str, ...]:
    """Font files of this system, those that are known to be good first."""
    names = [name for name in pygame.font.get_fonts() or () if name and not any(word in name for word in _NOT_FONTS)]
    first = [*_EMOJI_FONTS, *_TEXT_FONTS] if emoji_first else [*_TEXT_FONTS, *_EMOJI_FONTS]
    rank = {name: index for index, name in enumerate(first)}
    names.sort(key=lambda name: (rank.get(name, len(rank)), "sans" not in name, name))
    files = (pygame.font.match_font(name) for name in names[:_MOST_FONTS])
    return tuple(dict.fromkeys(file for file in files if file))


@cache
def _bold_files() -> dict[str, str | None]:
    """By the file of a font that of its bold one: the same if it has none."""
    match = pygame.font.match_font
    return {file: match(name, bold=True) for name in pygame.font.get_fonts() or () if name and (file := match(name))}


@cache
def _coverage(file: str) -> Coverage:
    return coverage_of(file or Path(pygame.__file__).with_name(pygame.font.get_default_font()))


# --- fonts ---

_open: Bounded[tuple[str, int, bool, str], pygame.font.Font] = Bounded(200)


def _font(file: str, pixels: int, bold: bool, script: str = "") -> pygame.font.Font:
    """A font is dead once somebody has called `pygame.quit`, as environments do that draw themselves; to use it then ends the
    process."""
    if not pygame.font.get_init():
        pygame.font.init()
    if not len(_open):
        pygame.register_quit(_open.clear)

    def make() -> pygame.font.Font:
        if file == _BUILT_IN:
            return pygame.font.Font(None, round(pixels * (1.42 if bold else 1.34)))  # it is small for its size, and bold
        cut = (_bold_files().get(file) if bold else None) or file
        size = pixels * _FITTING
        if script:  # their letters reach as far down as the font says
            size *= min(_font(_BUILT_IN, pixels, bold).get_height() / pygame.font.Font(cut, round(size) or 1).get_height(), 1.0)
        font = pygame.font.Font(cut, round(size) or 1)
        font.set_bold(bold and cut == file)
        if script:
            with suppress(AttributeError, pygame.error):  # an SDL_ttf that shapes no letters
                font.set_script(script)
        return font

    return _open.get((file, pixels, bold, script), make)


@cache
def _has_one_size(file: str) -> bool:
    """Whether a font has pictures of one size instead of outlines: that of coloured emoji."""
    heights = {pygame.font.Font(file, size).get_height() for size in (20, 60)}
    return len(heights) == 1


def _scale(run: Run, pixels: int, bold: bool) -> float:
    """What makes the pictures of a run as large as its line."""
    if run.file == _BUILT_IN or not _has_one_size(run.file):
        return 1.0
    return _font(_BUILT_IN, pixels, bold).get_height() / _font(run.file, pixels, bold, run.script).get_height()


def _width(run: Run, pixels: int, bold: bool) -> int:
    if run.file == _BOX:
        return _box_size(run, pixels, bold)[0]
    return round(_font(run.file, pixels, bold, run.script).size(run.text)[0] * _scale(run, pixels, bold))


def _ascent(run: Run, pixels: int, bold: bool) -> int:
    """How far its picture reaches above the line that letters stand on."""
    if run.file == _BOX:
        return _font(_BUILT_IN, pixels, bold).get_ascent()
    font = _font(run.file, pixels, bold, run.script)
    if run.script:  # as high as the line, and no higher
        return _font(_BUILT_IN, pixels, bold).get_ascent() + font.get_height() - _font(_BUILT_IN, pixels, bold).get_height()
    return round(font.get_ascent() * _scale(run, pixels, bold))


def _picture(run: Run, pixels: int, colour: Colour, bold: bool) -> pygame.Surface:
    if run.file == _BOX:
        return _box(run, pixels, colour, bold)
    try:
        picture = _font(run.file, pixels, bold, run.script).render(run.text, True, colour)
    except pygame.error:  # a font that is broken further on
        return _box(Run(run.text[:1] or " ", _BOX), pixels, colour, bold)
    scale = _scale(run, pixels, bold)
    if scale == 1.0:
        return picture
    size = (max(round(picture.get_width() * scale), 1), max(round(picture.get_height() * scale), 1))
    return pygame.transform.smoothscale(picture, size)


def _box_size(run: Run, pixels: int, bold: bool) -> tuple[int, int]:
    digits = len(f"{ord(run.text[0]):04X}")
    return round(pixels * (0.36 * -(-digits // 2) + 0.3)), _font(_BUILT_IN, pixels, bold).get_height()


def _box(run: Run, pixels: int, colour: Colour, bold: bool) -> pygame.Surface:
    """The code of a letter in two lines, in a frame."""
    width, height = _box_size(run, pixels, bold)
    box = pygame.Surface((width, height), pygame.SRCALPHA)
    box.fill((*colour, 0))
    thick = max(pixels // 15, 1)
    frame = pygame.Rect(thick, round(height * 0.04), width - 2 * thick, round(height * 0.86))
    pygame.draw.rect(box, colour, frame, thick)
    digits = f"{ord(run.text[0]):04X}"
    digits = digits if len(digits) % 2 == 0 else f"0{digits}"
    font = _font(_BUILT_IN, max(round(pixels * 0.4), 1), bold)
    for line, text in enumerate((digits[: len(digits) // 2], digits[len(digits) // 2 :])):
        written = font.render(text, True, colour)
        box.blit(written, written.get_rect(center=(frame.centerx, frame.top + frame.height * (9 + 14 * line) // 32 + thick)))
    return box
