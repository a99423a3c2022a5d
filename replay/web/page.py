"""Pages: the HTML around a script. One file that needs nothing else, no network and no server.

What comes out of a recording is data in it, never markup: its bytes in base64, and text that is escaped. A content security policy
allows this script and this style alone, by their hashes, and no connection to anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from replay.core.game import Game
from replay.native.kernels import Kernels
from replay.native.wasm import module_of
from replay.watch.model.commands import COMMANDS, GROUPS
from replay.web.bundle import PLAYER, in_order, joined, literal, scoped

# In a browser some keys have a meaning already.
_KEYS = {"full_screen": ["F"], "browser": ["Ctrl+O"], "save_clip": ["Ctrl+S"]}
_HELP = {"browser": "open another recording", "save_clip": "save the recording"}
_HERE = "\0"  # where the data of a page goes


class GamePage(Protocol):
    """What a compiled game adds to its pages, by entry point in the group `replay.web`.

    kernels: its rules. modules: files of JavaScript, each after what it needs, which may export `newMatch`, `GameLook`, `check` and
    `resultOf`: see the guide's topic `pages`. constants: plain data for them.
    """

    kernels: Kernels
    modules: Sequence[Path]

    def constants(self) -> dict[str, Any]: ...


def game_script(game: Game, parts: GamePage) -> str:
    """The script of every page of a game: the player, the rules as WebAssembly, its look. Raises MachineError if there is no
    WebAssembly and none can be made."""
    code = module_of(parts.kernels)
    return script_of(
        {
            "name": game.name,
            "rules": game.rules,
            "rate": game.ticks_per_second,
            "packed": packed(code),
            "size": len(code),
            "constants": parts.constants(),
        },
        scoped(parts.modules),
    )


def script_of(facts: Mapping[str, Any], modules: str = "{}") -> str:
    """The player, and what it knows of a game: `facts`, and an expression with what its modules export."""
    commands = [
        [each.name, _KEYS.get(each.name, list(each.keys)), _HELP.get(each.name, each.help), each.group] for each in COMMANDS
    ]
    player = joined(in_order(PLAYER / "page.js"))
    begin = (
        f'start({{...{literal(facts)}, ...{modules}}}, JSON.parse(at("data").textContent), {literal(commands)}, {literal(GROUPS)});'
    )
    return f'(() => {{\n"use strict";\n{player}{begin}\n}})();\n'


def film_script(game: str, rules: int) -> str:
    """The script of a page that shows what was recorded when it was made: no rules, no proof."""
    return script_of({"name": game, "rules": rules}, scoped((PLAYER / "reel.js", PLAYER / "film.js")))


def packed(data: bytes) -> str:
    """Deflated, in base64."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    return base64.b64encode(compressor.compress(data) + compressor.flush()).decode()


def recording_data(name: str, recording: bytes) -> dict[str, Any]:
    """What a page that re-simulates holds of a match. name: of the file."""
    return {"name": name, "recording": base64.b64encode(recording).decode()}


def film_data(name: str, recording: bytes, told: Mapping[str, Any], pictures: Sequence[bytes]) -> dict[str, Any]:
    """What a page that shows a film holds of a match: what it tells, as plain data, its pictures, and the recording, for those who
    want to prove it themselves. name: of the file."""
    text = json.dumps(told, separators=(",", ":"), allow_nan=False).encode()
    parts = [base64.b64encode(part).decode() for part in pictures]
    return recording_data(name, recording) | {"told": packed(text), "size": len(text), "parts": parts}


def page(script: str, data: Mapping[str, Any], *, game: str, title: str) -> str:
    """A whole page with its script inside, packed: that is half as large, and a loader of a few lines unpacks it."""
    before, after = frame(script, game=game, title=title)
    return f"{before}{literal(data)}{after}"


def frame(script: str, *, game: str, title: str) -> tuple[str, str]:
    """What stands before and after `literal(data)` in a page: once for many recordings of a game."""
    scripts = (
        f'<script type="application/octet-stream" id="player">{packed(script.encode())}</script>\n<script>{_loader()}</script>'
    )
    whole = document(PLAYER / "page.html", _allowed(), data_block(_HERE) + scripts, title=title, game=game)
    before, _, after = whole.partition(literal(_HERE))
    return before, after


def _loader() -> str:
    return (PLAYER / "loader.js").read_text("utf-8")


def _allowed() -> str:
    """The loader may add a script; what stands in the page may not."""
    return f"'{hash_of(_loader())}' 'strict-dynamic' 'wasm-unsafe-eval'"


def holding_pages(template: Path, script: str, scripts: str, **texts: str) -> str:
    """A document that opens pages in frames, which may do no more than it may itself. script: the one that opens them."""
    allowed, style = f"'{hash_of(script)}' {_allowed()}", _style(PLAYER / "page.css")
    return document(template, allowed, f"{scripts}<script>{script}</script>", styles=(style,), **texts)


def shared_page(source: str, data: Mapping[str, Any], *, game: str, title: str) -> str:
    """A page whose script is a file beside it, for many pages of one game. source: the file's name, of plain letters."""
    # To most browsers a file is not of the same origin as the file beside it.
    allowed = "'self' file: 'wasm-unsafe-eval'"
    return document(PLAYER / "page.html", allowed, f'{data_block(data)}<script src="{source}"></script>', title=title, game=game)


def document(template: Path, allowed: str, scripts: str, *, styles: Sequence[str] = (), **texts: str) -> str:
    """A template of HTML, with the style of the same name and scripts in it. allowed: which ones may run, as the policy says it.
    styles: others than its own that may be used in it."""
    style = _style(template.with_suffix(".css"))
    hashes = " ".join(f"'{hash_of(each)}'" for each in (style, *styles))
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src {hashes}; "
        "img-src data: blob:; media-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    parts = {name: html.escape(text) for name, text in texts.items()} | {"policy": policy, "style": style, "scripts": scripts}
    head, *rest = template.read_text("utf-8").split("{{")
    return head + "".join(parts[name] + text for name, _, text in (piece.partition("}}") for piece in rest))


def data_block(data: Any) -> str:
    """Plain data where a script finds it."""
    return f'<script type="application/json" id="data">{literal(data)}</script>\n'


def hash_of(text: str) -> str:
    """Of a script or a style, as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _style(path: Path) -> str:
    return " ".join(path.read_text("utf-8").split())
