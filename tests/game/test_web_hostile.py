"""Recordings of strangers in a page: whatever they say is text, runs nothing, loads nothing, and stays in its place."""

from pathlib import Path

import pytest
from browsers import BROWSER, Shown
from damage import put_together, take_apart
from hostile import FORMS
from judged import changed
from needs import WASM
from paged import open_bytes, verdict

from replay.core import format as fmt
from replay.core.records import Marker
from replay.web.made import page_of

pytestmark = [BROWSER, WASM]
MATCH = take_apart(Path("recordings/nonsense.replay").read_bytes())
MORE = (
    "🏴‍☠️" * 50,
    "😀" * 200,
    "\ufdfd" * 14,
    "\n" * 100,
    "toString",
    "hasOwnProperty",
    " ",
    "a " * 100,
    "\u0001\u0007",
    "ﷺ" * 200,
    "0",
    "-1",
)
NAMES = (*FORMS, *MORE)
SIZES = ((360, 640), (1280, 720))

# What is not where it belongs: the page scrolls, or something of it is outside of the window or of its column.
_OUTSIDE = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) found.push("the page scrolls");
  const all = "h1, h1 small, #verdict, #problem, #say, #outcome, #tip, #tip-words, #deck, #bar, #when, main, aside, #table tr, " +
    "#table bdi, #feed li, #feed bdi, #legend li, #verdict-detail, button";
  for (const each of document.querySelectorAll(all)) {
    if (each.closest("dialog") || !each.getClientRects().length) continue;
    const box = each.getBoundingClientRect();
    const label = `${each.id || each.className || each.tagName}: ${each.textContent.slice(0, 30)}`;
    if (box.left < -1 || box.right > innerWidth + 1) found.push(`${label} ${box.left} ${box.right}`);
    if (!each.closest("aside") && (box.top < -1 || box.bottom > innerHeight + 1)) found.push(`${label} ${box.top} ${box.bottom}`);
  }
  for (const each of document.querySelectorAll("[role=tabpanel]")) {
    if (each.scrollWidth > each.clientWidth + 1) found.push(`${each.id} scrolls`);
  }
  return found;
}"""


def named(names, text):
    """A match of eight players, who have other names; and everything else that can hold a text says another one."""

    def header(values):
        values["truth"]["players"] = [[name, name] for name in names]
        values["notes"]["made_with"] = {name: name for name in names}
        values["notes"]["event_kinds"] = [*names, *values["notes"]["event_kinds"]][:20]

    chunks = changed(MATCH, fmt.KIND_HEADER, header)
    return [*chunks, *((fmt.KIND_MARKER, Marker(tick, text).pack()) for tick in (300, 301, 600))]


def groups():
    """All names, eight at a time."""
    padded = [*NAMES, *NAMES[: -len(NAMES) % 8]]
    return [padded[at : at + 8] for at in range(0, len(padded), 8)]


def look_around(page):
    """All that shows a name or a marker."""
    outside = []
    for size in SIZES:
        page.page.set_viewport_size({"width": size[0], "height": size[1]})
        for act in (
            "app.transport.jump(700)",
            "app.follow(3), app.goToMark(-1), app.switches.inputs = true",
            "app.showTab('inspector')",
            "app.transport.jump(960), app.showTab('match')",
            "app.timeline.point(app.timeline.toX(300), 4)",
        ):
            page.ask(f"() => {{ const app = window.replay; {act}; app.draw(0.1, performance.now()); }}")
            outside += [(size, act, each) for each in page.ask(_OUTSIDE)]
        page.ask("() => window.replay.timeline.leave()")
    return outside


def test_names_markers_kinds_and_origins_are_text_and_stay_in_their_place(shown):
    outside = []
    for number, names in enumerate(groups()):
        text = (names[number % 8] * 200)[:200]
        open_bytes(shown, put_together(named(names, text)), f"{names[0][:60]}.replay".replace("/", "|").replace("\0", ""))
        assert verdict(shown)[:2] == ["good", "proved here"], shown.page.inner_text("#problem")
        assert shown.ask("() => window.replay.look.names") == names
        outside += look_around(shown)
    assert not outside
    assert not shown.errors and not shown.requests
    assert shown.ask("() => window.owned") is None


def test_games_settings_and_results_of_strangers_are_text(shown):
    def config(values, name):
        values["truth"]["config"][name] = name

    for name in NAMES[::3]:
        shown.page.set_viewport_size(dict(zip(("width", "height"), SIZES[0], strict=True)))
        for change in (
            lambda values, name=name: values["truth"].update(game=name[:200]),
            lambda values, name=name: config(values, name[:200]),
            lambda values, name=name: values["truth"]["config"].update(map=name[:200]),
        ):
            open_bytes(shown, put_together(changed(MATCH, fmt.KIND_HEADER, change)), "x" * 200 + ".replay")
            assert "cannot be opened" in shown.page.inner_text("#problem")
            assert not shown.ask(_OUTSIDE)
    result = {"__proto__": {"ended": True}, "constructor": NAMES[0], "toString": [NAMES[1]]}
    open_bytes(shown, put_together(changed(MATCH, fmt.KIND_END, lambda values: [*values[:4], result, *values[5:]])))
    assert verdict(shown) == ["bad", "diverged", None]
    assert not shown.errors and not shown.requests and shown.ask("() => window.owned") is None


@pytest.mark.parametrize("number", range(3))
def test_names_in_an_exported_page_are_text(browser, tmp_path, number):
    names = groups()[number]
    path = tmp_path / f"{names[0].replace('/', '|')}.replay"
    path.write_bytes(put_together(named(names, names[1])))
    (tmp_path / "page.html").write_text(page_of(path), "utf-8")
    with Shown(browser, (tmp_path / "page.html").as_uri(), SIZES[0], reduced_motion="reduce") as page:
        page.ready()
        assert verdict(page)[:2] == ["good", "proved here"]
        assert page.ask("() => [window.replay.name, window.replay.look.names]") == [path.name, names]
        assert not page.ask(_OUTSIDE)
        assert not page.errors and not page.requests and page.ask("() => window.owned") is None
