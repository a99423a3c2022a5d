"""The twelve questions of the guide, answered by plain loops over the matches: no tables, no SQL."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from pathlib import Path

from game.cli.bots import play_bots
from game.match import ARENA
from game.rules import EVENT_KINDS, ITEMS
from replay import Playback, Recording

PAGE = Path(__file__).parents[2] / "replay" / "docs" / "questions.md"
STATES_EVERY = 15


def questions():
    """The twelve, as the guide asks them."""
    part = PAGE.read_text().split("## Twelve questions")[1].split("\n## ")[0]
    return re.findall(r'^\$ replay query "(.*)"$', part, re.M)


def record_bots(folder, seeds):
    """A match of four bots for each seed, on two maps in turn; their paths, in the order in which they were played."""
    folder.mkdir()
    paths = []
    for seed in seeds:
        name = ("duel", "plaza")[seed % 2]
        paths.append(folder / f"{name}-{seed:04}.replay")
        play_bots(paths[-1], ARENA.default_config(map=name, seconds=60), 4, seed)
    return paths


class Played:
    """A match: what a loop needs. events: dicts with names. healths: seat -> the least health seen in the looks at the state."""

    def __init__(self, path, folder):
        self.file = path.relative_to(folder).as_posix()
        with Recording(path) as recording:
            self.header, playback = recording.header, Playback(ARENA, recording)
            self.names = [player.name for player in recording.header.players]
            self.map = recording.header.config["map"]
            self.events, self.healths = [], []
            while True:
                players = playback.match.state[0]["players"]
                self.healths.append([int(players[seat]["health"]) for seat in range(len(self.names))])
                if playback.at_end:
                    break
                for event in playback.step(min(STATES_EVERY, playback.ticks - playback.tick)):
                    self.events.append({name: int(event[name]) for name in event.dtype.names})
            self.result = playback.match.result()
        for event in self.events:
            event["kind"], event["item"] = EVENT_KINDS[event["kind"]], ITEMS[event["item"]]

    def kills(self):
        return [event for event in self.events if event["kind"] == "death" and event["actor"] != event["target"]]

    def won(self, seat):
        return seat in self.result["winners"]


def close_matches(matches):
    rows = []
    for match in matches:
        scores = sorted((player["score"] for player in match.result["players"]), reverse=True)
        rows.append((match.file, scores[0] - scores[1]))
    return sorted((row for row in rows if row[1] < 2), key=lambda row: (row[1], row[0]))


def longest_streak(matches):
    best = Counter()
    for match in matches:
        streak = Counter()
        for event in match.events:
            if event["kind"] == "death":
                streak[event["target"]] = 0
                if event["actor"] != event["target"]:
                    streak[event["actor"]] += 1
                    name = match.names[event["actor"]]
                    best[name] = max(best[name], streak[event["actor"]])
        for name in match.names:
            best[name] += 0
    return sorted(best.items(), key=lambda row: (-row[1], row[0]))


def win_rate_by_map_and_weapon(matches):
    rows = defaultdict(list)
    for match in matches:
        for seat, item in {(event["actor"], event["item"]) for event in match.kills()}:
            rows[match.map, item].append(match.won(seat))
    return [(*key, statistics.mean(won), len(won)) for key, won in sorted(rows.items())]


def rating_of_dax(matches):
    won = [(match.file, match.won(match.names.index("Dax"))) for match in matches]
    return [(file, statistics.mean(each for _, each in won[max(index - 4, 0) : index + 1])) for index, (file, _) in enumerate(won)]


def nearly_dead_and_won(matches):
    return sorted(
        (match.file, name)
        for match in matches
        for seat, name in enumerate(match.names)
        if match.won(seat) and any(1 <= healths[seat] <= 9 for healths in match.healths)
    )


def rifle_kills_in_a_part(matches):
    kills = Counter(
        match.names[event["actor"]]
        for match in matches
        for event in match.kills()
        if event["item"] == "rifle" and 500 <= event["x"] <= 800 and 200 <= event["y"] <= 500
    )
    return sorted(kills.items(), key=lambda row: (-row[1], row[0]))


def heat_map(matches):
    deaths = Counter(
        (match.map, event["x"] // 100 * 100, event["y"] // 100 * 100)
        for match in matches
        for event in match.events
        if event["kind"] == "death"
    )
    return [(*key, count) for key, count in sorted(deaths.items(), key=lambda row: (-row[1], row[0]))[:5]]


def who_kills_whom(matches):
    kills = Counter((match.names[e["actor"]], match.names[e["target"]]) for match in matches for e in match.kills())
    return [(*pair, count) for pair, count in sorted(kills.items(), key=lambda row: (-row[1], row[0]))[:4]]


def what_winners_spend(matches):
    spent, damage = defaultdict(list), defaultdict(list)
    for match in matches:
        gold, hurt = Counter(), Counter()
        for event in match.events:
            if event["kind"] == "purchase":
                gold[event["actor"]] += event["amount"]
            if event["kind"] in ("hit", "critical") and event["actor"] != event["target"]:
                hurt[event["actor"]] += event["amount"]
        for seat in range(len(match.names)):
            spent[match.won(seat)].append(gold[seat])
            damage[match.won(seat)].append(hurt[seat])
    return [(won, statistics.mean(spent[won]), statistics.mean(damage[won])) for won in sorted(spent)]


def first_kill_and_win(matches):
    first = [match.won(match.kills()[0]["actor"]) for match in matches if match.kills()]
    return [(statistics.mean(first), len(first))]


def first_medkit(matches):
    seconds = []
    for match in matches:
        bought = [event["tick"] for event in match.events if event["kind"] == "purchase" and event["item"] == "medkit"]
        seconds += [min(bought) / match.header.ticks_per_second] if bought else []
    return [(min(seconds), statistics.median(seconds))]


def best_ten_seconds(matches):
    rows = defaultdict(list)
    for match in matches:
        for event in match.kills():
            rows[match.file, match.names[event["actor"]], event["tick"] // 600].append(event["tick"])
    counted = [(f"{file}@{min(ticks)}", name, len(ticks)) for (file, name, _), ticks in rows.items()]
    return sorted(counted, key=lambda row: (-row[2], row[0]))[:3]


ANSWERS = (
    close_matches,
    longest_streak,
    win_rate_by_map_and_weapon,
    rating_of_dax,
    nearly_dead_and_won,
    rifle_kills_in_a_part,
    heat_map,
    who_kills_whom,
    what_winners_spend,
    first_kill_and_win,
    first_medkit,
    best_ten_seconds,
)
