"""`replay guide`: the pages of `replay/docs/`, for people on a terminal, as Markdown for everything else."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterator
from importlib import resources
from pkgutil import resolve_name
from typing import Any

import click
from click.shell_completion import CompletionItem

from replay.cli.common import OK, Command
from replay.cli.output import colours, columns, data, echo, is_dumb

_PAGES = resources.files("replay") / "docs"
_ENTRY = re.compile(r"^- \[[^]]*\]\((\w[\w-]*)\.md\): (.+)$", re.M)
_COMMENT = re.compile(r"^<!--.*?-->\n", re.M | re.S)
_QUOTED = re.compile(r"(: |-> )'([^']*)'")  # annotations, as they stand in the source
_REFERENCE = re.compile(r"^::: (\S+)\n(?:    .*\n)*", re.M)


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    return [CompletionItem(name, help=line) for name, line in topics().items() if name.startswith(incomplete)]


@click.command(cls=Command, examples=["replay guide", "replay guide pygame", "replay guide determinism | less"])
@click.argument("topic", required=False, shell_complete=_names)
def guide(topic: str | None) -> int:
    """The guide, one page at a time. Without TOPIC: which there are."""
    known = topics()
    if topic is None:
        for name, line in known.items():
            echo(f"{name:16}{line}")
    elif topic in known:
        _show(page(topic))
    else:
        near = difflib.get_close_matches(topic.lower(), known, 3, 0.5) or [
            name for name in known if topic.lower() in page(name).lower()
        ]
        hint = f"; near it: {', '.join(near)}" if near else "; `replay guide` lists them"
        raise click.UsageError(f"no topic {topic!r}{hint}")
    return OK


def topics() -> dict[str, str]:
    """The pages in the order of reading, and what each is about."""
    return {name: line.replace("`", "") for name, line in _ENTRY.findall((_PAGES / "index.md").read_text("utf-8"))}


def page(topic: str) -> str:
    """A page as Markdown. Where the site puts in the reference of an object, it says in a paragraph what that is."""
    text = (_PAGES / f"{topic}.md").read_text("utf-8")
    return _REFERENCE.sub(lambda match: f"{''.join(_reference(match[1]))}\n", _COMMENT.sub("", text))


def _reference(name: str) -> Iterator[str]:
    thing = resolve_name(name)
    arguments = "" if getattr(thing, "_is_protocol", False) else _QUOTED.sub(r"\1\2", str(inspect.signature(thing)))
    yield f"```python\n{name.rpartition('.')[2]}{arguments}\n```\n\n"
    first, _, _ = (inspect.getdoc(thing) or "").partition("\n\n")
    yield f"{first}\nAll of it: `python -m pydoc {name}`.\n"


def _show(text: str) -> None:
    terminal = columns() if data().isatty() and not is_dumb() else None
    if terminal is None:
        echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(file=data(), width=min(terminal, 100), no_color=colours() is False).print(Markdown(text))
