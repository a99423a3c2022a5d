"""Arena's picture on a canvas of a real browser, beside the window's: the same moments, cameras and sizes."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pygame
import pytest
from PIL import Image

from game import rules
from game.kernels import KERNELS
from game.look import ArenaLook, effects, picture
from game.look.sprites import outlined
from game.web import ArenaPage
from replay.native.engine import engine_of
from replay.watch.model.scene import Scene
from replay.watch.model.session import Session
from replay.web.bundle import PLAYER, joined, literal

# What a test asks of the page: pictures of scenes, and the words of a recording.
_PAGE = """
const lookOf = (header) => new GameLook({ header, constants: CONSTANTS });
const stateOf = (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return record(LAYOUT, new DataView(bytes.buffer));
};
// Words that keep their room and leave it empty.
const silence = (sprites) => {
  const { words } = sprites;
  sprites.words = (...given) => {
    const { width, height } = words.apply(sprites, given);
    return sheet(width, height);
  };
};
window.picture = ({ header, size, camera, before, after, wordless, ...scene }) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = size;
  const { x, y, scale } = camera;
  const seen = new Camera([0, 0, ...size], x, y, scale);
  const look = lookOf(header);
  if (wordless) silence(look.sprites);
  look.draw(canvas.getContext("2d"), { ...scene, camera: seen, before: stateOf(before), after: stateOf(after) });
  return canvas.toDataURL("image/png");
};
// Play some states, with a zoom from 1 to `zoom`: how many canvases are made, and whether the context and the events are as before.
window.played = ({ header, size, states, events, zoom }) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = size;
  const ctx = canvas.getContext("2d");
  const rows = states.map(stateOf);
  const look = lookOf(header);
  const given = JSON.stringify([events, states]);
  let canvases = 0;
  document.createElement = (name) => {
    canvases += 1;
    return Document.prototype.createElement.call(document, name);
  };
  for (const [index, before] of rows.slice(0, -1).entries()) {
    const camera = Camera.fit([0, 0, ...size], look.world);
    camera.scale *= 1 + ((zoom - 1) * index) / rows.length;
    const time = before.tick + 0.5;
    const recent = events.filter(({ tick }) => tick < time && tick > time - look.memorySeconds * 60);
    const options = { shake: true };
    look.draw(ctx, { camera, before, after: rows[index + 1], alpha: 0.5, time, events: recent, follow: 0, options });
  }
  delete document.createElement;
  const isPlain = ctx.globalAlpha === 1 && ctx.globalCompositeOperation === "source-over" && ctx.getTransform().isIdentity;
  return [canvases, isPlain && given === JSON.stringify([events, states])];
};
window.told = ({ header, events, states, inputs }) => {
  const look = lookOf(header);
  const seats = look.names.map((_, seat) => seat);
  return {
    sentences: events.map((event) => look.tell(event)),
    colours: events.map((event) => look.tell(event).map((part) => look.partColour(part))),
    players: events.map((event) => look.playersOf(event)),
    places: events.map((event) => look.placeOf(event)),
    feed: look.feed(events),
    states: states.map(stateOf).map((state) => ({
      standings: look.standings(state),
      lines: look.lines(state),
      result: look.resultText(state),
      crowned: look.crowned(state),
      details: seats.map((seat) => look.details(state, seat)),
      places: seats.map((seat) => look.place(state, seat)),
    })),
    inputs: inputs.map((row) => look.inputs(row)),
    marks: look.kinds.map((kind) => look.mark(kind)),
    look: [look.world, look.columns, look.weights, look.memorySeconds],
  };
};
window.drawn = (stream, count) => [Array.from(shares(stream, count)), Array.from(bell(stream, count))];
"""


def script(changes: Mapping[str, str] | None = None) -> str:
    """The page's script. changes: texts of it that are replaced, to see what then differs."""
    names = ("bytes", "records", "look")
    text = joined([PLAYER / f"{name}.js" for name in names] + list(ArenaPage.modules))
    layout = engine_of(KERNELS).layouts["state"]
    text = f"(() => {{const CONSTANTS = {literal(ArenaPage.constants())}, LAYOUT = {literal(layout)};\n{text}{_PAGE}}})()"
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    return text


class Canvas:
    """A page of a browser that draws scenes."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.load()

    def load(self, changes: Mapping[str, str] | None = None) -> None:
        """Begin anew, with another script."""
        self._page.goto("about:blank")
        self._page.add_script_tag(content=script(changes))
        assert not self.errors, self.errors

    def picture(self, session: Session, scene: Scene, size: tuple[int, int], *, wordless: bool = False) -> np.ndarray:
        """A scene as the page draws it, shape (height, width, 3). wordless: without its letters."""
        camera = scene.camera
        asked = {
            "header": header_of(session),
            "size": size,
            "camera": {"x": camera.x, "y": camera.y, "scale": camera.scale},
            "before": state_text(scene.before),
            "after": state_text(scene.after),
            "alpha": scene.alpha,
            "time": scene.time,
            "events": plain_events(scene.events),
            "follow": scene.follow,
            "options": dict(scene.options),
            "wordless": wordless,
        }
        return pixels_of(self.ask("picture", asked))

    def picture_of_page(self, path: Path, moment: str) -> np.ndarray:
        """What a page of a recording shows at a moment, after it has proved it. Its camera shows the whole world."""
        page = self._page.context.browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{path.as_uri()}#t={moment}")
        page.get_by_text("proved here").first.wait_for()
        data = page.evaluate("document.getElementById('stage').toDataURL()")
        page.close()
        assert not self.errors, self.errors
        return pixels_of(data)

    def ask(self, name: str, *given: Any) -> Any:
        """Call a function of the page."""
        answer = self._page.evaluate(f"given => window.{name}(...given)", json.loads(json.dumps(given)))
        assert not self.errors, self.errors
        return answer


def pixels_of(data: str) -> np.ndarray:
    """A PNG as a `data:` address, as rows of RGB."""
    image = Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2])))
    return np.asarray(image.convert("RGB"))


def header_of(session: Session) -> dict[str, Any]:
    """What the page says of a recording."""
    header = session.recording.header
    return {
        "config": dict(header.config),
        "players": [{"name": player.name, "kind": player.kind} for player in header.players],
        "event_kinds": rules.EVENT_KINDS,
    }


def state_text(state: Any) -> str:
    return base64.b64encode(state.tobytes()).decode()


def plain_events(events: Any) -> list[dict[str, int]]:
    return [dict(zip(events.dtype.names, event, strict=True)) for event in events.tolist()]


def window_picture(session: Session, scene: Scene, size: tuple[int, int], *, wordless: bool = False) -> np.ndarray:
    """What the window draws of a scene, as `Canvas.picture`."""
    surface = pygame.Surface(size)
    with pytest.MonkeyPatch.context() as patch:
        if wordless:
            for module in (effects, picture):
                patch.setattr(module, "outlined", _room_of_words)
        ArenaLook(session.story).draw(surface, scene)
    return pygame.surfarray.array3d(surface).swapaxes(0, 1)


def _room_of_words(*given: Any, **options: Any) -> pygame.Surface:
    return pygame.Surface(outlined(*given, **options).get_size(), pygame.SRCALPHA)


def differences(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """How far two pictures are apart, in levels of 0..255: on average, and in the worst block of 16 x 16 pixels."""
    apart = np.abs(one.astype(int) - other).mean(axis=2)
    rows, columns = (length // 16 for length in apart.shape)
    blocks = apart[: rows * 16, : columns * 16].reshape(rows, 16, columns, 16).mean(axis=(1, 3))
    return float(apart.mean()), float(blocks.max())
