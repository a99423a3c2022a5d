"""What a renewal changes, for whoever reviews it in a terminal: lines, pictures, a page that plays it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.cli.report_card import SECONDS_BEFORE
from replay.core.errors import ReplayError
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.core.text import escape
from replay.prove.ci import safe_stem
from replay.prove.renewal import Renewal
from replay.prove.report import event_line, field_lines
from replay.read.timecode import clock

if TYPE_CHECKING:
    from replay.prove.reference.behaviour import Behaviour


def changed_at(renewal: Renewal, behaviour: Behaviour | None) -> int | None:
    """The first changed tick: by fields and events where they were compared, else by what the file claims of its states."""
    return renewal.migration.changed_at if behaviour is None or behaviour.note else behaviour.changed_at


def lines(renewal: Renewal, behaviour: Behaviour | None) -> Iterator[str]:
    with Recording(renewal.aside) as recording:
        rate, names = recording.header.ticks_per_second, [player.name for player in recording.header.players]
    tick = changed_at(renewal, behaviour)
    if tick is not None:
        yield f"  first changed tick {tick}  {clock(tick, rate)}"
    if behaviour is not None:
        yield from _compared(behaviour, names)
    for path, before, after in renewal.migration.outcome:
        yield f"  {escape(path or 'result'):<28} {escape(str(before))} -> {escape(str(after))}"


def _compared(behaviour: Behaviour, names: list[str]) -> Iterator[str]:
    if behaviour.note:
        yield f"  {escape(behaviour.note)}"
        return
    if behaviour.alone:
        yield f"  fields that only one of the rules has: {escape(', '.join(behaviour.alone))}"
    if behaviour.is_same:
        yield "  behaves the same: every field that both have, and every event, at every tick"
    yield from field_lines(behaviour.fields)
    sides = (("vanish", behaviour.vanished, behaviour.first_vanished), ("appear", behaviour.appeared, behaviour.first_appeared))
    for what, counts, first in sides:
        if counts:
            yield f"  events that {what}: {escape(', '.join(f'{count} {kind}' for kind, count in counts.most_common()))}"
            yield from (f"    {escape(event_line(event, names, with_tick=True))}" for event in first)
            if counts.total() > len(first):
                yield f"    and {counts.total() - len(first)} more"


def facts(renewal: Renewal, behaviour: Behaviour | None) -> dict[str, Any]:
    migration = renewal.migration
    plain: dict[str, Any] = {
        "rules": migration.rules,
        "changed_at": changed_at(renewal, behaviour),
        "outcome": migration.outcome,
        "same": behaviour.is_same and not migration.outcome if behaviour and not behaviour.note else migration.is_same,
    }
    if behaviour is not None:
        plain |= {
            "fields": [vars(part) for part in behaviour.fields],
            "fields_alone": behaviour.alone,
            "vanished": dict(behaviour.vanished),
            "appeared": dict(behaviour.appeared),
            "note": behaviour.note,
        }
    return plain


def draw(renewal: Renewal, behaviour: Behaviour | None, folder: Path) -> list[Path]:
    """Pictures before and after: of the changed tick by both rules where the old ones were asked, else of the tick before it, which
    both have, and of the changed one as the new rules have it. None where nothing changes. Raises ImportError or ReplayError where
    there can be none."""
    from replay.watch.stills import Stills

    tick = changed_at(renewal, behaviour)
    if tick is None:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    with Stills(renewal.aside, find_game(renewal.migration.game)) as stills:
        if behaviour is not None and behaviour.state is not None:
            pair = stills.pair(tick, behaviour.state, behaviour.has_same_events)
            pictures = {f"before-{tick}": pair.recorded, f"after-{tick}": pair.computed}
        else:
            pictures = {f"{name}-{at}": stills.computed(at) for name, at in (("before", max(tick - 1, 0)), ("after", tick))}
    files = [folder / f"{safe_stem(renewal.path)}-{name}.jpg" for name in pictures]
    for file, picture in zip(files, pictures.values(), strict=True):
        file.write_bytes(picture)
    return files


def write_moment(renewal: Renewal, behaviour: Behaviour | None, folder: Path) -> Path:
    """A page that plays what the new rules make of it, from shortly before the first change. Raises ReplayError where no browser
    can run the game."""
    from replay.web.made import page_of

    with Recording(renewal.aside) as recording:
        at = max((changed_at(renewal, behaviour) or 0) - SECONDS_BEFORE * recording.header.ticks_per_second, recording.start_tick)
    page = page_of(renewal.aside, at=at)
    if page is None:
        raise ReplayError("no browser can run this game", "p draws pictures")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{safe_stem(renewal.path)}.html"
    file.write_text(page, "utf-8")
    return file
