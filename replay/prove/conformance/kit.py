"""Is a game deterministic? Its checks, one after the other, and the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from replay.core.commands import Command
from replay.core.errors import UsageError
from replay.core.game import Config, Game, Inputs, abilities_of
from replay.prove.conformance.checks import Checks
from replay.prove.conformance.given import check_rows, given, random_inputs
from replay.prove.conformance.promises import CHECKS, BrokenPromise, Conformance
from replay.prove.conformance.straight import BrokenError, SkippedError, UnrunnableError, raised_at
from replay.prove.conformance.untried import not_tried
from replay.prove.conformance.watchdog import StalledError

TICKS = 600
STALL_SECONDS = 10.0
LINES_PER_TICK = 1_000  # of the search, by default


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
    search_lines: int | None = None,
    checks: Collection[str] = tuple(CHECKS),
) -> Conformance:
    """Hold every promise of a game against it. About fifty runs of `ticks` ticks, some of them in other processes. A promise that
    is broken keeps no other from being tried, as far as the match runs.

    inputs: shape (ticks, players), the game's input_dtype; by default what the game's own `inputs(match, rng)` gives, else random
        ones, held for a while as people hold keys. commands: (tick, player, data) beside them.
    players: by default the first of 2, 1, 4, 3, 8 that the game takes. config: by default what `game.default_config()` gives, if
        the game has that, else nothing.
    stall_seconds: how long a second of match time may take before it counts as never coming back.
    search_lines: how many lines of the rules the search for other inputs may run; by default a thousand for each tick.
    checks: which of `CHECKS` to make; the contract is always one.

    Raises UsageError for inputs that do not fit, for a check that there is not, or if no match of this config can be started.
    """
    if unknown := set(checks) - set(CHECKS):
        raise UsageError(f"there is no check {min(unknown)!r}", f"they are {', '.join(CHECKS)}")
    if inputs is not None:
        check_rows(game, inputs)
    default = abilities_of(game).default_config
    config = dict(config if config is not None else default() if default is not None else {})
    players = inputs.shape[1] if inputs is not None else players or _players_taken(game, seed, config)
    own = None if inputs is None else given(inputs[:ticks], [command for command in commands if command[0] < ticks])
    kit = Checks(game, seed, players, config, own, ticks, stall_seconds)
    kit.search_lines = LINES_PER_TICK * kit.ticks if search_lines is None else search_lines
    reason = _begin(kit)
    for name in CHECKS:
        if name == "contract" or name not in checks:
            continue
        if reason:
            kit.report.skipped[name] = reason
        else:
            _make(kit, name)
    if not reason:
        kit.report.not_tried += not_tried(kit)
    return kit.report


def _begin(kit: Checks) -> str:
    """The contract, and with it the straight run, as far as it goes. Returns why nothing else can be tried; empty if it can."""
    findings = kit.report.findings
    for _ in range(3):
        try:
            kit.watchdog.run(kit.contract)
        except UnrunnableError as error:
            findings.append(BrokenPromise("contract", str(error)))
            return "until the contract holds: nothing can be run"
        except Exception as error:  # the game's own, whatever it is, or that it is stuck
            findings.append(_finding("contract", error, kit.tick))
            is_of_inputs = isinstance(error, ValueError) and "read-only" in str(error)
            if is_of_inputs and not kit.gives_copies:
                kit.gives_copies = True
            elif not kit.whole_ticks:
                return "until the contract holds: no tick can be run"
            elif kit.whole_ticks < kit.ticks:
                kit.cut_to(kit.whole_ticks)
            else:
                break
        else:
            break
    if not findings:
        kit.report.passed.append("contract")
    return "" if kit.states else "until the contract holds: it does not run twice alike"


def _make(kit: Checks, name: str) -> None:
    report, kit.doing = kit.report, ""
    try:
        kit.watchdog.run(getattr(kit, name.replace("-", "_")))
    except SkippedError as reason:
        report.skipped[name] = str(reason)
    except Exception as error:
        report.findings.append(_finding(name, error, kit.tick, kit.doing))
    else:
        report.passed.append(name)
    if name == "two-runs" and name not in report.passed:
        report.notes.append("two plain runs differ already: other findings may follow from that")


def _finding(check: str, error: Exception, tick: int, doing: str = "") -> BrokenPromise:
    if isinstance(error, BrokenError):
        return BrokenPromise(check, str(error), error.tick, error.field, error.because)
    if isinstance(error, StalledError):
        return BrokenPromise(check, f"{doing}{error}", tick)
    return BrokenPromise(check, f"raised {type(error).__name__}: {error}{raised_at(error)}", tick)


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


__all__ = ["LINES_PER_TICK", "STALL_SECONDS", "TICKS", "check_game", "random_inputs"]
