"""Runs under another interpreter, sent there as text: states of a recording, or a new recording, made by that environment's rules.

It may use only what every version of the library has. One JSON request a line on stdin; for each, one JSON line in `answers`,
followed by raw bytes where it says so.
"""

import json
import sys
from importlib import import_module
from typing import Any, BinaryIO


def states(request: dict[str, Any], answers: BinaryIO) -> None:
    """Every state from tick `start` to `stop` and the events that led there, each after its length. All ones: an error."""
    replay = import_module("replay")  # that environment's, whatever it holds: not the package around this file
    with replay.Recording(request["path"]) as recording:
        game = replay.find_game(recording.header.game)
        playback = replay.Playback(game, recording, use_snapshots=False)
        playback.seek(request["start"])
        dtype = getattr(playback.match, "state_dtype", None)
        answer = {"fields": repr(dtype.descr) if dtype is not None else "", "rules": game.rules}
        first = _state_of(playback.match) + _events_of(game, [])
        answers.write(json.dumps(answer).encode() + b"\n" + first)
        try:
            for _ in range(request["stop"] - request["start"]):
                events = playback.step()
                answers.write(_state_of(playback.match) + _events_of(game, events))
        except Exception:
            answers.write(b"\xff" * 8)
            raise


def _state_of(match: Any) -> bytes:
    save = getattr(match, "save", None) or match.proof
    state = bytes(save())
    return len(state).to_bytes(8, "little") + state


def _events_of(game: Any, events: Any) -> bytes:
    import msgpack

    packed: bytes = msgpack.packb(event_facts(game, events))
    return len(packed).to_bytes(8, "little") + packed


def event_facts(game: Any, events: Any) -> list[dict[str, Any]]:
    """Events as plain data: fields by name, the kind in words."""
    if not len(events):
        return []
    names = getattr(getattr(events, "dtype", None), "names", None)
    if names is None:
        return [{"tick": tick, "kind": kind, "data": data} for tick, kind, data in events]
    kinds = list(game.event_kinds)
    facts = [dict(zip(names, event.item(), strict=True)) for event in events]
    return [{**fact, "kind": kinds[fact["kind"]] if fact["kind"] < len(kinds) else fact["kind"]} for fact in facts]


def facts(request: dict[str, Any], answers: BinaryIO) -> None:
    """The verdict on a recording; and of a match that agrees as far as it goes, what its rules count, as JSON after its length."""
    replay = import_module("replay")
    with replay.Recording(request["path"]) as recording:
        game = replay.find_game(recording.header.game)
        verification = replay.verify(request["path"], game)
        factories = getattr(game, "projections", None) or {}
        told = {
            "rules": [game.name, game.rules],
            "verdict": verification.verdict.value,
            "message": verification.message,
            "versions": {name: getattr(factory, "version", 0) for name, factory in factories.items()},
            "counted": None,
        }
        if told["verdict"] in ("ok", "incomplete") and verification.result is not None:
            try:
                told["counted"] = {**_counted(replay, game, recording), "result": verification.result}
                json.dumps(told)
            except Exception as error:
                if type(error).__name__ in ("MachineError", "MemoryError"):
                    raise
                told["counted"] = None  # a projection that stumbled over this match
    data = json.dumps(told).encode()
    answers.write(b"{}\n" + len(data).to_bytes(8, "little") + data)


def _counted(replay: Any, game: Any, recording: Any) -> dict[str, Any]:
    playback, header = replay.Playback(game, recording, use_snapshots=False), recording.header
    names = [player.name for player in header.players]
    factories = getattr(game, "projections", None) or {}
    made = {name: factory(playback.match, names) for name, factory in factories.items()}
    happened = _Happened(game)
    replay.fold(playback, [*made.values(), happened])
    projections = {}
    for name, projection in made.items():
        result = projection.result()
        data = result.as_data() if hasattr(result, "as_data") else result
        projections[name] = [projection.version, data, getattr(result, "player", None) is not None]
    unique_keys = getattr(game, "unique_keys", None)
    keys = [] if unique_keys is None else list(unique_keys(header.players, header.config, header.created_ms))
    return {"projections": projections, "events": happened.result(), "keys": keys}


class _Happened:
    """The events that can be searched for, each as tick, kind, actor, target, item, amount."""

    name, version, is_sampling = "happened", 1, False

    def __init__(self, game: Any) -> None:
        self.game, self.rows = game, []  # type: ignore[var-annotated]
        self.left_out = set(getattr(game, "unindexed_kinds", None) or ())

    def observe(self, events: Any, match: Any) -> None:
        names_of = getattr(self.game, "event_names", None) or {}
        for fact in event_facts(self.game, events):
            if fact["kind"] in self.left_out:
                continue
            fields = fact["data"] if isinstance(fact.get("data"), dict) else fact
            row = [fact["tick"], fact["kind"]]
            for name in ("actor", "target", "item", "amount"):
                value, names = fields.get(name), names_of.get(name, ())
                value = names[value] if isinstance(value, int) and 0 <= value < len(names) else value
                row.append(value if value is None or isinstance(value, (int, float, str)) else str(value))
            self.rows.append(row)

    def result(self) -> list[Any]:
        return self.rows


def record(request: dict[str, Any], answers: BinaryIO) -> None:
    """Play the inputs in `rows` (a .npy file) and `commands` (MessagePack: a list for each tick; may be missing) as a new recording
    at `path`, with the rules of this environment."""
    import numpy as np

    replay = import_module("replay")
    rows = np.load(request["rows"], allow_pickle=False)
    commands = []
    if request["commands"]:
        import msgpack

        with open(request["commands"], "rb") as file:
            commands = msgpack.unpackb(file.read(), strict_map_key=False)
    game = replay.find_game(request["game"])
    players = [replay.Player(*player) for player in request["players"]]
    with replay.Recorder(request["path"], game, seed=request["seed"], players=players, config=request["config"]) as recorder:
        for tick, row in enumerate(rows):
            given = [row if row.dtype.names else None]
            if commands:
                given.append([tuple(command) for command in commands[tick]])
            recorder.step(*given)
    answers.write(b"{}\n")


def serve(answers: BinaryIO) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        try:
            {"states": states, "record": record, "facts": facts}[request["do"]](request, answers)
        except Exception as error:
            answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        answers.flush()
