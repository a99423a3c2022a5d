"""The page in the report that plays the moment, in a real browser."""

import re

import numpy as np
import pytest
from browsers import BROWSER, Shown, launch
from damage import record
from installed import install
from native_toy import TOY, Toy, ToyMatch
from needs import WASM
from patience import PATIENCE_SECONDS
from toys import random_inputs

from replay import verify
from replay.cli.report_page import HtmlReport
from replay.native.engine import engine_of
from replay.prove.causes import Causes, Extent, sign_of
from replay.web import embedded
from replay.web.embedded import Moments

pytestmark = [BROWSER, WASM]


class NarrowMatch(ToyMatch):
    """Its walls stand where they do not today."""

    def __init__(self, engine, seed, players):
        super().__init__(engine, seed, players)
        self.tables.view[:8] = np.array([-4000, 4000], "<i4").tobytes()


class Narrow(Toy):
    def new_match(self, seed, players, config):
        return NarrowMatch(engine_of(TOY.new_match(seed, players, config).kernels), seed, players)


@pytest.fixture
def still(browser):
    """A browser in which nothing moves by itself. What a page is told of that may reach a frame in it too late."""
    with launch(browser.browser_type, "--force-prefers-reduced-motion") as quiet:
        yield quiet


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A report of three causes of one game; gives its path and the first bad ticks."""
    tmp_path = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(install(tmp_path / "site", "[replay.games]\ntoy = native_toy:TOY\n"))
        yield report_of_three(tmp_path)


def report_of_three(tmp_path):
    causes, ticks = Causes(), []
    with HtmlReport(tmp_path / "out.html", Extent(3)) as report:
        for seed in range(3):
            rows = random_inputs(TOY, 400, 3, seed)
            rows["jump"] &= 1
            record(tmp_path / f"{seed}.replay", Narrow(), inputs=rows, seed=seed)
            verification = verify(tmp_path / f"{seed}.replay")
            assert verification.first_bad_tick
            ticks.append(verification.first_bad_tick)
            verification.message += f" {seed}"
            sign = sign_of(verification)._replace(kind=str(seed))
            report.add(verification, None, causes.add(f"{seed}.replay", verification.verdict, sign))
    return tmp_path / "out.html", ticks


def test_it_holds_the_player_once_and_opens_it_when_asked_before_the_bad_tick(written, still):
    path, ticks = written
    text = path.read_text("utf-8")
    assert len(re.findall('id="player-', text)) == 1 and len(re.findall('id="moment-', text)) == 3
    for size in ((1280, 720), (360, 640)):
        with Shown(still, path.as_uri(), size, reduced_motion="null") as shown:
            assert shown.ask("document.querySelectorAll('iframe').length") == 0
            shown.page.click("#cause-2 button[data-moment]")
            frame = shown.page.frame_locator("#cause-2 iframe")
            frame.locator("html[data-verdict]").wait_for(state="attached", timeout=1000 * PATIENCE_SECONDS)
            assert frame.locator("#verdict").inner_text() == f"diverged at tick {ticks[1]}"
            at = max(ticks[1] - 3 * TOY.ticks_per_second, 0)
            assert frame.locator("#tick").inner_text().startswith(f"tick {at} ")
            assert shown.ask("document.documentElement.scrollWidth") == size[0]
            shown.page.click("#cause-2 button[aria-expanded=true]")
            assert shown.ask("document.querySelectorAll('iframe').length") == 0
            assert not shown.errors and not shown.requests


def test_the_frame_has_no_rights_and_what_stands_in_the_report_does_not_run(written, browser, tmp_path):
    text, path = written[0].read_text("utf-8"), tmp_path / "evil.html"
    evil = '<p id="mark"></p><script>mark.textContent = "ran"</script><img src="x:" onerror="mark.textContent = 1">'
    path.write_text(text.replace("<main>", f"<main>{evil}"), "utf-8")
    with Shown(browser, path.as_uri()) as shown:
        shown.page.click("#cause-1 button[data-moment]")
        frame = shown.page.frame_locator("#cause-1 iframe")
        frame.locator("html[data-verdict]").wait_for(state="attached", timeout=1000 * PATIENCE_SECONDS)
        assert frame.locator("html").evaluate("() => window.origin") == "null"
        assert shown.page.inner_text("#mark") == ""
        assert shown.errors and all("Content Security Policy" in error for error in shown.errors)


def test_the_moment_can_be_saved_as_a_page_of_its_own(written, browser, tmp_path):
    path, ticks = written
    with Shown(browser, path.as_uri()) as shown, shown.page.expect_download() as download:
        shown.page.click("#cause-3 button[data-name]")
        download.value.save_as(tmp_path / "saved.html")
    assert download.value.suggested_filename == "2.html"
    with Shown(browser, (tmp_path / "saved.html").as_uri(), reduced_motion="reduce") as shown:
        shown.ready()
        assert shown.page.inner_text("#verdict") == f"diverged at tick {ticks[2]}" and not shown.errors


def test_a_recording_that_is_too_long_is_not_carried(written, monkeypatch):
    assert Moments().add(written[0].parent / "0.replay", TOY, at=0) == ("player-0", "moment-0")
    monkeypatch.setattr(embedded, "MOST_BYTES", 100)
    assert Moments().add(written[0].parent / "0.replay", TOY, at=0) is None
