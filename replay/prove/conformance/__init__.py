"""Is a game deterministic? Every promise of `replay.core.game.Match`, held against a running match, for any Python game.

    from replay.prove.conformance import check_game
    report = check_game(MY_GAME)
    assert report.is_ok, report

kit         the checks; begin here
promises    what is promised, and the report
processes   running a game under a time limit, and in processes that differ from this one
calls       which clocks, random generators and files a game reaches for
lint        the same question asked of its source, without running it
"""

from replay.prove.conformance.kit import STALL_SECONDS, TICKS, check_game, random_inputs
from replay.prove.conformance.promises import CHECKS, BrokenPromise, Conformance

__all__ = ["CHECKS", "STALL_SECONDS", "TICKS", "BrokenPromise", "Conformance", "check_game", "random_inputs"]
