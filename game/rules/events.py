"""What happens: the kinds of events, their record, and the log that kernels write them into."""

from __future__ import annotations

import numpy as np

EVENT_KINDS = (
    "shot",  # actor fired item
    "hit",  # actor took amount of health and armour from target with item
    "critical",  # the same, doubled; follows instead of a hit
    "death",  # actor killed target with item (itself, if they are the same)
    "assist",  # actor helped to kill target and gets amount of gold
    "spawn",  # actor appears
    "pickup",  # actor takes item, worth amount
    "purchase",  # actor buys item for amount
    "refused",  # actor cannot buy item, which costs amount
    "drop",  # what target dropped: item, worth amount
    "dash",  # actor dashes
    "reload",  # actor begins to reload item
    "streak",  # actor has killed amount others without dying
    "crown",  # actor took it from target, who wore it and is dead: amount points more than a kill is worth
    "explosion",  # a rocket of actor goes off
    "match_end",  # actor is the winner (of two teams: 0 or 1), or NOBODY; amount is its score
)
(SHOT, HIT, CRITICAL, DEATH, ASSIST, SPAWN, PICKUP, PURCHASE, REFUSED, DROP, DASHED, RELOADING, STREAKING, CROWN, EXPLOSION,
 MATCH_END) = range(len(EVENT_KINDS))  # fmt: skip

EVENT = np.dtype(
    [("tick", "<i4"), ("kind", "i1"), ("actor", "i1"), ("target", "i1"), ("item", "i1"),
     ("amount", "<i2"), ("x", "<i2"), ("y", "<i2")]
)  # fmt: skip
EVENTS_PER_TICK = 1024  # no tick has more: each bullet can go off and hit everyone, each player can do all else once
