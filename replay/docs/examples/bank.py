"""An account whose balance is the fold of what was ordered: event sourcing, run by

    python -m replay.docs.examples.bank

The orders are the truth, and are recorded. The balance, what was booked and what was refused follow from them. An order is one
tick, whenever it was given; the time that it carries is part of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from replay import Playback, Recorder, Recording, verify
from replay.games.plain import PlainGame

MARCH_2ND = 1_772_442_000  # 2026-03-02 09:00 UTC, in seconds since 1970


class Bank(PlainGame):
    """An order is {"do": "deposit" or "withdraw", "cents": ..., "at": seconds since 1970}."""

    players = 1
    ticks_per_second = 1  # there is no clock: a tick is an order
    event_kinds = ("deposited", "withdrawn", "refused")

    def start(self, config: dict[str, int | str]) -> None:
        self.balance = 0  # cents
        self.booked_at = 0

    def step(self, commands: Sequence[tuple[int, Any]]) -> None:
        for _, order in commands:
            match order:
                case {"do": "deposit", "cents": int(cents), "at": int(at)} if cents > 0 and at >= self.booked_at:
                    self.book("deposited", cents, at)
                case {"do": "withdraw", "cents": int(cents), "at": int(at)} if 0 < cents <= self.balance and at >= self.booked_at:
                    self.book("withdrawn", -cents, at)
                case _:  # an overdraft, a time before the last one, nonsense
                    self.emit("refused", order=order)

    def book(self, kind: str, cents: int, at: int) -> None:
        self.balance, self.booked_at = self.balance + cents, at
        self.emit(kind, cents=abs(cents), at=at, balance=self.balance)

    def result(self) -> dict[str, int]:
        return {"balance": self.balance}


def main(path: Path) -> None:
    orders = [("deposit", 100_00), ("withdraw", 30_00), ("withdraw", 30_00), ("withdraw", 50_00)] + [("deposit", 1_00)] * 16
    with Recorder(path, Bank, seed=0, players=["Ann"], snapshot_seconds=10) as recorder:
        for number, (do, cents) in enumerate(orders):
            recorder.step(commands=[(0, {"do": do, "cents": cents, "at": MARCH_2ND + number * 3600})])

    with Recording(path) as recording:
        account = Playback(Bank, recording)
        account.subscribe(None, lambda events: [print(_told(*event)) for event in events])
        account.step(account.ticks)
        for version in (3, 1, 20):  # any version, in any order
            account.seek(version=version)
            print(f"version {version:2}: the balance was {account.match.balance / 100:.2f}")
        rebuilt, orders_since = Bank(), recording.commands(10, 20)
        rebuilt.load(recording.snapshot(10))
        rebuilt.advance(recording.inputs(10, 20), orders_since)
        same = "the same as" if rebuilt.save() == account.simulation.save() else "not"
        print(f"state 10 and the {len(orders_since)} orders since give {same} state 20")
    print(f"verified: {verify(path, Bank).verdict.value}")


def _told(tick: int, kind: str, facts: dict[str, Any]) -> str:
    order = facts.get("order", facts)
    when = datetime.fromtimestamp(order["at"], UTC)
    return f"{tick + 1:2}  {when:%Y-%m-%d %H:%M}  {kind:10}{order['cents'] / 100:8.2f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder) / "account.replay")
