"""What shots do: fire, fly, hit, explode, hurt, kill."""

from __future__ import annotations

from game.arena import tile_at
from game.compiled import kernel
from game.fixed import COSINE, ONE, SINE, SUBPIXELS, TURN, angle_of, isqrt
from game.rng import below
from game.simulation.log import emit
from game.state import (
    ASSIST,
    ASSIST_GOLD,
    ASSIST_TICKS,
    BLASTER,
    BULLETS,
    COIN,
    COOLDOWN,
    CRITICAL,
    CRITICAL_PERCENT,
    DAMAGE,
    DEATH,
    DROP,
    ENDED_BY_SCORE,
    ENDLESS,
    EXPLOSION,
    FIRE,
    GOLD_LIMIT,
    HIT,
    HIT_RADIUS,
    KILL_GOLD,
    LAUNCHER,
    LIFE,
    MAGAZINE,
    NOBODY,
    NOTHING,
    PELLETS,
    PICKUPS,
    PUSH,
    RELOAD,
    RELOADING,
    RESPAWN_TICKS,
    SHOT,
    SHOTGUN,
    SPEED,
    SPEED_LIMIT,
    SPLASH_PUSH,
    SPLASH_RADIUS,
    SPREAD,
    STREAK,
    STREAK_GOLD,
    STREAKING,
    SWITCH_TICKS,
)


@kernel
def fire_weapons(state, log):
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
        if not int(player.buttons) & FIRE or tick < player.can_fire_at:
            continue
        weapon = int(player.weapon)
        if player.magazine[weapon] > 0:
            shoot(state, log, index)
        elif player.reserve[weapon] != 0:
            start_reload(state, log, index)
        else:
            draw_weapon(state, player, BLASTER)


@kernel
def draw_weapon(state, player, weapon):
    """Change to another weapon. A reload under way is lost."""
    player.weapon = weapon
    player.reloaded_at = 0
    player.can_fire_at = max(int(player.can_fire_at), int(state.tick) + SWITCH_TICKS)


@kernel
def start_reload(state, log, index):
    """Begin to fill the magazine, if there is room and there are rounds."""
    player = state.players[index]
    weapon = int(player.weapon)
    if player.reloaded_at == 0 and player.magazine[weapon] < MAGAZINE[weapon] and player.reserve[weapon] != 0:
        player.reloaded_at = int(state.tick) + RELOAD[weapon]
        emit(state, log, RELOADING, index, NOBODY, weapon, 0, int(player.x), int(player.y))


@kernel
def finish_reload(player):
    """Move rounds from the reserve into the magazine."""
    weapon = int(player.weapon)
    player.reloaded_at = 0
    rounds = MAGAZINE[weapon] - int(player.magazine[weapon])
    if player.reserve[weapon] != ENDLESS:
        rounds = min(rounds, int(player.reserve[weapon]))
        player.reserve[weapon] -= rounds
    player.magazine[weapon] += rounds


@kernel
def shoot(state, log, index):
    """One round of the weapon in hand towards the point. A rocket goes off above the point, everything else flies on."""
    player = state.players[index]
    tick, weapon = int(state.tick), int(player.weapon)
    dx = int(player.aim_x) * SUBPIXELS - int(player.x)
    dy = int(player.aim_y) * SUBPIXELS - int(player.y)
    life = LIFE[weapon]
    if weapon == LAUNCHER:
        life = min(life, isqrt(dx * dx + dy * dy) // SPEED[weapon])
    player.magazine[weapon] -= 1
    player.can_fire_at = tick + COOLDOWN[weapon]
    player.protected_until = 0  # who attacks can be attacked
    emit(state, log, SHOT, index, NOBODY, weapon, 0, int(player.x), int(player.y))
    straight = angle_of(dx, dy)
    for _ in range(PELLETS[weapon]):
        angle = (straight + below(state.rng, 2 * SPREAD[weapon] + 1) - SPREAD[weapon]) % TURN
        if state.bullet_count < BULLETS:
            bullet = state.bullets[int(state.bullet_count)]
            state.bullet_count += 1
            bullet.x, bullet.y = player.x, player.y
            bullet.vx = SPEED[weapon] * COSINE[angle] // ONE
            bullet.vy = SPEED[weapon] * SINE[angle] // ONE
            bullet.expires_at = tick + life
            bullet.owner, bullet.weapon = index, weapon
    if player.magazine[weapon] == 0:
        start_reload(state, log, index)


@kernel
def move_bullets(state, tables, log):
    """Every bullet flies one tick further, until it meets a wall, a player or its end."""
    tick = int(state.tick)
    index = 0
    while index < int(state.bullet_count):
        bullet = state.bullets[index]
        x, y = int(bullet.x) + int(bullet.vx), int(bullet.y) + int(bullet.vy)
        if tables.walls[tile_at(x, y)]:
            end_bullet(state, log, index, NOBODY)
            continue
        bullet.x, bullet.y = x, y
        victim = player_at(state, x, y, int(bullet.owner))
        if victim != NOBODY or tick >= bullet.expires_at:
            end_bullet(state, log, index, victim)
        else:
            index += 1


@kernel
def player_at(state, x, y, owner):
    """Who can be hit at this point by a bullet of `owner`, or NOBODY."""
    for index in range(int(state.player_count)):
        player = state.players[index]
        if abs(int(player.x) - x) < HIT_RADIUS and abs(int(player.y) - y) < HIT_RADIUS and can_hurt(state, owner, index):
            return index
    return NOBODY


@kernel
def can_hurt(state, owner, index):
    """Whether a bullet of `owner` does anything to this player: alive, not protected, of another team."""
    player = state.players[index]
    return player.health > 0 and state.tick >= player.protected_until and player.team != state.players[owner].team


@kernel
def end_bullet(state, log, index, victim):
    """The bullet is used up, in `victim` if there is one. The last bullet takes its place: the live ones stay together."""
    bullet = state.bullets[index]
    owner, weapon, x, y = int(bullet.owner), int(bullet.weapon), int(bullet.x), int(bullet.y)
    vx, vy = int(bullet.vx), int(bullet.vy)
    state.bullet_count -= 1
    last = state.bullets[int(state.bullet_count)]
    bullet.x, bullet.y, bullet.vx, bullet.vy = last.x, last.y, last.vx, last.vy
    bullet.expires_at, bullet.owner, bullet.weapon = last.expires_at, last.owner, last.weapon
    last.x = last.y = last.vx = last.vy = last.expires_at = last.owner = last.weapon = 0
    if weapon == LAUNCHER:
        explode(state, log, owner, x, y)
    elif victim != NOBODY:
        push(state.players[victim], vx * PUSH[weapon] // 256, vy * PUSH[weapon] // 256)
        hurt(state, log, owner, victim, weapon, DAMAGE[weapon])


@kernel
def explode(state, log, owner, x, y):
    """Hurt and push everyone near by, less with distance. It spares the owner's team, but not the owner."""
    emit(state, log, EXPLOSION, owner, NOBODY, LAUNCHER, 0, x, y)
    for index in range(int(state.player_count)):
        player = state.players[index]
        dx, dy = int(player.x) - x, int(player.y) - y
        if abs(dx) >= SPLASH_RADIUS or abs(dy) >= SPLASH_RADIUS or player.health == 0:
            continue
        distance = isqrt(dx * dx + dy * dy)
        if distance < SPLASH_RADIUS and (index == owner or can_hurt(state, owner, index)):
            near = SPLASH_RADIUS - distance
            force = SPLASH_PUSH * near // SPLASH_RADIUS
            push(player, dx * force // (distance + 1), dy * force // (distance + 1))
            hurt(state, log, owner, index, LAUNCHER, DAMAGE[LAUNCHER] * near // SPLASH_RADIUS + 1)


@kernel
def push(player, vx, vy):
    """Add to a player's velocity, within what walls can stop."""
    player.vx = max(-SPEED_LIMIT, min(SPEED_LIMIT, int(player.vx) + vx))
    player.vy = max(-SPEED_LIMIT, min(SPEED_LIMIT, int(player.vy) + vy))


@kernel
def hurt(state, log, owner, index, weapon, damage):
    """Take health, half of it from the armour while that lasts; now and then twice as much."""
    player = state.players[index]
    kind = HIT
    if below(state.rng, 100) < CRITICAL_PERCENT:
        kind = CRITICAL
        damage *= 2
    absorbed = min(int(player.armour), damage // 2)
    taken = min(int(player.health), damage - absorbed)
    player.armour -= absorbed
    player.health -= taken
    player.assist_until[owner] = int(state.tick) + ASSIST_TICKS
    emit(state, log, kind, owner, index, weapon, taken + absorbed, int(player.x), int(player.y))
    if player.health == 0:
        die(state, log, owner, index, weapon)


@kernel
def die(state, log, killer, index, weapon):
    """Count the death, pay whoever had a part in it, drop the purse, lose the weapons."""
    player = state.players[index]
    emit(state, log, DEATH, killer, index, weapon, 0, int(player.x), int(player.y))
    reward(state, log, killer, index)
    drop_purse(state, log, index)
    player.deaths += 1
    player.streak = 0
    player.vx = player.vy = 0
    player.armour = 0
    player.order_x = player.order_y = 0
    player.reloaded_at = player.dashing_until = player.can_dash_at = player.can_fire_at = 0
    player.respawns_at = int(state.tick) + RESPAWN_TICKS
    for other in range(SHOTGUN, LAUNCHER + 1):
        player.owned[other] = player.magazine[other] = player.reserve[other] = 0
    player.weapon = BLASTER


@kernel
def reward(state, log, killer, index):
    """Score and gold for the killer, gold for those who helped. To kill oneself costs a point."""
    player, winner = state.players[index], state.players[killer]
    point = 1 if killer != index else -1
    winner.score += point
    state.scores[int(winner.team)] += point
    if point > 0:
        winner.kills += 1
        winner.streak += 1
        bonus = STREAK_GOLD if winner.streak >= STREAK else 0
        winner.gold = min(GOLD_LIMIT, int(winner.gold) + KILL_GOLD + bonus)
        if bonus:
            emit(state, log, STREAKING, killer, NOBODY, NOTHING, int(winner.streak), int(winner.x), int(winner.y))
    for other in range(int(state.player_count)):
        if state.tick < player.assist_until[other] and other != killer and other != index:
            helper = state.players[other]
            helper.assists += 1
            helper.gold = min(GOLD_LIMIT, int(helper.gold) + ASSIST_GOLD)
            emit(state, log, ASSIST, other, index, NOTHING, ASSIST_GOLD, int(helper.x), int(helper.y))
        player.assist_until[other] = 0
    if state.scores[int(winner.team)] >= state.score_limit:
        state.ended = ENDED_BY_SCORE


@kernel
def drop_purse(state, log, index):
    """Half of the dead player's gold lies where it fell."""
    player = state.players[index]
    amount = int(player.gold) // 2
    if amount > 0 and state.pickup_count < PICKUPS:
        player.gold -= amount
        dropped = state.pickups[int(state.pickup_count)]
        state.pickup_count += 1
        dropped.x, dropped.y = int(player.x) // SUBPIXELS, int(player.y) // SUBPIXELS
        dropped.item, dropped.amount = COIN, amount
        emit(state, log, DROP, NOBODY, index, COIN, amount, int(player.x), int(player.y))
