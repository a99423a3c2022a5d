"""Scripted models of people for `balance`: what somebody of some skill would hold. They are kernels, so that matches are quick.

A model sees everything as late as its reaction, points with an error that is normally distributed, and knows nothing that the
screen does not show. The three are meant to span who plays such games; none of them is like arena's bots inside.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game import rules, simulation
from game.bots import BRAIN, distance_between, is_shot_at, nearest_pickup, play_all
from game.fixed import COSINE, ONE, SINE, TURN, angle_of
from game.kernels import KERNELS as ARENA_KERNELS
from game.kernels import kernel
from game.rng import below
from game.simulation.standing import crowned, lead
from game.ways import ACROSS, ALONG, SEARCH, TABLES, is_clear, keys_towards
from replay.native.kernels import Kernels
from replay.native.rules import Array, Entry, Rules

KERNELS = Kernels(
    "people",
    __name__,
    ARENA_KERNELS.package,
    [*ARENA_KERNELS.sources, "../tests/benchmarks/people.py"],
    rules=f"{__name__}:RULES",
)


class Model(NamedTuple):
    """A person. Degrees, ticks, pixels, health."""

    degrees: int  # standard deviation of the aim
    reaction: int  # ticks from what happens to what is done about it
    tracks: int  # percent of the target's way during the reaction that the hand makes up for: eyes follow what moves steadily
    hand: int  # percent of its way to where it should be that the point goes in a tick
    leads: int  # points where the target will be when the shot comes there
    near: int  # fights from such a distance: whoever aims badly comes nearer
    covers: int  # goes out of sight with less health than this
    dashes: int  # out of the way of what flies at it
    reach: int  # that it goes for a pickup
    first: int  # what it buys first
    heals: int  # buys a medkit with less health than this; 0 = does not think of it
    pause: int  # ticks from one look at the shop to the next
    crown: int  # percent of its distance: how near the one with the crown seems


MODELS = {
    "novice": Model(12, 18, 50, 12, 0, 130, 0, 0, 160, rules.SHOTGUN, 0, 300, 100),
    "fair": Model(6, 13, 100, 18, 0, 160, 0, 0, 260, rules.RIFLE, 30, 120, 60),
    "good": Model(2, 9, 100, 28, 1, 220, 25, 1, 500, rules.RIFLE, 40, 60, 60),
}
_DEGREES, _REACTION, _TRACKS, _HAND, _LEADS, _NEAR, _COVERS, _DASHES, _REACH, _FIRST, _HEALS, _PAUSE, _CROWN = (
    np.array(column, np.int64) for column in zip(*MODELS.values(), strict=True)
)

_LATE = 32  # ticks of the past that a person's memory holds: more than any reaction
_SIGHT = 620  # pixels
_EARLY_TICKS = 3 * rules.TICKS_PER_SECOND

SEEN = np.dtype([("x", "<i4"), ("y", "<i4"), ("vx", "<i4"), ("vy", "<i4"), ("alive", "i1")])
PERSON = np.dtype(
    [
        ("rng", rules.RNG),
        ("model", "i1"),  # 0 = a bot plays here; else the number of the model and 1
        ("seen", SEEN, (_LATE, rules.PLAYERS)),
        ("error", "<i4"),  # of its aim, 1/1024 turn
        ("keys", "<i4"),
        ("presses", "<i4"),
        ("press_until", "<i4"),
        ("item", "<i4"),
        ("side", "<i4"),
        ("strafes_until", "<i4"),
        ("aims_anew_at", "<i4"),
        ("shops_at", "<i4"),
        ("point_x", "<i4"),
        ("point_y", "<i4"),
        ("appeared_at", "<i4"),  # bots too: what `contest` remembers of a seat
    ]
)
REPORT = np.dtype(
    [
        ("scores", "<i4", (rules.PLAYERS,)),
        ("kills", "<i4", (rules.PLAYERS,)),
        ("deaths", "<i4", (rules.PLAYERS,)),
        ("early", "<i4"),  # deaths within three seconds of appearing
        ("lead_changes", "<i4"),  # how often somebody else came to lead alone
        ("margin", "<i4"),  # of the first before the second
        ("ticks", "<i4"),
        ("by_weapon", "<i4", (rules.LAUNCHER + 1,)),
    ]
)


@kernel
def play_person(state: Any, tables: Any, search: Any, person: Any, row: Any, index: int) -> None:
    """What a person holds in the coming tick."""
    tick, player, model = int(state.tick), state.players[index], int(person.model) - 1
    now = tick % _LATE
    for other in range(int(state.player_count)):
        it, seen = state.players[other], person.seen[now, other]
        seen.x, seen.y, seen.vx, seen.vy = it.x, it.y, it.vx, it.vy
        seen.alive = 1 if it.health > 0 and it.team != player.team else 0
    late = (tick + _LATE - _REACTION[model]) % _LATE
    row.buttons = 0
    if player.health == 0:
        person.keys = person.press_until = 0
        return
    if tick >= person.aims_anew_at:
        draw_error(person, model)
        person.aims_anew_at = tick + 12 + below(person.rng, 12)
    target = target_of(state, tables, person, late, index)
    fires = False
    if target != rules.NOBODY:
        fires = point_at(player, person, person.seen[late, target], model)
    elif person.keys:
        person.point_x = int(player.x) // rules.SUBPIXELS + 200 * ACROSS[int(person.keys)]
        person.point_y = int(player.y) // rules.SUBPIXELS + 200 * ALONG[int(person.keys)]
    if (tick + index) % 4 == 0:
        walk(state, tables, search, person, late, target, index)
    if tick >= person.press_until + 4:
        press(state, person, target, index)
    row.x, row.y = person.point_x, person.point_y
    row["item"] = person.item
    fires = fires and player.protected_until - tick < 40
    buttons = int(person.keys) | (rules.FIRE if fires else 0)
    if tick < person.press_until:
        buttons |= int(person.presses)
    row.buttons = buttons


@kernel
def draw_error(person: Any, model: int) -> None:
    """Near enough to normally distributed: the sum of four even ones, whose deviation is 1.155 of the bound of each."""
    bound = _DEGREES[model] * TURN * 1000 // (360 * 1155)
    total = 0
    for _ in range(4):
        total += below(person.rng, 2 * bound + 1) - bound
    person.error = total


@kernel
def target_of(state: Any, tables: Any, person: Any, late: int, index: int) -> int:
    """The nearest enemy in sight, as it was."""
    player = state.players[index]
    best, nearest, crown = rules.NOBODY, _SIGHT, crowned(state)
    for other in range(int(state.player_count)):
        seen = person.seen[late, other]
        if seen.alive:
            distance = distance_between(int(player.x), int(player.y), int(seen.x), int(seen.y))
            if other == crown:
                distance = distance * int(_CROWN[int(person.model) - 1]) // 100
            if distance < nearest and is_clear(tables, int(player.x), int(player.y), int(seen.x), int(seen.y)):
                best, nearest = other, distance
    return best


@kernel
def point_at(player: Any, person: Any, seen: Any, model: int) -> bool:
    """Point to where the target was, or will be. True if it is worth firing."""
    x, y = int(seen.x), int(seen.y)
    ahead = _REACTION[model] * _TRACKS[model] // 100
    if _LEADS[model]:
        ahead += distance_between(int(player.x), int(player.y), x, y) * rules.SUBPIXELS // rules.SPEED[player.weapon]
    x, y = x + int(seen.vx) * ahead, y + int(seen.vy) * ahead
    angle = (angle_of(x - int(player.x), y - int(player.y)) + int(person.error)) % TURN
    reach = max(40, distance_between(int(player.x), int(player.y), x, y))
    person.point_x += (int(player.x) // rules.SUBPIXELS + reach * COSINE[angle] // ONE - int(person.point_x)) * _HAND[model] // 100
    person.point_y += (int(player.y) // rules.SUBPIXELS + reach * SINE[angle] // ONE - int(person.point_y)) * _HAND[model] // 100
    return not (player.weapon == rules.SHOTGUN and reach > 320) and not (player.weapon == rules.LAUNCHER and reach < 110)


@kernel
def walk(state: Any, tables: Any, search: Any, person: Any, late: int, target: int, index: int) -> None:
    """Where the feet go: to cover, to a pickup, to a fight, and about in it."""
    player, model, tick = state.players[index], int(person.model) - 1, int(state.tick)
    hides = player.health < _COVERS[model]
    pickup = nearest_pickup(state, player, _REACH[model] // (2 if target != rules.NOBODY else 1))
    if hides and target != rules.NOBODY:
        spot = cover_from(tables, player, person.seen[late, target])
        if spot != rules.NOBODY:
            person.keys = keys_towards(tables, search, player, int(tables.spots[spot, 0]), int(tables.spots[spot, 1]))
            return
    if pickup != rules.NOBODY:
        x, y = int(state.pickups[pickup].x) * rules.SUBPIXELS, int(state.pickups[pickup].y) * rules.SUBPIXELS
        person.keys = keys_towards(tables, search, player, x, y)
        return
    if target == rules.NOBODY:
        best, nearest = rules.NOBODY, 1 << 30
        for other in range(int(state.player_count)):
            seen = person.seen[late, other]
            if seen.alive:
                distance = distance_between(int(player.x), int(player.y), int(seen.x), int(seen.y))
                if distance < nearest:
                    best, nearest = other, distance
        person.keys = 0
        if best != rules.NOBODY:
            seen = person.seen[late, best]
            person.keys = keys_towards(tables, search, player, int(seen.x), int(seen.y))
        return
    seen = person.seen[late, target]
    towards = keys_towards(tables, search, player, int(seen.x), int(seen.y))
    distance = distance_between(int(player.x), int(player.y), int(seen.x), int(seen.y))
    wanted = 110 if player.weapon == rules.SHOTGUN else _NEAR[model]
    if distance > wanted + 50:
        person.keys = towards
        return
    if tick >= person.strafes_until:
        person.side = 1 - 2 * below(person.rng, 2)
        person.strafes_until = tick + 25 + below(person.rng, 40)
    across, along = -ALONG[towards] * int(person.side), ACROSS[towards] * int(person.side)
    person.keys = (rules.RIGHT if across > 0 else rules.LEFT if across < 0 else 0) | (
        rules.DOWN if along > 0 else rules.UP if along < 0 else 0
    )


@kernel
def cover_from(tables: Any, player: Any, seen: Any) -> int:
    """The nearest spot where things appear that the enemy does not see, or NOBODY."""
    best, nearest = rules.NOBODY, 500
    for spot in range(int(tables.spot_count)):
        x, y = int(tables.spots[spot, 0]), int(tables.spots[spot, 1])
        distance = distance_between(int(player.x), int(player.y), x, y)
        if distance < nearest and not is_clear(tables, int(seen.x), int(seen.y), x, y):
            best, nearest = spot, distance
    return best


@kernel
def press(state: Any, person: Any, target: int, index: int) -> None:
    """One button at a time: a purchase, a dash, a reload."""
    player, model, tick = state.players[index], int(person.model) - 1, int(state.tick)
    item = rules.NOTHING
    if tick >= person.shops_at:
        item = purchase_of(player, model)
        person.shops_at = tick + _PAUSE[model] // 2 + below(person.rng, int(_PAUSE[model]))
    button = 0
    if item != rules.NOTHING:
        button, person.item = rules.USE, item
    elif _DASHES[model] and tick >= player.can_dash_at and is_shot_at(state, index):
        button = rules.DASH
        person.side = -int(person.side)
    elif target == rules.NOBODY and 2 * player.magazine[player.weapon] < rules.MAGAZINE[player.weapon]:
        button = rules.RELOAD_KEY
    if button:
        person.presses, person.press_until = button, tick + 4


@kernel
def purchase_of(player: Any, model: int) -> int:
    first = _FIRST[model]
    gold = int(player.gold)
    if player.health < _HEALS[model] and gold >= rules.PRICES[rules.MEDKIT]:
        return rules.MEDKIT
    if not player.owned[first] and gold >= rules.PRICES[first]:
        return int(first)
    if player.owned[first] and player.weapon != first and (player.magazine[first] > 0 or player.reserve[first] > 0):
        return int(first)
    if player.owned[first] and player.reserve[first] == 0 and gold >= rules.PRICES[rules.AMMUNITION]:
        return rules.AMMUNITION
    if player.owned[first] and player.armour < rules.FULL // 2 and gold >= rules.PRICES[rules.ARMOUR]:
        return rules.ARMOUR
    return rules.NOTHING


@kernel
def contest(worlds: Any, maps: Any, brains: Any, people: Any, rows: Any, reports: Any) -> int:
    """A whole match. Returns how many played."""
    world, tables, report = worlds[0], maps[0], reports[0]
    state, log, leader = world.state, world.log, rules.NOBODY
    while state.ended == rules.RUNNING:
        play_all(world, tables, brains, rows)
        for index in range(len(people)):
            if people[index].model:
                play_person(state, tables, world.scratch, people[index], rows[index], index)
        log.count = 0
        simulation.step(world, tables, rows)
        for number in range(int(log.count)):
            event = log.events[number]
            if event.kind == rules.SPAWN:
                people[event.actor].appeared_at = event.tick
            elif event.kind == rules.DEATH:
                report.by_weapon[event["item"]] += 1
                if int(event.tick) - int(people[event.target].appeared_at) < _EARLY_TICKS:
                    report.early += 1
        first, margin = lead(state)
        if margin > 0 and first != leader:
            if leader != rules.NOBODY:
                report.lead_changes += 1
            leader = first
        report.margin = margin
    report.ticks = state.tick
    for index in range(int(state.player_count)):
        player = state.players[index]
        report.scores[index], report.kills[index], report.deaths[index] = player.score, player.kills, player.deaths
    return len(people)


RULES = Rules(
    KERNELS,
    tick=simulation.step,
    state=rules.STATE,
    inputs=rules.INPUT,
    events=rules.EVENT,
    events_per_tick=rules.EVENTS_PER_TICK,
    tables=TABLES,
    scratch=SEARCH,
    entries={
        "start": lambda world: Entry(simulation.start, (Array(world, (1,)), *[None] * 9)),
        "contest": lambda world: Entry(
            contest,
            (
                Array(world, (1,)),
                Array(TABLES, (1,)),
                Array(BRAIN, (None,)),
                Array(PERSON, (None,)),
                Array(rules.INPUT, (None,)),
                Array(REPORT, (1,)),
            ),
        ),
    },
)
# What the engine adds is not called here, and would take twice as long to compile.
RULES.entries = {name: RULES.entries[name] for name in ("start", "contest")}
