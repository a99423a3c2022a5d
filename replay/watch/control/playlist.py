"""What keys and mouse do with the recordings that are watched one after the other."""

from __future__ import annotations

import pygame

from replay.watch.model.desk import Desk
from replay.watch.model.menu import item_at
from replay.watch.model.playlist import Playlist
from replay.watch.model.wish import Compare, Open

_ALONE = "one recording is open: replay watch FOLDER/*.replay lists several"


def go_on_at_end(desk: Desk, was_playing: bool) -> None:
    """At the end that one has played to comes the next of the list; where that cannot be watched, the one after it. was_playing:
    before this frame."""
    transport, playlist = desk.transport, desk.playlist
    if playlist is not None and playlist.goes_on:
        is_at_end = not transport.playing and not transport.jumped and transport.position >= transport.ticks
        playlist.is_over = is_at_end and (was_playing or playlist.is_over) and go_on(desk, 1)


def go_on(desk: Desk, step: int) -> bool:
    """Wish for the next (1) or previous (-1) recording of the list. False if there is none."""
    playlist = desk.playlist
    index = None if playlist is None else playlist.neighbour(step)
    if playlist is None or index is None:
        return False
    open_at(desk, playlist, index)
    return True


def open_at(desk: Desk, playlist: Playlist, index: int) -> None:
    """Wish for a recording of the list, played as the current one is."""
    path = playlist.files[index].path
    desk.wish = Open(path, at=playlist.moment(index), speed=desk.transport.speed, playlist=playlist)


def neighbour(step: int, desk: Desk) -> None:
    if not go_on(desk, step):
        listed = desk.playlist is not None and len(desk.playlist.files) > 1
        desk.say(("no recording after this one" if step > 0 else "no recording before this one") if listed else _ALONE)


def toggle_list(desk: Desk) -> None:
    """Show the list, or no longer."""
    if desk.playlist is None:
        desk.say(_ALONE)
    else:
        desk.playlist.toggle()


def takes(desk: Desk, event: pygame.event.Event, at: tuple[int, int]) -> bool:
    """Whether a click, or a turn of the wheel with the mouse at a point, is for the list: then it is done. A click watches what it
    is on, a right click puts that beside the current one."""
    playlist = desk.playlist
    if playlist is None or not playlist.is_shown or desk.switches.help or (index := item_at(playlist.places, at)) is None:
        return False
    if event.type == pygame.MOUSEWHEEL:
        playlist.scroll(-event.y)
    elif event.type != pygame.MOUSEBUTTONDOWN:
        return False
    elif event.button == pygame.BUTTON_LEFT and index != playlist.at:
        open_at(desk, playlist, index)
    elif event.button == pygame.BUTTON_RIGHT and index != playlist.at:
        transport, other = desk.transport, playlist.files[index].path
        desk.wish = Compare(desk.session.path, is_paused=not transport.playing, playlist=playlist, other=other)
    return True
