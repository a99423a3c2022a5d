"""The report in HTML, and reports of runs that were stopped."""

import base64
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browsers import BROWSER, Shown
from damage import record
from installed import install
from patience import PATIENCE_SECONDS
from toys import COUNTER, Counter, CounterMatch, DriftingGame

from replay import Recording, verify
from replay.cli.report_card import Extras
from replay.cli.report_page import CARDS, HtmlReport
from replay.prove.causes import Causes, Extent, sign_of

ROOT = Path(__file__).parents[3]
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&{{style}}.replay".replace("/", "\u2215")


class Tags(HTMLParser):
    """All tags and links of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.attributes = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attributes}
        self.links += [value for name, value in attributes if name in ("href", "src")]


@pytest.fixture
def folder(tmp_path, installed, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    folder = tmp_path / "recordings"
    folder.mkdir()
    for number in range(3):
        record(folder / f"drift{number}.replay", DriftingGame(), ticks=700, seed=number)
    record(folder / "fine.replay", COUNTER, ticks=90)
    (folder / EVIL).write_bytes(b"?")
    return folder


def test_the_report_is_one_file_with_a_card_for_each_cause(call, folder, tmp_path):
    out = tmp_path / "out.html"
    assert call("verify", folder, "--report", out)[0] == 1
    text = out.read_text()
    assert text.count("<section id=") == 2 and "3 diverged, 1 ok" in text and "not all" not in text
    assert "3 recordings: " in text and "drift2.replay" in text and "players[1].sum" in text and "first bad tick <b>100</b>" in text
    assert text.count("<figure>") == 4 and "What was recorded at tick 100 is not in the file" in text
    link = re.search(r'download="drift0.small.replay" href="data:application/octet-stream;base64,([^"]+)"', text)
    (tmp_path / "small.replay").write_bytes(base64.b64decode(link[1]))
    with Recording(tmp_path / "small.replay") as small:
        assert small.ticks < 700
    assert verify(tmp_path / "small.replay", COUNTER).first_bad_tick == 100


def test_names_are_text_in_it_and_nothing_leads_out(call, folder, tmp_path):
    call("verify", folder, "--report", tmp_path / "out.html")
    page = Tags((tmp_path / "out.html").read_text())
    assert "script" not in page.tags and not [name for name in page.attributes if name.startswith("on")]
    assert page.links and all(link.startswith(("data:", "#cause-")) for link in page.links)
    assert "default-src 'none'; script-src 'none'" in (tmp_path / "out.html").read_text()
    assert "&lt;script&gt;alert(1)" in (tmp_path / "out.html").read_text()


@BROWSER
def test_it_fits_every_width_and_the_policy_has_nothing_to_complain_of(call, folder, tmp_path, browser):
    call("verify", folder, "--report", tmp_path / "out.html")
    for width, scheme in ((390, "dark"), (1280, "light"), (2560, "dark")):
        with Shown(browser, (tmp_path / "out.html").as_uri(), (width, 900), color_scheme=scheme) as shown:
            assert shown.ask("document.documentElement.scrollWidth") == width
            assert shown.ask("getComputedStyle(document.querySelector('section')).borderLeftStyle") == "solid"
            assert not shown.errors and not shown.requests


def test_of_many_causes_the_rest_is_counted(tmp_path):
    (tmp_path / "x.replay").write_bytes(b"?")
    causes, extent = Causes(), Extent(CARDS + 3)
    with HtmlReport(tmp_path / "out.html", extent) as report:
        for number in range(CARDS + 3):
            verification = verify(tmp_path / "x.replay")
            verification.message = f"{number}"
            cause = causes.add("x", verification.verdict, sign_of(verification))
            report.add(verification, None, cause)
            extent.done += 1
    assert "and 3 more causes" in (tmp_path / "out.html").read_text()


def test_a_card_that_is_interrupted_holds_what_there_was_time_for(folder, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Extras, "shrunk", interrupt)
    verification = verify(folder / "drift0.replay", COUNTER)
    cause = Causes().add("x", verification.verdict, sign_of(verification), 100)
    with pytest.raises(KeyboardInterrupt), HtmlReport(tmp_path / "out.html", Extent(3, 1, is_cut=False)) as report:
        report.add(verification, None, cause)
    text = (tmp_path / "out.html").read_text()
    assert "players[1].sum" in text and "The whole report" in text and "<figure>" in text
    assert "not all: 1 of 3 recordings verified" in text and "made short" not in text


def test_pytest_writes_it_too(folder, tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:xdist",
            "-q",
            "recordings",
            "--replay-report=out.html",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment(tmp_path),
    )
    text = (tmp_path / "out.html").read_text()
    assert done.returncode == 1 and text.count("<section id=") == 1 and "3 recordings: " in text and "players[1].sum" in text


def environment(folder, **more):
    if not (folder / "named").exists():
        games = "counter = toys:COUNTER\nwaiting = test_report_page:WAITING\n"
        install(folder / "named", f"[pytest11]\nreplay = replay.cli.pytest_plugin\n[replay.games]\n{games}")
    places = [folder / "named", Path(__file__).parent, Path(__file__).parents[1], ROOT / "tests", ROOT]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GITHUB_", "PYTEST"))}
    return {**clean, "PYTHONPATH": os.pathsep.join(map(str, places)), **more}


# --- runs that are stopped ---


class WaitingMatch(CounterMatch):
    """Its second one waits to be stopped."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        if os.environ.get("WAIT_AT") == str(seed):
            Path(os.environ["WAITING"]).touch()
            time.sleep(PATIENCE_SECONDS)


class Waiting(Counter):
    name, match = "waiting", WaitingMatch


WAITING = Waiting()


@pytest.fixture
def stopped(tmp_path):
    """Runs a command over five recordings, and stops it in the third."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "recordings").mkdir()
    for number in range(5):
        record(tmp_path / "recordings" / f"{number}.replay", WAITING, ticks=90, seed=number)

    def run(number, *command):
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(tmp_path, WAIT_AT="2", WAITING=str(tmp_path / "now"), GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md")),
        )
        until = time.monotonic() + PATIENCE_SECONDS
        while not (tmp_path / "now").exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(number)
        return process.communicate(timeout=PATIENCE_SECONDS)[0], process.returncode

    return run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_run_that_is_stopped_leaves_its_reports_and_says_that_they_are_not_all(stopped, tmp_path, number):
    options = ["--junit", "report.xml", "--report", "out.html", "--github"]
    out, code = stopped(number, "replay", "verify", "recordings", *options)
    assert (
        code == 130 and "2 of 5 recordings in" in out and "::error title=replay verify::not all: 2 of 5 recordings verified" in out
    )
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("errors")) == ("3", "1")
    assert suite.find("testcase/error").get("message") == "not all: 2 of 5 recordings verified"
    for file in ("out.html", "summary.md"):
        assert "not all: 2 of 5 recordings verified" in (tmp_path / file).read_text()


def test_pytest_that_is_stopped_leaves_its_reports_too(stopped, tmp_path):
    plugins = ["-p", "no:xdist", "-p", "no:hypothesispytest"]
    out, code = stopped(signal.SIGTERM, "pytest", *plugins, "recordings", "--replay-report=out.html", "--junitxml=report.xml")
    assert code == 2 and "not all: 2 of 5 recordings verified" in out
    assert "not all: 2 of 5 recordings verified" in (tmp_path / "out.html").read_text()
    cases = {case.get("name"): case for case in ElementTree.parse(tmp_path / "report.xml").getroot().iter("testcase")}
    assert len(cases) >= 3 and "not all: 2 of 5 recordings verified" in cases["all recordings"].find("error").text
