"""The compiled game of the guide, with a look of its own, as a page in a real browser."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from browsers import BROWSER, Shown
from installed import install
from needs import WASM
from pages import blocks

from replay.core.errors import UsageError
from replay.web.bundle import scoped

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "replay" / "docs" / "pages.md"
PLAYERS = ["Ada", "Bo", "<b>Cleo"]
RECORD = """
import sys
import numpy as np
from balls import GAME, INPUT
from replay import Recorder
for seed in (7, 8):
    with Recorder(f"{seed}.replay", GAME, seed=seed, players=sys.argv[1:]) as recorder:
        for tick in range(300):
            recorder.step(np.array([(3 if tick // (40 + 9 * player) % 2 else -3,) for player in range(3)], INPUT))
"""
CANVAS = """() => { const canvas = document.getElementById("stage");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) colours.add([...data.slice(at, at + 3)].join());
  return [...colours]; }"""


class Balls:
    """A project of the game: two recordings, of seeds 7 and 8."""

    def __init__(self, folder):
        self.folder = folder
        for block in blocks(GUIDE.read_text("utf-8")):
            if block.title:
                (folder / block.title).write_text(block.text)
        groups = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]
        install(folder, "".join(f"[{group}]\n{name} = {at}\n" for group, own in groups.items() for name, at in own.items()))
        self.python("-c", RECORD, *PLAYERS)

    def python(self, *arguments):
        # Compiled once for as long as the guide's rules stay.
        environment = os.environ | {"PYTHONPATH": str(ROOT), "REPLAY_CACHE": str(ROOT / ".cache" / "native")}
        done = subprocess.run([sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def page(self, name="balls.html"):
        self.python("-m", "replay", "export", "7.replay", "-o", name)
        return (self.folder / name).as_uri()

    def without(self, function):
        """The look without one of its exports."""
        look = self.folder / "balls.js"
        look.write_text(look.read_text().replace(f"export function {function}", f"function {function}"))


@pytest.fixture(scope="module")
def balls(tmp_path_factory):
    return Balls(tmp_path_factory.mktemp("balls"))


def given(page, recording):
    """Drop a recording on an open page, and wait for what it says."""
    page.ask("() => { delete document.documentElement.dataset.verdict; }")
    page.page.set_input_files("#file", recording)
    page.page.wait_for_selector("html[data-verdict], #problem:not([hidden])", state="attached")


@BROWSER
@WASM
def test_the_look_of_the_guide_draws_and_tells_a_match_that_is_proved(browser, balls):
    with Shown(browser, f"{balls.page()}#t=4s&follow=Bo", reduced_motion="reduce") as page:
        page.ready()
        assert page.page.inner_text("#verdict") == "proved here"
        assert "300 of 300 ticks" in page.page.inner_text("#verdict-detail")
        page.until("document.querySelector('#feed li')")
        assert "<b>Cleo bounces off the wall at " in page.page.inner_text("#feed")
        assert [page.page.locator("#table th[scope=col]").all_inner_texts()] == [["player", "bounces"]]
        assert {"230,159,0", "0,186,137"} <= set(page.ask(CANVAS))  # two of the players, who have not just bounced
        assert page.ask("() => [window.replay.director.seat, document.querySelectorAll('tr.dead').length]") == [1, 0]
        given(page, balls.folder / "8.replay")  # `newMatch` begins any match
        assert page.page.inner_text("#verdict") == "proved here" and page.ask("() => String(window.replay.header.seed)") == "8"
        assert not page.errors and not page.requests


@BROWSER
@WASM
def test_a_look_alone_is_enough_for_the_page_of_one_match(browser, balls):
    balls.without("newMatch")
    with Shown(browser, balls.page("alone.html"), reduced_motion="reduce") as page:
        page.ready()
        assert page.page.inner_text("#verdict") == "proved here" and page.page.locator("#table td").count() == len(PLAYERS)
        given(page, balls.folder / "8.replay")
        assert "this page knows how its own match begins, and no other" in page.page.inner_text("#problem")
        assert page.page.inner_text("#verdict") == "proved here" and not page.errors


@pytest.mark.parametrize("line", ["export default class {}", "export { tell };", 'import * as all from "./all.js";'])
def test_a_module_that_could_not_run_in_a_page_is_refused_at_export(tmp_path, line):
    module = tmp_path / "look.js"
    module.write_text(f'import {{ Look }} from "./look.js";\nfunction tell() {{}}\n{line}\n')
    with pytest.raises(UsageError, match=r"look\.js: .* cannot be in a page"):
        scoped([module])
    module.write_text('import { Look } from "./look.js";\nexport function tell() {}\n')
    assert scoped([module]) == "(() => {\nfunction tell() {}\nreturn {tell};\n})()"
