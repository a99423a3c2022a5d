"""Playing a match: the screen that turns hands into inputs, runs the fixed ticks, and draws what lies between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygame

from replay.core.errors import UsageError
from replay.core.recording import Recording
from replay.watch.control.keys import key_word
from replay.watch.model.menu import Menu
from replay.watch.model.scene import Area, Camera, Scene
from replay.watch.model.settings import load_settings, recordings_folder, remember
from replay.watch.model.wish import FullScreen
from replay.watch.view import panels
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, INK, WARN
from replay.watch.window import Screen

from .. import rules
from ..look import ArenaLook
from ..look.palette import GOLD, VOID
from ..match import ARENA
from ..story import ArenaStory
from .controls import SHOP_ITEMS, Gamepad, Gamepads, Hands, KeyboardMouse, hands_of
from .hud import Hud
from .live import LOOK_BACK_SECONDS, LiveMatch, Seat
from .setup import PEOPLE, Setup
from .wishes import Finished

_MOST_TICKS_A_FRAME = 10  # a machine that is slower than that plays in slow motion instead of being ever later
_SLOW_SECONDS = 1.5  # the end of an instant replay is slow
_SHAKE, _MUTE, _AUTO = "shake", "mute", "auto_replay"


class PlayScreen(Screen):
    """A match that is being played. setup: what to play again afterwards; None for a branch."""

    returns, shows_mouse, caption = False, False, "arena"

    def __init__(self, live: LiveMatch, hands: dict[int, Hands], setup: Setup | None = None) -> None:
        self.live = live
        self.hands = hands
        self.setup = setup
        self.look = ArenaLook(ArenaStory(ARENA, live.recorder.header))
        self.hud = Hud(self.look, sorted(hands))
        self.pads = Gamepads()
        remembered = load_settings()
        self.options = {name: bool(remembered.get(name, name == _SHAKE)) for name in (_SHAKE, _MUTE, _AUTO)}
        self.paused = False
        self.shop_open = False
        self.help = False
        self.camera = Camera((0, 0, 1, 1))
        self.look_back: float | None = None  # the tick an instant replay has come to
        self._look_back_end = 0
        self._left = 0.0
        self._mouse = (0, 0)
        self._shop: Menu[int] = Menu(SHOP_ITEMS)  # of the mouse
        self._pad_shops: dict[int, Menu[int]] = {}  # by player
        self._replay_at_death: int | None = None

    def enter(self) -> None:
        if not self.options[_MUTE]:
            self.look.prepare()

    def leave(self) -> None:
        pygame.mouse.set_visible(True)
        self.live.finish()  # whatever ended the match

    # --- events: they only ask ---

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEMOTION:
            self._mouse = event.pos
        gone = self.pads.handle(event)
        if gone is not None and any(isinstance(hand, Gamepad) and hand.instance_id == gone for hand in self.hands.values()):
            self._pause()
        if event.type == pygame.JOYDEVICEADDED:
            self._seat_new_pad()
        if event.type == pygame.WINDOWFOCUSLOST:
            self._pause()
        elif event.type == pygame.KEYDOWN and self._key(key_word(event)):
            return
        elif self.look_back is not None and event.type in (pygame.MOUSEBUTTONDOWN, pygame.JOYBUTTONDOWN):
            self.look_back = None
            return
        elif event.type == pygame.MOUSEBUTTONDOWN and self.shop_open and self._click_shop(event.pos):
            return
        for hand in self.hands.values():
            # What is let go counts always, what is pressed only while playing.
            if not self.is_stopped or event.type in (pygame.KEYUP, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION):
                hand.handle(event)

    def _seat_new_pad(self) -> None:
        """A gamepad that was just plugged in goes to the first seat that waits for one."""
        taken = [hand.instance_id for hand in self.hands.values() if isinstance(hand, Gamepad)]
        free = [pad for pad in self.pads.ids if pad not in taken]
        for hand in self.hands.values():
            if isinstance(hand, Gamepad) and hand.instance_id not in self.pads.ids and free:
                hand.instance_id = free.pop(0)

    @property
    def is_stopped(self) -> bool:
        return self.paused or self.help or self.look_back is not None

    def _key(self, word: str) -> bool:
        """Keys that are not the players'. True if this was one."""
        if self.help:
            self.help = False
        elif self.look_back is not None:
            self.look_back = None
        elif word in ("Escape", "P", "Pause"):
            if self.shop_open:
                self.shop_open = False
            elif self.paused:
                self.paused = False
            else:
                self._pause()
        elif self.paused and word in ("Enter", "Space"):
            self.paused = False
        elif self.paused and word in ("Q", "Ctrl+Q", "Ctrl+W"):
            self._leave()
        elif word == "B":
            self.shop_open = not self.shop_open and bool(self._mouse_player() is not None)
        elif word == "V":
            self.start_look_back()
        elif word == "F4":
            self._switch(_SHAKE)
        elif word == "M":
            self._switch(_MUTE)
        elif word == "F6":
            self._switch(_AUTO)
        elif word == "F11":
            self.wish = FullScreen()
        elif word in ("F1", "?"):
            self.help = True
        else:
            return False
        return True

    def _switch(self, name: str) -> None:
        self.options[name] = not self.options[name]
        remember(**{name: self.options[name]})

    def _pause(self) -> None:
        self.paused = True
        for hand in self.hands.values():
            hand.release()

    def _leave(self) -> None:
        self.wish = Finished(self.live.finish(), self.live, self.setup)

    def _mouse_player(self) -> int | None:
        return next((player for player, hand in self.hands.items() if isinstance(hand, KeyboardMouse)), None)

    def _click_shop(self, at: tuple[int, int]) -> bool:
        player, item = self._mouse_player(), self._shop.at(at)
        if player is None or item is None:
            return False
        self.hands[player].use(item)
        return True

    def start_look_back(self) -> None:
        """Show the last eight seconds again; the match waits."""
        if self.live.tick > rules.TICKS_PER_SECOND:
            self._look_back_end = self.live.tick
            self.look_back = float(max(self.live.oldest_tick, self.live.tick - LOOK_BACK_SECONDS * rules.TICKS_PER_SECOND))
            for hand in self.hands.values():
                hand.release()

    # --- the loop: it acts ---

    def update(self, seconds: float) -> None:
        self._serve_pads()
        if self.look_back is not None and not self.paused:
            slow = self._look_back_end - self.look_back < _SLOW_SECONDS * rules.TICKS_PER_SECOND / 2
            self.look_back += seconds * rules.TICKS_PER_SECOND * (0.5 if slow else 1.0)
            if self.look_back >= self._look_back_end:
                self.look_back = None
        if self.is_stopped:
            return
        for hand in self.hands.values():
            if isinstance(hand, KeyboardMouse):
                hand.camera = self.camera
        self._left = min(self._left + seconds * rules.TICKS_PER_SECOND, _MOST_TICKS_A_FRAME)
        while self._left >= 1:
            self._left -= 1
            self._take(self.live.step())
            if self.live.is_over:
                self._leave()
                return

    def _take(self, events: Any) -> None:
        """What just happened: sounds, and a look back at one's own death if that is switched on."""
        if len(events) and not self.options[_MUTE]:
            self.look.hear(events, self._scene(self.live.tick, 0.0, self.camera))
        if self.options[_AUTO] and len(self.hands) == 1:
            dead = events[(events["kind"] == rules.DEATH)] if len(events) else events
            if len(dead) and int(dead["target"][0]) in self.hands:
                self._replay_at_death = self.live.tick + rules.TICKS_PER_SECOND
        if self._replay_at_death is not None and self.live.tick >= self._replay_at_death:
            self._replay_at_death = None
            self.start_look_back()

    def _serve_pads(self) -> None:
        for player, hand in self.hands.items():
            while isinstance(hand, Gamepad) and hand.shop_moves:
                move = hand.shop_moves.popleft()
                if move == 3:
                    hand.shop_open = not hand.shop_open
                elif hand.shop_open:
                    menu = self._pad_shops.setdefault(player, Menu(SHOP_ITEMS))
                    if move == 2:
                        hand.use(menu.item)
                    else:
                        menu.move(move)

    # --- drawing ---

    def _scene(self, tick: int, alpha: float, camera: Camera) -> Scene:
        """Between state `tick` and the next one, of those that are remembered."""
        before = self.live.state_at(tick)
        after = self.live.state_at(min(tick + 1, self.live.tick))
        events = self.live.events_until(tick, self.look.story.memory_seconds)
        return Scene(camera, before, after, alpha, tick + alpha, events, None, {_SHAKE: self.options[_SHAKE]})

    def draw(self, surface: pygame.Surface) -> None:
        paint = self.window.paint
        area = self.hud.area(surface.get_size(), paint)
        self.camera = Camera.fit(area, self.look.story.world)
        if self.look_back is not None:
            tick, alpha = int(self.look_back), self.look_back % 1
        else:
            # One tick late, so that there always is a next state to move towards.
            tick, alpha = max(self.live.tick - 1, self.live.oldest_tick), self._left
        scene = self._scene(tick, min(alpha, 1.0), self.camera)
        surface.fill(VOID)
        self.look.draw(surface, scene)
        self.hud.draw(surface, paint, scene.before, self.live.events_until(tick, panels.FEED_SECONDS), scene.time)
        if self.look_back is not None:
            self._draw_look_back(surface, area)
        else:
            self._draw_notes(surface, area)
        if "Tab" in self.window.held:
            centre = (surface.get_width() // 2, surface.get_height() // 2)
            panels.draw_scoreboard(surface, paint, self.look, self.look.story.standings(scene.before), centre, None)
        shop = self._shop_player()
        if shop is not None and self.look_back is None:
            chosen = self._pad_shops[shop].chosen if shop in self._pad_shops else None
            self._shop.places = self.hud.draw_shop(surface, paint, self.live.state, shop, chosen)
        player = self._mouse_player()
        if player is not None and not self.is_stopped and not self.shop_open:
            self.hud.draw_aim(surface, paint, self.live.state, player, self.camera, self._mouse)
        if self.paused or self.help:
            self._draw_pause(surface)
        pygame.mouse.set_visible(self.is_stopped or self.shop_open or player is None)

    def _shop_player(self) -> int | None:
        if self.shop_open:
            return self._mouse_player()
        return next((player for player, hand in self.hands.items() if isinstance(hand, Gamepad) and hand.shop_open), None)

    def _draw_look_back(self, surface: pygame.Surface, area: Area) -> None:
        paint = self.window.paint
        assert self.look_back is not None
        edge = pygame.Rect(area).inflate(-6, -6)
        pygame.draw.rect(surface, WARN, edge, 3, border_radius=6)
        left = (self._look_back_end - self.look_back) / rules.TICKS_PER_SECOND
        place = (area[0] + area[2] // 2, area[1] + paint.px(14))
        title = paint.text(surface, f"INSTANT REPLAY  -{left:.1f} s", place, 22, WARN, "midtop", bold=True)
        hint = "any key goes back to the match"
        paint.text(surface, hint, (title.centerx, title.bottom + paint.px(3)), 13, INK, "midtop")

    def _draw_notes(self, surface: pygame.Surface, area: Area) -> None:
        """What one has to know now: dead, a branch, a recording that stopped, the end."""
        paint, state = self.window.paint, self.live.state
        middle, bottom = area[0] + area[2] // 2, area[1] + area[3] - paint.px(16)
        lines: list[tuple[str, Any, float]] = []
        if len(self.hands) == 1:
            row = state["players"][next(iter(self.hands))]
            wait = int(row["respawns_at"]) - int(state["tick"])
            if row["health"] == 0 and wait > 0 and state["tick"] > rules.TICKS_PER_SECOND:
                lines.append((f"back in {wait / rules.TICKS_PER_SECOND:.1f}   V shows how it happened", INK, 18))
        if self.live.parent is not None:
            if not self.live.parent.is_touched:
                lines.append(("as recorded; any key takes over", WARN, 17))
            else:
                lines.append(("the others: bots" if self.live.parent.matters else "the others: as recorded", DIM, 14))
        if self.live.recorder.error is not None:
            lines.append((str(self.live.recorder.error), BAD, 14))
        if state["ended"]:
            lines = [("The match is over", GOLD, 30)]
        for text, colour, size in reversed(lines):
            place = paint.note(surface, text, (middle, bottom), size, colour, "midbottom", (26, 10), 190, bold=True)
            bottom = place.top - paint.px(14)

    def _draw_pause(self, surface: pygame.Surface) -> None:
        paint = self.window.paint
        paint.shade(surface, 160)
        size = (min(paint.px(620), surface.get_width() - 12), min(paint.px(430), surface.get_height() - 12))
        card = paint.card(surface, size, (surface.get_width() // 2, surface.get_height() // 2), 246, 10)
        x, y = card.left + paint.px(28), card.top + paint.px(20)
        paint.text(surface, "Keys" if self.help else "Paused", (x, y), 28, INK, bold=True)
        y += paint.px(52)
        on = {True: "on", False: "off"}
        lines = [
            ("Esc", "go on"),
            ("Q", "leave the match"),
            ("W A S D, mouse", "move, aim; left button fires, right button sends there"),
            ("Space or Shift, R", "dash, reload"),
            ("1 ... 7, B", "buy or draw; the shop"),
            ("V", "the last eight seconds again"),
            ("F6", f"that by itself at your death: {on[self.options[_AUTO]]}"),
            ("Arrows, right Ctrl", "second player: move, fire; right Shift dashes"),
            ("Tab", "scores"),
            ("F4, M", f"screen shake {on[self.options[_SHAKE]]}, sound {on[not self.options[_MUTE]]}"),
            ("F11", "full screen"),
        ]
        step = min(paint.px(31), (card.bottom - y - 10) // len(lines))
        for keys, text in lines:
            paint.text(surface, keys, (x, y), 15, ACCENT, bold=True, width=paint.px(160))
            ink = INK if step > 20 else FAINT
            paint.text(surface, text, (x + paint.px(172), y), 15, ink, width=card.right - x - paint.px(180))
            y += step


def start_match(setup: Setup, *, seed: int | None = None, folder: Path | None = None) -> PlayScreen:
    """A new match as it was set up, recorded from its first tick. Raises UsageError for a set-up that cannot be played."""
    if setup.problem:
        raise UsageError(setup.problem, "take another seat, or arena play --bots 3")
    pads = Gamepads().ids
    hands: dict[int, Hands] = {}
    seats: list[Seat] = []
    for index, (choice, name) in enumerate(zip(setup.taken, setup.names(), strict=True)):
        if choice in PEOPLE:
            hands[index] = hands_of(choice, pads)
            seats.append(Seat(name, "", hands[index]))
        else:
            seats.append(Seat(name, choice))
    remember(play=setup.to_settings())
    return PlayScreen(LiveMatch.new(folder or recordings_folder(), setup.config(), seats, seed), hands, setup)


def branch_match(path: Path, tick: int, player: int | None, *, folder: Path | None = None) -> PlayScreen:
    """A branch of a recording, played on from `tick` with keyboard and mouse. player: whom; by default the first person."""
    with Recording(path) as recording:
        kinds = [seat.kind for seat in recording.header.players]
    if player is None:
        player = kinds.index("human") if "human" in kinds else 0
    hand = KeyboardMouse()
    live = LiveMatch.branch(folder or recordings_folder(), path, tick, player, hand)
    return PlayScreen(live, {player: hand})
