"""Whole-number geometry. Lengths in 1/256 pixel, angles in 1/1024 turn (0 = right, 256 = down), ratios in 1/16384."""

from __future__ import annotations

import numpy as np

from .kernels import kernel

TURN = 1024  # angle of a whole turn
ONE = 16384  # sine of a quarter turn


def _sine(angle: int) -> int:
    """Sine of 0..TURN/4 by its series in big whole numbers: no maths library of any machine has a say in the rules."""
    scale = 64  # bits after the point
    x = (0x3243F6A8885A308D3 * 2 * angle) // TURN  # pi * 2**64, scaled to the angle
    term, total, n = x, x, 1
    while term:
        term = term * x * x // ((n + 1) * (n + 2)) >> 2 * scale
        n += 2
        total += term if n % 4 == 1 else -term
    return (total * ONE + (1 << scale - 1)) >> scale


_QUARTER = [_sine(angle) for angle in range(TURN // 4)]
_HALF = [*_QUARTER, ONE, *reversed(_QUARTER[1:])]
SINE = np.array(_HALF + [-value for value in _HALF], np.int64)
COSINE = np.roll(SINE, -TURN // 4)


@kernel
def angle_of(dx: int, dy: int) -> int:
    """Direction of the vector, rounded down to 1/1024 turn within its quarter. The zero vector points right."""
    across, down = abs(dx), abs(dy)
    if down == 0:
        return 0 if dx >= 0 else TURN // 2
    angle = TURN // 4
    if across != 0:
        angle = 0
        step = TURN // 8
        while step > 0:  # the greatest angle of the first quarter that does not overshoot
            if across * SINE[angle + step] <= down * COSINE[angle + step]:
                angle += step
            step >>= 1
    if dx < 0:
        angle = TURN // 2 - angle
    return angle if dy > 0 else (TURN - angle) % TURN


@kernel
def isqrt(value: int) -> int:
    """Whole part of the square root of 0..2**62."""
    root = 0
    bit = 1 << 31
    while bit > 0:
        if (root + bit) * (root + bit) <= value:
            root += bit
        bit >>= 1
    return root
