"""Text as it is shown on one line: what belongs together as one letter, and in which order letters stand, from left to right.

Names come from strangers. What cannot be seen is a dot, a letter carries a few marks and no tower of them, and a text that is far
longer than any line is cut off. The order is that of Unicode's bidirectional algorithm for one line without embeddings, which
names do not need: words of Arabic and Hebrew run from right to left, numbers and Latin words in them from left to right.
"""

from __future__ import annotations

import unicodedata

MOST_LETTERS = 400
_MOST_MARKS = 3  # on one letter
_MOST_JOINED = 12  # code points of one emoji
_JOINER, _NON_JOINER = "\u200d", "\u200c"
_MARKS = ("Mn", "Me", "Mc")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)
_HIDDEN = "·"  # stands for what cannot be seen
_MIRRORED = dict(zip("()[]{}<>«»‹›", ")(][}{><»«›‹", strict=True))
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_LEFT, _RIGHT, _NUMBER, _NEUTRAL = "L", "R", "N", ""
_CLASSES = {"L": _LEFT, "R": _RIGHT, "AL": _RIGHT, "EN": _NUMBER, "AN": _NUMBER}
_BETWEEN_NUMBERS, _AT_NUMBERS = ("CS", "ES"), "ET"  # 12:30, 1-2; 5 %, $5


def tidy(text: str, limit: int) -> str:
    """At most `limit` letters of it, without what cannot be seen and without spaces around."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:limit].strip()


def letters_of(text: str) -> list[str]:
    """The letters of a line in the order in which they are read, at most `MOST_LETTERS`."""
    letters: list[str] = []
    marks = 0
    for code in unicodedata.normalize("NFC", text[: 4 * MOST_LETTERS]):
        if letters and _belongs(code, letters[-1]):
            marks += 1
            if marks <= (_MOST_JOINED if _JOINER in letters[-1] or code == _JOINER else _MOST_MARKS):
                letters[-1] += code
        elif len(letters) == MOST_LETTERS:
            letters[-1] = "…"
            break
        else:
            letters.append(code if code.isprintable() else " " if unicodedata.category(code) == "Zs" else _HIDDEN)
            marks = 0
    return letters


def _belongs(code: str, before: str) -> bool:
    """Whether a code point is a part of the letter before it."""
    if code in (_JOINER, _NON_JOINER) or unicodedata.category(code) in _MARKS or ord(code) in _SKIN_TONES:
        return before not in (" ", _HIDDEN)
    is_half_flag = ord(code) in _FLAGS and len(before) == 1 and ord(before) in _FLAGS
    return is_half_flag or (before.endswith(_JOINER) and ord(before[0]) > 0x2000)


def in_order(letters: list[str]) -> list[str]:
    """The letters from left to right."""
    if all(letter.isascii() for letter in letters):
        return letters
    kinds = [unicodedata.bidirectional(letter[0]) for letter in letters]
    if not any(_CLASSES.get(kind) == _RIGHT or kind == "AN" for kind in kinds):
        return letters
    base = next((way for kind in kinds if (way := _CLASSES.get(kind, _NEUTRAL)) in (_LEFT, _RIGHT)), _LEFT)
    levels = _levels(_resolved(letters, kinds, base), base)
    order = list(range(len(letters)))
    for level in range(max(levels), 0, -1):
        order = _reversed_from(order, levels, level)
    return [_MIRRORED.get(letters[at], letters[at]) if levels[at] % 2 else letters[at] for at in order]


def _resolved(letters: list[str], kinds: list[str], base: str) -> list[str]:
    """Left, right or number for each, of which neutral ones take the way of what stands on both sides of them."""
    ways = [_CLASSES.get(kind, _NEUTRAL) for kind in kinds]
    for at in range(1, len(ways) - 1):
        if kinds[at] in _BETWEEN_NUMBERS and ways[at - 1] == ways[at + 1] == _NUMBER:
            ways[at] = _NUMBER
    for order in (range(1, len(ways)), range(len(ways) - 2, -1, -1)):
        for at in order:
            beside = at - (1 if order.step > 0 else -1)
            if kinds[at] == _AT_NUMBERS and ways[beside] == _NUMBER and kinds[beside] in ("EN", _AT_NUMBERS):
                ways[at] = _NUMBER
    strong = base
    for at, way in enumerate(ways):
        if way in (_LEFT, _RIGHT):
            strong = way
        elif way == _NUMBER and strong == _LEFT:
            ways[at] = _LEFT
    _turn_brackets(letters, ways, base)
    start = 0
    while start < len(ways):
        stop = start
        while stop < len(ways) and ways[stop] == _NEUTRAL:
            stop += 1
        if stop > start:
            before = ways[start - 1] if start else base
            after = ways[stop] if stop < len(ways) else base
            sides = {_RIGHT if side == _NUMBER else side for side in (before, after)}
            ways[start:stop] = [sides.pop() if len(sides) == 1 else base] * (stop - start)
        start = stop + 1
    return ways


def _turn_brackets(letters: list[str], ways: list[str], base: str) -> None:
    """Brackets go the way of what they enclose; if that is not the line's, only together with what stands before them."""
    opened: list[int] = []
    pairs = []
    for at, letter in enumerate(letters):
        if letter in _BRACKETS and not ways[at]:
            opened.append(at)
        elif opening := [start for start in opened if _BRACKETS[letters[start]] == letter]:
            pairs.append((opening[-1], at))
            del opened[opened.index(opening[-1]) :]
    other = _RIGHT if base == _LEFT else _LEFT
    for start, stop in sorted(pairs):
        inside = {_RIGHT if way == _NUMBER else way for way in ways[start + 1 : stop]} - {_NEUTRAL}
        if not inside:
            continue
        before = next((_RIGHT if way == _NUMBER else way for way in reversed(ways[:start]) if way), base)
        ways[start] = ways[stop] = base if base in inside or before == base else other


def _levels(ways: list[str], base: str) -> list[int]:
    depth = {_LEFT: 0, _RIGHT: 1, _NUMBER: 2} if base == _LEFT else {_LEFT: 2, _RIGHT: 1, _NUMBER: 2}
    return [depth[way] for way in ways]


def _reversed_from(order: list[int], levels: list[int], level: int) -> list[int]:
    """The order with each stretch of at least this level turned round."""
    turned: list[int] = []
    stretch: list[int] = []
    for at in order:
        if levels[at] >= level:
            stretch.append(at)
        else:
            turned += [*reversed(stretch), at]
            stretch = []
    return turned + stretch[::-1]
