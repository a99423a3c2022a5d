"""What each command of the table does: it asks the transport, the camera or the app, and the loop acts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pygame

from replay.core.errors import ReplayError
from replay.core.names import SUFFIX, bare_name, free_path
from replay.core.recording import Recording
from replay.find.edit import clip
from replay.read.markers import append_marker
from replay.watch.control import pairing, playlist, timeline
from replay.watch.model.desk import CLOCKS, Desk, Question
from replay.watch.model.director import AUTO
from replay.watch.model.inspector import RECORDED
from replay.watch.model.menu import Menu
from replay.watch.model.plugins import has_plugin
from replay.watch.model.session import first_person
from replay.watch.model.survey import badge_of
from replay.watch.model.wish import Back, Browse, Contrast, FullScreen, Screenshot, TakeOver, TextSize, Wish
from replay.web.made import write_page

_CLIP_SECONDS = 10  # without a range a clip is that long
_ZOOM = 1.15


def do(desk: Desk, name: str, *, back: bool = False) -> None:
    """Carry out a command, or the click on a spot, by its name in the table. back: it was a right click, which goes the other way
    where there is one."""
    handler = (BACK if back else HANDLERS).get(name)
    if handler is not None:
        handler(desk)


# --- go ---


def _end(desk: Desk) -> None:
    if desk.transport.live:
        desk.transport.go_live()
    else:
        desk.transport.playing = False
        desk.transport.jump(desk.transport.ticks)


def _percent(tenths: int, desk: Desk) -> None:
    start, ticks = desk.transport.start, desk.transport.ticks
    desk.transport.jump(start + (ticks - start) * tenths / 10)


def _go_to(desk: Desk) -> None:
    desk.prompt = ""
    pygame.key.start_text_input()


def _undo_jump(desk: Desk) -> None:
    if not desk.transport.undo_jump():
        desk.say("no jump to undo")


def _verdict(desk: Desk) -> None:
    """To where the match first diverged from its recording, and to the fields that differ."""
    survey = desk.session.survey
    if survey.verification is None or survey.verification.divergence is None:
        desk.say(badge_of(survey)[0])
        return
    if survey.first_bad_tick is not None:
        desk.transport.jump(survey.first_bad_tick)
    desk.switches.inspector = True
    desk.inspector.show(RECORDED)


# --- marks ---


def _bookmark(desk: Desk) -> None:
    recording = desk.session.recording
    text = f"bookmark {1 + sum(marker.text.startswith('bookmark ') for marker in recording.markers)}"
    try:
        append_marker(recording.path, desk.transport.tick, text)
    except BlockingIOError:
        desk.say("no bookmark: the file is still being written")
    except (ReplayError, OSError) as error:
        desk.say(f"no bookmark: {error}")
    else:
        recording.refresh()
        desk.say(f"{text}: replay watch {recording.path.name}@@'{text}'")


def _loop(desk: Desk) -> None:
    transport = desk.transport
    transport.toggle_loop()
    start, stop = transport.range
    if transport.looping and not start <= transport.position < stop:
        transport.jump(start)


def _save_clip(desk: Desk) -> None:
    """The range from in to out (without one: the last ten seconds) as a recording of its own."""
    transport, source = desk.transport, desk.session.path
    start, stop = transport.range
    if transport.loop_in is None and transport.loop_out is None:
        start, stop = max(transport.start, transport.tick - _CLIP_SECONDS * transport.ticks_per_second), transport.tick
    path = free_path(source.parent, f"{source.stem}-{start}-{stop}", SUFFIX)
    _save(desk, path, partial(_write_clip, desk, path, start, stop))


def _write_clip(desk: Desk, path: Path, start: int, stop: int) -> None:
    with Recording(desk.session.path) as source:
        clip(source, path, start, stop, desk.session.game)


def _save_page(desk: Desk) -> None:
    """The whole match as a web page that begins here."""
    source = desk.session.path
    path = free_path(source.parent, bare_name(source.name), ".html")
    _save(desk, path, partial(write_page, source, path, desk.session.game, at=desk.transport.tick))


def _save(desk: Desk, path: Path, write: Callable[[], object]) -> None:
    """Write a file in a thread, and say so; one at a time."""
    if desk.saving is not None and desk.saving.is_alive():
        desk.say("something is being saved")
        return

    def run() -> None:
        try:
            write()
        except (ReplayError, OSError) as error:
            desk.say(f"not saved: {error}")
        else:
            desk.say(f"saved {path.name}")

    desk.say(f"saving {path.name}")
    desk.saving = threading.Thread(target=run, name="replay-save", daemon=True)
    desk.saving.start()


def _take_over(desk: Desk) -> None:
    """Ask whom, if there is more than one and the game can be played from here; the app says it if it cannot."""
    players, transport = desk.session.recording.header.players, desk.transport
    lit = first_person(players) if desk.director.player is None else desk.director.player
    if len(players) < 2 or not has_plugin("replay.takeovers", desk.session.game.name):
        take_over_as(desk, lit)
        return
    desk.question = Question(Menu(range(len(players))), transport.playing)
    desk.question.menu.chosen, transport.playing = lit, False


def take_over_as(desk: Desk, player: int | None) -> None:
    """The answer to the question. None: nobody, the match goes on."""
    question, desk.question = desk.question, None
    if player is not None:
        desk.wish = TakeOver(desk.session.game.name, desk.session.path, desk.transport.tick, player)
    elif question is not None:
        desk.transport.playing = question.was_playing


# --- look ---


def _follow(step: int, desk: Desk) -> None:
    players = len(desk.session.story.names)
    before = desk.director.player
    if before is None:
        before = -1 if step > 0 else 0
    desk.director.follow((before + step) % players)


def _auto_camera(desk: Desk) -> None:
    desk.director.auto()
    desk.say("automatic camera" if desk.director.mode == AUTO else "whole arena")


# --- show ---


def _switch(name: str, desk: Desk) -> None:
    setattr(desk.switches, name, not getattr(desk.switches, name))


def _clock(step: int, desk: Desk) -> None:
    desk.switches.clock = CLOCKS[(CLOCKS.index(desk.switches.clock) + step) % len(CLOCKS)]


def _shake(desk: Desk) -> None:
    _switch("shake", desk)
    desk.say("screen shake on" if desk.switches.shake else "screen shake off")
    desk.switches.remember_shake()


def _mute(desk: Desk) -> None:
    _switch("muted", desk)
    desk.say("sound off" if desk.switches.muted else "sound on")
    desk.switches.remember_mute()


def _screenshot(desk: Desk) -> Wish:
    path = desk.session.path
    return Screenshot(free_path(path.parent, f"{path.stem}-{desk.transport.tick}", ".png"))


def _on_fields(act: Callable[[Desk], object], desk: Desk) -> None:
    """Something that the inspector does, which is opened for it."""
    desk.switches.inspector = True
    act(desk)


def _find_field(desk: Desk) -> None:
    desk.inspector.is_typing = True
    pygame.key.start_text_input()


def _wish(make: Callable[[Desk], Wish], desk: Desk) -> None:
    """What the window or the app has to do."""
    desk.wish = make(desk)


# By the names of the table in `model.commands`: all its commands, and the spots that act by themselves.
HANDLERS: Mapping[str, Callable[[Desk], object]] = {
    "play": lambda desk: desk.transport.toggle(),
    "reverse": lambda desk: desk.transport.toggle_reverse(),
    "slower": lambda desk: desk.transport.faster(-1),
    "faster": lambda desk: desk.transport.faster(1),
    "normal_speed": lambda desk: desk.transport.normal_speed(),
    "tick_back": lambda desk: desk.transport.step(-1),
    "tick_on": lambda desk: desk.transport.step(1),
    "back_1": lambda desk: desk.transport.skip(-1),
    "on_1": lambda desk: desk.transport.skip(1),
    "back_5": lambda desk: desk.transport.skip(-5),
    "on_5": lambda desk: desk.transport.skip(5),
    "back_10": lambda desk: desk.transport.skip(-10),
    "on_10": lambda desk: desk.transport.skip(10),
    "start": lambda desk: desk.transport.jump(0),
    "end": _end,
    **{f"percent_{tenths}0": partial(_percent, tenths) for tenths in range(10)},
    "go_to": _go_to,
    "undo_jump": _undo_jump,
    "verdict": _verdict,
    "next_difference": partial(pairing.go_to_difference, 1),
    "previous_difference": partial(pairing.go_to_difference, -1),
    "first_difference": partial(pairing.go_to_difference, 0),
    "next_file": partial(playlist.neighbour, 1),
    "previous_file": partial(playlist.neighbour, -1),
    "bookmark": _bookmark,
    "next_marker": partial(timeline.go_on, 1),
    "previous_marker": partial(timeline.go_on, -1),
    "filter": lambda desk: desk.timeline.toggle_filters(),
    "clear_filter": timeline.clear_filter,
    "highlights": lambda desk: desk.timeline.toggle_highlights(),
    "lanes": timeline.next_lanes,
    "bar_in": partial(timeline.zoom, 1),
    "bar_out": partial(timeline.zoom, -1),
    "bar_whole": lambda desk: desk.timeline.span.reset(),
    "mark_in": lambda desk: desk.transport.set_in(),
    "mark_out": lambda desk: desk.transport.set_out(),
    "loop": _loop,
    "save_clip": _save_clip,
    "save_page": _save_page,
    "take_over": _take_over,
    "follow_next": partial(_follow, 1),
    "follow_previous": partial(_follow, -1),
    "free_camera": lambda desk: desk.director.free(),
    "auto_camera": _auto_camera,
    "zoom_in": lambda desk: desk.director.zoom_by(_ZOOM),
    "zoom_out": lambda desk: desk.director.zoom_by(1 / _ZOOM),
    "pair_view": pairing.next_view,
    "pair_align": pairing.next_alignment,
    "pair_back": partial(pairing.shift, -1),
    "pair_on": partial(pairing.shift, 1),
    "scoreboard": lambda _: None,  # it shows as long as the key is held
    "inputs": partial(_switch, "inputs"),
    "inspector": partial(_switch, "inspector"),
    "find_field": partial(_on_fields, _find_field),
    "compare": partial(_on_fields, lambda desk: desk.inspector.show_next()),
    "mark_state": partial(_on_fields, lambda desk: desk.inspector.mark(desk.transport.tick)),
    "sort_fields": lambda desk: desk.inspector.sort_next(),
    "only_differences": lambda desk: desk.inspector.show_only(not desk.inspector.only),
    "statistics": partial(_switch, "statistics"),
    "shake": _shake,
    "mute": _mute,
    "screenshot": partial(_wish, _screenshot),
    "full_screen": partial(_wish, lambda _: FullScreen()),
    "larger_text": partial(_wish, lambda _: TextSize(1)),
    "smaller_text": partial(_wish, lambda _: TextSize(-1)),
    "usual_text": partial(_wish, lambda _: TextSize(0)),
    "contrast": partial(_wish, lambda _: Contrast()),
    "hide": partial(_switch, "hidden"),
    "files": playlist.toggle_list,
    "browser": partial(_wish, lambda desk: Browse(desk.session.path.parent)),
    "close": partial(_wish, lambda _: Back()),
    "help": partial(_switch, "help"),
    "speed": lambda desk: desk.transport.next_speed(1),
    "clock": partial(_clock, 1),
}
# What a right click on a spot does.
BACK: Mapping[str, Callable[[Desk], object]] = {
    "speed": lambda desk: desk.transport.next_speed(-1),
    "clock": partial(_clock, -1),
    "lane": timeline.next_lanes,
}
