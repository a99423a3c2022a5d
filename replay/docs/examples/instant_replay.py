"""A small game in pygame that shows its last five seconds again, at half speed, when one presses F5:

    python -m replay.docs.examples.instant_replay

Arrows move, space shoots. Lines that are there only for the replay end in `# replay`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pygame

from replay import RingRecorder
from replay.games.plain import PlainGame

WIDTH, HEIGHT = 320, 240
SHIP, SHOT, ALIEN = (24, 12), (2, 8), (20, 14)


class Held(NamedTuple):
    left: bool = False
    right: bool = False
    fire: bool = False


class Aliens(PlainGame):
    """The rules. They draw nothing, and know no clock."""

    players = 1
    event_kinds = ("shot", "hit", "lost")
    forms = {pygame.Rect: (tuple, pygame.Rect)}  # noqa: RUF012
    Input = Held

    def start(self, config: dict[str, int | str]) -> None:
        self.ship = pygame.Rect((WIDTH - SHIP[0]) // 2, HEIGHT - 20, *SHIP)
        self.shots: list[pygame.Rect] = []
        self.aliens: list[pygame.Rect] = []
        self.reload_ticks = self.score = 0

    def step(self, inputs: list[Held]) -> None:
        held = inputs[0]
        self.ship.x = min(max(self.ship.x + 3 * (held.right - held.left), 0), WIDTH - SHIP[0])
        self.reload_ticks = max(self.reload_ticks - 1, 0)
        if held.fire and not self.reload_ticks:
            self.reload_ticks = 12
            self.shots.append(pygame.Rect(self.ship.centerx - 1, self.ship.top, *SHOT))
            self.emit("shot", player=0)
        if self.random.randrange(30) == 0:
            self.aliens.append(pygame.Rect(self.random.randrange(WIDTH - ALIEN[0]), 0, *ALIEN))
        self.move()

    def move(self) -> None:
        for shot in self.shots:
            shot.y -= 5
        for alien in self.aliens:
            alien.move_ip(self.random.randint(-1, 1), 1)
        for shot in list(self.shots):
            if (index := shot.collidelist(self.aliens)) >= 0:
                self.score += 1
                self.emit("hit", player=0, x=self.aliens[index].x)
                del self.aliens[index]
                self.shots.remove(shot)
        if any(alien.bottom > HEIGHT for alien in self.aliens):
            self.emit("lost", player=0)
        self.aliens = [alien for alien in self.aliens if alien.bottom <= HEIGHT]
        self.shots = [shot for shot in self.shots if shot.bottom > 0]


class App:
    """The program: keys in, pictures out."""

    def __init__(self, seed: int) -> None:
        self.screen = pygame.display.set_mode((WIDTH, HEIGHT))
        self.ship, self.shot, self.alien = (pygame.Surface(size) for size in (SHIP, SHOT, ALIEN))
        for image, colour in ((self.ship, "skyblue"), (self.shot, "yellow"), (self.alien, "tomato")):
            image.fill(colour)
        self.held: set[int] = set()
        self.again: Iterator[Aliens] = iter(())  # replay
        self.ring = RingRecorder(Aliens, seconds=5, seed=seed, players=["you"])  # replay

    def frame(self) -> bool:
        """One picture. False when the window was closed."""
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                return False
            if event.type == pygame.KEYDOWN:
                self.held.add(event.key)
                if event.key == pygame.K_F5:  # replay
                    self.again = self.ring.again(seconds=5, speed=0.5)  # replay
            elif event.type == pygame.KEYUP:
                self.held.discard(event.key)
        match = next(self.again, None)  # replay
        if match is None:  # replay
            keys = (pygame.K_LEFT, pygame.K_RIGHT, pygame.K_SPACE)
            self.ring.step(Aliens.rows(Held(*(key in self.held for key in keys))))
            match = self.ring.match
        self.draw(match)
        return True

    def draw(self, match: Any) -> None:
        self.screen.fill("midnightblue")
        self.screen.blit(self.ship, match.ship)
        self.screen.blits([(self.shot, shot) for shot in match.shots] + [(self.alien, alien) for alien in match.aliens])
        pygame.draw.rect(self.screen, "gold", (4, 4, 3 * match.score, 4))
        pygame.display.flip()


def main() -> None:
    pygame.init()
    app, clock = App(seed=pygame.time.get_ticks()), pygame.time.Clock()
    while app.frame():
        clock.tick(60)
    pygame.quit()


if __name__ == "__main__":
    main()
