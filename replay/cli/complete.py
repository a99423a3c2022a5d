"""What a shell offers after TAB: games, recordings and the moments in them. No game is loaded for it, only headers are read.

    bash    eval "$(_REPLAY_COMPLETE=bash_source replay)"         in ~/.bashrc
    zsh     eval "$(_REPLAY_COMPLETE=zsh_source replay)"          in ~/.zshrc
    fish    _REPLAY_COMPLETE=fish_source replay | source          in ~/.config/fish/completions/replay.fish

and the same for `arena`, with _ARENA_COMPLETE. It is click's own completion; only bash needs more than click gives, because it
takes a word apart at `@` and `:`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

from replay.core.entrypoints import entry_points
from replay.core.errors import ReplayError
from replay.core.installed import ADAPTERS, GROUP, named_here
from replay.core.names import is_recording_name
from replay.read.timecode import split_moment

Items = list[CompletionItem[Any]]
Complete = Callable[[click.Context, click.Parameter, str], Items]


def recordings(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Recordings, and folders on the way to them."""
    folder, _, start = incomplete.rpartition("/")
    before = f"{folder}/" if "/" in incomplete else ""
    with suppress(OSError):
        names = sorted(path.name for path in Path(before or ".").expanduser().iterdir() if not path.is_dir())
        found = [before + name for name in names if name.startswith(start) and is_recording_name(name)]
        return [*map(CompletionItem, found), CompletionItem(incomplete, type="dir")]
    return []


def moments(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Recordings, or FILE@TIME once there is an @."""
    file, time = split_moment(incomplete)
    if time is None:
        return recordings(ctx, param, incomplete)
    return [CompletionItem(f"{file}@{known}") for known in _times(file) if known.startswith(time)]


def times(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The TIMEs of the recording that is named before them."""
    named = ctx.params.get("file") or ctx.params.get("files") or ctx.params.get("paths") or ()
    words = [str(named)] if isinstance(named, str) else [*map(str, named), *ctx.args]  # there, while an option lacks its value
    files = (split_moment(word)[0] for word in words)
    file = next(filter(is_recording_name, files), None)
    return [] if file is None else [CompletionItem(time) for time in _times(file) if time.startswith(incomplete)]


def games(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Games that are installed, those that the project one stands in names, and programs."""
    installed = [point.name for point in entry_points(GROUP)] if param.param_type_name == "argument" else []
    prefixes = [f"{point.name}:" for point in entry_points(ADAPTERS)]
    known = dict.fromkeys([*sorted(installed), *named_here(), *sorted(prefixes)])
    return [CompletionItem(name) for name in known if name.startswith(incomplete)] or [CompletionItem(incomplete, type="file")]


def _times(file: str) -> Iterator[str]:
    """The kinds of events that a recording may hold, each with its first one, its markers, and what every one has."""
    from replay.core.recording import Recording

    with suppress(ReplayError, OSError), Recording(Path(file).expanduser()) as recording:
        yield from (f"{kind}:1" for kind in recording.header.event_kinds)
        yield from (f"@{marker.text}" for marker in recording.markers if marker.text.isprintable())
        yield from ("start", "end", "50%")


# --- bash ---

_SCRIPT = """
%(complete_func)s() {
    local word
    mapfile -t COMPREPLY < <(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete $1)
    for word in "${COMPREPLY[@]}"; do
        [[ $word == *[/:] ]] && compopt -o nospace
    done
}
complete -o nosort -o default -F %(complete_func)s %(prog_name)s
"""


class WholeWords(BashComplete):
    """To bash, `match.replay@death:1` is five words, of which it completes the last one: here it is one."""

    source_template = _SCRIPT
    word = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)[1:]
        if not line[-1:].isspace() and words:
            self.word = words.pop()
        return words, self.word

    def get_completions(self, args: list[str], incomplete: str) -> Items:
        return [each for item in super().get_completions(args, incomplete) for each in _unfolded(item)]

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """What bash has to put in the place of what it takes for the last word: that begins after a `:` or `=`, and at an `@`."""
        typed = self.word.partition("=")[2] if self.word.startswith("--") else self.word
        breaks = os.environ.get("COMP_WORDBREAKS", "@:=")
        cut = max([0, *(typed.rfind(letter) + (letter != "@") for letter in "@:=" if letter in breaks)])
        return re.sub(r"([^\w@%+=:,./~-])", r"\\\1", item.value[cut:])


def _unfolded(item: CompletionItem[Any]) -> Iterator[CompletionItem[Any]]:
    """The folders that an item stands for; files are left to bash itself, which offers them where nothing else is."""
    if item.type == "plain":
        yield item
    elif item.type == "dir":
        folder, slash, start = item.value.rpartition("/")
        with suppress(OSError):
            for path in sorted(Path(folder + slash or ".").expanduser().iterdir()):
                if path.is_dir() and path.name.startswith(start) and (start or not path.name.startswith(".")):
                    yield CompletionItem(f"{folder}{slash}{path.name}/")


def register() -> None:
    """Let click complete for bash by whole words."""
    add_completion_class(WholeWords, "bash")
