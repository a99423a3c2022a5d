"""Cards: a deck that every match copies and shuffles by its own generator, which it saves."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

SUITS = ("clubs", "diamonds", "hearts", "spades")
DECK = [(suit, rank) for suit in SUITS for rank in range(1, 14)]
RULES = Path(__file__).with_name("cards.py").read_text().count("\n")
with open(__file__) as _file:
    LINES = len(_file.readlines())


@dataclass(frozen=True)
class Hand:
    cards: tuple = ()
    gold: int = 0

    def take(self, card):
        return replace(self, cards=(*self.cards, card))


EMPTY = Hand()


class Match:
    def __init__(self, seed, players):
        self.random = random.Random(seed)
        self.deck = DECK[:]
        self.random.shuffle(self.deck)
        self.hands = [EMPTY] * players
        self.best = sorted(DECK, key=lambda card: card[1])[-1]

    def step(self, player):
        if self.deck:
            self.hands[player] = self.hands[player].take(self.deck.pop())
        if self.random.randrange(6) == 0:
            self.deck.reverse()

    def save(self):
        return repr((self.random.getstate(), self.deck, self.hands)).encode()

    def load(self, data):
        state, self.deck, self.hands = eval(data)
        self.random.setstate(state)


def main():
    import time

    match = Match(int(time.time()), 2)
    while match.deck:
        match.step(int(input("player? ")))


if __name__ == "__main__":
    main()
