"""How even arena's matches are: models of people against bots, temperaments against each other, and how open a match stays."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent.parent)]

import people  # noqa: E402
from people import MODELS, PERSON, REPORT  # noqa: E402

from game import rules  # noqa: E402
from game.arena import arena_names, load_arena  # noqa: E402
from game.bots import BRAIN, LEVELS, TEMPERAMENTS, first_brains  # noqa: E402
from game.config import default_config, start_numbers  # noqa: E402
from game.rng import seeded  # noqa: E402
from replay.native.engine import engine_of  # noqa: E402

MATCHES = 240
PLAYERS = 4


def contest(map_name: str, seats: list[str], seed: int, score_limit: int = 25, seconds: int = 180) -> np.void:
    """A match of bots ("hunter:easy") and models ("novice"), from its first tick to its end: a REPORT."""
    engine = engine_of(people.KERNELS)
    world = engine.buffer(engine.layouts["world"][0])
    sizes = [(BRAIN, len(seats)), (PERSON, len(seats)), (rules.INPUT, len(seats)), (REPORT, 1)]
    brains, persons, rows, report = (engine.buffer(dtype.itemsize * count) for dtype, count in sizes)
    brains.array(BRAIN, (len(seats),))[:] = first_brains(["" if seat in MODELS else seat for seat in seats], seed)
    memory = persons.array(PERSON, (len(seats),))
    for index, seat in enumerate(seats):
        if seat in MODELS:
            memory[index]["model"], memory[index]["side"] = list(MODELS).index(seat) + 1, 1
            memory[index]["rng"] = seeded(seed, f"person {index}")
    config = default_config(map_name, score_limit=score_limit, seconds=seconds, countdown=3)
    engine.entry("start")(world.place, len(seats), *start_numbers(config), *seeded(seed, "rules"))
    tables = load_arena(map_name).tables
    count = len(seats)
    engine.entry("contest")(world.place, tables.place, brains.place, count, persons.place, count, rows.place, count, report.place)
    return report.array(REPORT, (1,))[0].copy()


def against(map_name: str, model: str, level: str, matches: int) -> list[np.void]:
    """A model on seat 0 against bots of one level, whose temperaments take turns."""
    reports = []
    for seed in range(matches):
        bots = [f"{TEMPERAMENTS[(3 * seed + index) % len(TEMPERAMENTS)]}:{level}" for index in range(PLAYERS - 1)]
        reports.append(contest(map_name, [model, *bots], seed))
    return reports


def won(report: np.void, seat: int = 0) -> bool:
    scores = report["scores"][:PLAYERS]
    return bool((scores[seat] > np.delete(scores, seat)).all())


def main() -> None:
    matches = int(sys.argv[1]) if len(sys.argv) > 1 else MATCHES
    print(f"{PLAYERS} players, first to 25, three minutes; {matches} matches a map, seeds 0 to {matches - 1}\n")
    print("| person | bots | map | won | points | best bot | lead changes | margin | dead within 3 s | kills | minutes |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for model, level in zip(MODELS, LEVELS, strict=True):
        for name in arena_names():
            reports = np.array(against(name, model, level, matches))
            scores, deaths = reports["scores"], reports["deaths"].sum()
            print(
                f"| {model} | {level} | {name} | {np.mean([won(each) for each in reports]):.0%} "
                f"| {np.median(scores[:, 0]):g} | {np.median(scores[:, 1:PLAYERS].max(1)):g} "
                f"| {np.median(reports['lead_changes']):g} | {np.median(reports['margin']):g} "
                f"| {reports['early'].sum() / deaths:.1%} | {np.median(reports['kills'].sum(1)):g} "
                f"| {np.median(reports['ticks']) / 3600:.1f} |"
            )
    print("\n| bots | map | " + " | ".join(TEMPERAMENTS) + " | most / least |\n|---|---|" + "---|" * (len(TEMPERAMENTS) + 1))
    for level in LEVELS:
        total = np.zeros(len(TEMPERAMENTS))
        for name in arena_names():
            kills = np.zeros(len(TEMPERAMENTS))
            for seed in range(matches):
                order = [(seed + index) % len(TEMPERAMENTS) for index in range(len(TEMPERAMENTS))]
                report = contest(name, [f"{TEMPERAMENTS[index]}:{level}" for index in order], seed, score_limit=99)
                kills[order] += report["scores"][: len(order)] / matches
            total += kills / len(arena_names())
            print(f"| {level} | {name} | " + " | ".join(f"{each:.1f}" for each in kills) + f" | {kills.max() / kills.min():.2f} |")
        print(f"| {level} | all | " + " | ".join(f"{each:.1f}" for each in total) + f" | {total.max() / total.min():.2f} |")


if __name__ == "__main__":
    main()
