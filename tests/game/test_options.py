"""The table of what can be pressed, and options: remapped keys, what is remembered, and settings files that make no sense."""

import json
import random

import pytest

from game.play.cards import key_lines
from game.play.commands import (
    BY_NAME,
    COMMANDS,
    DEVICES,
    KEYS,
    MATCH,
    MOUSE,
    NEEDED,
    ON_KEYBOARD,
    PAD,
    SHOP_ITEMS,
    command_of,
    default_keys,
)
from game.play.options import GROUPS, MOST_LETTERS, Options, clean_name, shared_keys
from game.play.setup import Setup
from game.rules import PRICES
from replay.watch.model.legibility import TEXT_SIZES
from replay.watch.model.settings import remember, settings_path


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def written(settings):
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text(settings if isinstance(settings, str) else json.dumps(settings), "utf-8")


# --- the table ---


def test_no_two_commands_share_a_key():
    assert [shared_keys(Options(), group) for group in GROUPS] == [[], []]
    twice = Options(keys={KEYS: {"fire": ("W",)}, PAD: {"pause": ("A",)}})
    assert [shared_keys(twice, group) for group in GROUPS] == [["W"], ["A"]]


def test_every_command_has_a_help_a_key_and_something_that_it_does():
    assert len(BY_NAME) == len(COMMANDS)
    for command in COMMANDS:
        assert command.help and command.help == command.help.strip()
        assert any(command.keys_of(device) for device in DEVICES), command.name
        assert not (command.button and command.item)
    assert all(any(default_keys(device).get(name) for device in DEVICES) for name in NEEDED)


def test_everybody_can_buy_everything_that_there_is():
    assert sorted(SHOP_ITEMS) == [1, *(item for item in range(len(PRICES)) if PRICES[item])]
    steps = {"previous", "next", "buy"}
    for device in (MOUSE, KEYS, PAD):
        keys = default_keys(device)
        assert steps <= set(keys) or {f"item_{number}" for number in range(1, 8)} <= set(keys)
    # Not every keyboard has a number pad.
    assert all(not default_keys(KEYS)[name][0].startswith("Num ") for name in steps)


def test_the_card_of_keys_names_every_key_of_the_table():
    for device in DEVICES:
        told = " ".join(keys for keys, _ in key_lines(Options(), device))
        for name in default_keys(device):
            if not (name in ("up", "left", "down", "right") or name.startswith("item_")):
                assert Options().label(device, name).removesuffix(" button") in told, (device, name)


# --- keys of one's own ---


def test_remapped_keys_and_all_the_rest_are_remembered():
    options = Options(name="Zoë 漢字", volume=30, mute=True, shake=False, kill_cam=False, hints=False, text=125, contrast=True)
    options.assign(MOUSE, "dash", "Q")
    options.assign(PAD, "reload", "B")
    options.clear(MATCH, "shake")
    options.save()
    assert Options.load() == options
    assert (
        options.label(MOUSE, "dash") == "Q" and options.label(MATCH, "shake") == "" and options.label(PAD, "reload") == "B button"
    )


def test_a_key_that_another_command_has_is_swapped_and_never_doubled():
    options = Options()
    assert options.assign(MOUSE, "reload", "W") == [(MOUSE, "up")]
    assert options.keys_of(MOUSE)["reload"] == ("W",) and options.keys_of(MOUSE)["up"] == ("R",)
    assert options.assign(KEYS, "buy", "M") == [(MATCH, "mute")]  # the keyboard is one
    assert options.keys_of(MATCH)["mute"] == ("/", "Num Enter")
    assert options.assign(PAD, "reload", "B") == []  # a button of that name is no key
    assert options.assign(MOUSE, "dash", "Space") == [] and options.keys_of(MOUSE)["dash"] == ("Space",)
    assert options.assign(MOUSE, "reload", "Mouse 1") == [(MOUSE, "fire")] and options.label(MOUSE, "fire") == "W"


def test_what_one_cannot_be_without_keeps_a_key():
    options = Options()
    assert options.clear(MOUSE, "reload") and not options.clear(MOUSE, "up")
    before = {device: options.keys_of(device) for device in DEVICES}
    with pytest.raises(ValueError, match="W is the only key for up"):
        options.assign(MOUSE, "reload", "W")  # which has nothing to give for it
    with pytest.raises(ValueError, match="only key for up"):
        options.assign(MOUSE, "fire", "Up")  # a second keyboard has no mouse
    assert {device: options.keys_of(device) for device in DEVICES} == before


def test_the_usual_keys_come_back_one_by_one_and_all_together():
    options = Options()
    options.assign(KEYS, "fire", "O")
    options.assign(KEYS, "reload", "Enter")
    assert options.restore(KEYS, "fire") == [(KEYS, "reload")]
    assert options.keys_of(KEYS)["fire"] == ("Right Ctrl", "Enter") and options.keys_of(KEYS)["reload"] == ("O",)
    options.reset_keys(MOUSE)
    assert all(options.keys_of(device) == default_keys(device) for device in DEVICES)


def test_however_one_remaps_no_key_does_two_things_and_nobody_is_stuck():
    chance = random.Random(5)
    options = Options()
    words = [word for device in DEVICES for keys in default_keys(device).values() for word in keys]
    for _ in range(3000):
        device = chance.choice(list(DEVICES))
        command = chance.choice(list(default_keys(device)))
        group = next(group for group in GROUPS if device in group)
        word = chance.choice([word for each in group for keys in default_keys(each).values() for word in keys] or words)
        try:
            if chance.random() < 0.15:
                options.clear(device, command)
            elif chance.random() < 0.15:
                options.restore(device, command)
            elif device == MOUSE or not word.startswith("Mouse"):
                options.assign(device, command, word)
        except ValueError:
            pass
        assert not any(shared_keys(options, group) for group in GROUPS)
        assert all(options.keys_of(each)[name] for each in DEVICES for name in NEEDED if name in default_keys(each))
    options.save()
    assert Options.load().keys == options.keys


def test_a_key_of_somebody_who_plays_is_not_the_match_s_for_being_pressed_with_shift():
    options = Options()
    assert options.match_command("?", "/", [MOUSE]) == "help"
    assert options.match_command("?", "/", [MOUSE, KEYS]) is None  # one dashes with Shift while the other buys
    assert options.match_command("Shift+M", "M", [MOUSE, KEYS]) == "mute"
    assert options.match_command("B", "B", [PAD]) == "shop" and options.match_command("A", "A", [PAD]) is None


# --- strangers' settings ---


@pytest.mark.parametrize(
    "settings",
    [
        "",
        "{",
        "[1]",
        "null",
        '"x"',
        "[" * 100_000,
        '{"options": ' * 50_000,
        "9" * 10_000,
        {"options": 5},
        {"options": []},
        {"play": 7},
    ],
)
def test_a_file_that_makes_no_sense_is_as_none(settings):
    written(settings)
    assert Options.load() == Options() and Setup.from_settings(None) == Setup()


@pytest.mark.parametrize(
    "options",
    [
        {"name": 5},
        {"name": "\x00\ud800  "},
        {"volume": -1},
        {"volume": 101},
        {"volume": True},
        {"volume": 1e400},
        {"text": 99},
        {"text": 100.0},
        {"text": [100]},
        {"contrast": "yes"},
        {"kill_cam": None},
        {"keys": []},
        {"keys": {"mouse": 3, "zzz": {}}},
        {"keys": {"mouse": {"up": "W"}}},
        {"keys": {"mouse": {"up": []}}},  # one cannot be without
        {"keys": {"mouse": {"up": ["A"]}}},  # left has it
        {"keys": {"keys": {"fire": ["Mouse 1"]}}},
        {"keys": {"mouse": {"up": ["1", "2", "3", "4"]}}},
        {"keys": {"mouse": {"next": ["T"]}, "match": {"up": ["T"]}}},
        {"keys": {"mouse": {"up": ["\x07"], "down": [""], "left": [None], "right": ["x" * 99]}}},
    ],
)
def test_what_makes_no_sense_in_a_file_falls_back_alone(options):
    written({"options": {**options, "hints": False}, **options, "mute": "loud", "shake": False})
    loaded = Options.load()
    assert not loaded.hints and not loaded.shake and not loaded.mute
    loaded.hints = loaded.shake = True
    assert loaded == Options()


def test_keys_that_make_no_sense_take_only_those_of_their_own_keyboard_with_them():
    written({"options": {"keys": {"mouse": {"up": ["A"]}, "keys": {"fire": ["O"]}, "pad": {"reload": ["B"]}}}})
    assert Options.load().keys == {PAD: {"reload": ("B",)}}


def test_any_settings_at_all_load(tmp_path):
    chance = random.Random(1)
    fields = ["name", "volume", "text", "contrast", "hints", "kill_cam", "keys"]
    names = list(BY_NAME)

    def anything(depth=0):
        value = chance.choice([None, True, -1, 10**30, 0.5, "x" * 50, "W", "Mouse 1", "漢"])
        return chance.choice([value, value, [anything(depth + 1)], {"up": anything(depth + 1)}]) if depth < 3 else value

    for _ in range(400):
        keys = {chance.choice([*DEVICES, "x"]): {chance.choice(names): anything() for _ in range(4)} for _ in range(3)}
        setup = {name: anything() for name in ("map", "mode", "score_limit", "seconds", "level", "seats", "called")}
        written(
            {
                "options": {name: chance.choice([anything(), keys]) for name in fields},
                "play": setup,
                "mute": anything(),
                "text": anything(),
            }
        )
        options = Options.load()
        assert 0 <= options.volume <= 100 and options.text in TEXT_SIZES and len(options.name) <= MOST_LETTERS
        assert not any(shared_keys(options, group) for group in GROUPS)
        assert options.match_command("Escape", "Escape", ()) or options.keys_of(MATCH)["pause"] != ("Escape", "P", "Pause")
        assert Setup.from_settings(setup).config()


def test_a_name_is_what_can_be_seen_of_it():
    assert clean_name("  \t\n ") == "" and clean_name("a" * 50) == "a" * MOST_LETTERS
    assert clean_name("مرحبا") == "مرحبا" and clean_name("漢字 ") == "漢字" and clean_name("x\u200f\x00y") == "xy"
    assert clean_name("a" * 19 + " b") == "a" * 19


# --- for this time only ---


def test_muting_once_is_not_remembered_until_somebody_chooses():
    options = Options(muted_once=True)
    assert options.is_muted and options.loudness == 0
    options.toggle("shake")
    assert not Options.load().mute and options.is_muted
    options.toggle("mute")
    assert not options.is_muted and options.loudness == 0.5 and not Options.load().mute
    options.toggle("mute")
    assert options.is_muted and Options.load().mute


def test_sound_and_shake_are_those_of_the_viewer():
    remember(mute=True, shake=False)
    options = Options.load()
    assert options.mute and not options.shake


def test_the_keyboard_is_one_and_a_gamepad_its_own():
    assert set(ON_KEYBOARD) | {PAD} == set(DEVICES)
    assert command_of(default_keys(PAD), "A") == BY_NAME["dash"] and command_of(default_keys(MOUSE), "A") == BY_NAME["left"]
