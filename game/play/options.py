"""What somebody at this machine likes: name, keys, sound, what is shown. Remembered; a file that makes no sense changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from replay.watch.model.legibility import Legibility
from replay.watch.model.letters import tidy
from replay.watch.model.settings import load_settings, remember

from .commands import BY_NAME, DEVICES, MATCH, NEEDED, ON_KEYBOARD, PAD, SHOP_ITEMS, can_have, command_of, default_keys, said

MOST_LETTERS = 20
_MOST_KEYS = 3  # of a command
_SETTING = "options"
_OWN_SWITCHES = ("kill_cam", "hints")
_SHARED = ("mute", "shake", "contrast", "text")  # with the viewer
GROUPS = (ON_KEYBOARD, (PAD,))  # devices that share their keys


@dataclass
class Options:
    """volume, text: percent. keys: by device and command, where they are not those of the table. muted_once: for this time only."""

    name: str = ""
    volume: int = 50
    mute: bool = False
    shake: bool = True
    kill_cam: bool = True
    hints: bool = True
    text: int = 100
    contrast: bool = False
    keys: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    muted_once: bool = False

    @classmethod
    def load(cls) -> Options:
        """What was remembered, as far as it makes sense."""
        options, settings = cls(), load_settings()
        saved = settings.get(_SETTING)
        saved = saved if isinstance(saved, dict) else {}
        options.read_shared()
        for name in _OWN_SWITCHES:
            if isinstance(saved.get(name), bool):
                setattr(options, name, saved[name])
        if isinstance(saved.get("name"), str):
            options.name = clean_name(saved["name"])
        if type(saved.get("volume")) is int and 0 <= saved["volume"] <= 100:
            options.volume = saved["volume"]
        options.keys = _sound_keys(saved.get("keys"))
        return options

    def save(self) -> None:
        own = {name: getattr(self, name) for name in ("name", "volume", "keys", *_OWN_SWITCHES)}
        remember(**{_SETTING: own, **{name: getattr(self, name) for name in _SHARED}})

    def read_shared(self) -> None:
        """Sound, shake, size and contrast of text as the viewer has left them."""
        settings = load_settings()
        for name in ("mute", "shake"):
            if isinstance(settings.get(name), bool):
                setattr(self, name, settings[name])
        self.text, self.contrast = astuple(Legibility.remembered())

    @property
    def legibility(self) -> Legibility:
        return Legibility(self.text, self.contrast)

    @property
    def is_muted(self) -> bool:
        return self.mute or self.muted_once

    @property
    def loudness(self) -> float:
        """0..1."""
        return 0.0 if self.is_muted else self.volume / 100

    def toggle(self, switch: str) -> None:
        """Turn "mute", "shake", "kill_cam", "hints" or "contrast" on or off, and remember it."""
        is_on = self.is_muted if switch == "mute" else getattr(self, switch)
        self.muted_once = self.muted_once and switch != "mute"
        setattr(self, switch, not is_on)
        self.save()

    def keys_of(self, device: str) -> dict[str, tuple[str, ...]]:
        """The keys of a device as they are now, by command."""
        return {**default_keys(device), **self.keys.get(device, {})}

    def label(self, device: str, command: str) -> str:
        """The first key of a command in a word; "" if it has none."""
        keys = self.keys_of(device).get(command, ())
        if device == PAD and keys and len(keys[0]) == 1:
            return f"{keys[0]} button"
        return said(keys[0]) if keys else ""

    def move_label(self, device: str) -> str:
        """What somebody moves with, in a word or four."""
        if device == PAD:
            return "left stick"
        labels = [self.label(device, name) for name in ("up", "left", "down", "right")]
        return "arrow keys" if labels == ["Up", "Left", "Down", "Right"] else " ".join(labels)

    def shop_label(self, device: str) -> str:
        """The keys of all that there is to buy: "1 to 7" where they follow one another; "" if there are none."""
        labels = [self.label(device, f"item_{number}") for number in range(1, len(SHOP_ITEMS) + 1)]
        first, last = labels[0], labels[-1]
        if first and labels == [f"{first[:-1]}{number}" for number in range(1, len(labels) + 1)]:
            return f"{first} to {last}"
        return " ".join(filter(None, labels))

    def user_of(self, device: str, key: str) -> tuple[str, str] | None:
        """Which device and command have a key that this device could take; None if it is free."""
        for other in _group_of(device):
            for name, keys in self.keys_of(other).items():
                if key in keys:
                    return other, name
        return None

    def assign(self, device: str, command: str, *words: str) -> list[tuple[str, str]]:
        """Make these the only keys of a command. A command that loses its last key to it gets those that this one had. Returns the
        devices and commands that were changed besides. Raises ValueError, and changes nothing, if one that cannot be without would
        be left without a key."""
        given = [key for key in self.keys_of(device).get(command, ()) if key not in words]
        users = [user for word in words if (user := self.user_of(device, word)) not in (None, (device, command))]
        changed: dict[tuple[str, str], tuple[str, ...]] = {(device, command): words}
        for other, name in dict.fromkeys(user for user in users if user is not None):
            left = tuple(key for key in self.keys_of(other)[name] if key not in words)
            if not left:
                left, given = tuple(key for key in given if can_have(other, key)), []
            if not left and name in NEEDED:
                raise ValueError(f"{said(words[0])} is the only key for {BY_NAME[name].help}: give that another one first")
            changed[other, name] = left
        for (other, name), keys in changed.items():
            self.keys.setdefault(other, {})[name] = keys
        del changed[device, command]
        return list(changed)

    def restore(self, device: str, command: str) -> list[tuple[str, str]]:
        """The keys of the table again for one command: like `assign`."""
        return self.assign(device, command, *default_keys(device)[command])

    def clear(self, device: str, command: str) -> bool:
        """Take the keys of a command away. False if it cannot be without."""
        if command not in NEEDED:
            self.keys.setdefault(device, {})[command] = ()
        return command not in NEEDED

    def match_command(self, word: str, plain: str, devices: Iterable[str]) -> str | None:
        """The command of the match that a key asks for. word, plain: the key with what is held besides, and alone. devices: of
        those who play: what is a key of theirs is no other key for being pressed while somebody holds Shift."""
        keys = self.keys_of(MATCH)
        if any(command_of(self.keys_of(device), plain) for device in devices if device != PAD):
            return None
        command = command_of(keys, plain) or command_of(keys, word)
        return command.name if command is not None else None

    def reset_keys(self, device: str) -> None:
        """The keys of the table again, for all devices that share keys with this one: or they might meet."""
        for each in _group_of(device):
            self.keys.pop(each, None)


def _group_of(device: str) -> tuple[str, ...]:
    return next(group for group in GROUPS if device in group)


def clean_name(text: str) -> str:
    """A name of at most MOST_LETTERS letters, without what cannot be seen."""
    return tidy(text, MOST_LETTERS)


def _sound_keys(saved: Any) -> dict[str, dict[str, tuple[str, ...]]]:
    """The remapped keys of a settings file; none for devices on which two commands would share one."""
    keys: dict[str, dict[str, tuple[str, ...]]] = {}
    if not isinstance(saved, dict):
        return keys
    for device, commands in saved.items():
        if device not in DEVICES or not isinstance(commands, dict):
            continue
        for name, words in commands.items():
            if name in default_keys(device) and _are_keys(device, name, words):
                keys.setdefault(device, {})[name] = tuple(words)
    for group in GROUPS:
        if shared_keys(Options(keys=keys), group):
            keys = {device: commands for device, commands in keys.items() if device not in group}
    return keys


def _are_keys(device: str, name: str, words: Any) -> bool:
    is_long_enough = isinstance(words, list) and (1 if name in NEEDED else 0) <= len(words) <= _MOST_KEYS
    return is_long_enough and all(_is_key(word) and can_have(device, word) for word in words)


def _is_key(word: Any) -> bool:
    return isinstance(word, str) and 0 < len(word) <= MOST_LETTERS and word.isprintable()


def shared_keys(options: Options, group: Sequence[str]) -> list[str]:
    """Keys that do more than one thing on the same keyboard or gamepad. group: one of GROUPS."""
    words = [word for device in group for keys in options.keys_of(device).values() for word in keys]
    return sorted({word for word in words if words.count(word) > 1})
