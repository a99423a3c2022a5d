"""The screen of options: name, sound, picture, and every key from the table of commands. What is changed holds at once."""

from __future__ import annotations

from typing import NamedTuple

import pygame

from replay.watch.control.keys import key_word
from replay.watch.control.typing import TextField
from replay.watch.model.menu import UPRIGHT, Menu, item_at
from replay.watch.model.wish import KEYS as WINDOW_KEYS
from replay.watch.model.wish import Back
from replay.watch.view.colours import ACCENT, DIM, FAINT, GOOD, INK, PANEL, mix
from replay.watch.window import Screen

from ..look.palette import GOLD, VOID, WHITE
from ..look.sound import SoundBoard
from .commands import BY_NAME, DEVICES, MOUSE, PAD, said
from .controls import Gamepads, menu_key, pressed_word
from .options import MOST_LETTERS, Options

GENERAL = "General"
_TABS = (GENERAL, *DEVICES)
_SWITCHES = {
    "mute": ("Sound", "off", "on"),
    "shake": ("Screen shake", "on", "off"),
    "kill_cam": ("Kill-cam after a death", "on", "off"),
    "hints": ("Hints in a match", "on", "off"),
    "contrast": ("More contrast", "on", "off"),
}  # what they are called, and what they are called while they are on and off
_VALUES = (*_SWITCHES, "volume", "text")  # rows that Left and Right change
_RESET, _BACK = "reset", "back"
_VOLUME_STEP = 10
_NOTE = "Up and Down choose   Left and Right change   Tab turns the page   Esc goes back"
_KEYS_NOTE = "Enter takes a new key   Delete takes it away   Backspace brings the usual ones back   Tab turns the page"


class _Row(NamedTuple):
    """name: an option or a command. changes: whether Left and Right do something."""

    name: str
    title: str
    value: str
    changes: bool = True


class Preferences(Screen):
    """Options, by tab. menu: the rows of the tab that is shown. waits: the command whose new key is awaited."""

    caption = "arena options"

    def __init__(self, options: Options) -> None:
        self.options = options
        self.pads = Gamepads()
        self.tab = GENERAL
        self.menu: Menu[str] = Menu([])
        self.waits: str | None = None
        self.field: TextField | None = None
        self._tabs: list[tuple[pygame.Rect, str]] = []
        self._arrows: list[tuple[pygame.Rect, int]] = []
        self._first = 0  # row that is drawn
        self._sounds: SoundBoard | None = None
        self.show(GENERAL)

    def is_at_rest(self) -> bool:
        return True

    def leave(self) -> None:
        self._end_typing()

    def update(self, seconds: float) -> None:
        """Size and contrast may have been changed by keys."""
        self.options.text, self.options.contrast = self.window.legibility.text, self.window.legibility.contrast

    # --- what there is ---

    def rows(self) -> list[_Row]:
        options = self.options
        if self.tab == GENERAL:
            name = self.field.shown if self.field is not None else options.name or "(that of this machine's user)"
            rows = [_Row("name", "Your name", name, changes=False), _Row("volume", "Volume", f"{options.volume} %")]
            is_on = {switch: options.is_muted if switch == "mute" else getattr(options, switch) for switch in _SWITCHES}
            rows += [_Row(switch, title, on if is_on[switch] else off) for switch, (title, on, off) in _SWITCHES.items()]
            rows.append(_Row("text", "Size of text and bars", f"{options.text} %"))
        else:
            keys = options.keys_of(self.tab)
            rows = [_Row(name, BY_NAME[name].help.capitalize(), self._keys(keys[name], name), changes=False) for name in keys]
            rows.append(_Row(_RESET, "All keys as they were at first", "", changes=False))
        return [*rows, _Row(_BACK, "Back", "", changes=False)]

    def _keys(self, words: tuple[str, ...], name: str) -> str:
        if self.waits == name:
            return "press a button" if self.tab == PAD else "press a key"
        return " or ".join(said(word) for word in words) or "-"

    def show(self, tab: str) -> None:
        """Turn to another tab."""
        self.tab, self.waits, self.message, self._first = tab, None, "", 0
        self.menu = Menu([row.name for row in self.rows()], {key: way for key, way in UPRIGHT.items() if "Tab" not in key})

    @property
    def _commands(self) -> dict[str, tuple[str, ...]]:
        """Of the tab, with their keys."""
        return self.options.keys_of(self.tab) if self.tab != GENERAL else {}

    # --- asking ---

    def handle(self, event: pygame.event.Event) -> None:
        if self.pads.is_echo(event):
            return
        self.pads.handle(event)
        if event.type in (pygame.JOYDEVICEADDED, pygame.JOYDEVICEREMOVED) and self.tab == PAD and self.waits is not None:
            self.say(self._pad_note)
        if self.field is not None and self.field.handle(event):
            if not self.field.is_open:
                self._end_typing()
        elif self.waits is not None:
            self._await(event)
        elif event.type == pygame.KEYDOWN:
            self._key(key_word(event), event.unicode)
        elif event.type == pygame.MOUSEMOTION:
            self.menu.point(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(event.pos)
        elif event.type == pygame.MOUSEWHEEL:
            self.menu.move(-1 if event.y > 0 else 1)
        elif (key := menu_key(event)) is not None:
            self._key(key, "")

    def _end_typing(self) -> None:
        """What was typed is the name."""
        if self.field is not None:
            if self.field.is_open:
                self.field.close()
            self.options.name, self.field = self.field.text, None
            self.options.save()

    def _key(self, word: str, letter: str) -> None:
        if self.menu.key(word):
            return
        if word in ("Tab", "Shift+Tab", "PageDown", "PageUp"):
            self.show(_TABS[(_TABS.index(self.tab) + (1 if word in ("Tab", "PageDown") else -1)) % len(_TABS)])
        elif word in ("Left", "Right"):
            self.change(self.menu.item, -1 if word == "Left" else 1)
        elif word in ("Enter", "Space"):
            self.choose(self.menu.item, letter)
        elif word in ("Delete", "Backspace") and self.menu.item in self._commands:
            self._take_away() if word == "Delete" else self._restore()
        elif word in WINDOW_KEYS:
            self.wish = WINDOW_KEYS[word]

    def _click(self, at: tuple[int, int]) -> None:
        tab, way = item_at(self._tabs, at), item_at(self._arrows, at)
        row = self.menu.point(at)
        self._end_typing()
        if tab is not None:
            self.show(tab)
        elif way is not None and row is not None:
            self.change(row, way)
        elif row is not None and (self.tab != GENERAL or row not in _VALUES):
            self.choose(row)

    def change(self, row: str, way: int) -> None:
        """The next or the previous value, if the row has one: keys of a tab may be called like switches."""
        options = self.options
        if self.tab != GENERAL or row not in _VALUES:
            return
        if row in _SWITCHES:
            options.toggle(row)
        elif row == "volume":
            options.volume = min(max(options.volume + way * _VOLUME_STEP, 0), 100)
            self._sounds = self._sounds or SoundBoard()
            self._sounds.sample(options.loudness)
        elif row == "text":
            options.text = options.legibility.resized(way).text
        options.save()
        self.window.suit(options.legibility)

    @property
    def _pad_note(self) -> str:
        """What to know while a gamepad's button is awaited."""
        return "" if self.pads.ids else "no gamepad is plugged in: plug one in and press, or Esc gives up"

    def choose(self, row: str, letter: str = "") -> None:
        """What a key, which may write a letter, or a click on a row does."""
        if row == _BACK:
            self.wish = Back()
        elif row == _RESET:
            self.options.reset_keys(self.tab)
            self.options.save()
            self.say(
                "all keys are as they were at first" if self.tab == PAD else "all keys of the keyboard are as they were at first"
            )
        elif self.tab != GENERAL:
            self.waits = row
            self.say(self._pad_note if self.tab == PAD else "")
        elif row == "name":
            self.field = TextField(self.options.name, letter, limit=MOST_LETTERS)
        else:
            self.change(row, 1)

    def _await(self, event: pygame.event.Event) -> None:
        """The new key of a command, if this event is one."""
        word: str | None = None
        if event.type == pygame.KEYDOWN:
            word = key_word(event, plain=True)
            if word == "Escape":
                self.waits = None
                self.say("")
                return
            word = None if self.tab == PAD else word
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button <= 3:
            if self.tab != MOUSE:  # a click elsewhere
                self.waits = None
                self._click(event.pos)
                return
            word = f"Mouse {event.button}"
        elif self.tab == PAD:
            word = pressed_word(event)
        if word is None or self.waits is None:
            return
        command, self.waits = self.waits, None
        try:
            self._changed(command, self.options.assign(self.tab, command, word))
        except ValueError as error:
            self.say(str(error))

    def _take_away(self) -> None:
        """The lit command has no key any more, if it can be without."""
        command = self.menu.item
        if self.options.clear(self.tab, command):
            self._changed(command, [])
        else:
            self.say(f"{BY_NAME[command].help} must have a key")

    def _restore(self) -> None:
        """The lit command has its usual keys again."""
        command = self.menu.item
        try:
            self._changed(command, self.options.restore(self.tab, command))
        except ValueError as error:
            self.say(str(error))

    def _changed(self, command: str, others: list[tuple[str, str]]) -> None:
        """Remember keys, and say what they are now."""
        self.options.save()
        told = [f"{BY_NAME[command].help}: {self._every(self.tab, command)}"]
        for device, name in others:
            whose = f" ({DEVICES[device].lower()})" if device != self.tab else ""
            told.append(f"{BY_NAME[name].help}{whose} is now {self._every(device, name)}")
        self.say(".  ".join(sentence[:1].upper() + sentence[1:] for sentence in told))

    def _every(self, device: str, command: str) -> str:
        return " or ".join(said(word) for word in self.options.keys_of(device)[command]) or "no key"

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        paint, (width, height) = self.window.paint, surface.get_size()
        surface.fill(VOID)
        left = max((width - paint.px(900)) // 2, paint.px(20))
        title = paint.text(surface, "Options", (left, paint.px(22)), 34, WHITE, bold=True)
        self._draw_tabs(surface, pygame.Rect(left, title.bottom + paint.px(12), width - 2 * left, paint.px(36)))
        rows, top, bottom = self.rows(), title.bottom + paint.px(64), height - paint.px(44)
        line = paint.px(38)
        seen = max((bottom - top) // line, 1)
        self._first = min(max(self._first, self.menu.chosen - seen + 1), self.menu.chosen, max(len(rows) - seen, 0))
        self.menu.places, self._arrows = [], []
        for index, row in enumerate(rows[self._first : self._first + seen]):
            place = pygame.Rect(left, top + index * line, width - 2 * left, line - paint.px(5))
            self.menu.places.append((place, row.name))
            self._draw_row(surface, row, place)
        if len(rows) > seen:
            bar = pygame.Rect(width - left + paint.px(6), top, paint.px(5), seen * line)
            pygame.draw.rect(surface, mix(PANEL, WHITE, 0.1), bar, border_radius=3)
            part = pygame.Rect(bar.left, bar.top + bar.height * self._first // len(rows), bar.width, bar.height * seen // len(rows))
            pygame.draw.rect(surface, FAINT, part, border_radius=3)
        note = self.message or (_NOTE if self.tab == GENERAL else _KEYS_NOTE)
        at = (width // 2, height - paint.px(14))
        paint.text(surface, note, at, 14, GOOD if self.message else DIM, "midbottom", width=width - paint.px(30))

    def _draw_tabs(self, surface: pygame.Surface, place: pygame.Rect) -> None:
        paint, self._tabs = self.window.paint, []
        titles = [DEVICES.get(tab, tab) for tab in _TABS]
        widths = [paint.label(title, 15, WHITE, True).get_width() for title in titles]
        spare, left = (place.width - sum(widths)) / len(_TABS), float(place.left)
        for tab, title, width in zip(_TABS, titles, widths, strict=True):
            spot = pygame.Rect(round(left), place.top, int(width + spare) - paint.px(6), place.height)
            left += width + spare
            ground, ink = (mix(PANEL, ACCENT, 0.5), WHITE) if tab == self.tab else (mix(PANEL, ACCENT, 0.08), DIM)
            paint.button(surface, spot, title, 15, ground, ink, 7)
            self._tabs.append((spot, tab))

    def _draw_row(self, surface: pygame.Surface, row: _Row, place: pygame.Rect) -> None:
        paint, lit = self.window.paint, self.menu.item == row.name
        paint.panel(surface, place, 240, mix(PANEL, ACCENT, 0.22) if lit else PANEL)
        wide = place.width * 46 // 100
        paint.text(surface, row.title, (place.left + paint.px(16), place.centery), 16, INK, "midleft", width=wide - paint.px(20))
        ink = GOLD if self.waits == row.name or (row.name == "name" and self.field is not None) else WHITE
        middle = (place.left + wide + (place.width - wide) // 2, place.centery)
        if row.value and not row.changes:  # what is typed or pressed anew
            box = pygame.Rect(place.left + wide, place.top, place.width - wide, place.height).inflate(-paint.px(12), -paint.px(8))
            pygame.draw.rect(surface, ACCENT if lit else mix(PANEL, WHITE, 0.12), box, 1, border_radius=5)
        paint.text(surface, row.value, middle, 16, ink, "center", bold=True, width=place.width - wide - paint.px(80))
        if row.changes:
            size = paint.px(7)
            for way, x in ((-1, place.left + wide + paint.px(16)), (1, place.right - paint.px(18))):
                points = [(x - way * size / 2, place.centery - size), (x + way * size / 2, place.centery),
                          (x - way * size / 2, place.centery + size)]  # fmt: skip
                pygame.draw.polygon(surface, WHITE if lit else FAINT, points)
                self._arrows.append((pygame.Rect(x - paint.px(16), place.top, paint.px(32), place.height), way))
