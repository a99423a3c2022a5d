"""The recordings of a folder, to choose from: searched, sorted, renamed, thrown away. What there is to know of them comes by
and by; broken files say why they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pygame

from replay.core.cache import Bounded
from replay.core.errors import UsageError
from replay.core.names import bare_name
from replay.watch.control.typing import TextField
from replay.watch.control.typist import Typist
from replay.watch.model.appraiser import Appraiser
from replay.watch.model.desk import Tip
from replay.watch.model.files import ListedFile
from replay.watch.model.folder import FolderWatch
from replay.watch.model.list_commands import LIST_BY_KEY, LIST_COMMANDS, LIST_GROUPS, LIST_SPOTS, LIST_TIPS
from replay.watch.model.listing import HEADS, Entry, ListedFolder, Listing
from replay.watch.model.menu import Menu
from replay.watch.model.playlist import Playlist
from replay.watch.model.scroll import Scroll
from replay.watch.model.shelf import Shelf
from replay.watch.model.upkeep import Bin, check_free, rename
from replay.watch.model.wish import KEYS, Open, open_dropped
from replay.watch.view import overlay
from replay.watch.view.help import draw_help, lines_of
from replay.watch.view.shelf import draw_shelf
from replay.watch.window import Screen

_NOTCH = 60  # pixels of the 1280x720 layout
_MOST_SURFACES = 60
_REPEAT = (350, 33)  # milliseconds until a held key comes again, and again
_MOST_LETTERS = 120  # of a name; of a search
_REPEATING = {key for command in LIST_COMMANDS if command.repeats for key in command.keys} | {"Backspace"}
_HELP = lines_of(LIST_COMMANDS, LIST_SPOTS, LIST_GROUPS)


class Browser(Screen):
    """Choose with the mouse or the keys of `list_commands`; what else is typed is searched for. field: the new name that is being
    typed, or None. is_typing: in the search. asks: the file that is thrown away if one says so once more, or None."""

    caption = "recordings - replay"

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.listing = Listing(Path(folder))
        self.shelf = Shelf()
        self.field: TextField | None = None
        self.asks: ListedFile | None = None
        self.help: Scroll | None = None
        self._tip = Tip()
        self._bin = Bin()
        self.is_typing = False
        self._typist = Typist(_REPEATING)
        self._drag: int | None = None  # how far below the top of the thumb it is held
        self._surfaces: Bounded[Any, pygame.Surface] = Bounded(_MOST_SURFACES)
        self._shown: Any = None
        self._news = 0
        self._watch = FolderWatch(self.folder)
        self._appraiser = Appraiser()

    @property
    def folder(self) -> Path:
        return self.listing.folder

    @property
    def menu(self) -> Menu[Entry]:
        return self.listing.menu

    @property
    def knows_all(self) -> bool:
        """Whether all is known of all files, and whatever is seen has its picture."""
        return self._appraiser.is_done and self._appraiser.news == self._news

    def enter(self) -> None:
        self.message = ""
        self._surfaces.clear()
        pygame.key.set_repeat(*_REPEAT)
        pygame.key.start_text_input()
        self._look_into(self.folder)
        self._appraiser = Appraiser()
        self._news = 0
        self._lay_out()
        self._appraiser.start()

    def leave(self) -> None:
        self._appraiser.close()
        self._watch.close()
        self._surfaces.clear()  # one may go a long way from here
        self.field = self.asks = self._drag = None
        self._typist = Typist(_REPEATING)
        pygame.key.set_repeat()

    def _look_into(self, folder: Path) -> None:
        self._watch.close()
        self._watch = FolderWatch(folder, below=bool(self.listing.search))
        self._contents = self._watch.contents
        self.listing.take(self._contents)
        self._watch.start()

    def update(self, seconds: float) -> None:
        if self._watch.contents is not self._contents:
            self._contents = self._watch.contents
            self._keeping_place(lambda: self.listing.take(self._contents))
        if self._appraiser.news != self._news:
            self._news = self._appraiser.news
            self._keeping_place(self.listing.news)
        self._lay_out()

    def _keeping_place(self, change: Callable[[], object]) -> None:
        """Change the lines by themselves: the one that is lit stays where it is on the screen."""
        lit, before = self._lit, self.shelf.place(self.menu.chosen).top
        change()
        if lit is not None and self._lit is not None and self._lit.path == lit.path:
            self.shelf.lay_out(self.window.paint.px, self.window.surface.get_size(), self.listing)
            self.shelf.scroll += self.shelf.place(self.menu.chosen).top - before

    def _lay_out(self) -> None:
        listing, paint = self.listing, self.window.paint
        self.shelf.lay_out(paint.px, self.window.surface.get_size(), listing)
        near = [entry for entry in self.shelf.near(listing) if isinstance(entry, ListedFile)]
        self._appraiser.want([*listing.files.values()], near, self.shelf.picture)

    def is_at_rest(self) -> bool:
        return bool(self._sights() == self._shown)

    def _sights(self) -> Any:
        return self._news, self._appraiser.news, self._contents, self._tip.name, self.message, self.shelf.scroll

    @property
    def _lit(self) -> Entry | None:
        return self.menu.item if self.menu.items else None

    # --- asking ---

    def handle(self, event: pygame.event.Event) -> None:
        try:
            self._handle(event)
        except UsageError as error:  # what cannot be done to a file
            self.say(str(error))

    def _handle(self, event: pygame.event.Event) -> None:
        self._typist.note(event)
        if self.field is not None and self.field.handle(event):
            if not self.field.is_open:
                self._rename_to(self.field.text)
        elif event.type == pygame.KEYDOWN:
            if (word := self._typist.word(event)) and self._press(word):
                self._typist.used(event)
        elif event.type == pygame.TEXTINPUT:
            letters = self._typist.letters(event)
            if letters and self.help is None and self.asks is None:
                self._search(self.listing.search + letters)
        elif event.type == pygame.DROPFILE:
            self.wish = open_dropped(self.wish, Path(event.file))
        else:
            self._mouse(event)

    def _press(self, word: str) -> bool:
        """Whether the key had something to do: else what it writes is searched for."""
        self._tip.point("")
        if self.help is not None:
            self.help = self.help if self.help.key(word) else None
            return True
        asked, self.asks = self.asks, None
        self.message = ""
        if asked is not None:
            if word == "Enter":
                self._throw_away(asked)
            return True
        name = LIST_BY_KEY.get(word)
        if self.is_typing and word in ("Space", "/", "?"):
            return False
        if self.is_typing and word == "Backspace":
            self._search(self.listing.search[:-1])
        elif name in _HANDLERS:
            _HANDLERS[name](self)
        elif word in KEYS:
            self.wish = KEYS[word]
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        self.is_typing = bool(text)
        self.listing.look_for(text[:_MOST_LETTERS])
        self._lay_out()
        self._show_lit()

    def _show_lit(self) -> None:
        if self.menu.items:
            self.shelf.show(self.menu.chosen)

    # --- the mouse ---

    def _mouse(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEWHEEL:
            if self.help is not None:
                self.help.wheel(event.y)
            else:
                self.shelf.scroll -= event.y * self.window.paint.px(_NOTCH)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(event.pos)
        elif event.type == pygame.MOUSEBUTTONUP:
            self._drag = None
        elif event.type == pygame.MOUSEMOTION:
            if self._drag is not None:
                self.shelf.scroll_to(event.pos[1] - self._drag)
            self._tip.point(self._under(event.pos), event.pos)

    def _under(self, at: tuple[int, int]) -> str:
        """The control of the table at a point."""
        if self.help is not None or self.asks is not None or self.field is not None:
            return ""
        if any(place.collidepoint(at) for place in self.shelf.heads.values()):
            return "head"
        if self.shelf.bar.collidepoint(at):
            return "scroll_bar"
        return "search" if self.shelf.search.collidepoint(at) else ""

    def _click(self, at: tuple[int, int]) -> None:
        self._tip.point("")
        if self.help is not None or self.asks is not None:
            self.help = self.asks = None
            return
        self.message = ""
        head = next((name for name, place in self.shelf.heads.items() if place.collidepoint(at)), None)
        if head is not None:
            self._sort(head)
        elif self.shelf.search.collidepoint(at):
            self.is_typing = True
        elif self.shelf.bar.collidepoint(at):
            thumb = self.shelf.thumb
            self._drag = at[1] - thumb.top if thumb.collidepoint(at) else thumb.height // 2
            self.shelf.scroll_to(at[1] - self._drag)
        elif self.shelf.area.collidepoint(at) and self.menu.point(at) is not None:
            self.open()

    # --- what the commands do ---

    def open(self) -> None:
        """Open the chosen one."""
        entry = self._lit
        if isinstance(entry, ListedFolder):
            self._go(entry.path)
        elif entry is not None:
            files = [listed for listed in self.menu.items if isinstance(listed, ListedFile)]
            self.wish = Open(entry.path, playlist=Playlist(files, files.index(entry), goes_on=False))

    def light(self, path: Path) -> bool:
        """Light the line of a file or folder. False if it is not shown."""
        paths = [entry.path for entry in self.menu.items]
        if path in paths:
            self.menu.chosen = paths.index(path)
            self._lay_out()
            self._show_lit()
        return path in paths

    def _go(self, folder: Path) -> None:
        came_from = self.folder
        self.is_typing = False
        self.listing.go(folder)
        self._look_into(folder)
        self.shelf.scroll = 0
        self.light(came_from)
        self._lay_out()

    def _go_out(self) -> None:
        if self.listing.way_out is not None:
            self._go(self.listing.way_out)

    def _move(self, steps: int) -> None:
        if self.menu.items:
            self.menu.move(steps)
            self._show_lit()

    def _open_search(self) -> None:
        self.is_typing = True

    def _leave_search(self) -> None:
        if self.listing.search or self.is_typing:
            self._search("")
        else:
            self.wish = KEYS["Escape"]

    def _sort(self, head: str) -> None:
        self.listing.sort(head)
        self._lay_out()
        self._show_lit()

    def _next_head(self) -> None:
        heads = list(HEADS)
        self._sort(heads[(heads.index(self.listing.head) + 1) % len(heads)])

    def _open_help(self) -> None:
        self.help = Scroll()

    def _mine(self) -> ListedFile | None:
        """The lit file, None where there is nothing. Raises UsageError if it may not be moved."""
        entry = self._lit
        if isinstance(entry, ListedFolder):
            raise UsageError("folders stay as they are: only recordings are renamed and deleted here")
        if entry is not None:
            check_free(entry.path)
        return entry

    def _ask_name(self) -> None:
        if (file := self._mine()) is not None:
            self.field = TextField(bare_name(file.path.name), limit=_MOST_LETTERS)

    def _rename_to(self, name: str) -> None:
        """What was typed is the new name, without the suffix."""
        self.field, entry = None, self._lit
        pygame.key.set_repeat(*_REPEAT)
        if isinstance(entry, ListedFile) and name != bare_name(entry.path.name):
            path = rename(entry.path, name)
            self.listing.moved(entry, path)
            self._look_again(path)
            self.say(f"renamed to {path.name}")

    def _ask_delete(self) -> None:
        self.asks = self._mine()

    def _throw_away(self, file: ListedFile) -> None:
        self._bin.throw(file.path)
        self._look_again()
        self.say(f"{file.path.name} is in the trash; Ctrl+Z brings it back")

    def _undo(self) -> None:
        path = self._bin.undo()
        self._look_again(path)
        self.say(f"{path.name} is back")

    def _look_again(self, lit: Path | None = None) -> None:
        """At the folder, at once. lit: the file that is lit then, if it is shown."""
        self._look_into(self.folder)
        if lit is not None:
            self.light(lit)
        self._lay_out()

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        paint, area = self.window.paint, surface.get_rect()
        self._shown = self._sights()
        draw_shelf(surface, paint, self.shelf, self.listing, self.message, self.is_typing, self._picture)
        if self.field is not None:
            overlay.draw_prompt(surface, paint, f"new name  {self.field.shown}", area, "Enter renames, Esc leaves it")
        if self.asks is not None:
            overlay.draw_prompt(surface, paint, f"Delete {self.asks.path.name}?", area, "Enter: to the trash; any other key: no")
        if self.help is not None:
            draw_help(surface, paint, _HELP, self.help)
        else:
            overlay.draw_tooltip(surface, paint, self._tip, LIST_TIPS)

    def _picture(self, file: ListedFile, size: tuple[int, int]) -> pygame.Surface | None:
        picture = self._appraiser.picture(file)
        if picture is None or picture.size != size or not picture.rgb:
            return None
        key = (file.path, picture.changed, size)
        return self._surfaces.get(key, lambda: pygame.image.frombuffer(picture.rgb, size, "RGB").convert())


_HANDLERS: Mapping[str | None, Callable[[Browser], object]] = {
    "up": lambda browser: browser._move(-1),
    "down": lambda browser: browser._move(1),
    "page_up": lambda browser: browser._move(-browser.shelf.page),
    "page_down": lambda browser: browser._move(browser.shelf.page),
    "first": lambda browser: browser._move(-len(browser.menu.items)),
    "last": lambda browser: browser._move(len(browser.menu.items)),
    "open": Browser.open,
    "out": Browser._go_out,
    "search": Browser._open_search,
    "clear": lambda browser: browser._search(""),
    "sort": Browser._next_head,
    "turn": lambda browser: browser._sort(browser.listing.head),
    "rename": Browser._ask_name,
    "delete": Browser._ask_delete,
    "undo": Browser._undo,
    "leave": Browser._leave_search,
    "help": Browser._open_help,
}
