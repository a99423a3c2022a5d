"""What a recording says of itself: as data, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from replay.cli.common import escape
from replay.core.errors import FormatError
from replay.core.recording import Recording
from replay.core.records import End
from replay.read.space import Part
from replay.read.timecode import clock


def fact_lines(facts: dict[str, Any], ticks_per_second: int) -> Iterator[str]:
    """What `describe` gives, for people."""

    def at(tick: int) -> str:
        return f"{clock(tick, ticks_per_second)}  tick {tick}"

    for key, value in facts.items():
        if key == "players":
            for number, player in enumerate(value, 1):
                who = f"  {escape(player['id'])}" if "id" in player else ""
                yield f"{f'player {number}':12}{escape(player['name'])}  ({escape(player['kind'])}){who}"
        elif key == "markers":
            yield from (f"{'marker':12}{at(marker['tick'])}  {escape(marker['text'])}" for marker in value)
        elif key == "start_tick":
            if value:
                yield f"{'begins':12}{at(value)}, with a state of its own"
        elif key == "ended" and value is not None:
            crash = f": {escape(value['exception'])} at tick {value['tick']}" if "exception" in value else ""
            yield f"{'ended':12}{value['how']}{crash}"
        elif key == "version":
            yield f"{'version':12}{value:,} input events"
        elif key == "made_with" and value:
            yield f"{'made with':12}{escape(_origin_text(value))}"
        elif isinstance(value, dict):
            yield from (f"{key:12}{escape(str(name))}: {escape(str(item))}" for name, item in value.items())
        elif value is not None:
            yield f"{key.replace('_', ' '):12}{escape(str(value))}"


_WHAT_PARTS_ARE = {
    "header": "game, rules, seed, config, players",
    "inputs": "what the players did",
    "first state": "where a clip begins",
    "snapshots": "states on the way, to seek by",
    "digests": "a byte for every proved tick",
    "hashes": "8 bytes for every second",
    "end": "version, last hashes, claimed result",
    "players": "ids of the players",
    "markers": "names of moments",
    "chunks": "kinds, lengths, counts, checksums",
    "not read": "after the damage",
}


def space_lines(parts: list[Part]) -> Iterator[str]:
    """A line for each part of a file, and one for what the match needs."""
    total = sum(part.bytes for part in parts)
    truth = sum(part.bytes for part in parts if part.kind == "truth")
    for part in parts:
        share = f"{part.bytes / total:.1%}"
        yield f"{part.name:12}{part.bytes:>10,} bytes {share:>6}  {part.kind:12}{_WHAT_PARTS_ARE[part.name]}"
    yield f"{'':12}{total:>10,} bytes; {truth:,} of them ({truth / total:.1%}) are all that the match needs: see replay strip"


def _origin_text(made_with: dict[str, Any]) -> str:
    """`engine 1.2, python 3.11, linux x86_64, commit 1a2b (clean)`."""
    facts = {key: value for key, value in made_with.items() if key != "clean"}
    texts = [str(value) if key == "platform" else f"{key} {value}" for key, value in facts.items()]
    if "clean" in made_with:
        texts[-1] += " (clean)" if made_with["clean"] else " (not clean)"
    return ", ".join(texts)


def describe(recording: Recording) -> dict[str, Any]:
    """What a recording says of itself, as plain data."""
    header, end = recording.header, recording.end
    size = recording.file_bytes()
    player_minutes = recording.seconds / 60 * len(header.players)
    share = f" ({size / player_minutes / 1000:.1f} kB per player-minute)" if player_minutes else ""
    ticks = recording.ticks - recording.start_tick
    return {
        "file": str(recording.path),
        "state": recording.state,
        "format": header.format,
        "game": f"{header.game} rules {header.rules}",
        "created": datetime.fromtimestamp(header.created_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "length": f"{clock(ticks, header.ticks_per_second)}, {ticks:,} ticks at {header.ticks_per_second}/s",
        "start_tick": recording.start_tick,
        "ticks": recording.ticks,
        "ended": _ending(end) if header.format > 1 else None,
        "size": f"{size:,} bytes{share}",
        "snapshots": len(recording.snapshot_ticks),
        "version": end.version if end is not None else recording.version,
        "seed": header.seed,
        "session": header.session.hex() or None,
        "parent": f"{header.parent[0].hex()} at tick {header.parent[1]}" if header.parent else None,
        "id": header.id.hex(),
        **_identities(recording),
        "made_with": header.made_with,
        "config": header.config,
        "players": [
            {"name": player.name, "kind": player.kind} | ({"id": player.id} if player.id else {}) for player in header.players
        ],
        "markers": [{"tick": marker.tick, "text": marker.text} for marker in recording.markers],
        "result": end.result if end else None,
    }


def _ending(end: End | None) -> dict[str, Any] | None:
    """How it ended: finished, stopped or crashed. None without an end; format 1 does not say."""
    if end is None:
        return None
    return {"how": end.how} | ({"exception": end.crash.kind, "tick": end.ticks} if end.crash is not None else {})


def _identities(recording: Recording) -> dict[str, str | None]:
    """Of the recording and of the match. Of a file that is damaged inside there is neither."""
    try:
        return {"identity": recording.identity(), "match": recording.match_identity()}
    except FormatError:
        return {"identity": None, "match": None}
