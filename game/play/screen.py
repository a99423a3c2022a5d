"""Playing a match: the screen that turns hands into inputs, runs the fixed ticks, and draws what lies between them."""

from __future__ import annotations

from pathlib import Path

import pygame

from replay.core.errors import UsageError
from replay.core.game import Events
from replay.core.recording import Recording
from replay.watch.control.keys import is_modifier, key_word
from replay.watch.model.scene import Camera, Scene
from replay.watch.model.session import first_person
from replay.watch.model.settings import recordings_folder
from replay.watch.model.wish import FullScreen
from replay.watch.view import panels
from replay.watch.view.colours import BAD
from replay.watch.window import Screen

from .. import rules
from ..arena import load_arena
from ..look import ArenaLook
from ..look.palette import VOID
from ..match import ARENA
from ..story import ArenaStory
from .again import KillCam, LookBack, death_of
from .commands import MATCH, MOUSE, PAD
from .controls import Gamepad, Gamepads, Hands, KeyboardMouse, hands_of, menu_key, pressed_word
from .countdown import Countdown
from .hud import Hud
from .layout import Layout
from .live import LiveMatch, Seat
from .notes import draw_notes, notes_of
from .options import Options
from .pause import GO_ON, KEYS_OF_CARD, OPTIONS, PauseCard
from .setup import PEOPLE, Setup
from .shop import Shop
from .teaching import Teaching
from .wishes import Finished, Prefer

_MOST_TICKS_A_FRAME = 10  # a machine that is slower than that plays in slow motion instead of being ever later
_CLICKS = (pygame.MOUSEBUTTONDOWN, pygame.JOYBUTTONDOWN, pygame.CONTROLLERBUTTONDOWN, pygame.JOYHATMOTION)
_RELEASES = (pygame.KEYUP, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION, pygame.JOYBUTTONUP, pygame.CONTROLLERBUTTONUP)


class PlayScreen(Screen):
    """A match that is being played. hands: what each person plays with. setup: what to play again afterwards; None for a branch.

    look_back, kill_cam: what is seen again, if anything is.
    """

    shows_mouse, caption = False, "arena"

    def __init__(self, live: LiveMatch, hands: dict[int, Hands], options: Options, setup: Setup | None = None) -> None:
        self.live, self.hands, self.options, self.setup = live, hands, options, setup
        self.look = ArenaLook(ArenaStory(ARENA, live.recorder.header))
        self.shop = Shop(self.options)
        self.hud = Hud(self.look, hands, self.shop)
        self.teaching = Teaching(self.look, hands, self.options)
        self.countdown = Countdown(self.look)
        self.card = PauseCard(self.options, list(dict.fromkeys(hand.device for _, hand in sorted(hands.items()))))
        self.pads = Gamepads()
        self.paused = False
        self.help = False
        self.shop_open = False
        self.camera = Camera((0, 0, 1, 1))
        self.look_back: LookBack | None = None
        self.kill_cam: KillCam | None = None
        self._left = 0.0  # ticks that have passed and were not run yet
        self._mouse = (0, 0)
        self._steps_aside = False

    def enter(self) -> None:
        self._mouse = pygame.mouse.get_pos()
        self.look.prepare()
        for hand in self.hands.values():
            hand.keys = self.options.keys_of(hand.device)  # they may have been changed meanwhile

    def leave(self) -> None:
        pygame.mouse.set_visible(True)
        if self._steps_aside:  # the match waits
            self._steps_aside = False
            return
        self.live.finish()  # whatever ended the match

    def is_at_rest(self) -> bool:
        return self.paused or self.help

    def abandon(self) -> None:
        self.live.finish()

    # --- events: they only ask ---

    def handle(self, event: pygame.event.Event) -> None:
        if self.pads.is_echo(event):
            return
        if event.type == pygame.MOUSEMOTION:
            self._mouse = event.pos
            self.card.menu.point(event.pos)
        gone = self.pads.handle(event)
        if gone is not None and any(isinstance(hand, Gamepad) and hand.instance_id == gone for hand in self.hands.values()):
            self._pause()
        if event.type == pygame.JOYDEVICEADDED:
            self._seat_new_pad()
        if event.type == pygame.WINDOWFOCUSLOST:
            self._pause()
        elif (event.type == pygame.KEYDOWN and self._key(event)) or (event.type in _CLICKS and self._click(event)):
            return
        for hand in self.hands.values():
            # What is let go counts always, what is pressed only while playing.
            if not self.is_stopped or event.type in _RELEASES:
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

    def _key(self, event: pygame.event.Event) -> bool:
        """A key that is not a player's. True if this was one."""
        word = key_word(event)
        self._skip()
        devices = {hand.device for hand in self.hands.values()}
        # With Shift held to dash, a key is still that key.
        name = self.options.match_command(word, key_word(event, plain=True), devices)
        if self.help or self.look_back is not None:
            if not is_modifier(event):
                self.help, self.look_back = False, None
        elif self.paused and self._key_of_card(word):
            return True
        elif name:
            self._do(name)
        else:
            return self.paused
        return True

    def _key_of_card(self, word: str) -> bool:
        """A key of the pause card. False if it is not for that."""
        if word in ("Enter", "Space"):
            self._choose(self.card.menu.item)
        elif word in KEYS_OF_CARD:
            self._choose(KEYS_OF_CARD[word])
        else:
            return self.card.menu.key(word)
        return True

    def _button_of_card(self, event: pygame.event.Event, button: str | None) -> bool:
        """A gamepad's button while the match is paused: what pauses goes on again, and so does the one that leads back."""
        key = menu_key(event)
        if button in self.options.keys_of(PAD)["pause"] or key == "Escape":
            self.paused = False
        elif key is not None:
            self._key_of_card(key)
        return True

    def _click(self, event: pygame.event.Event) -> bool:
        """A button of mouse or gamepad. True if it was not for a player."""
        button = pressed_word(event)
        if event.type == pygame.JOYHATMOTION and button is None:
            return False  # the hat was let go
        self._skip()
        if self.help or self.look_back is not None:
            self.help, self.look_back = False, None
            return True
        if event.type != pygame.MOUSEBUTTONDOWN:
            return self.paused and self._button_of_card(event, button)
        if self.paused:
            choice = self.card.menu.at(event.pos)
            if choice is not None and event.button == 1:
                self._choose(choice)
            return True
        item = self.shop.item_at(event.pos) if self.shop_open else None
        if item is not None:
            self.hands[self._shop_player()].use(item)
        return item is not None

    def _skip(self) -> None:
        if self.kill_cam is not None and self.kill_cam.is_skipped(self.live.tick):
            self.kill_cam = None

    def _choose(self, choice: str) -> None:
        """What the pause card offers."""
        if choice == GO_ON:
            self.paused = False
        elif choice == OPTIONS:
            self.wish, self._steps_aside = Prefer(), True
        else:
            self._leave()

    def _do(self, name: str) -> None:
        """A command of the match, by its name in the table."""
        if name == "pause":
            if self.shop_open:
                self.shop_open = False
            elif self.paused:
                self.paused = False
            else:
                self._pause()
        elif name == "shop":
            self.shop_open = not self.shop_open
        elif name == "look_back":
            self.start_look_back()
        elif name == "help":
            self.help = True
        elif name in ("mute", "shake", "kill_cam"):
            self.options.toggle(name)
        elif name == "full_screen":
            self.wish = FullScreen()

    def _pause(self) -> None:
        self.paused = True
        self.kill_cam = None
        self.card.menu.chosen = 0
        self._release()

    def _release(self) -> None:
        for hand in self.hands.values():
            hand.release()

    def _leave(self) -> None:
        whole = bool(self.live.state["ended"]) and self.live.parent is None
        if whole and self.teaching.is_done and self.options.hints:
            self.options.toggle("hints")
        self.wish = Finished(self.live.finish(), self.live, self.setup)

    def _mouse_player(self) -> int | None:
        return next((player for player, hand in self.hands.items() if hand.device == MOUSE), None)

    def _shop_player(self) -> int:
        """Whose shop the card shows: that of whoever has the mouse, else of the first person."""
        player = self._mouse_player()
        return min(self.hands) if player is None else player

    def start_look_back(self) -> None:
        """Show the last eight seconds again; the match waits."""
        if self.live.tick > rules.TICKS_PER_SECOND:
            self.look_back, self.kill_cam = LookBack(self.live), None
            self._release()

    # --- the loop: it acts ---

    def update(self, seconds: float) -> None:
        for hand in self.hands.values():
            while hand.asked:
                self._do(hand.asked.popleft())
            if isinstance(hand, KeyboardMouse):
                hand.camera = self.camera
        if self.look_back is not None and not self.paused and not self.look_back.advance(seconds):
            self.look_back = None
        if self.is_stopped:
            return
        self._left = min(self._left + seconds * rules.TICKS_PER_SECOND, _MOST_TICKS_A_FRAME)
        while self._left >= 1:
            self._left -= 1
            self._take(self.live.step())
            if self.live.is_over:
                self._leave()
                return

    def _take(self, events: Events) -> None:
        """What just happened: sounds, what people have learned, and how one of them died."""
        self.look.set_volume(self.options.loudness)
        listener = next(iter(self.hands)) if len(self.hands) == 1 else None  # nobody's ears if several people play here
        self.look.hear(events, self._scene(self.live.tick, 0.0, self.camera, listener))
        if self._is_played:
            self.teaching.watch(self.live.state, events)
        if self.kill_cam is not None and (self.live.state["ended"] or self.kill_cam.is_over(self.live.tick)):
            self.kill_cam = None
        if self.options.kill_cam and len(self.hands) == 1 and self._is_played and not self.live.state["ended"]:
            death = death_of(events, next(iter(self.hands)))
            if death is not None:
                made = KillCam(self.live, death, self.look)
                self.kill_cam = made if made.is_worth_it else None

    @property
    def _is_played(self) -> bool:
        """Somebody plays: it is not a branch that goes on as recorded."""
        return self.live.parent is None or self.live.parent.is_touched

    # --- drawing ---

    def _scene(self, tick: int, alpha: float, camera: Camera, follow: int | None = None) -> Scene:
        """Between state `tick` and the next one, of those that are remembered."""
        before = self.live.state_at(tick)
        after = self.live.state_at(min(tick + 1, self.live.tick))
        events = self.live.events_until(tick, self.look.story.memory_seconds)
        options = {"shake": self.options.shake, "contrast": self.options.contrast}
        return Scene(camera, before, after, alpha, tick + alpha, events, follow, options)

    def draw(self, surface: pygame.Surface) -> None:
        self._steps_aside = False  # nothing came of it
        paint = self.window.paint
        layout = self.hud.layout(surface.get_size(), paint)
        self.camera = Camera.fit(layout.area, self.look.story.world)
        # One tick late, so that there always is a next state to move towards.
        now = max(self.live.tick - 1, self.live.oldest_tick) + min(self._left, 0.999)
        surface.fill(VOID)
        shown = self._draw_picture(surface, layout, now)
        self.hud.draw(
            surface, paint, layout, shown.before, self.live.events_until(int(shown.time), panels.FEED_SECONDS), shown.time
        )
        if self.look_back is not None:
            self.look_back.draw(surface, paint, layout.area)
        elif self._shows_kill_cam(now) and self.kill_cam is not None:
            self.kill_cam.draw(surface, paint, layout.area, now)
        else:
            self._draw_on_arena(surface, layout, shown)
        if self.window.held & set(self.options.keys_of(MATCH)["scores"]):
            standings = self.look.story.standings(shown.before)
            panels.draw_scoreboard(surface, paint, self.look, standings, layout.arena.center, None)
        self._draw_cards(surface)

    def _shows_kill_cam(self, now: float) -> bool:
        return self.kill_cam is not None and self.kill_cam.share(now) >= 0

    def _draw_picture(self, surface: pygame.Surface, layout: Layout, now: float) -> Scene:
        """The arena. Returns the moment that the bars shall tell: with the kill-cam it is not the one of the picture."""
        at, camera, world = now, self.camera, self.look.story.world
        if self.look_back is not None:
            at, camera = self.look_back.tick, self.look_back.camera(self.window.paint, layout.area, world)
        scene = self._scene(int(at), at % 1, camera)
        if self.kill_cam is not None and self._shows_kill_cam(now):
            at = self.kill_cam.moment(now)
            camera = self.kill_cam.camera(self.live, self.window.paint, layout.area, world)
            self.look.draw(surface, self._scene(int(at), at % 1, camera))
        else:
            self.look.draw(surface, scene)
        return scene

    def _draw_on_arena(self, surface: pygame.Surface, layout: Layout, scene: Scene) -> None:
        """All that is laid over the arena during play."""
        paint, player = self.window.paint, self._mouse_player()
        if self._is_played:
            self.countdown.draw(surface, paint, scene.before, self.camera)
            self.teaching.draw_hints(surface, paint, scene.before, layout.arena)
        self.teaching.draw_you(surface, paint, scene.before, self.camera, scene.time)
        people = [] if self.kill_cam is not None else list(self.hands)  # that tells how long one waits
        draw_notes(surface, paint, notes_of(self.live, people, self.options), layout.arena)
        if player is not None and self._is_aiming:
            self.hud.draw_aim(surface, paint, self.live.state, player, self.camera, self._mouse)

    def _draw_cards(self, surface: pygame.Surface) -> None:
        paint, player = self.window.paint, self._shop_player()
        if self.shop_open and self.look_back is None:
            middle = (surface.get_width() // 2, surface.get_height() // 2)
            self.shop.draw_card(surface, paint, self.live.state["players"][player], self.hands[player], middle)
        if self.paused or self.help:
            self.card.draw(surface, paint, "Paused" if self.paused else "Keys")
            paint.text(surface, self.message, (surface.get_width() // 2, surface.get_height() - 4), 13, BAD, "midbottom")
        pygame.mouse.set_visible(not self._is_aiming or self._mouse_player() is None)

    @property
    def _is_aiming(self) -> bool:
        """The mouse is over the arena, and nothing else wants it."""
        over = pygame.Rect(self.camera.area).collidepoint(self._mouse)
        return over and not self.is_stopped and not self.shop_open


def start_match(setup: Setup, options: Options, *, seed: int | None = None, folder: Path | None = None) -> PlayScreen:
    """A new match as it was set up, recorded from its first tick. Raises UsageError for a set-up that cannot be played."""
    if setup.problem:
        raise UsageError(setup.problem, "take another seat, or arena play --bots 3")
    pads, arena = Gamepads().ids, load_arena(setup.map)
    hands: dict[int, Hands] = {}
    seats: list[Seat] = []
    for index, (choice, name) in enumerate(zip(setup.taken, setup.names(options.name), strict=True)):
        if choice in PEOPLE:
            hands[index] = hands_of(choice, pads, options, arena)
            seats.append(Seat(name, "", hands[index]))
        else:
            seats.append(Seat(name, f"{choice}:{setup.level}"))
    return PlayScreen(LiveMatch.new(folder or recordings_folder(), setup.config(), seats, seed), hands, options, setup)


def branch_match(path: Path, tick: int, player: int | None, options: Options, *, folder: Path | None = None) -> PlayScreen:
    """A branch of a recording, played on from `tick` with keyboard and mouse. player: whom; by default the first person."""
    with Recording(path) as recording:
        player = first_person(recording.header.players) if player is None else player
    hand = KeyboardMouse(options.keys_of(MOUSE))
    live = LiveMatch.branch(folder or recordings_folder(), path, tick, player, hand)
    return PlayScreen(live, {player: hand}, options)
