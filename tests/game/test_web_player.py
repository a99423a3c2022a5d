"""The player of a page in a real browser: keys, bar, camera, fingers, links, at every size and for everybody."""

import re
from pathlib import Path

import pytest
from browsers import BROWSER, Shown
from needs import WASM
from paged import STATE, press, url_of

from game.match import ARENA
from replay import Recording

pytestmark = [BROWSER, WASM]

# Key by command: what it does to the page at tick 1200 of 2460.
EFFECTS = {
    "play": lambda a, b: b["playing"],
    "reverse": lambda a, b: b["playing"] and b["direction"] == -1,
    "slower": lambda a, b: b["speed"] == 0.5,
    "faster": lambda a, b: b["speed"] == 2,
    "normal_speed": lambda a, b: b["speed"] == 1,
    "tick_back": lambda a, b: b["tick"] == 1199,
    "tick_on": lambda a, b: b["tick"] == 1201,
    "back_5": lambda a, b: b["tick"] == 900,
    "on_5": lambda a, b: b["tick"] == 1500,
    "back_10": lambda a, b: b["tick"] == 600,
    "on_10": lambda a, b: b["tick"] == 1800,
    "back_1": lambda a, b: b["tick"] == 1140,
    "on_1": lambda a, b: b["tick"] == 1260,
    "start": lambda a, b: b["tick"] == 0,
    "end": lambda a, b: b["tick"] == 2460,
    "go_to": lambda a, b: b["go"],
    "undo_jump": lambda a, b: b["tick"] == 100,
    "bookmark": lambda a, b: b["own"] == a["own"] + 1,
    "next_marker": lambda a, b: b["tick"] > 1200,
    "previous_marker": lambda a, b: b["tick"] < 1200,
    "mark_in": lambda a, b: b["loop"][0] == 1200,
    "mark_out": lambda a, b: b["loop"][1] == 1200,
    "loop": lambda a, b: b["loop"][2],
    "follow_next": lambda a, b: b["seat"] == 0,
    "follow_previous": lambda a, b: b["seat"] == 7,
    "free_camera": lambda a, b: b["mode"] == "all",
    "auto_camera": lambda a, b: b["mode"] == "auto",
    "zoom_in": lambda a, b: b["zoom"] > 1,
    "zoom_out": lambda a, b: b["zoom"] < 1,
    "inputs": lambda a, b: b["inputs"],
    "inspector": lambda a, b: b["tab"] == "inspector",
    "shake": lambda a, b: not b["shake"],
    "hide": lambda a, b: b["hidden"],
    "help": lambda a, b: b["help"],
    **{f"percent_{n}0": lambda a, b, n=n: b["tick"] == 246 * n for n in range(10)},
}
ELSEWHERE = {"save_clip", "screenshot", "browser", "full_screen"}  # tests of their own


def test_every_key_of_every_command_does_what_its_table_says(shown):
    commands = shown.ask("() => window.replay.commands")
    assert {name for name, *_ in commands} == EFFECTS.keys() | ELSEWHERE
    begin = """() => { const app = window.replay; const t = app.transport;
      Object.assign(t, {playing: false, speed: 1, direction: 1, position: 1200});
      Object.assign(t, {loopIn: null, loopOut: null, looping: false, past: [100]});
      Object.assign(app.director, {mode: "all", seat: null, zoom: 1, wanted: undefined});
      Object.assign(app.switches, {inputs: false, shake: true, hidden: false}); app.showTab("match");
      for (const card of document.querySelectorAll("dialog[open]")) card.close();
      document.activeElement?.blur(); }"""
    wrong = []
    for name, keys, *_ in commands:
        for key in keys if name in EFFECTS else ():
            shown.ask(begin)
            before = shown.ask(STATE)
            press(shown, key)
            if not EFFECTS[name](before, shown.ask(STATE)):
                wrong.append((name, key, shown.ask(STATE)))
    assert not wrong and not shown.errors


def test_keys_save_the_recording_and_a_picture(shown):
    with shown.page.expect_download() as download:
        press(shown, "Ctrl+s")
    assert Path(download.value.path()).read_bytes() == Path("recordings/eight-players.replay").read_bytes()
    with shown.page.expect_download() as download:
        press(shown, "s")
    assert download.value.suggested_filename == "eight-players-0.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_full_screen(shown):
    press(shown, "f")
    shown.until("document.fullscreenElement !== null")


def test_a_button_opens_another_file(shown):
    with shown.page.expect_file_chooser():
        shown.page.click("nav [data-run=browser]")


def test_a_link_leads_to_a_moment_and_a_player(browser, pages):
    url = url_of(pages, "recordings/eight-players.replay")
    with Shown(browser, f"{url}#t=0:20.5&follow=Cleo", reduced_motion="reduce") as page:
        page.ready()
        page.until("window.replay.transport.tick === 1230")
        assert page.ask(STATE)["seat"] == 2
        press(page, "Right")
        page.until("location.hash === '#t=25.50s&follow=Cleo'")


def test_the_exporter_says_where_it_begins(browser, tmp_path):
    with Shown(browser, url_of(tmp_path, "recordings/duel.replay", at=777), reduced_motion="reduce") as page:
        page.ready()
        page.until("window.replay.transport.tick === 777")


def test_it_plays_by_itself_and_a_paused_page_draws_nothing(browser, pages):
    with Shown(browser, url_of(pages, "recordings/eight-players.replay")) as page:
        page.ready()
        page.until("window.replay.transport.tick > 20")
        press(page, "Space")
        page.page.wait_for_timeout(200)
        page.ask("""() => { const app = window.replay; const {draw} = app; app.counted = 0;
          app.draw = (...given) => { app.counted++; draw.apply(app, given); }; }""")
        page.page.wait_for_timeout(600)
        assert page.ask("() => window.replay.counted") == 0
        press(page, ".")
        page.until("window.replay.counted > 0")


def test_states_and_events_are_those_of_the_window_wherever_one_jumps(shown):
    from replay import Playback

    with Recording("recordings/eight-players.replay") as recording:
        playback = Playback(ARENA, recording)
        for tick in (1, 59, 60, 61, 600, 1234, 2459, 2460, 17):
            playback.seek(tick)
            state = playback.match.state[0]
            asked = shown.ask(
                "tick => { const s = window.replay.source.state(tick); "
                "return [s.tick, s.players.map((p) => [p.x, p.y, p.health, p.gold, ...p.magazine]), "
                "s.bullet_count, String(s.rng.a)]; }",
                tick,
            )
            players = [
                [int(p["x"]), int(p["y"]), int(p["health"]), int(p["gold"]), *p["magazine"].tolist()] for p in state["players"]
            ]
            assert asked == [tick, players, int(state["bullet_count"]), str(int(state["rng"]["a"]))]
        told = [list(event) for event in (Playback(ARENA, recording).step(600)).tolist()]
    assert shown.ask("() => window.replay.source.events(0, 600).map((event) => Object.values(event))") == told


# --- pointing ---


def test_the_bar_says_shows_and_does_the_same(shown):
    box = shown.page.locator("#bar").bounding_box()
    x, y = box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] - 3
    shown.page.mouse.move(x, y)
    words = shown.page.inner_text("#tip-words")
    tick = int(re.search(r"tick (\d+)", words)[1])
    assert shown.page.is_visible("#tip-picture")
    shown.page.mouse.down()
    shown.page.mouse.up()
    at = shown.ask(STATE)["tick"]
    assert at == (tick if "\n" not in words else tick - 90)
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x - 300, y, steps=4)
    assert shown.ask(STATE)["tick"] < at
    press(shown, "Escape")
    assert shown.ask(STATE)["tick"] == at


def test_a_click_follows_a_player_and_the_wheel_keeps_what_is_under_it(shown):
    shown.ask("() => { window.replay.transport.jump(1200); window.replay.invalidate(); }")
    place = """() => { const app = window.replay; app.draw(0, 0); const {stage} = app;
      const [x, y] = stage.camera.toScreen(...app.look.place(app.source.state(1200), 1));
      const box = stage.canvas.getBoundingClientRect(); return [box.x + x / stage.share, box.y + y / stage.share]; }"""
    x, y = shown.ask(place)
    shown.page.mouse.move(x, y)
    shown.page.mouse.wheel(0, -400)
    shown.ask("() => window.replay.draw(0, 0)")
    nearer = shown.ask(place)
    assert shown.ask(STATE)["zoom"] > 1.5 and abs(nearer[0] - x) < 2 and abs(nearer[1] - y) < 2
    shown.page.mouse.click(*nearer)
    assert shown.ask(STATE)["seat"] == 1


def test_fingers_jump_and_zoom(browser, pages):
    size = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2, "reduced_motion": "reduce"}
    with Shown(browser, url_of(pages, "recordings/eight-players.replay"), (360, 640), **size) as page:
        page.ready()
        page.ask("() => { window.replay.transport.jump(1200); window.replay.invalidate(); }")
        box = page.page.locator("#stage").bounding_box()
        right = (box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
        page.page.touchscreen.tap(*right)
        page.page.touchscreen.tap(*right)
        page.until("window.replay.transport.tick === 1500")
        touch = page.page.context.new_cdp_session(page.page)

        def fingers(kind, *xs):
            points = [{"x": box["x"] + x, "y": box["y"] + 90, "id": number} for number, x in enumerate(xs)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        fingers("touchStart", 120, 200)
        for step in range(1, 9):
            fingers("touchMove", 120 - 8 * step, 200 + 8 * step)
        fingers("touchEnd")
        assert page.ask(STATE)["zoom"] > 1.8
        assert not page.ask(STATE)["playing"]


# --- for everybody ---


@pytest.mark.parametrize("size", [(360, 640), (640, 360), (800, 600), (1280, 720), (2560, 1440)])
def test_nothing_is_cut_at_any_size(browser, pages, size):
    with Shown(browser, url_of(pages, "recordings/eight-players.replay"), size, reduced_motion="reduce") as page:
        page.ready()
        assert page.ask(
            "() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
        )
        cut = """() => [...document.querySelectorAll("button, #verdict, #when, #stage, #bar")]
          .filter((each) => each.offsetParent && !each.closest("aside, dialog")).filter((each) => {
            const box = each.getBoundingClientRect();
            return box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight;
          }).map((each) => each.id || each.title)"""
        assert page.ask(cut) == []
        stage = page.page.locator("#stage").bounding_box()
        assert stage["width"] * stage["height"] > 0.25 * size[0] * size[1]


def test_a_browser_that_is_too_old_is_told_so(browser, pages):
    with Shown(browser, "about:blank") as page:
        page.page.add_init_script("delete window.DecompressionStream")
        page.page.goto(url_of(pages, "recordings/eight-players.replay"))
        page.page.wait_for_selector("#problem:not([hidden])")
        assert "This browser cannot run the page" in page.page.inner_text("#problem")


def test_the_picture_keeps_its_shape_when_its_room_changes(shown):
    fits = """(() => { const c = document.getElementById("stage"); const share = devicePixelRatio;
      return c.width === Math.round(c.clientWidth * share) && c.height === Math.round(c.clientHeight * share); })()"""
    for change in (lambda: press(shown, "h"), lambda: press(shown, "h"), lambda: press(shown, "F3"),
                   lambda: shown.page.set_viewport_size({"width": 700, "height": 900})):  # fmt: skip
        change()
        shown.until(fits)
        shown.page.wait_for_timeout(50)
        assert shown.ask(f"() => {fits}")


def test_everything_that_can_be_pressed_has_a_name_and_can_be_reached(shown):
    nameless = """() => [...document.querySelectorAll("button, input:not([hidden]), canvas:not([aria-hidden]), [role]")]
      .filter((each) => !each.matches("[role=alert], [role=status]") && !each.closest("[aria-hidden], #tip, figure"))
      .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length))
      .map((each) => each.outerHTML.slice(0, 80))"""
    assert shown.ask(nameless) == []
    reached = set()
    for _ in range(60):
        shown.page.keyboard.press("Tab")
        reached.add(
            shown.ask("() => document.activeElement.id || document.activeElement.dataset.run || document.activeElement.className")
        )
    assert {"stage", "bar", "play", "theme", "player", "full_screen", "when"} - {"when"} <= reached
    slider = shown.page.locator("#bar")
    assert slider.get_attribute("aria-valuetext") == "0:00 of 0:41, tick 0"
    assert "Ahead" in shown.page.locator("#stage").get_attribute("aria-label")


def test_the_policy_lets_nothing_else_run_and_nothing_load(shown):
    shown.ask("""() => { const box = document.createElement("div"); document.body.append(box);
      box.innerHTML = '<img src=x onerror="window.hacked=1"><a href="javascript:window.hacked=2">x</a>';
      box.append(Object.assign(document.createElement("style"), {textContent: "body { opacity: 0 }"}));
      box.querySelector("a").click();
      box.insertAdjacentHTML("beforeend", "<script>window.hacked=3</scr" + "ipt>"); }""")
    loaded = shown.ask("async () => { try { await fetch('https://example.org'); return true; } catch { return false; } }")
    shown.page.wait_for_timeout(50)
    assert not loaded and shown.ask("() => window.hacked") is None
    assert shown.ask("() => getComputedStyle(document.body).opacity") == "1"


def test_the_wheel_zooms_the_bar_and_it_goes_with_what_is_played(shown):
    box = shown.page.locator("#bar").bounding_box()
    x, y = box["x"] + box["width"] * 0.75, box["y"] + box["height"] - 3
    shown.page.mouse.move(x, y)
    tick = int(re.search(r"tick (\d+)", shown.page.inner_text("#tip-words"))[1])
    shown.page.mouse.wheel(0, -600)
    first, last = shown.ask("() => window.replay.timeline.range")
    assert first > 0 and last - first < 2460 / 3 and abs(first + 0.75 * (last - first) - tick) < 15
    shown.page.mouse.move(x + 40, y)
    assert int(re.search(r"tick (\d+)", shown.page.inner_text("#tip-words"))[1]) - tick < 60
    shown.page.mouse.wheel(200, 0)
    assert shown.ask("() => window.replay.timeline.range")[0] > first
    shown.ask("() => { window.replay.transport.jump(10); window.replay.draw(0, 0); }")
    first, last = shown.ask("() => window.replay.timeline.range")
    assert first == 0 and last < 900
    shown.page.mouse.dblclick(x, y)
    assert shown.ask("() => window.replay.timeline.range") == [0, 2460]
    shown.page.mouse.wheel(0, -60_000)
    first, last = shown.ask("() => window.replay.timeline.range")
    assert last - first == 120
    shown.page.mouse.wheel(0, 60_000)
    assert shown.ask("() => window.replay.timeline.span.isWhole") and not shown.errors


def test_marks_that_crowd_are_one_with_their_count_until_one_comes_nearer(shown):
    shown.page.set_viewport_size({"width": 700, "height": 700})
    counts = """() => { const told = [], drawn = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text) { told.push(Number(text)); };
      window.replay.timeline.key = null; window.replay.timeline.draw();
      CanvasRenderingContext2D.prototype.fillText = drawn; return told; }"""
    crowds = shown.ask(counts)
    marks = shown.ask("() => window.replay.marks.all().length")
    assert len(crowds) >= 3 and min(crowds) >= 2 and sum(crowds) <= marks
    shown.ask("() => window.replay.timeline.span.place(1200, 120)")
    assert len(shown.ask(counts)) < len(crowds)
