"""A page that is used in odd ways: other files in turn, strange links, tiny windows, several fingers, foreign frames."""

import base64
import html
import re
from pathlib import Path

import pytest
from browsers import BROWSER, Shown
from needs import WASM
from paged import STATE, open_bytes, press, url_of, verdict
from patience import PATIENCE_SECONDS

pytestmark = [BROWSER, WASM]
EIGHT = Path("recordings/eight-players.replay")
DUEL = Path("recordings/duel.replay")


def test_files_opened_in_turn_leave_nothing_behind(shown):
    """Listeners, frames and lists of the recordings before are gone: a click is one click."""
    shown.ask("() => { window.before = []; }")
    for number in range(10):
        press(shown, "F3")  # the inspector, over the same players
        shown.ask("() => { window.before.push(window.replay); }")
        open_bytes(shown, (EIGHT if number % 3 else DUEL).read_bytes())
    assert verdict(shown)[0] == "good" and not shown.errors
    shown.ask("""() => { window.drawn = 0;
      for (const app of window.before) {
        app.draw = app.run = app.goTo = app.timeline.point = app.timeline.draw = () => { window.drawn += 1; };
        app.invalidate();
      } }""")
    box = shown.page.locator("#bar").bounding_box()
    shown.page.mouse.move(box["x"] + 100, box["y"] + 10)
    shown.page.mouse.click(box["x"] + 300, box["y"] + 10)
    box = shown.page.locator("#stage").bounding_box()
    shown.page.mouse.click(box["x"] + 5, box["y"] + 5)
    shown.until("window.replay.transport.playing")
    shown.page.wait_for_timeout(100)
    assert shown.ask("() => window.drawn") == 0


def test_lists_belong_to_the_recording_that_is_open(shown):
    """The same recording once more has the same words; its buttons are its own."""
    shown.ask("() => window.replay.goTo(1230, 0)")
    shown.until("document.querySelector('#feed button')")
    open_bytes(shown, EIGHT.read_bytes())
    shown.ask("() => window.replay.goTo(1230, 0)")
    shown.until("document.querySelector('#feed button')")
    shown.page.click("#feed button >> nth=-1")
    assert shown.ask(STATE)["tick"] < 1230


def test_of_two_files_the_one_asked_for_last_is_shown_and_a_link_is_not_for_it(browser, pages):
    with Shown(browser, f"{url_of(pages, EIGHT)}#t=20s&follow=Cleo", reduced_motion="reduce") as page:
        page.ready()
        assert page.ask(STATE)["seat"] == 2
        page.ask(
            """async ([first, second]) => {
          const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          const drop = (text, name, wait) => {
            const file = new File([bytes(text)], name);
            const {arrayBuffer} = file;
            file.arrayBuffer = async () => {
              await new Promise((resume) => setTimeout(resume, wait));
              return arrayBuffer.call(file);
            };
            const event = new Event("drop", {cancelable: true});
            Object.defineProperty(event, "dataTransfer", {value: {files: [file]}});
            window.dispatchEvent(event);
          };
          drop(first, "first.replay", 200);
          drop(second, "second.replay", 0);
          await new Promise((resume) => setTimeout(resume, 500));
        }""",
            [base64.b64encode(path.read_bytes()).decode() for path in (EIGHT, DUEL)],
        )
        page.until("window.replay.source.isThrough")
        assert page.ask("() => window.replay.name") == "second.replay"
        assert (page.ask(STATE)["tick"], page.ask(STATE)["seat"]) == (0, None)


@pytest.mark.parametrize(
    "link", ["t=-5&follow=%00", "t=1e999", "t=NaN", "follow=__proto__&t=" + "9" * 400, "%", "t=99:99:99", "t=&t=&&==#"]
)
def test_a_link_of_nonsense_does_no_harm(browser, pages, link):
    with Shown(browser, f"{url_of(pages, DUEL)}#{link}", reduced_motion="reduce") as page:
        page.ready()
        assert verdict(page)[0] == "good" and not page.errors
        assert 0 <= page.ask(STATE)["tick"] <= 3660


def test_tiny_windows_and_a_hidden_interface(shown):
    sizes = [(1, 1), (1280, 720), (1, 900), (900, 1), (60, 40), (1280, 720)]
    shown.ask("() => { window.replay.transport.jump(600); window.replay.switches.inputs = true; }")
    for key in ("H", "F3", "H"):
        for width, height in sizes:
            shown.page.set_viewport_size({"width": width, "height": height})
            shown.ask(
                "() => { const app = window.replay; app.timeline.point(0, 0); "
                "app.draw(0.1, performance.now()); app.timeline.leave(); }"
            )
        press(shown, key)
    assert not shown.errors
    shown.page.mouse.wheel(0, 1e9)
    shown.page.mouse.wheel(0, -1e9)
    assert not shown.errors


def test_a_loop_goes_forward_wherever_its_ends_were_set(shown):
    shown.ask(
        "() => { const app = window.replay; app.transport.jump(900); app.run('mark_in'); "
        "app.transport.jump(300); app.run('mark_out'); }"
    )
    assert shown.ask(STATE)["loop"] == [None, 300, False]
    shown.ask("() => { const app = window.replay; app.transport.jump(900); app.run('mark_in'); }")
    assert shown.ask(STATE)["loop"] == [900, None, False]


def test_a_second_finger_on_the_bar_does_not_stop_what_played(browser, pages):
    with Shown(browser, url_of(pages, EIGHT), (360, 640), has_touch=True, is_mobile=True) as page:
        page.ready()
        page.ask("() => { window.replay.transport.playing = true; }")
        box = page.page.locator("#bar").bounding_box()
        touch = page.page.context.new_cdp_session(page.page)
        point = {"x": box["x"] + 50, "y": box["y"] + 10, "id": 0}
        for kind, points in (
            ("touchStart", [point]),
            ("touchStart", [point, point | {"x": point["x"] + 90, "id": 1}]),
            ("touchEnd", []),
        ):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.until("window.replay.timeline.drag === null")
        assert page.ask(STATE)["playing"] and not page.errors


def test_keys_while_a_dialog_is_open_and_backwards_from_the_start(shown):
    press(shown, "?")
    for key in ("End", "N", "H"):
        press(shown, key)
    state = shown.ask(STATE)
    assert (state["help"], state["tick"], state["playing"], state["hidden"]) == (True, 0, False, False)
    press(shown, "Escape")
    press(shown, "Shift+Space")
    shown.until("window.replay.transport.tick > 0 && window.replay.transport.tick < 2460")
    assert shown.ask(STATE)["playing"]
    assert not shown.errors


def test_a_key_right_after_a_dialog_is_not_its_button_s(shown):
    """Until the next frame the button of the closed dialog has the focus: both are done within one here."""
    shown.ask("""() => { const card = document.getElementById("help-card"), target = card.querySelector("button");
      window.replay.run("help"); card.close();
      target.dispatchEvent(new KeyboardEvent("keydown", {key: " ", shiftKey: true, bubbles: true, cancelable: true})); }""")
    assert shown.ask(STATE)["playing"]


def test_a_page_in_a_frame_that_may_only_run_scripts(browser, pages, tmp_path):
    """As some mail programs and chats show what is attached."""
    url_of(pages, DUEL)
    text = html.escape((pages / "duel.html").read_text("utf-8"))
    (tmp_path / "frame.html").write_text(
        f'<iframe sandbox="allow-scripts" width="900" height="600" srcdoc="{text}"></iframe>', "utf-8"
    )
    with Shown(browser, (tmp_path / "frame.html").as_uri(), reduced_motion="reduce") as page:
        frame = page.page.frame_locator("iframe")
        frame.locator("html[data-verdict=good]").wait_for(state="attached", timeout=1000 * PATIENCE_SECONDS)
        frame.locator("#play").click()
        page.page.wait_for_timeout(700)
        assert re.match(r"0:0\d", frame.locator("#clock").inner_text())
        assert not page.errors


def test_jumps_while_it_is_still_proving(browser, pages):
    with Shown(browser, url_of(pages, EIGHT), reduced_motion="reduce") as page:
        page.ready()
        page.ask("""() => { const app = window.replay; const {source, transport} = app;
          Object.assign(source, {done: 120});
          for (const tick of [2460, 0, 1300, 50, 2460]) {
            transport.jump(tick);
            app.timeline.point(500, 5);
            app.draw(0.1, performance.now());
          }
          app.run("reverse"); app.draw(0.1, performance.now()); app.run("start"); app.run("end");
          source.done = 2460; app.invalidate(); }""")
        page.until("window.replay.transport.tick === 2460")
        assert not page.errors
