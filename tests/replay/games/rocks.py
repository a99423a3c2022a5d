"""A game as most people write them: a loop, sprites, floats, `random`, a clock's dt. It knows nothing of replays."""

import math
import random
import sys

import pygame

SPEED = 220.0


class Rock(pygame.sprite.Sprite):
    def __init__(self, *groups):
        super().__init__(*groups)
        self.image = pygame.Surface((random.randint(14, 40),) * 2)
        self.image.fill((random.randrange(80, 200), 120, 90))
        self.rect = self.image.get_rect(center=(random.randrange(640), -20))
        self.y, self.fall = float(self.rect.y), random.uniform(60, 180)

    def update(self, dt):
        self.y += self.fall * dt
        self.rect.y = round(self.y)
        self.rect.x += round(math.sin(self.y / 40) * 2)
        if self.rect.top > 480:
            self.kill()


def main():
    pygame.init()
    screen = pygame.display.set_mode((640, 480))
    pygame.display.set_caption("rocks")
    clock, font = pygame.time.Clock(), pygame.font.Font(None, 30)
    rocks, shots = pygame.sprite.Group(), []
    x, score, typed, next_rock = 320.0, 0, "", 0
    pygame.time.set_timer(pygame.USEREVENT, 500)
    while True:
        dt = clock.tick(60) / 1000
        for event in pygame.event.get():
            if event.type == pygame.QUIT or (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE):
                pygame.quit()
                sys.exit()
            if event.type == pygame.KEYDOWN and event.key == pygame.K_SPACE:
                shots.append([x, 440.0])
            if event.type == pygame.TEXTINPUT and event.text == "!":
                raise RuntimeError("the ship is lost")
            if event.type == pygame.TEXTINPUT:
                typed = (typed + event.text)[-12:]
            if event.type == pygame.MOUSEBUTTONDOWN:
                x = float(event.pos[0])
            if event.type == pygame.USEREVENT:
                score += 1
        keys = pygame.key.get_pressed()
        x += (keys[pygame.K_RIGHT] - keys[pygame.K_LEFT]) * SPEED * dt
        if pygame.time.get_ticks() >= next_rock:
            Rock(rocks)
            next_rock = pygame.time.get_ticks() + random.randint(200, 600)
        for shot in shots:
            shot[1] -= 400 * dt
            score += 10 * len([rock.kill() for rock in rocks if rock.rect.collidepoint(shot)])
        rocks.update(dt)
        screen.fill((12, 14, 30))
        rocks.draw(screen)
        for shot in shots:
            pygame.draw.circle(screen, (255, 240, 120), shot, 4)
        pygame.draw.polygon(screen, (90, 200, 255), [(x, 430), (x - 14, 462), (x + 14, 462)])
        screen.blit(font.render(f"{score} {typed}", True, (240, 240, 240)), (10, 10))
        pygame.display.flip()


if __name__ == "__main__":
    main()
