"""Pages of arena's recordings, and what tests ask of one that is open."""

import re
from pathlib import Path

from replay.web.made import page_of

STATE = """() => { const {transport: t, director: d, switches: s, tab, marks} = window.replay;
  return {tick: t.tick, playing: t.playing, speed: t.speed, direction: t.direction, loop: [t.loopIn, t.loopOut, t.looping],
          mode: d.mode, seat: d.seat, zoom: d.wanted ?? d.zoom, ...s, tab, own: marks.own.length,
          help: document.getElementById("help-card").open, go: document.getElementById("go-card").open}; }"""
_NAMES = {"Left": "ArrowLeft", "Right": "ArrowRight", "Up": "ArrowUp", "Down": "ArrowDown", "Space": "Space", "Ctrl": "Control"}


def url_of(folder, recording, **options):
    """The page of a recording, made once in a folder."""
    path = folder / f"{Path(recording).stem}.html"
    if not path.exists():
        path.write_text(page_of(recording, **options), "utf-8")
    return path.as_uri()


def verdict(page):
    return page.ask(
        "() => { const {source} = window.replay; return [source.verdict.mood, source.verdict.text, source.firstBadTick]; }"
    )


def open_bytes(page, data, name="other.replay"):
    """Give the page another recording, as somebody who chooses one does; once it has been proved or refused."""
    page.ask("() => { delete document.documentElement.dataset.verdict; document.getElementById('problem').hidden = true; }")
    page.page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
    page.page.wait_for_selector("html[data-verdict], #problem:not([hidden])", state="attached")


def press(page, key):
    """A key as the table of commands writes it."""
    page.page.keyboard.press("+".join(_NAMES.get(part, part) for part in re.split(r"(?<=.)\+", key)))
