"""Text is drawn whatever else in the process uses pygame."""

import subprocess
import sys

CHILD = """
import os
os.environ["SDL_VIDEODRIVER"] = "dummy"
import pygame
from replay.watch.view.paint import Paint
sizes = []
for _ in range(3):
    pygame.init()
    surface = pygame.Surface((300, 80))
    for size in (12, 15, 22):
        sizes.append(Paint((1280, 720)).text(surface, f"hello {size} \\N{SNOWMAN} \\u6f22", (5, 5), size).size)
    pygame.quit()
assert sizes[:3] == sizes[3:6] == sizes[6:], sizes
print("drawn")
"""


def test_text_is_drawn_after_somebody_has_quit_pygame():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.endswith("drawn\n"), done.stderr
