"""A cartridge of a few instructions, of its own making: each frame it mixes the held directions into a byte of its memory, and into
the colours of the picture."""

from __future__ import annotations

_PROGRAM = bytes.fromhex(
    "f3"  # di
    "f044 fe90 20fa"  # wait: line 144 begins
    "3e20 e000 f000 f000 2f e60f 47"  # b = the directions that are held
    "fa00c0 80 07 80 3c ea00c0 e047"  # the byte at c000, mixed; it is the palette, too
    "2101c0 34 2002 23 34"  # the frame, counted at c001
    "f044 fe90 28fa"  # wait: line 144 ends
    "18d8"  # and again
)


def cartridge() -> bytes:
    rom = bytearray(0x8000)
    rom[0x100:0x104] = bytes.fromhex("00c35001")  # nop; jp 0150
    rom[0x134:0x138] = b"TINY"
    check = 0
    for value in rom[0x134:0x14D]:
        check = (check - value - 1) & 0xFF
    rom[0x14D] = check
    rom[0x150 : 0x150 + len(_PROGRAM)] = _PROGRAM
    return bytes(rom)
