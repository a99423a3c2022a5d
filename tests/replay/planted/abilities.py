"""trace(), prove(), checkpoints and inputs that are not what advance() does. `Tracing`, `Proving` and `Legal` are sound."""

import numpy as np
import xxhash
from games import Level, Walk, mixed
from toys import CounterMatch

from planted import Bug, game_of
from replay.core.happened import folded_on, hashed_by_tick


class Legal(Level):
    """Takes only whole moves that lead somewhere else, and says which."""

    name = "legal"
    input_dtype = None

    class match(Walk):  # noqa: N801
        def __init__(self, seed, players, config):
            super().__init__(seed, players, config)
            self.moves = 0

        def take(self, row, commands):
            for player, data in commands:
                if data != [self.moves % 64, "to"]:
                    raise ValueError("illegal move")
                self.moves += 1
                self.value = mixed(self.value, player, self.moves)

        def save(self):
            return super().save() + self.moves.to_bytes(4, "little")

        def load(self, saved):
            if len(saved) != 20:
                raise ValueError("not a state")
            super().load(saved[:16])
            self.moves = int.from_bytes(saved[16:], "little")

    def inputs(self, match, rng):
        return None, [(int(rng.integers(match.players)), [match.moves % 64, "to"])] if rng.random() < 0.5 else []


class WrongRows(Level):
    def inputs(self, match, rng):
        return np.zeros(2, "<i4")


class Drawing(Legal):
    """To ask for a move makes one."""

    def inputs(self, match, rng):
        match.value += 1
        return None, []


class Tracing(CounterMatch):
    def trace(self, rows, states):
        parts, ends, count = [], [], 0
        for at, row in enumerate(rows):
            self.note(states, at, "before")
            parts.append(self.advance(row[None]))
            self.note(states, at, "after")
            count += len(parts[-1])
            ends.append(self.end(count, len(parts[-1])))
        return self.joined(parts), np.array(ends)

    def note(self, states, at, when):
        if when == "after":
            states[at] = np.frombuffer(self.save(), np.uint8)

    def end(self, count, of_tick):
        return count

    def joined(self, parts):
        return np.concatenate(parts)


class TracesEarly(Tracing):
    def note(self, states, at, when):
        if when == "before":
            states[at] = np.frombuffer(self.save(), np.uint8)


class TracesAllButTheLast(Tracing):
    def note(self, states, at, when):
        if when == "after" and at < max(len(states) - 1, 1):
            states[at] = np.frombuffer(self.save(), np.uint8)


class CountsEvents(Tracing):
    def end(self, count, of_tick):
        return of_tick


class LosesEvents(Tracing):
    def joined(self, parts):
        return np.concatenate(parts)[1:]


class RunsTooFar(Tracing):
    def trace(self, rows, states):
        answer = super().trace(rows, states)
        self.advance(rows[-1:])
        return answer


class Proving(CounterMatch):
    def restore(self, handle):
        self.load(handle)

    checkpoint = CounterMatch.save

    def prove(self, rows, begun, folded, group, every):
        parts, proofs, handles = [], [], []
        for at, row in enumerate(rows, begun):
            folded = self.anew(folded) if at % group == 0 else folded
            parts.append(self.advance(row[None]))
            folded = folded_on(folded, dict(hashed_by_tick(parts[-1])).get(at))
            proofs.append((self.hash(), folded))
            if every and self.keeps(at, every):
                handles.append(self.save())
        return np.concatenate(parts), np.array(proofs, np.uint64).reshape(-1, 2), handles

    def prove_tick(self, rows, begun, folded, group):
        events, proofs, _ = Proving.prove(self, rows, begun, folded, group, 0)
        return events, int(proofs[0, 0]), int(proofs[0, 1])

    def hash(self):
        return xxhash.xxh3_64_intdigest(self.save())

    def anew(self, folded):
        return 0

    def keeps(self, at, every):
        return (at + 1) % every == 0


class HashesAnother(Proving):
    def hash(self):
        return xxhash.xxh64_intdigest(self.save())


class NeverBeginsAnew(Proving):
    def anew(self, folded):
        return folded


class KeepsTheTickBefore(Proving):
    def keeps(self, at, every):
        return at % every == 0


class KeepsAll(Proving):
    def keeps(self, at, every):
        return True


class ProvesOneLess(Proving):
    def prove(self, rows, *rest):
        events, proofs, handles = super().prove(rows, *rest)
        return events, proofs[1:], handles


class TellsAnotherTick(Proving):
    def prove_tick(self, rows, begun, folded, group):
        events, proof, told = super().prove_tick(rows, begun, folded, group)
        return events, proof, told ^ (begun == 30)


class Shares(Walk):
    """The handle is the match's own list."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.state = [self.value]

    def take(self, row, commands):
        super().take(row, commands)
        self.state[0] = self.value

    def checkpoint(self):
        return self.state, self.tick

    def restore(self, handle):
        self.value, self.tick = handle[0][0], handle[1]


class Once(Walk):
    """A handle is good for one return."""

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.table = {}

    def checkpoint(self):
        self.table[self.tick] = self.save()
        return self.tick

    def restore(self, handle):
        self.load(self.table.pop(handle))


class FreesAll(Once):
    def restore(self, handle):
        self.load(self.table[handle])

    def release(self, handle):
        self.table.clear()


class DrawsAtACheckpoint(Once):
    def checkpoint(self):
        self.value = mixed(self.value, 1)
        return super().checkpoint()


TRACING, PROVING = game_of(Tracing), game_of(Proving)
BUGS = {
    "inputs of another dtype": Bug(WrongRows(), "contract", "inputs have the dtype"),
    "inputs that move": Bug(Drawing(), "reading", "the state changed when inputs() was called"),
    "a trace of the tick before": Bug(game_of(TracesEarly), "trace", "trace() writes another state than save() gives"),
    "a trace without its last": Bug(game_of(TracesAllButTheLast), "trace", "trace() writes another state"),
    "a trace that counts events of a tick": Bug(game_of(CountsEvents), "trace", "events are of the ticks up to it"),
    "a trace that loses events": Bug(game_of(LosesEvents), "trace", "the events differ"),
    "a trace that runs too far": Bug(game_of(RunsTooFar), "trace", "after trace() of 1 ticks it differs"),
    "another hash": Bug(game_of(HashesAnother), "prove", "prove() proves another state than save() gives"),
    "events folded on for ever": Bug(game_of(NeverBeginsAnew), "prove", "prove() folds other events than there are"),
    "handles of the tick before": Bug(game_of(KeepsTheTickBefore), "prove", "handle"),
    "handles of all ticks": Bug(game_of(KeepsAll), "prove", "handles where"),
    "a proof too few": Bug(game_of(ProvesOneLess), "prove", "prove() of 1 ticks gives 0 proofs"),
    "a proof of one tick that differs": Bug(game_of(TellsAnotherTick), "prove", "prove_tick() folds other events than there are"),
    "a handle that is shared": Bug(game_of(Shares, Level), "checkpoint", "restored at tick 120, it is in another state"),
    "a handle for once": Bug(game_of(Once, Level), "checkpoint", "raised KeyError"),
    "a release of all": Bug(game_of(FreesAll, Level), "checkpoint", "raised KeyError"),
    "a checkpoint that draws": Bug(
        game_of(DrawsAtACheckpoint, Level), "checkpoint", "the state changed when checkpoint() was called"
    ),
}
