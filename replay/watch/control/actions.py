"""What each command of the table does to the viewer: it asks the transport or the camera, and the loop acts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from replay.core.errors import ReplayError
from replay.core.markers import append_marker
from replay.core.names import SUFFIX
from replay.core.recording import Recording
from replay.find.edit import clip
from replay.watch.model.survey import verdict_words
from replay.watch.view.seekbar import MarkAt

if TYPE_CHECKING:
    from replay.watch.viewer import Watch

_LEAD_SECONDS = 1.5  # a marker is watched from a little before it


class Actions:
    """`do(name)` for every command."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._transport = watch.transport
        self._last_mark: MarkAt | None = None
        self._clip: threading.Thread | None = None
        self._clip_words = ""

    def do(self, name: str) -> None:
        if name.startswith("percent_"):
            self._transport.jump(self._transport.ticks * int(name[8:]) / 100)
        else:
            getattr(self, name)()

    def update(self) -> None:
        """See whether a clip is ready."""
        if self._clip is not None and not self._clip.is_alive():
            self._clip = None
            self._watch.say(self._clip_words)

    # --- play ---

    def play(self) -> None:
        self._transport.toggle()

    def reverse(self) -> None:
        self._transport.toggle_reverse()

    def slower(self) -> None:
        self._transport.faster(-1)

    def faster(self) -> None:
        self._transport.faster(1)

    def normal_speed(self) -> None:
        self._transport.normal_speed()

    def tick_back(self) -> None:
        self._transport.step(-1)

    def tick_on(self) -> None:
        self._transport.step(1)

    # --- go ---

    def back_1(self) -> None:
        self._transport.skip(-1)

    def on_1(self) -> None:
        self._transport.skip(1)

    def back_5(self) -> None:
        self._transport.skip(-5)

    def on_5(self) -> None:
        self._transport.skip(5)

    def back_10(self) -> None:
        self._transport.skip(-10)

    def on_10(self) -> None:
        self._transport.skip(10)

    def start(self) -> None:
        self._transport.jump(0)

    def end(self) -> None:
        if self._transport.live:
            self._transport.go_live()
        else:
            self._transport.playing = False
            self._transport.jump(self._transport.ticks)

    def go_to(self) -> None:
        self._watch.prompt = ""
        pygame.key.start_text_input()

    def undo_jump(self) -> None:
        if not self._transport.undo_jump():
            self._watch.say("no jump to undo")

    def verdict(self) -> None:
        """To where the match first diverged from its recording."""
        first_bad_tick = self._watch.survey.first_bad_tick
        if first_bad_tick is None:
            self._watch.say(verdict_words(self._watch.survey)[0])
        else:
            self._transport.jump(first_bad_tick)

    # --- marks ---

    def go_to_mark(self, mark: MarkAt) -> None:
        """To a little before a mark, and on to the next one from there."""
        self._last_mark = mark
        self._transport.jump(mark.tick - _LEAD_SECONDS * self._transport.ticks_per_second)
        self._watch.say(self._watch.bar.text_of(mark))

    def next_marker(self) -> None:
        self._neighbour(1)

    def previous_marker(self) -> None:
        self._neighbour(-1)

    def _neighbour(self, direction: int) -> None:
        lead = _LEAD_SECONDS * self._transport.ticks_per_second
        position = self._transport.position
        if self._transport.requested_seek is not None:
            position = self._transport.requested_seek
        last = self._last_mark
        # On the way to the mark one asked for, "next" and "previous" mean its neighbours.
        origin = last.tick if last is not None and last.tick - lead - 1 <= position <= last.tick + 1 else position
        mark = self._watch.bar.neighbour(origin, direction)
        if mark is None:
            self._watch.say("no marker further on" if direction > 0 else "no marker before")
        else:
            self.go_to_mark(mark)

    def bookmark(self) -> None:
        recording = self._watch.session.recording
        text = f"bookmark {1 + sum(marker.text.startswith('bookmark ') for marker in recording.markers)}"
        try:
            append_marker(recording.path, self._transport.tick, text)
        except BlockingIOError:
            self._watch.say("no bookmark: the file is still being written")
        except (ReplayError, OSError) as error:
            self._watch.say(f"no bookmark: {error}")
        else:
            recording.refresh()
            self._watch.say(f"{text}: replay watch {recording.path.name}@@'{text}'")

    def mark_in(self) -> None:
        self._transport.set_in()

    def mark_out(self) -> None:
        self._transport.set_out()

    def loop(self) -> None:
        self._transport.toggle_loop()
        start, stop = self._transport.range
        if self._transport.looping and not start <= self._transport.position < stop:
            self._transport.jump(start)

    def save_clip(self) -> None:
        """The range from in to out (without one: the last ten seconds) as a recording of its own, written by a thread."""
        if self._clip is not None:
            self._watch.say("a clip is being saved")
            return
        transport, source = self._transport, self._watch.session.path
        start, stop = transport.range
        if transport.loop_in is None and transport.loop_out is None:
            start, stop = max(0, transport.tick - 10 * transport.ticks_per_second), transport.tick
        path = _free_path(source.parent, f"{source.stem}-{start}-{stop}", SUFFIX)
        self._clip = threading.Thread(target=self._write_clip, args=(path, start, stop), name="replay-clip", daemon=True)
        self._clip.start()

    def _write_clip(self, path: Path, start: int, stop: int) -> None:
        try:
            with Recording(self._watch.session.path) as source:
                clip(source, path, start, stop, self._watch.session.game)
            self._clip_words = f"saved {path.name}"
        except (ReplayError, OSError) as error:
            self._clip_words = f"no clip: {error}"

    def take_over(self) -> None:
        watch = self._watch
        try:
            screen = watch.view.take_over(watch.session.path, self._transport.tick, watch.director.player)
        except (ReplayError, OSError, ValueError) as error:
            watch.say(str(error))
            return
        if screen is None:
            watch.say(f"{watch.session.game.name} cannot be played from here")
        else:
            watch.next = screen

    # --- look ---

    def follow_next(self) -> None:
        self._follow(1)

    def follow_previous(self) -> None:
        self._follow(-1)

    def _follow(self, step: int) -> None:
        director, players = self._watch.director, self._watch.session.players
        before = director.player
        if before is None:
            before = -1 if step > 0 else 0
        director.follow((before + step) % players)

    def free_camera(self) -> None:
        self._watch.director.free()

    def auto_camera(self) -> None:
        self._watch.director.auto()
        self._watch.say("automatic camera" if self._watch.director.mode == "auto" else "whole arena")

    def zoom_in(self) -> None:
        self._watch.director.zoom_by(1.15)

    def zoom_out(self) -> None:
        self._watch.director.zoom_by(1 / 1.15)

    # --- show ---

    def scoreboard(self) -> None:
        """Shown as long as the key is held: the screen looks at the held keys."""

    def inputs(self) -> None:
        self._watch.show_inputs = not self._watch.show_inputs

    def statistics(self) -> None:
        self._watch.show_statistics = not self._watch.show_statistics

    def shake(self) -> None:
        self._watch.options["shake"] = not self._watch.options["shake"]
        self._watch.say("screen shake on" if self._watch.options["shake"] else "screen shake off")
        self._watch.remember_options()

    def mute(self) -> None:
        self._watch.muted = not self._watch.muted
        self._watch.say("sound off" if self._watch.muted else "sound on")
        self._watch.remember_options()

    def screenshot(self) -> None:
        watch = self._watch
        path = _free_path(watch.session.path.parent, f"{watch.session.path.stem}-{self._transport.tick}", ".png")
        try:
            pygame.image.save(watch.window.surface, path)
        except (pygame.error, OSError) as error:
            watch.say(f"no screenshot: {error}")
        else:
            watch.say(f"saved {path.name}")

    def full_screen(self) -> None:
        self._watch.window.toggle_fullscreen()

    def hide(self) -> None:
        self._watch.hidden = not self._watch.hidden

    def browser(self) -> None:
        from replay.watch.browser import Browser

        self._watch.next = Browser(self._watch.session.path.parent)

    def close(self) -> None:
        watch = self._watch
        watch.next = watch.back() if watch.back is not None else None
        watch.done = True

    def help(self) -> None:
        self._watch.help = True


def _free_path(folder: Path, stem: str, suffix: str) -> Path:
    """A file name that is not taken."""
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
