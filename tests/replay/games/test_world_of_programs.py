"""Time, chance, events, files and sound as a program finds them: each as pygame documents it, and from the recording."""

import json
from textwrap import dedent

import pytest
from programs import LEFT, SPACE, command, key, program, run, seen

FOREVER = "\n    clock.tick(60)\n"


def loop(body):
    return f"while True:\n    {body}{FOREVER}"


# --- chance and time ---


CHANCE = [
    "random.random()",
    "random.Random().random()",
    "(random.seed(), random.random())[1]",
    "(random.seed(time.time()), random.random())[1]",
    "numpy.random.rand()",
    "numpy.random.default_rng().random()",
    "os.urandom(4)",
    "uuid.uuid4()",
    "secrets.token_hex()",
    "datetime.datetime.now()",
    "time.time()",
]


def test_all_chance_and_the_calendar_follow_from_the_seed(tmp_path):
    source = (
        f"import random, numpy, os, uuid, secrets, time, datetime\nshow([repr(each) for each in ({', '.join(CHANCE)})])\n"
        + loop("pass")
    )
    first, again, other = (eval(seen(tmp_path, source, seed=seed)[0]) for seed in (7, 7, 8))
    assert first == again and len(set(first)) == len(CHANCE)
    assert [each for each, mine, others in zip(CHANCE, first, other, strict=True) if mine == others] == []


@pytest.mark.parametrize(
    ("source", "ticks"),
    [
        ("clock.tick(60)", 1),
        ("clock.tick(10)", 1),
        ("time.sleep(1)", 60),
        ("pygame.time.wait(500)", 30),
        ("pygame.time.delay(100)", 6),
        ("asyncio.run(asyncio.sleep(0.5))", 30),
        ("while pygame.time.get_ticks() < began + 50: pass", 3),
        ("while time.monotonic() < 1: pass", 60),
        ("for _ in range(3): pygame.display.flip()", 0),
        ("while not pygame.event.get(pygame.USEREVENT): pass", 30),
        ("pygame.event.wait(100)", 6),
        ("subprocess.run(['sleep', '0.05'])", 0),
    ],
)
def test_a_tick_ends_where_the_program_waits(tmp_path, source, ticks):
    before = "import time, asyncio, subprocess\npygame.time.set_timer(pygame.USEREVENT, 500, 1)\nbegan = pygame.time.get_ticks()\n"
    match = program(tmp_path, f"{before}{source}\nshow('done')\n" + loop("pass")).new_match(1, 1, {})
    captions = [match.look["caption"]]
    while captions[-1] != "'done'" and len(captions) < 100:
        captions += run(match, [])
    assert abs(len(captions) - 1 - ticks) <= 1, len(captions)
    match.close()


def test_a_loop_that_only_draws_ends_its_ticks_at_the_flip(tmp_path):
    captions = seen(tmp_path, "n = 0\nwhile True:\n    n += 1\n    show(n)\n    pygame.display.update()\n", [], [], [])
    assert [int(text) for text in captions] == [9, 10, 11, 12]


def test_several_flips_of_one_frame_are_one_tick(tmp_path):
    source = "n = 0\nwhile True:\n    n += 1\n    show(n)\n    [pygame.display.flip() for _ in range(5)]" + FOREVER
    assert seen(tmp_path, source, [], []) == ["1", "2", "3"]


def test_the_clock_tells_the_time_that_has_passed(tmp_path):
    tell = "show(dt, pygame.time.get_ticks(), time.perf_counter(), clock.get_fps())"
    source = f"import time\nwhile True:\n    dt = clock.tick(40)\n    {tell}"
    assert seen(tmp_path, source, [], [])[1:] == ["(25, 25, 0.025, 40.0)", "(25, 50, 0.05, 40.0)"]


def test_timers_fire_in_the_programs_time(tmp_path):
    source = "pygame.time.set_timer(pygame.USEREVENT, 50, 2)\nn = 0\n" + loop(
        "n += len(pygame.event.get(pygame.USEREVENT)); show(n)"
    )
    assert seen(tmp_path, source, *[[]] * 9) == ["0", "0", "0", "1", "1", "1", "2", "2", "2", "2"]


# --- events, keys, mouse, joysticks ---


def test_keys_are_held_as_the_recording_says(tmp_path):
    look = "k = pygame.key.get_pressed(); show([k[pygame.K_LEFT], k[pygame.K_SPACE], sum(k), pygame.key.get_mods()])"
    down, up = key("KEYDOWN", LEFT), key("KEYUP", LEFT)
    captions = seen(tmp_path, loop(look), [down], [key("KEYDOWN", SPACE, " ")], [up], [["KEYUP", SPACE, 4097, "", 0]])
    assert captions[1:] == ["[True, False, 1, 0]", "[True, True, 2, 0]", "[False, True, 1, 0]", "[False, False, 0, 4097]"]


def test_events_have_the_attributes_that_pygame_gives_them(tmp_path):
    look = "show([(pygame.event.event_name(e.type), sorted(e.__dict__.items())) for e in pygame.event.get()])"
    given = [
        key("KEYDOWN", 97, "a"),
        command("TEXTINPUT", text="é"),
        command("MOUSEWHEEL", flipped=0, x=0, y=-1, precise_x=0.0, precise_y=-1.0),
        command("FINGERDOWN", touch_id=1, finger_id=2, x=0.5, y=0.25, dx=0.0, dy=0.0, pressure=1.0),
    ]
    told = dict(eval(seen(tmp_path, loop(look), given)[-1]))
    assert told["KeyDown"] == [("key", 97), ("mod", 0), ("scancode", 4), ("unicode", "a")]
    assert told["TextInput"] == [("text", "é")] and ("y", -1) in told["MouseWheel"] and ("x", 0.5) in told["FingerDown"]


def test_the_mouse_is_where_the_recording_says_or_the_program_puts_it(tmp_path):
    look = "show([pygame.mouse.get_pos(), pygame.mouse.get_rel(), pygame.mouse.get_pressed()])"
    move, press = (
        command("MOUSEMOTION", pos=[9, 8], rel=[9, 8], buttons=[0, 0, 0]),
        command("MOUSEBUTTONDOWN", pos=[9, 8], button=3),
    )
    captions = seen(tmp_path, loop(look), [move], [press], [command("MOUSEBUTTONUP", pos=[7, 7], button=3)])
    assert captions[1:] == [
        "[(9, 8), (9, 8), (False, False, False)]",
        "[(9, 8), (0, 0), (False, False, True)]",
        "[(7, 7), (-2, -1), (False, False, False)]",
    ]
    put = "pygame.mouse.set_pos(5, 6)\nshow([pygame.mouse.get_pos(), [e.pos for e in pygame.event.get(pygame.MOUSEMOTION)]])\n"
    assert seen(tmp_path, put + loop("pass"))[0] == "[(5, 6), [(5, 6)]]"


def test_a_held_key_repeats_in_the_programs_time_if_it_asks_for_that(tmp_path):
    source = "pygame.key.set_repeat(50, 16)\n" + loop("show(len(pygame.event.get(pygame.KEYDOWN)))")
    captions = seen(tmp_path, source, [key("KEYDOWN", 97, "a")], *[[]] * 6, [key("KEYUP", 97)], [], [])
    assert captions == ["0", "1", "0", "0", "1", "1", "1", "1", "1", "0", "0"]


def test_posted_blocked_and_filtered_events(tmp_path):
    source = dedent("""
    mine = pygame.event.custom_type()
    pygame.event.set_blocked(pygame.MOUSEMOTION)
    pygame.event.post(pygame.event.Event(mine, word="hello"))
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=(1, 1)))
    show(pygame.event.peek(mine), [e.word for e in pygame.event.get(mine)], len(pygame.event.get()), pygame.event.get_blocked(4))
    """)
    assert seen(tmp_path, source + loop("pass"))[0].startswith("(True, ['hello'], 0")


def test_joysticks_are_those_of_the_recording(tmp_path):
    source = "sticks = [pygame.joystick.Joystick(n) for n in range(pygame.joystick.get_count())]\n" + loop(
        "show([(s.get_name(), s.get_axis(1), s.get_button(2), s.get_hat(0)) for s in sticks], pygame.joystick.get_count())"
    )
    game = program(tmp_path, source)
    pad = command("JOYDEVICEADDED", device_index=0, guid="ab", name="Pad", axes=2, buttons=4, hats=1, balls=0)
    match = game.new_match(1, 1, {"pads": json.dumps([pad])})
    ticks = [
        [command("JOYAXISMOTION", instance_id=0, axis=1, value=-0.5), command("JOYBUTTONDOWN", instance_id=0, button=2)],
        [command("JOYHATMOTION", instance_id=0, hat=0, value=[1, -1]), command("JOYBUTTONUP", instance_id=0, button=2)],
        [pad],
        [command("JOYDEVICEREMOVED", instance_id=0)],
    ]
    assert run(match, *ticks) == [
        "([('Pad', -0.5, True, (0, 0))], 1)",
        "([('Pad', -0.5, False, (1, -1))], 1)",
        "([('Pad', -0.5, False, (1, -1))], 2)",
        "([('Pad', -0.5, False, (1, -1))], 1)",
    ]
    match.close()


def test_controllers_are_those_of_the_recording(tmp_path):
    source = "from pygame._sdl2 import controller\ncontroller.init()\npad = controller.Controller(0)\n" + loop(
        "show(pad.name, pad.get_axis(pygame.CONTROLLER_AXIS_LEFTX), pad.get_button(pygame.CONTROLLER_BUTTON_A))"
    )
    pad = command("JOYDEVICEADDED", device_index=0, guid="ab", name="Pad", axes=2, buttons=4, hats=1, balls=0)
    match = program(tmp_path, source).new_match(1, 1, {"pads": json.dumps([pad])})
    ticks = [
        [command("CONTROLLERAXISMOTION", instance_id=0, axis=0, value=900)],
        [command("CONTROLLERBUTTONDOWN", instance_id=0, button=0)],
    ]
    assert run(match, *ticks) == ["('Pad', 900, False)", "('Pad', 900, True)"]
    match.close()


# --- display, sound, files ---


def test_the_display_is_the_size_that_the_program_asks_for_in_all_modes(tmp_path):
    flags = "pygame.FULLSCREEN", "pygame.SCALED", "pygame.RESIZABLE", "pygame.NOFRAME", "pygame.DOUBLEBUF | pygame.HWSURFACE"
    source = (
        f"show([pygame.display.set_mode((80, 60), f).get_size() for f in ({', '.join(flags)})], pygame.display.Info().current_w)\n"
    )
    assert seen(tmp_path, source + loop("pass"))[0] == f"({[(80, 60)] * 5}, 80)"
    full = (
        "screen = pygame.display.set_mode((0, 0), pygame.FULLSCREEN)\nshow(screen.get_size(), pygame.display.get_desktop_sizes())\n"
    )
    assert seen(tmp_path, full + loop("pass"))[0] == "((1280, 720), [(1920, 1080)])"


def test_a_window_that_may_be_resized_is(tmp_path):
    source = "pygame.display.set_mode((80, 60), pygame.RESIZABLE)\n" + loop(
        "show(pygame.display.get_surface().get_size(), [e.size for e in pygame.event.get(pygame.VIDEORESIZE)])"
    )
    resize = command("VIDEORESIZE", w=100, h=70)
    assert seen(tmp_path, source, [resize], [])[1:] == ["((100, 70), [(100, 70)])", "((100, 70), [])"]
    assert seen(tmp_path, source.replace("RESIZABLE", "NOFRAME"), [resize])[1] == "((80, 60), [(100, 70)])"


def test_pygame_may_be_quit_and_begun_again(tmp_path):
    source = dedent("""
    screen.fill((9, 8, 7))
    pygame.quit()
    clock.tick(60)
    pygame.init()
    pygame.display.set_mode((30, 20)).fill((1, 2, 3))
    clock.tick(60)
    """)
    match = program(tmp_path, source + loop("pass")).new_match(1, 1, {})
    assert match.screen().shape == (48, 64, 3) and tuple(match.screen()[5, 5]) == (9, 8, 7)  # the last picture stays
    run(match, [])
    assert match.screen().shape == (20, 30, 3) and tuple(match.screen()[5, 5]) == (1, 2, 3)
    match.close()


def test_a_sound_is_silent_lasts_as_long_as_it_is_and_is_an_event(tmp_path):
    import wave

    with wave.open(str(tmp_path / "beep.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))  # a tenth of a second
    source = dedent("""
    beep = pygame.mixer.Sound("beep.wav")
    channel = beep.play()
    channel.set_endevent(pygame.USEREVENT)
    pygame.mixer.music.load("beep.wav")
    pygame.mixer.music.play(-1)
    n = 0
    """) + loop(
        "n += len(pygame.event.get(pygame.USEREVENT)); "
        "show(channel.get_busy(), n, pygame.mixer.music.get_busy(), beep.get_length())"
    )
    game = program(tmp_path, source)
    match = game.new_match(1, 1, {})
    captions = run(match, *[[]] * 8)
    assert captions[3] == "(True, 0, True, 0.1)" and captions[6] == "(False, 1, True, 0.1)"
    match.close()


def test_sounds_are_told_as_events_of_their_tick(tmp_path):
    import numpy as np

    source = "s = pygame.sndarray.make_sound(numpy.zeros((99, 2), 'i2'))\nimport time\nclock.tick(60)\ns.play()\n"
    match = program(tmp_path, "import numpy\n" + source + loop("pass")).new_match(1, 1, {})
    assert match.advance(np.zeros((1, 1), []), []) == [(0, "sound", {"name": "sound"})]
    match.close()


def test_what_a_program_writes_stays_in_its_memory(tmp_path):
    (tmp_path / "scores.txt").write_text("10\n")
    source = dedent("""
    from pathlib import Path
    with open("scores.txt", "a") as file: file.write("20\\n")
    Path("new.bin").write_bytes(b"abc")
    with open("scores.txt", "r+") as file: text = file.read()
    try: open("new.bin", "x")
    except FileExistsError as error: refused = error.filename is not None
    try: open("no/such/folder", "w")
    except FileNotFoundError: refused += 1
    show(text, Path("new.bin").read_bytes(), refused)
    """)
    assert seen(tmp_path, source + loop("pass"))[0] == "('10\\n20\\n', b'abc', 2)"
    assert (tmp_path / "scores.txt").read_text() == "10\n" and not (tmp_path / "new.bin").exists()


def test_files_are_saved_the_careful_way_and_the_disk_stays_as_it_was(tmp_path):
    (tmp_path / "old.json").write_text("old")
    source = dedent("""
    import os, pathlib
    os.makedirs("saves/deep", exist_ok=True)
    with open("saves/deep/t.tmp", "w") as file:
        file.write("new")
        file.flush()
        os.fsync(file.fileno())
    os.replace("saves/deep/t.tmp", "old.json")
    pygame.image.save(screen, "shot.png")
    told = [os.path.exists(name) for name in ("saves/deep/t.tmp", "old.json", "saves", "shot.png")]
    told += [pathlib.Path("old.json").read_text(), pygame.image.load("shot.png").get_size(), os.path.getsize("old.json")]
    os.remove("old.json")
    told += [os.path.isfile("old.json"), os.path.isdir("saves/deep")]
    try: os.remove("old.json")
    except FileNotFoundError: told.append("gone")
    show(told)
    """)
    assert seen(tmp_path, source + loop("pass"))[0] == "[False, True, True, True, 'new', (64, 48), 3, False, True, 'gone']"
    assert (tmp_path / "old.json").read_text() == "old" and {file.name for file in tmp_path.iterdir()} == {"old.json", "probe.py"}


@pytest.mark.parametrize(
    ("source", "risk"),
    [
        ("import threading; threading.Thread(target=int).start()", "threads"),
        ("import socket\ntry: socket.create_connection(('127.0.0.1', 9), 0.1)\nexcept OSError: pass", "network"),
        ("import subprocess; subprocess.run(['true'])", "another process"),
        ("import sqlite3; sqlite3.connect('x.db')", "database"),
        ("import os; os.close(os.open('x', os.O_CREAT | os.O_WRONLY))", "os.open"),
        ("pygame.font.SysFont('arial', 12)", "system's font 'arial'"),
        ("pass", ""),
    ],
)
def test_what_may_differ_the_next_time_is_named(tmp_path, source, risk):
    match = program(tmp_path, source + "\n" + loop("pass")).new_match(1, 1, {})
    risks = match.risks()
    assert (any(risk in text for text in risks) and len(risks) <= 2) if risk else not risks
    match.close()


def test_a_program_with_threads_is_not_forked_and_is_still_sought(tmp_path):
    from replay import Playback, Recorder, Recording

    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n" + loop(
        "show(pygame.time.get_ticks())"
    )
    game = program(tmp_path, source)
    with Recorder(tmp_path / "a.replay", game, seed=1, players=["Ann"]) as recorder:
        for _ in range(30):
            recorder.step(None)
    with Recording(tmp_path / "a.replay") as recording:
        playback = Playback(game, recording)
        playback.seek(30)
        late = playback.match.look["caption"]
        playback.seek(5)
        assert playback.match.look["caption"] != late and not playback.warning
        playback.seek(30)
        assert playback.match.look["caption"] == late


def test_a_module_of_the_program_may_be_named_like_one_of_ours(tmp_path):
    (tmp_path / "replay.py").write_text("word = 'mine'")
    assert seen(tmp_path, "import replay\nshow(replay.word)\n" + loop("pass"))[0] == "'mine'"


def test_a_loop_of_asyncio_that_yields_and_draws_ends_its_ticks_at_the_flip(tmp_path):
    source = """
    import asyncio
    async def main():
        n = 0
        while True:
            n += 1
            show(n)
            pygame.display.flip()
            await asyncio.sleep(0)
    asyncio.run(main())
    """
    assert [int(text) for text in seen(tmp_path, source, [], [])] == [9, 10, 11]


def test_a_clock_waits_for_what_is_left_of_its_frame(tmp_path):
    source = "while True:\n    pygame.time.delay(10)\n    clock.tick(50)\n    show(pygame.time.get_ticks())\n"
    assert seen(tmp_path, source, *[[]] * 4)[::2] == ["pygame window", "20", "40"]


def test_generators_and_moments_are_of_the_types_that_a_program_knows(tmp_path):
    source = dedent("""
    import datetime, pickle, random
    class Mine(datetime.datetime): pass
    generator = pickle.loads(pickle.dumps(random.Random(3)))
    show(generator.random() == random.Random(3).random(), isinstance(datetime.datetime.now(), Mine), isinstance(Mine.now(), Mine))
    """)
    assert seen(tmp_path, source + loop("pass"))[0] == "(True, False, True)"


@pytest.mark.parametrize(("milliseconds", "ticks"), [(17, 1), (20, 1), (50, 3), (1000, 60)])
def test_a_wait_is_cut_into_ticks_of_about_a_frame_with_no_crumb_left(tmp_path, milliseconds, ticks):
    source = f"pygame.time.wait({milliseconds})\nshow('done')\n" + loop("pass")
    captions = seen(tmp_path, source, *[[]] * ticks)
    assert captions.index("'done'") == ticks


def test_a_program_whose_thread_is_still_loading_numpys_dice_is_proved(tmp_path):
    source = "import sys, types\nsys.modules['numpy.random'] = types.ModuleType('numpy.random')\n"
    match = program(tmp_path, source + loop("pass")).new_match(1, 1, {})
    assert match.proof() and run(match, [], []) and match.ended is None
    match.close()
