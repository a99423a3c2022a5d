"""Is a game deterministic? Its checks, one after the other, and the report."""

from __future__ import annotations

from collections.abc import Sequence

from replay.core.commands import Command
from replay.core.errors import UsageError
from replay.core.game import Config, Game, Inputs, abilities_of
from replay.prove.conformance.checks import Checks, raised_at
from replay.prove.conformance.given import check_rows, given, random_inputs
from replay.prove.conformance.processes import StalledError
from replay.prove.conformance.promises import CHECKS, BrokenPromise, Conformance
from replay.prove.conformance.straight import BrokenError, SkippedError

TICKS = 600
STALL_SECONDS = 10.0


def check_game(
    game: Game,
    inputs: Inputs | None = None,
    ticks: int = TICKS,
    *,
    commands: Sequence[Command] = (),
    players: int | None = None,
    seed: int = 1,
    config: Config | None = None,
    stall_seconds: float = STALL_SECONDS,
) -> Conformance:
    """Hold every promise of a game against it. About forty runs of `ticks` ticks, some of them in other processes.

    inputs: shape (ticks, players), the game's input_dtype; by default what the game's own `inputs(match, rng)` gives, else random
        ones, held for a while as people hold keys. commands: (tick, player, data) beside them.
    players: by default the first of 2, 1, 4, 3, 8 that the game takes. config: by default what `game.default_config()` gives, if
        the game has that, else nothing.
    stall_seconds: how long a second of match time may take before it counts as never coming back.

    Raises UsageError for inputs that do not fit, or if no match of this config can be started.
    """
    if inputs is not None:
        check_rows(game, inputs)
    default = abilities_of(game).default_config
    config = dict(config if config is not None else default() if default is not None else {})
    players = inputs.shape[1] if inputs is not None else players or _players_taken(game, seed, config)
    own = None if inputs is None else given(inputs[:ticks], [command for command in commands if command[0] < ticks])
    kit = Checks(game, seed, players, config, own, ticks, stall_seconds)
    report = kit.report
    for name in CHECKS:
        try:
            getattr(kit, name.replace("-", "_"))()
        except SkippedError as reason:
            report.skipped[name] = str(reason)
        except (BrokenError, StalledError) as broken:
            report.findings.append(BrokenPromise(name, str(broken), getattr(broken, "tick", None), getattr(broken, "field", "")))
        except Exception as error:  # the game's own, whatever it is
            report.findings.append(BrokenPromise(name, f"raised {type(error).__name__}: {error}{raised_at(error)}", kit.tick))
        else:
            report.passed.append(name)
        if name == "two-runs" and name not in report.passed:
            report.notes.append("two plain runs differ already: other findings may follow from that")
        if name == "contract" and report.findings:
            report.skipped.update(dict.fromkeys(list(CHECKS)[1:], "until the contract holds"))
            break
    return report


def _players_taken(game: Game, seed: int, config: Config) -> int:
    why: Exception | None = None
    for players in (2, 1, 4, 3, 8):
        try:
            game.new_match(seed, players, config)
        except Exception as error:  # a game that does not take so many
            why = why or error
        else:
            return players
    raise UsageError(f"{game.name} starts no match of the config {config}: {why}", "give the players and the config") from why


__all__ = ["STALL_SECONDS", "TICKS", "check_game", "random_inputs"]
