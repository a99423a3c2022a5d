"""XXH3-64 (seed 0) of bytes in memory, as kernels on unsigned words, equal to the `xxhash` module. (Yann Collet's specification,
github.com/Cyan4973/xxHash, doc/xxhash_spec.md.)

They are run compiled only: interpreted, the module is quicker, and numpy would warn of every wrap. Two of them, `word` and
`stripes`, the compiler writes itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from replay.native import kernels
from replay.native.kernels import SECRET, kernel

_K = np.array([int.from_bytes(SECRET[at : at + 8], "little") for at in range(185)], np.uint64)  # the word at every byte
_P32_1, _P32_2, _P32_3 = np.uint64(0x9E3779B1), np.uint64(0x85EBCA77), np.uint64(0xC2B2AE3D)
_P64_1, _P64_2, _P64_3 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_P64_4, _P64_5 = np.uint64(0x85EBCA77C2B2AE63), np.uint64(0x27D4EB2F165667C5)
_AVALANCHE, _RRMXMX = np.uint64(0x165667919E3779F9), np.uint64(0x9FB21C651E98DF25)
_LOW = np.uint64(0xFFFFFFFF)
_2, _8, _15, _24, _28, _29, _32, _33, _35, _37, _40, _47, _49 = (
    np.uint64(bits) for bits in (2, 8, 15, 24, 28, 29, 32, 33, 35, 37, 40, 47, 49)
)
_FLIP_0, _FLIP_3, _FLIP_8 = _K[56] ^ _K[64], np.uint64(0x87275A9B), _K[8] ^ _K[16]
_FLIP_LOW, _FLIP_HIGH = _K[24] ^ _K[32], _K[40] ^ _K[48]


word, stripes = kernels.word, kernels.stripes


@kernel
def fold(a: Any, b: Any) -> Any:
    """High and low half of the product of 128 bits, one exclusive or the other."""
    al, ah, bl, bh = a & _LOW, a >> _32, b & _LOW, b >> _32
    ll, hl, lh, hh = al * bl, ah * bl, al * bh, ah * bh
    cross = (ll >> _32) + (hl & _LOW) + lh
    return ((hl >> _32) + (cross >> _32) + hh) ^ ((cross << _32) | (ll & _LOW))


@kernel
def avalanche(h: Any) -> Any:
    h = (h ^ (h >> _37)) * _AVALANCHE
    return h ^ (h >> _32)


@kernel
def avalanche_64(h: Any) -> Any:
    h = (h ^ (h >> _33)) * _P64_2
    h = (h ^ (h >> _29)) * _P64_3
    return h ^ (h >> _32)


@kernel
def swapped(v: Any) -> Any:
    """The bytes of a word in the other order."""
    mask_1, mask_2 = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
    v = ((v >> _8) & mask_1) | ((v & mask_1) << _8)
    v = ((v >> np.uint64(16)) & mask_2) | ((v & mask_2) << np.uint64(16))
    return (v >> _32) | (v << _32)


@kernel
def mixed(memory: Any, at: Any, secret: Any) -> Any:
    return fold(word(memory, at) ^ _K[secret], word(memory, at + 8) ^ _K[secret + 8])


@kernel
def hash_up_to_16(memory: Any, at: Any, size: Any) -> Any:
    length = np.uint64(size)
    if size > 8:
        low, high = word(memory, at) ^ _FLIP_LOW, word(memory, at + size - 8) ^ _FLIP_HIGH
        return avalanche(length + swapped(low) + high + fold(low, high))
    if size >= 4:
        first, last = np.uint64(0), np.uint64(0)
        for byte in range(4):
            shift = np.uint64(8 * byte)
            first |= np.uint64(memory[at + byte]) << shift
            last |= np.uint64(memory[at + size - 4 + byte]) << shift
        h = (last + (first << _32)) ^ _FLIP_8
        h ^= ((h << _49) | (h >> _15)) ^ ((h << _24) | (h >> _40))
        h *= _RRMXMX
        h = (h ^ ((h >> _35) + length)) * _RRMXMX
        return h ^ (h >> _28)
    if size > 0:
        h = np.uint64(memory[at]) << np.uint64(16) | np.uint64(memory[at + (size >> 1)]) << _24
        return avalanche_64((h | np.uint64(memory[at + size - 1]) | length << _8) ^ _FLIP_3)
    return avalanche_64(_FLIP_0)


@kernel
def hash_up_to_240(memory: Any, at: Any, size: Any) -> Any:
    h = np.uint64(size) * _P64_1
    if size <= 128:
        for pair in range((size - 1) // 32, -1, -1):
            h += mixed(memory, at + 16 * pair, 32 * pair)
            h += mixed(memory, at + size - 16 * (pair + 1), 32 * pair + 16)
        return avalanche(h)
    for row in range(8):
        h += mixed(memory, at + 16 * row, 16 * row)
    h = avalanche(h)
    for row in range(8, size // 16):
        h += mixed(memory, at + 16 * row, 16 * (row - 8) + 3)
    return avalanche(h + mixed(memory, at + size - 16, 119))


@kernel
def scrambled(lane: Any, secret: Any) -> Any:
    return (lane ^ (lane >> _47) ^ secret) * _P32_1


@kernel
def xxh3(memory: Any, at: Any, size: Any) -> Any:
    """XXH3-64 of memory[at : at + size]."""
    if size <= 16:
        return hash_up_to_16(memory, at, size)
    if size <= 240:
        return hash_up_to_240(memory, at, size)
    acc: Any = (_P32_3, _P64_1, _P64_2, _P64_3, _P64_4, _P32_2, _P64_5, _P32_1)
    blocks = (size - 1) // 1024
    for block in range(blocks):
        a0, a1, a2, a3, a4, a5, a6, a7 = stripes(memory, at + 1024 * block, 16, 0, acc)
        a0, a1, a2, a3 = scrambled(a0, _K[128]), scrambled(a1, _K[136]), scrambled(a2, _K[144]), scrambled(a3, _K[152])
        a4, a5, a6, a7 = scrambled(a4, _K[160]), scrambled(a5, _K[168]), scrambled(a6, _K[176]), scrambled(a7, _K[184])
        acc = (a0, a1, a2, a3, a4, a5, a6, a7)
    acc = stripes(memory, at + 1024 * blocks, (size - 1 - 1024 * blocks) // 64, 0, acc)
    a0, a1, a2, a3, a4, a5, a6, a7 = stripes(memory, at + size - 64, 1, 121, acc)
    h = np.uint64(size) * _P64_1
    h += fold(a0 ^ _K[11], a1 ^ _K[19])
    h += fold(a2 ^ _K[27], a3 ^ _K[35])
    h += fold(a4 ^ _K[43], a5 ^ _K[51])
    h += fold(a6 ^ _K[59], a7 ^ _K[67])
    return avalanche(h)
