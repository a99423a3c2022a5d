"""Recordings that are nearly the same."""

from __future__ import annotations

import numpy as np
from toys import Bank

from replay import Recorder, Recording

BANK = Bank()


def variant(source, target, game, changed=(), *, ticks=None, **header):
    """A recording of the same match, in which the inputs of the last player differ in some ticks: one press more or less.
    ticks: how long it is. header: what else is another one."""
    with Recording(source) as original:
        facts = {"seed": original.header.seed, "players": original.header.players, "config": original.header.config} | header
        with Recorder(target, game, **facts) as recorder:
            for tick in range(ticks or original.ticks):
                row = original.inputs(min(tick, original.ticks - 1), min(tick, original.ticks - 1) + 1)[0].copy()
                if tick in changed:
                    row["buttons"][-1] ^= 1
                recorder.step(row)
    return target


def amounts(target, given):
    """A recording of the toy bank: what is paid in (or out), by tick."""
    with Recorder(target, BANK, seed=1, players=["Ann"], config={}) as recorder:
        for tick in range(max(given) + 100):
            recorder.step(np.array([(given.get(tick, 0),)], BANK.input_dtype))
    return target
