"""Is a game deterministic? Every promise of `replay.core.game.Match`, held against a running match, for any Python game.

    from replay.prove.conformance import check_game
    report = check_game(MY_GAME)
    assert report.is_ok, report

kit         one check after the other; begin here
promises    what is promised, and the report
straight    the run that all others are compared with
contract    what each call gives, judged along that run
checks      the same inputs run in another way, a method each
elsewhere   the checks that need other processes, and causes
given       the inputs: as people make them, a game's own, nonsense
watchdog    work that is ended if it does not come back
differences, processes, inside   in what a process may differ, this side of it, and the other
search, lines   other inputs, that reach other lines
untried     what all that says nothing about
calls       which clocks, random generators and files a game reaches for
lint        the same question asked of its source, without running it
"""

from replay.prove.conformance.kit import STALL_SECONDS, TICKS, check_game, random_inputs
from replay.prove.conformance.promises import CHECKS, BrokenPromise, Conformance

__all__ = ["CHECKS", "STALL_SECONDS", "TICKS", "BrokenPromise", "Conformance", "check_game", "random_inputs"]
