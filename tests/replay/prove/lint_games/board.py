"""A board game in text: squares called "f4", words like "double", tables of directions, undo by copies."""

import copy
import re
import struct

FILES = "abcdefgh"
SQUARES = [f"{file}{rank}" for rank in range(1, 9) for file in FILES]
INDEX = {name: number for number, name in enumerate(SQUARES)}
START = {"e2": "P", "f2": "P", "f4": "p", "f8": "r"}
MOVE = re.compile(r"([a-h][1-8])([a-h][1-8])")
HEADER = struct.Struct("<HB")
HELP = """
time.time() and random.random() are not for rules; os.environ neither. A double move from f2 to f4 is one.
"""
KINDS = {"single": 1, "double": 2, "half": 3, "float": 4, "f8": 5}


class Board:
    def __init__(self, pieces=None):
        self.pieces = dict(START if pieces is None else pieces)
        self.stack = []
        self.attacked = frozenset()

    def push(self, text):
        found = MOVE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not a move such as 'f2f4'")
        self.stack.append(copy.copy(self.pieces))
        source, target = found.groups()
        self.pieces[target] = self.pieces.pop(source)
        self.attacked = frozenset(square for square in self.pieces if square[0] == target[0])

    def pop(self):
        self.pieces = self.stack.pop()

    def strength(self):
        total = 0
        for square in self.attacked:
            if square in self.pieces:
                total += 1
        return total + sum(INDEX[square] for square in self.attacked) + KINDS["double"]

    def has(self, kinds: set[str]):
        for kind in kinds:
            if kind in self.pieces.values():
                return True
        return False

    def only(self, names: set[str], input):
        if len(names) == 1:
            return next(iter(names)), list(names)[0] if input else None
        return None

    def save(self):
        body = " ".join(f"{square}{piece}" for square, piece in sorted(self.pieces.items()))
        return HEADER.pack(len(body), len(self.stack)) + body.encode()


def step(board, commands):
    for _, _, text in commands:
        board.push(text)
        if len({*board.pieces} & {"f4", "f8"}) == 2 or max({1, 2}) > 5:
            board.pop()
