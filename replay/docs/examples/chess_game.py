"""Chess with clocks: moves are commands, the rules are the library `chess`. Morphy's opera game (Paris, 1858) is played, proved
and shown after any number of moves by

    python -m replay.docs.examples.chess_game 20

A game without ticks: a move is one, and says how long its player thought.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chess

from replay import Playback, Recorder, Recording, verify
from replay.games.plain import PlainGame

OPERA = """e4 e5 Nf3 d6 d4 Bg4 dxe5 Bxf3 Qxf3 dxe5 Bc4 Nf6 Qb3 Qe7 Nc3 c6 Bg5 b5 Nxb5 cxb5 Bxb5+ Nbd7 O-O-O Rd8 Rxd7 Rxd7 Rd1 Qe6
Bxd7+ Nxd7 Qb8+ Nxb8 Rd8#"""


def moves_of(board: chess.Board) -> tuple[str, ...]:
    return tuple(move.uci() for move in board.move_stack)


def board_after(moves: Sequence[str]) -> chess.Board:
    board = chess.Board()
    for move in moves:
        board.push_uci(move)
    return board


class Chess(PlainGame):
    """A command is {"move": in algebraic notation, "ms": how long it was thought about}. Seat 0 is White.

    config: "minutes" for each player, 90 by default.
    """

    players = 2
    ticks_per_second = 1  # there is no clock but the players': a tick is a move
    event_kinds = ("moved", "refused", "ended")
    forms = {chess.Board: (moves_of, board_after)}  # noqa: RUF012

    def start(self, config: dict[str, int | str]) -> None:
        self.board = chess.Board()
        self.clocks_ms = [int(config.get("minutes", 90)) * 60_000] * 2
        self.winner = self.ended_by = ""

    def step(self, commands: Sequence[tuple[int, Any]]) -> None:
        for player, said in commands:
            match said:
                case {"move": str(text), "ms": int(ms)} if ms >= 0 and player == self.seat and not self.ended_by:
                    self.move(player, text, ms)
                case _:
                    self.emit("refused", player=player, said=said, why="not this player's turn, or not a move")

    @property
    def seat(self) -> int:
        """Whose turn it is."""
        return 0 if self.board.turn == chess.WHITE else 1

    def move(self, player: int, text: str, ms: int) -> None:
        self.clocks_ms[player] = max(self.clocks_ms[player] - ms, 0)
        if not self.clocks_ms[player]:
            self.end(("white", "black")[1 - player], "time")
            return
        try:
            move = self.board.parse_san(text)
        except ValueError as error:
            self.emit("refused", player=player, said=text, why=str(error))
            return
        self.emit("moved", player=player, move=self.board.san(move))
        self.board.push(move)
        if (outcome := self.board.outcome(claim_draw=True)) is not None:
            winner = {True: "white", False: "black", None: "nobody"}[outcome.winner]
            self.end(winner, outcome.termination.name.lower())

    def end(self, winner: str, by: str) -> None:
        self.winner, self.ended_by = winner, by
        self.emit("ended", winner=winner, by=by)

    def inputs(self, rng: Any) -> tuple[None, list[tuple[int, Any]]]:
        """A legal move, and now and then one that is not: for `replay check`."""
        moves = [self.board.san(move) for move in self.board.legal_moves]
        text = moves[rng.integers(len(moves))] if moves and rng.random() < 0.9 else "Ke9"
        return None, [(self.seat, {"move": text, "ms": int(rng.integers(60_000))})]

    def result(self) -> dict[str, str]:
        return {"winner": self.winner, "by": self.ended_by}


def main(path: Path, plies: int) -> None:
    with Recorder(path, Chess, seed=0, players=["Morphy", "Duke of Brunswick and Count Isouard"]) as recorder:
        for ply, text in enumerate(OPERA.split()):
            recorder.step(commands=[(ply % 2, {"move": text, "ms": 20_000})])
    with Recording(path) as recording:
        playback = Playback(Chess, recording)
        playback.seek(min(plies, playback.ticks))
        print(playback.match.board)
        print(f"after {playback.tick} of {playback.ticks} moves; {playback.match.result()}; clocks {playback.match.clocks_ms} ms")
    print(f"verified: {verify(path, Chess).verdict.value}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder) / "opera.replay", int(sys.argv[1]) if len(sys.argv) > 1 else 33)
