"""What shots do: fire, fly, hit, explode, hurt, kill."""

from __future__ import annotations

from typing import Any

from .. import rules
from ..fixed import COSINE, ONE, SINE, TURN, angle_of, isqrt
from ..kernels import kernel
from ..numbers import SUBPIXELS
from ..rng import below
from ..ways import tile_at
from .log import emit
from .standing import crowned


@kernel
def fire_weapons(state: Any, log: Any) -> None:
    """Whoever holds the trigger shoots, if the weapon is ready; what was reloading may now be loaded."""
    tick = int(state.tick)
    for index in range(int(state.player_count)):
        player = state.players[index]
        if player.health == 0:
            continue
        if player.reloaded_at != 0:
            if tick < player.reloaded_at:
                continue
            finish_reload(player)
        if not int(player.buttons) & rules.FIRE or tick < player.can_fire_at:
            continue
        weapon = int(player.weapon)
        if player.magazine[weapon] > 0:
            shoot(state, log, index)
        elif player.reserve[weapon] != 0:
            start_reload(state, log, index)
        else:
            draw_weapon(state, player, rules.BLASTER)


@kernel
def draw_weapon(state: Any, player: Any, weapon: int) -> None:
    """Change to another weapon. A reload under way is lost."""
    player.weapon = weapon
    player.reloaded_at = 0
    player.can_fire_at = max(int(player.can_fire_at), int(state.tick) + rules.SWITCH_TICKS)


@kernel
def start_reload(state: Any, log: Any, index: int) -> None:
    """Begin to fill the magazine, if there is room and there are rounds."""
    player = state.players[index]
    weapon = int(player.weapon)
    if player.reloaded_at == 0 and player.magazine[weapon] < rules.MAGAZINE[weapon] and player.reserve[weapon] != 0:
        player.reloaded_at = int(state.tick) + rules.RELOAD[weapon]
        emit(state, log, rules.RELOADING, index, rules.NOBODY, weapon, 0, int(player.x), int(player.y))


@kernel
def finish_reload(player: Any) -> None:
    """Move rounds from the reserve into the magazine."""
    weapon = int(player.weapon)
    player.reloaded_at = 0
    rounds = rules.MAGAZINE[weapon] - int(player.magazine[weapon])
    if player.reserve[weapon] != rules.ENDLESS:
        rounds = min(rounds, int(player.reserve[weapon]))
        player.reserve[weapon] -= rounds
    player.magazine[weapon] += rounds


@kernel
def shoot(state: Any, log: Any, index: int) -> None:
    """One round of the weapon in hand towards the point. A rocket goes off above the point, everything else flies on."""
    player = state.players[index]
    tick, weapon = int(state.tick), int(player.weapon)
    dx = int(player.aim_x) * SUBPIXELS - int(player.x)
    dy = int(player.aim_y) * SUBPIXELS - int(player.y)
    life = rules.LIFE[weapon]
    if weapon == rules.LAUNCHER:
        life = min(life, isqrt(dx * dx + dy * dy) // rules.SPEED[weapon])
    player.magazine[weapon] -= 1
    player.can_fire_at = tick + rules.COOLDOWN[weapon]
    player.protected_until = 0  # who attacks can be attacked
    emit(state, log, rules.SHOT, index, rules.NOBODY, weapon, 0, int(player.x), int(player.y))
    straight = angle_of(dx, dy)
    for _ in range(rules.PELLETS[weapon]):
        angle = (straight + below(state.rng, 2 * rules.SPREAD[weapon] + 1) - rules.SPREAD[weapon]) % TURN
        if state.bullet_count < rules.BULLETS:
            bullet = state.bullets[int(state.bullet_count)]
            state.bullet_count += 1
            bullet.x, bullet.y = player.x, player.y
            bullet.vx = rules.SPEED[weapon] * COSINE[angle] // ONE
            bullet.vy = rules.SPEED[weapon] * SINE[angle] // ONE
            bullet.expires_at = tick + life
            bullet.owner, bullet.weapon = index, weapon
    if player.magazine[weapon] == 0:
        start_reload(state, log, index)


@kernel
def move_bullets(state: Any, tables: Any, log: Any) -> None:
    """Every bullet flies one tick further, until it meets a wall, a player or its end."""
    tick = int(state.tick)
    index = 0
    while index < int(state.bullet_count):
        bullet = state.bullets[index]
        x, y = int(bullet.x) + int(bullet.vx), int(bullet.y) + int(bullet.vy)
        if tables.walls[tile_at(x, y)]:
            end_bullet(state, log, index, rules.NOBODY)
            continue
        bullet.x, bullet.y = x, y
        victim = player_at(state, x, y, int(bullet.owner))
        if victim != rules.NOBODY or tick >= bullet.expires_at:
            end_bullet(state, log, index, victim)
        else:
            index += 1


@kernel
def player_at(state: Any, x: int, y: int, owner: int) -> int:
    """Who can be hit at this point by a bullet of `owner`, or NOBODY."""
    for index in range(int(state.player_count)):
        player = state.players[index]
        if (
            abs(int(player.x) - x) < rules.HIT_RADIUS
            and abs(int(player.y) - y) < rules.HIT_RADIUS
            and can_hurt(state, owner, index)
        ):
            return index
    return rules.NOBODY


@kernel
def can_hurt(state: Any, owner: int, index: int) -> bool:
    """Whether a bullet of `owner` does anything to this player: alive, not protected, of another team."""
    player = state.players[index]
    hurts: bool = player.health > 0 and state.tick >= player.protected_until and player.team != state.players[owner].team
    return hurts


@kernel
def end_bullet(state: Any, log: Any, index: int, victim: int) -> None:
    """The bullet is used up, in `victim` if there is one. The last bullet takes its place: the live ones stay together."""
    bullet = state.bullets[index]
    owner, weapon, x, y = int(bullet.owner), int(bullet.weapon), int(bullet.x), int(bullet.y)
    vx, vy = int(bullet.vx), int(bullet.vy)
    state.bullet_count -= 1
    last = state.bullets[int(state.bullet_count)]
    bullet.x, bullet.y, bullet.vx, bullet.vy = last.x, last.y, last.vx, last.vy
    bullet.expires_at, bullet.owner, bullet.weapon = last.expires_at, last.owner, last.weapon
    last.x = last.y = last.vx = last.vy = last.expires_at = last.owner = last.weapon = 0
    if weapon == rules.LAUNCHER:
        explode(state, log, owner, x, y)
    elif victim != rules.NOBODY:
        push(state.players[victim], vx * rules.PUSH[weapon] // 256, vy * rules.PUSH[weapon] // 256)
        hurt(state, log, owner, victim, weapon, rules.DAMAGE[weapon])


@kernel
def explode(state: Any, log: Any, owner: int, x: int, y: int) -> None:
    """Hurt and push everyone near by, less with distance. It spares the owner's team, and half spares the owner."""
    emit(state, log, rules.EXPLOSION, owner, rules.NOBODY, rules.LAUNCHER, 0, x, y)
    for index in range(int(state.player_count)):
        player = state.players[index]
        dx, dy = int(player.x) - x, int(player.y) - y
        if abs(dx) >= rules.SPLASH_RADIUS or abs(dy) >= rules.SPLASH_RADIUS or player.health == 0:
            continue
        distance = isqrt(dx * dx + dy * dy)
        if distance < rules.SPLASH_RADIUS and (index == owner or can_hurt(state, owner, index)):
            near = rules.SPLASH_RADIUS - distance
            force = rules.SPLASH_PUSH * near // rules.SPLASH_RADIUS
            push(player, dx * force // (distance + 1), dy * force // (distance + 1))
            damage = rules.DAMAGE[rules.LAUNCHER] * near // rules.SPLASH_RADIUS + 1
            hurt(state, log, owner, index, rules.LAUNCHER, damage // 2 if index == owner else damage)


@kernel
def push(player: Any, vx: int, vy: int) -> None:
    """Add to a player's velocity, within what walls can stop."""
    player.vx = max(-rules.SPEED_LIMIT, min(rules.SPEED_LIMIT, int(player.vx) + vx))
    player.vy = max(-rules.SPEED_LIMIT, min(rules.SPEED_LIMIT, int(player.vy) + vy))


@kernel
def hurt(state: Any, log: Any, owner: int, index: int, weapon: int, damage: int) -> None:
    """Take health, half of it from the armour while that lasts; now and then twice as much."""
    player = state.players[index]
    kind = rules.HIT
    if below(state.rng, 100) < rules.CRITICAL_PERCENT:
        kind = rules.CRITICAL
        damage *= 2
    absorbed = min(int(player.armour), damage // 2)
    taken = min(int(player.health), damage - absorbed)
    player.armour -= absorbed
    player.health -= taken
    player.assist_until[owner] = int(state.tick) + rules.ASSIST_TICKS
    emit(state, log, kind, owner, index, weapon, taken + absorbed, int(player.x), int(player.y))
    if player.health == 0:
        die(state, log, owner, index, weapon)


@kernel
def die(state: Any, log: Any, killer: int, index: int, weapon: int) -> None:
    """Count the death, pay whoever had a part in it, drop the purse, lose all weapons but the one in hand."""
    player = state.players[index]
    emit(state, log, rules.DEATH, killer, index, weapon, 0, int(player.x), int(player.y))
    reward(state, log, killer, index)
    drop_purse(state, log, index)
    player.deaths += 1
    player.streak = 0
    player.vx = player.vy = 0
    player.armour = 0
    player.order_x = player.order_y = 0
    player.reloaded_at = player.dashing_until = player.can_dash_at = player.can_fire_at = 0
    player.respawns_at = int(state.tick) + rules.RESPAWN_TICKS
    for other in range(rules.SHOTGUN, rules.LAUNCHER + 1):
        if other != player.weapon:
            player.owned[other] = player.magazine[other] = player.reserve[other] = 0


@kernel
def reward(state: Any, log: Any, killer: int, index: int) -> None:
    """Points and gold for the killer, gold for those who helped. To kill oneself costs a point."""
    player, winner = state.players[index], state.players[killer]
    x, y = int(winner.x), int(winner.y)
    points = -1
    if killer != index:
        points = 1
        winner.kills += 1
        winner.streak += 1
        gold = rules.KILL_GOLD
        if crowned(state) == index:
            points, gold = points + rules.CROWN_POINTS, gold + rules.CROWN_GOLD
            emit(state, log, rules.CROWN, killer, index, rules.NOTHING, rules.CROWN_POINTS, x, y)
        if winner.streak >= rules.STREAK:
            gold += rules.STREAK_GOLD
            emit(state, log, rules.STREAKING, killer, rules.NOBODY, rules.NOTHING, int(winner.streak), x, y)
        winner.gold = min(rules.GOLD_LIMIT, int(winner.gold) + gold)
    winner.score += points
    state.scores[int(winner.team)] += points
    for other in range(int(state.player_count)):
        if state.tick < player.assist_until[other] and other != killer and other != index:
            helper = state.players[other]
            helper.assists += 1
            helper.gold = min(rules.GOLD_LIMIT, int(helper.gold) + rules.ASSIST_GOLD)
            emit(state, log, rules.ASSIST, other, index, rules.NOTHING, rules.ASSIST_GOLD, int(helper.x), int(helper.y))
        player.assist_until[other] = 0
    if state.scores[int(winner.team)] >= state.score_limit:
        state.ended = rules.ENDED_BY_SCORE


@kernel
def drop_purse(state: Any, log: Any, index: int) -> None:
    """Half of the dead player's gold lies where it fell."""
    player = state.players[index]
    amount = int(player.gold) // 2
    if amount > 0 and state.pickup_count < rules.PICKUPS:
        player.gold -= amount
        dropped = state.pickups[int(state.pickup_count)]
        state.pickup_count += 1
        dropped.x, dropped.y = int(player.x) // SUBPIXELS, int(player.y) // SUBPIXELS
        dropped.item, dropped.amount = rules.COIN, amount
        emit(state, log, rules.DROP, rules.NOBODY, index, rules.COIN, amount, int(player.x), int(player.y))
