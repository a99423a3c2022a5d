"""A recording that begins at a snapshot takes that state on trust; held against the one that it was cut out of, it need not."""

from __future__ import annotations

import os
from dataclasses import replace

from replay.core.divergence import Divergence, differing_fields
from replay.core.errors import MachineError, ReplayError, UsageError
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.verify import Verdict, Verification, verify
from replay.prove.diff import first_other_input

_FACTS = ("game", "rules", "ticks_per_second", "seed", "config", "input_fields", "session")


def with_parent(verification: Verification, parent: str | os.PathLike[str], game: Game | None = None) -> Verification:
    """`verification` of a recording that is ok by itself, completed by the proof that `parent` leads to where it begins.

    The same match; the parent re-simulated and verified up to that tick; its state there equal; and equal inputs in the ticks that
    both have. Anything else is a divergence, and the message says what differs. What cannot be judged keeps the parent's verdict.

    Raises UsageError if the recording begins at tick 0.
    """
    if not verification.is_ok:
        return verification
    try:
        with Recording(verification.path) as part, Recording(parent) as whole:
            return _held_against(verification, part, whole, game)
    except UsageError:
        raise
    except OSError as error:
        return _because(verification, Verdict.UNREADABLE, f"{parent}: {error.strerror or error}")
    except MachineError as error:
        return _because(verification, Verdict.ENVIRONMENT, str(error), error.hint)
    except ReplayError as error:
        return _because(verification, Verdict.UNREADABLE, f"{parent}: {error}", error.hint)


def _held_against(verification: Verification, part: Recording, whole: Recording, game: Game | None) -> Verification:
    if not part.start_tick:
        raise UsageError(
            f"{part.path} begins at tick 0: it takes nothing on trust", "--parent is for recordings cut out of another"
        )
    if difference := _other_match(part, whole):
        return _because(verification, Verdict.DIVERGED, difference)
    start, name = part.start_tick, whole.path.name
    if whole.start_tick > start or whole.ticks < start:
        ticks = f"{name} has ticks {whole.start_tick}..{whole.ticks}"
        return _because(verification, Verdict.DIVERGED, f"it begins at tick {start}, and {ticks}")
    rules = find_game(whole.header.game) if game is None else game
    there = Verification(whole.path, Verdict.OK) if start == whole.start_tick else verify(whole.path, rules, stop=start)
    if there.verdict is not Verdict.OK and not (there.verdict is Verdict.INCOMPLETE and there.ticks >= start):
        return _because(verification, there.verdict, f"up to tick {start}, {name} is {there.verdict}: {there.message}", there.hint)
    if divergence := _other_state(part, whole, rules):
        message = f"the state that it begins with is not that of {name} at tick {start}"
        return replace(_because(verification, Verdict.DIVERGED, message), divergence=divergence)
    stop = min(part.ticks, whole.ticks)
    if start < stop and (tick := first_other_input(part, whole, start, stop)) is not None:
        return _because(verification, Verdict.DIVERGED, f"the inputs of tick {tick} are not those of {name}")
    compared = verification.hashes_compared + there.hashes_compared + 1
    digests = verification.digests_compared + there.digests_compared
    trust = f"; {name} believes the state that it begins with" if whole.start_tick else ""
    message = f"it begins with the state of {name} at tick {start}, verified{trust}"
    return replace(verification, message=message, hashes_compared=compared, digests_compared=digests)


def _other_match(part: Recording, whole: Recording) -> str:
    """What shows that these are two matches; empty if they are one."""
    name = whole.path.name
    for fact in _FACTS:
        ours, theirs = getattr(part.header, fact), getattr(whole.header, fact)
        if ours != theirs:
            return f"its {fact} is {_text(ours)}, that of {name} {_text(theirs)}"
    ours, theirs = len(part.header.players), len(whole.header.players)
    if ours != theirs:
        return f"it has {ours} players, {name} has {theirs}"
    if part.header.parent is not None and part.header.parent[0] != whole.header.id:
        return f"its parent is the recording {part.header.parent[0].hex()}; {name} is {whole.header.id.hex()}"
    return ""


def _text(fact: object) -> str:
    return fact.hex() if isinstance(fact, bytes) else str(fact)


def _other_state(part: Recording, whole: Recording, game: Game) -> Divergence | None:
    """How the state that `part` begins with differs from the one that its parent comes to; None if it does not."""
    tick, recorded = part.start_tick, part.start_state
    playback = Playback(game, whole, use_snapshots=False)
    playback.seek(tick)
    computed = playback.simulation.save()
    if recorded is not None and recorded == computed:
        return None
    divergence = Divergence(tick, tick - 1, field_tick=tick, recorded_state=recorded, computed_state=computed)
    if recorded is not None:
        divergence.fields = differing_fields(playback.simulation, recorded, computed)
    return divergence


def _because(verification: Verification, verdict: Verdict, message: str, hint: str = "") -> Verification:
    return replace(verification, verdict=verdict, message=message, hint=hint)
