"""Pages of games that no browser runs, and folders of pages, in a real browser. Needs Chromium; without one they are skipped."""

import http.server
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from browsers import BROWSER, Shown
from hostile import FORMS
from installed import install
from needs import WASM
from plain_games import Pong
from shown import BITS, Dial, Liar, tick_in

from replay import Recorder
from replay.core.errors import UsageError
from replay.prove.conformance.given import random_inputs
from replay.watch.pages import page_of
from replay.watch.site import export_site, page_names
from replay.web.made import write_whole

pytestmark = BROWSER

RECORDINGS = Path(__file__).parents[3] / "recordings"
GAMES = """[replay.games]
counter = toys:COUNTER
dial = shown:Dial
liar = shown:Liar
pong = plain_games:Pong
"""
TICKS = 300
FITS = "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight, document.body.scrollHeight]"
OWNED = """() => [window.owned, document.querySelectorAll("iframe, form[action], link[rel=stylesheet], base, object, embed").length,
  [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some(({ name }) => /^on/.test(name))).length]"""
PIXELS = """() => {
  const canvas = document.querySelector("#tip-picture"), { width, height } = canvas;
  return [width, height, [...canvas.getContext("2d").getImageData(0, 0, width, height).data]];
}"""
SPELLED = f"""() => {{
  const stage = document.querySelector("#stage"), {{ camera }} = replay.stage, [width, height] = replay.look.world;
  const bits = Array.from({{ length: {BITS} }}, (_, bit) => {{
    const [x, y] = camera.toScreen(((bit + 0.5) * width) / {BITS}, height / 2);
    return stage.getContext("2d").getImageData(x, y, 1, 1).data[1] > 127;
  }});
  return bits.reduce((sum, bit, index) => sum + (bit << index), 0);
}}"""

FRAME = "new Promise((resume) => requestAnimationFrame(resume))"
# Still for some frames on end: a look asks for its pictures when it is drawn, and is drawn again when they have come.
SETTLED = f"""async () => {{
  const {{ look: {{ reel, pictures }}, transport }} = replay;
  const number = Math.floor(transport.tick / pictures.step_ticks);
  for (let still = 0, frames = 0; still < 4 && frames < 900; still++, frames++) {{
    await {FRAME};
    const isComing = reel.video ? reel.shown !== number : !reel.open.get(number);
    if (replay.isDirty || isComing) still = 0;
  }}
  return ({SPELLED})();
}}"""
# Tick and what the stage spells, in every frame until the match stops.
PLAYED = f"""async ([start, way]) => {{
  const {{ transport }} = replay, seen = [];
  replay.goTo(start, 0);
  await ({SETTLED})();
  Object.assign(transport, {{ direction: way, playing: true }});
  replay.invalidate();
  while (transport.playing) {{
    await {FRAME};
    seen.push([transport.tick, ({SPELLED})()]);
  }}
  return seen;
}}"""


@pytest.fixture(autouse=True)
def games(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(install(tmp_path / "installed", GAMES))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Recordings of three games, in a folder with folders."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "cup").mkdir()
    for game, name, ticks in (
        (Dial, "dial.replay", TICKS),
        (Pong, "cup/final.replay", 130),
        (Pong, "pong.replay", 121),
        (Pong, "short.replay", 9),
    ):
        with Recorder(folder / name, game, seed=1, players=["Ann", "Ben"], config={}) as recorder:
            for row in random_inputs(game, ticks, 2, 3):
                recorder.step(row)
            recorder.mark("here")
    players = [form.strip() or "x" for form in FORMS]
    with Recorder(folder / "liar.replay", Liar, seed=1, players=players, config={"map": FORMS[1]}) as recorder:
        for tick in range(80):
            recorder.step()
            if tick < len(FORMS):
                recorder.mark(FORMS[tick])
    return folder


@pytest.fixture
def opened(browser, made):
    """Opens the page of one of the recordings. mark: tells pages of one recording apart."""
    pages = []

    def show(name, size=(1280, 720), mark=""):
        page = made / "pages" / f"{name}{mark}.html"
        if not page.exists():
            write_whole(page, page_of(made / f"{name}.replay").text)
        pages.append(Shown(browser, page.as_uri(), size, reduced_motion="reduce"))  # so it begins paused
        return pages[-1].ready()

    yield show
    for page in pages:
        page.page.close()


def settled(page):
    """The tick that the stage spells, once the picture that was asked for has come."""
    return page.ask(SETTLED)


# --- one page ---


@pytest.mark.parametrize("has_av", [True, False])
def test_the_picture_is_that_of_the_tick_wherever_one_goes(opened, monkeypatch, has_av):
    if not has_av:
        monkeypatch.setattr("replay.watch.film.find_spec", lambda name: True if name == "PIL" else None)
    page = opened("dial", mark="" if has_av else "-stills")
    for tick in (200, 2, TICKS - 1, TICKS, 0, 151, 38):
        page.ask("(tick) => replay.goTo(tick, 0)", tick)
        assert settled(page) == tick // 2 * 2
    for _ in range(4):  # and step by step backwards
        page.page.keyboard.press(",")
    assert settled(page) == 34
    assert not page.errors and not page.requests


def test_it_plays_on_and_back_and_never_without_a_picture(opened):
    page = opened("dial")
    seen = page.ask(PLAYED, [230, 1])
    assert all(228 <= spelled <= tick + 12 for tick, spelled in seen)
    assert len({spelled for _, spelled in seen}) > 3
    seen = page.ask(PLAYED, [70, -1])
    assert all(tick - 1 <= spelled <= 70 for tick, spelled in seen)
    assert len({spelled for _, spelled in seen}) > 3 and not page.errors


def test_it_says_that_it_is_recorded_and_what_the_verifier_said_then(opened):
    page = opened("dial").page
    assert page.inner_text("#verdict") == "recorded pictures"
    said = page.inner_text("#verdict-detail")
    assert "Not computed in this browser" in said and f"verified, {TICKS} ticks" in said and re.search(r"20\d\d, \d\d:\d\d", said)
    assert "proved" not in page.inner_text("body")


def test_a_divergence_is_said_as_it_was_found_at_export(opened, monkeypatch):
    step = Dial.step

    def other(match, inputs):
        step(match, inputs)
        match.beats[0] += match.tick == 200

    monkeypatch.setattr(Dial, "step", other)
    page = opened("dial", (360, 640), mark="-diverged")
    assert page.page.inner_text("#verdict") == "recorded, diverged at tick 201"
    assert page.ask("() => [replay.source.verdict.mood, replay.source.firstBadTick]") == ["bad", 201]
    assert page.ask(FITS)[0] <= 360


def test_the_recording_itself_is_in_it(opened, made):
    page = opened("dial").page
    with page.expect_download() as saved:
        page.keyboard.press("Control+S")
    assert saved.value.suggested_filename == "dial.replay"
    assert Path(saved.value.path()).read_bytes() == (made / "dial.replay").read_bytes()


def test_panels_marks_and_inspector_tell_what_the_match_told(opened):
    page = opened("dial")
    page.ask("() => { replay.goTo(245, 0); replay.switches.inputs = true; }")
    page.page.wait_for_timeout(100)
    assert "bar  player" in page.page.inner_text("#feed").replace("\n", "  ") and "Ann" in page.page.inner_text("#feed")
    assert page.ask("() => replay.marks.all().length") == TICKS // 30 + 1
    page.page.click("[data-tab=inspector]")
    page.page.wait_for_selector("#fields-table td")
    assert "beats[0]" in page.page.inner_text("#fields-table")
    held = page.ask("() => [0, 1].map((seat) => replay.look.inputs(replay.source.inputs(245, seat))[0][1])")
    assert all(type(lit) is bool for lit in held)
    page.page.hover("#bar", position={"x": 640, "y": 40})
    page.page.wait_for_timeout(300)
    width, height, data = page.ask(PIXELS)
    picture = np.array(data, np.uint8).reshape(height, width, 4)[:, :, :3]
    tick = page.ask("() => replay.timeline.under(640, 40).tick")
    assert tick_in(picture) == tick // 2 * 2


def test_a_game_without_pictures_shows_its_fields(opened):
    page = opened("pong")
    assert page.page.inner_text("#verdict") == "recorded fields"
    page.ask("() => { replay.goTo(100, 0); }")
    page.page.wait_for_timeout(100)
    assert "ball.x" in page.page.inner_text("#fields-table") and not page.page.is_visible("#tip-picture")
    assert not page.errors and not page.requests


def test_another_recording_is_refused_in_words(opened, made):
    page = opened("dial").page
    page.set_input_files("#file", made / "pong.replay")
    page.wait_for_selector("#problem:not([hidden])")
    assert "no rules to run another" in page.inner_text("#problem-text")


@pytest.mark.parametrize("size", [(1280, 720), (360, 640)])
def test_nothing_that_a_recording_says_runs_loads_or_breaks_the_page(opened, size):
    page = opened("liar", size)
    for tick in (0, 20, 45, 80):
        page.ask("(tick) => replay.goTo(tick, 0)", tick)
        for tab in ("inspector", "match"):
            page.page.click(f"[data-tab={tab}]")
            page.page.wait_for_timeout(40)
            if tab == "match":
                page.page.hover("#bar", position={"x": size[0] * 0.6, "y": 5})
            assert page.ask(OWNED) == [None, 0, 0]
            width, height, _ = page.ask(FITS)
            assert width <= size[0] and height <= size[1]
            assert page.page.locator("#play").bounding_box()["y"] < size[1] - 20
    assert not page.requests and not page.errors
    assert page.ask("() => replay.look.names.length") == len(FORMS)


# --- a folder of them ---


@contextmanager
def served(folder):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def site(made, tmp_path_factory):
    """A folder of pages of all that was made, and of recordings called by hostile names."""
    root = tmp_path_factory.mktemp("site")
    source = root / "<b>recordings"
    shutil.copytree(made, source, ignore=shutil.ignore_patterns("pages"))
    for first in range(0, len(FORMS), 3):
        name = " ".join(FORMS[first : first + 3]).replace("/", "_").replace("\0", "_").encode()[:200].decode(errors="ignore")
        shutil.copy(made / "short.replay", source / f"{name}.replay")
    (source / "broken.replay").write_text("nonsense")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(install(root / "installed", GAMES))
        files = sorted(source.rglob("*.replay"))
        return export_site(files, source, root / "out"), files


@pytest.mark.parametrize("way", ["file", "http"])
def test_a_site_lists_its_recordings_and_opens_them(browser, site, way):
    folder = site[0].index.parent
    with served(folder) as address, Shown(browser, site[0].index.as_uri() if way == "file" else f"{address}/index.html") as page:
        assert page.page.inner_text("#count") == f"{len(site[1]) - 1} recordings"
        assert page.page.inner_text("h1") == "<b>recordings"
        page.page.keyboard.press("/")
        page.page.keyboard.type("ANN dial")
        assert page.page.inner_text("#count") == f"1 of {len(site[1]) - 1}" and page.page.locator(".card img").count() == 1
        page.page.keyboard.press("ArrowDown")
        page.page.keyboard.press("Enter")
        page.ready()
        assert page.page.inner_text("#verdict") == "recorded pictures"
        page.page.click("#home")
        page.page.wait_for_selector("#search")
        assert not page.errors and all(url.startswith(address) for url in page.requests)


def test_it_is_sorted_searched_and_linked_to(browser, site):
    with Shown(browser, site[0].index.as_uri() + "#q=cup&order=longest") as page:
        files = "() => [...document.querySelectorAll('.file')].map((each) => each.textContent)"
        assert page.ask(files) == ["cup/final.replay"]
        page.page.fill("#search", "")
        assert page.ask(files)[:2] == ["dial.replay", "cup/final.replay"]
        page.page.select_option("#order", "name")
        assert page.ask("() => location.hash") == "#order=name"
        page.page.fill("#search", "nobody of this name")
        assert "nobody of this name" in page.page.inner_text("#nothing")
        page.page.click("#clear")
        assert page.page.locator(".card").count() == len(site[1]) - 1


@pytest.mark.parametrize("size", [(1280, 720), (360, 640)])
def test_nothing_in_the_index_runs_loads_or_breaks_it(browser, site, size):
    with Shown(browser, site[0].index.as_uri(), size) as page:
        page.page.wait_for_timeout(100)
        assert page.ask(OWNED) == [None, 0, 0] and page.ask(FITS)[0] <= size[0]
        links = page.ask("() => [...document.querySelectorAll('a')].map((each) => each.href)")
        assert all(link.startswith(site[0].index.parent.as_uri() + "/") for link in links) and len(set(links)) == len(links)
        heights = page.ask("() => [...document.querySelectorAll('.card')].map((each) => each.offsetHeight)")
        assert max(heights) < 560
        assert not page.errors and not page.requests
        page.page.goto(links[len(links) // 2])
        page.ready()
        assert not page.errors


def test_a_site_has_one_player_for_each_game_and_names_what_it_cannot_read(site):
    written, files = site
    names = sorted(path.name for path in written.index.parent.iterdir())
    assert [re.sub("-[0-9a-f]{12}", "", name) for name in names if name.endswith(".js")] == ["dial.js", "liar.js", "pong.js"]
    assert [path.name for path, _ in written.problems] == ["broken.replay"]
    assert written.pages == len(files) - 1 and len([name for name in names if name.endswith(".html")]) == len(files)


@WASM
def test_a_compiled_game_is_proved_by_the_player_that_its_pages_share(browser, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for name in ("duel", "long-idle"):
        shutil.copy(RECORDINGS / f"{name}.replay", source)
    written = export_site(sorted(source.iterdir()), source, tmp_path / "out")
    assert written.pages == 2 and len(list((tmp_path / "out").glob("arena-*.js"))) == 1
    with Shown(browser, written.index.as_uri()) as page:
        assert page.page.locator("img.picture").count() == 2
        page.page.click("a[href='duel.html']")
        page.ready()
        assert page.page.inner_text("#verdict") == "proved here" and not page.errors and not page.requests


def test_pages_of_others_are_left_alone(made, tmp_path):
    files, out = [made / "pong.replay"], tmp_path / "out"
    out.mkdir()
    (out / "pong.html").write_text("<p>mine</p>")
    with pytest.raises(UsageError, match="was not exported by replay"):
        export_site(files, made, out)
    assert [path.name for path in out.iterdir()] == ["pong.html"] and (out / "pong.html").read_text() == "<p>mine</p>"
    export_site(files, made, out, force=True)
    assert export_site(files, made, out).pages == 1  # and over its own at once


def test_names_of_pages_are_distinct_and_stay(tmp_path):
    files = [
        tmp_path / name
        for name in ("a/b.replay", "a-b.replay", "A-B.replay", "index.replay", "...replay", "x y.replay", "é.REPLAY")
    ]
    names = page_names(files, tmp_path)
    assert list(names.values()) == ["a-b.html", "a-b-2.html", "A-B-3.html", "index-2.html", "match.html", "x-y.html", "é.html"]
    assert page_names(files, tmp_path) == names


def run(*arguments, folder, **options):
    command = [sys.executable, "-m", "replay", "export", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, **options)


def test_the_command_line_exports_pages_and_folders(made, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[1]}:{Path(__file__).parents[3]}:{tmp_path / 'installed'}")
    done = run(str(made / "pong.replay"), "-o", "one.html", folder=tmp_path)
    assert done.returncode == 0 and "one.html" in done.stderr and (tmp_path / "one.html").read_text().startswith("<!doctype html>")
    shutil.copytree(made, tmp_path / "in", ignore=shutil.ignore_patterns("pages"))
    (tmp_path / "in" / "broken.replay").write_text("nonsense")
    done = run("in", "-o", "site", folder=tmp_path)
    assert done.returncode == 3 and "5 pages" in done.stderr and "broken.replay: is not a recording" in done.stderr
