"""What a page's player says of recordings, many a second: without a picture, by `judge` in a bare page."""

from __future__ import annotations

import base64
import json
import random
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from damage import put_together, record, take_apart
from fuzz.damage import operate

from game.match import ARENA
from game.web import ArenaPage
from replay import Recording, Verdict, verify
from replay.core import format as fmt
from replay.core.plain import pack_plain, unpack
from replay.find.edit import clip as clip_recording
from replay.find.edit import pack as pack_recording
from replay.find.edit import strip as strip_recording
from replay.native.wasm import module_of
from replay.web.bundle import PLAYER, in_order, joined, literal, scoped

Chunks = list[tuple[int, bytes]]

# Opens, runs and looks at a recording as the page does. What is no ReplayError is a fault of the player.
_JUDGE = """
const refused = (error, mood) => [error instanceof ReplayError ? mood : "fault", error.stack ?? String(error), null, ""];
globalThis.judge = async (packed) => {
  let opened;
  try {
    opened = await openRecording(fromBase64(packed), { ...game, code });
  } catch (error) {
    return refused(error, "refused");
  }
  const { source, look } = opened;
  const marks = new Marks(look, source);
  try {
    await source.survey((chunk, index) => {
      marks.take(source.eventsOf(index));
      look.lines(source.newest);
    }, () => source.verdict);
  } catch (error) {
    if (!(error instanceof ReplayError)) return refused(error);
    source.fail(error);
  }
  try {
    for (const tick of [source.start, Math.floor((source.start + source.done) / 2), source.done]) {
      const state = source.state(tick);
      for (const seat of look.names.keys()) [look.details(state, seat), look.place(state, seat), source.inputs(tick, seat)];
      [look.standings(state), look.resultText(state), source.table(tick), look.feed(source.events(tick - 600, tick))];
      for (const mark of marks.all()) marks.text(mark);
    }
  } catch (error) {
    return refused(error, "fault");
  }
  const { mood, text, detail } = source.verdict;
  return [mood, text, source.firstBadTick, detail];
};
"""


def judge_script() -> str:
    """A script that has the player of arena's pages, without its page."""
    code = module_of(ArenaPage.kernels)
    facts = {"name": ARENA.name, "rules": ARENA.rules, "rate": ARENA.ticks_per_second, "constants": ArenaPage.constants()}
    game = f"const game = {{...{literal(facts)}, ...{scoped(ArenaPage.modules)}}};"
    module = f"const code = fromBase64({json.dumps(base64.b64encode(code).decode())});"
    return f'(() => {{\n"use strict";\n{joined(in_order(PLAYER / "page.js"))}{game}\n{module}\n{_JUDGE}}})();\n'


def seeds(folder: Path) -> list[Chunks]:
    """Small recordings of arena: few and many players, chunks and snapshots near and far, clips, stripped ones, other shapes."""
    found = []
    shapes: list[dict[str, Any]] = [
        {"ticks": 200, "players": 2, "snapshot_seconds": 1},
        {"ticks": 190, "players": 8, "snapshot_seconds": 2},
        {"ticks": 130, "players": 3, "chunk_seconds": 2, "snapshot_seconds": 2},
        {"ticks": 250, "players": 2, "snapshots": False},
        {"ticks": 1, "players": 2},
        {"ticks": 0, "players": 2},
    ]
    for number, shape in enumerate(shapes):
        path = folder / f"{number}.replay"
        record(path, ARENA, config=ARENA.default_config(map="duel", seconds=4), seed=number, **shape)
        found.append(take_apart(path.read_bytes()))
    with Recording(folder / "0.replay") as recording:
        clip_recording(recording, folder / "clip.replay", 60, 170)
        strip_recording(recording, folder / "stripped.replay")
        pack_recording(recording, folder / "packed.replay")
    found += [take_apart((folder / f"{name}.replay").read_bytes()) for name in ("clip", "stripped", "packed")]
    return [*found, thinned(found[0], 20), thinned(found[1], 60), stopped(found[2]), old(found[0])]


def changed(chunks: Chunks, kind: int, change: Any, index: int | None = None) -> Chunks:
    """The same chunks, the values of one of a kind (or of all) changed."""
    places = [at for at, (each, _) in enumerate(chunks) if each == kind]
    result = list(chunks)
    for at in places if index is None else places[index : index + 1]:
        values = unpack(chunks[at][1], containers=4096, items=4096)
        result[at] = (kind, pack_plain(change(values) or values))
    return result


def thinned(chunks: Chunks, step: int) -> Chunks:
    """Only every `step`-th tick is proved."""
    chunks = changed(chunks, fmt.KIND_HEADER, lambda values: values["notes"].update(proof_ticks=step))
    return changed(chunks, fmt.KIND_INPUTS, lambda values: [*values[:3], values[3][step - 1 :: step], *values[4:]])


def stopped(chunks: Chunks) -> Chunks:
    return changed(chunks, fmt.KIND_END, lambda values: [*values[:2], b"", b"", None, "stopped", None])


def old(chunks: Chunks) -> Chunks:
    """In format 1, without digests."""
    keys = "chunk_ticks config created game group_ticks id input parent players rules seed ticks_per_second".split()
    whole = [part for part in chunks if part[0] != fmt.KIND_SNAPSHOT]
    whole = changed(
        whole, fmt.KIND_HEADER, lambda values: {"format": 1} | {key: (values["truth"] | values["notes"])[key] for key in keys}
    )
    whole = changed(whole, fmt.KIND_INPUTS, lambda values: [*values[:3], b"", values[4][:8]])
    return changed(whole, fmt.KIND_END, lambda values: [*values[:3], values[4]])


def nudge(rng: random.Random, chunks: Chunks) -> Chunks:
    """One thing changed that fits the format: an input, a state, a digest, a hash, a claim, a setting, or something left out."""
    kind = rng.choice([fmt.KIND_INPUTS] * 3 + [fmt.KIND_SNAPSHOT, fmt.KIND_END, fmt.KIND_HEADER])
    count = sum(1 for each, _ in chunks if each == kind)
    with suppress(KeyError, IndexError, TypeError, ValueError):
        return changed(chunks, kind, lambda values: _NUDGES[kind](rng, values), rng.randrange(count) if count else 0)
    return chunks


def _flipped(rng: random.Random, data: bytes) -> bytes:
    part = bytearray(data)
    part[rng.randrange(len(part))] ^= 1 << rng.randrange(8)
    return bytes(part)


def _inflated(data: bytes) -> bytes:
    return zlib.decompress(data, -zlib.MAX_WBITS)


def _nudge_inputs(rng: random.Random, values: list[Any]) -> None:
    match rng.randrange(7):
        case 0 | 1:
            values[2] = fmt.deflate(_flipped(rng, _inflated(values[2])))
        case 2:
            values[3] = rng.choice((b"", _flipped(rng, values[3])))
        case 3:
            values[4] = rng.choice((b"", values[4][:8], _flipped(rng, values[4]), values[4][:8] * 2))
        case 4:
            values[5] += rng.choice((1, -1))
        case 5:
            values[3:5] = [_flipped(rng, values[3]), _flipped(rng, values[4])]
        case _:
            values.append(b"")


def _nudge_snapshot(rng: random.Random, values: list[Any]) -> None:
    values[-1] = fmt.deflate(_flipped(rng, _inflated(values[-1])))


def _nudge_end(rng: random.Random, values: list[Any]) -> None:
    result = values[4] or {}
    player = rng.choice(result.get("players") or [{"gold": 0}])
    name = rng.choice(list(player))
    match rng.randrange(8):
        case 0:
            values[rng.choice((2, 3))] = _flipped(rng, values[2])
        case 1:
            values[4] = rng.choice((None, {}, [], b"", 0, result | {"more": None}))
        case 2:
            player[name] = rng.choice((float(player[name]), player[name] + 1, bool(player[name]), str(player[name]), None))
        case 3:
            result["winners"] = rng.choice(([0], [], {}, b"", [0, 1], 0))
        case 4:
            result["ended"] = rng.choice((0, 1, True, False, 1.0, "", None))
        case 5:
            values[2:4] = rng.choice(([b"", b""], [values[2], b""], [b"", values[3]]))
            values[5] = rng.choice(("stopped", "finished"))
        case 6:
            values[5:7] = ["crashed", ["ValueError", bytes(14), rng.choice(([], [[0, 1]]))]]
        case _:
            values[5] = "stopped"


def _nudge_header(rng: random.Random, values: dict[str, Any]) -> None:
    truth, notes = values["truth"], values["notes"]
    match rng.randrange(7):
        case 0:
            truth["config"][rng.choice(("score_limit", "seconds", "countdown", "mode", "map", "more", "map_hash"))] = rng.choice(
                (1, 3, 5, "teams", "duel", True)
            )
        case 1:
            truth["ticks_per_second"] = rng.choice((30, 61, 120))
        case 2:
            truth["seed"] = rng.choice((0, 2**64 - 1, 2**64 - 2**12, 2**53 + 1))
        case 3:
            truth["players"] = rng.choice((truth["players"][:1], truth["players"] * 2, [["\ufeff", "\ufeffx"], ["", ""]]))
        case 4:
            notes[rng.choice(("group_ticks", "chunk_ticks", "proof_ticks"))] = rng.choice((1, 30, 60, 120, 600, 3600, 36000))
        case 5:
            truth["config"].pop(rng.choice(list(truth["config"])))
        case _:
            notes["made_with"] = rng.choice(({"__proto__": "x", "toString": True}, {"\ufeffa": "", "a": ""}, {"a": 1}))


_NUDGES: dict[int, Any] = {
    fmt.KIND_INPUTS: _nudge_inputs,
    fmt.KIND_SNAPSHOT: _nudge_snapshot,
    fmt.KIND_END: _nudge_end,
    fmt.KIND_HEADER: _nudge_header,
}


def case_of(rng: random.Random, chunks: Chunks) -> bytes:
    """One damaged recording, its checksums right: a thing or two that fits the format, or anything at all."""
    chunks = list(chunks)
    for _ in range(rng.choice((1, 1, 1, 2))):
        if rng.random() < 0.65:
            chunks = nudge(rng, chunks)
        elif chunks:
            operate(rng, chunks)
    return put_together([part for part in chunks if len(part[1]) < 2**20])


def agree(path: Path, said: list[Any]) -> str:
    """Why what a page said of a recording does not fit what the verifier says; empty if it does."""
    proof = verify(path, ARENA)
    mood, text, tick, _ = said
    doubted = text != "proved here" and not text.startswith("proved here, in part")
    if mood == "fault":
        wrong = True
    elif proof.verdict is Verdict.OK:
        wrong = mood != "good" or doubted != bool(proof.notes)
    elif proof.verdict is Verdict.DIVERGED:
        wrong = (mood, tick) != ("bad", proof.first_bad_tick)
    else:
        wrong = mood == "good" or "proved here" in text
    return f"{proof.verdict} at {proof.first_bad_tick}: {proof.message} {proof.notes}; the page: {said}" if wrong else ""
