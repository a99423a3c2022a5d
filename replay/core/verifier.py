"""The whole comparison of a recording with its re-simulation, and where they part. See `verify`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from replay.core.commands import commands_of
from replay.core.divergence import Divergence, describe, differing_fields
from replay.core.encoding import changes
from replay.core.errors import CutError, FormatError, ReplayError, RulesError, UsageError
from replay.core.game import Events, Game, Inputs, Match
from replay.core.installed import find_game
from replay.core.origin import versions
from replay.core.proof import doubts
from replay.core.recording import Recording, Span
from replay.core.records import CRASHED
from replay.core.simulation import Checkpoint, Simulation, Trace
from replay.core.verdict import Verdict, Verification
from replay.core.visits import trace_at_events


class _DivergedError(Exception):
    """The re-simulation and the recording part here."""

    def __init__(self, message: str, divergence: Divergence) -> None:
        super().__init__(message)
        self.divergence = divergence


class _OverBudgetError(Exception):
    """More work than the caller allowed."""


class Verifier:
    """Compares one recording with its re-simulation, group by group. Raises ReplayError where it cannot begin."""

    def __init__(
        self, recording: Recording, game: Game | None, every_tick: bool, progress: Callable[[int, int], object] | None
    ) -> None:
        header = recording.header
        self.recording = recording
        self.every_tick = every_tick
        self.progress = progress or (lambda done, total: None)
        self.simulation = Simulation(find_game(header.game) if game is None else game, header)
        self.stop = recording.ticks
        self.budget_ticks: int | None = None
        self.deadline: float | None = None
        self.claimed_result = True
        self.watched: Callable[[Events, Match], object] | None = None
        self.looked: Callable[[Events, Match], object] | None = None
        self.version = 0
        self.before = np.zeros(len(header.players), header.input_dtype)
        self.good: Checkpoint | None = None  # where the run at hand begins, at `run_tick`
        self.run_tick = recording.start_tick
        self.good_tick = recording.start_tick
        self.first_hash = self.simulation.hash() if not recording.start_tick else None
        self.verification = Verification(
            recording.path,
            Verdict.OK,
            game=header.game,
            rules=header.rules,
            start_tick=recording.start_tick,
            ticks_per_second=header.ticks_per_second,
        )

    def limit(self, start: int | None, stop: int | None, budget_ticks: int | None, budget_seconds: float | None) -> None:
        """Verify only a part, or only so much."""
        recording = self.recording
        first = recording.start_tick if start is None else start
        self.stop = recording.ticks if stop is None else stop
        if not recording.start_tick <= first <= self.stop <= recording.ticks:
            raise UsageError(
                f"ticks {first}..{self.stop} are not inside {recording.start_tick}..{recording.ticks} of {recording.path.name}"
            )
        self.budget_ticks = budget_ticks
        self.deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
        group = recording.header.group_ticks
        usable = [t for t in recording.snapshot_ticks if t <= first and (t - recording.start_tick) % group == 0]
        if usable and usable[-1]:
            try:
                self.simulation.load(recording.snapshot(usable[-1]), usable[-1])
            except FormatError as error:
                raise FormatError(f"the snapshot of tick {usable[-1]} {error}", "verify all of it") from error
            self.good_tick = self.verification.start_tick = usable[-1]

    def run(self) -> Verification:
        verification, damage = self.verification, self.recording.damage
        simulation = self.simulation
        try:
            if not simulation.tick:
                self._compare_snapshot()
            for group in self.recording.groups(simulation.tick) if simulation.tick < self.stop else ():
                for run in self._runs(group.spans):
                    self._run(
                        run, group.rows[run[0].first_tick - group.spans[0].first_tick :][: run[-1].stop_tick - run[0].first_tick]
                    )
            if simulation.tick == self.recording.ticks:
                verification.final_hash, verification.result = simulation.hash(), simulation.result()
                self._compare_end()
        except _DivergedError as diverged:
            verification.verdict, verification.message = Verdict.DIVERGED, str(diverged)
            verification.divergence = diverged.divergence
            self._describe(diverged.divergence)
            self._note_risks()
        except _OverBudgetError as over:
            verification.verdict, verification.message = Verdict.UNVERIFIABLE, str(over)
            agreed = f"ticks {verification.start_tick}-{self.good_tick} of {self.recording.ticks} agreed"
            verification.hint = f"{agreed}; allow more to know the rest"
        except RulesError as error:  # outside a step: result(), proof() ...
            self.verification.verdict, verification.message = Verdict.DIVERGED, str(error)
            verification.divergence = Divergence(None, self.good_tick, "rules")
        except FormatError as error:  # the checksums held, what is inside did not
            verification.verdict = Verdict.UNREADABLE
            verification.message, verification.hint = f"after tick {simulation.tick}: {error}", error.hint
        else:
            self._judge(damage)
        verification.ticks = self.good_tick
        return verification

    def _judge(self, damage: FormatError | None) -> None:
        """Nothing differed: what is that worth?"""
        verification, recording, tick = self.verification, self.recording, self.simulation.tick
        simulation_ran = tick > verification.start_tick
        if damage is not None and tick == recording.ticks:
            verification.verdict = Verdict.INCOMPLETE if isinstance(damage, CutError) else Verdict.UNREADABLE
            verification.message, verification.hint = str(damage), damage.hint
        elif not verification.hashes_compared:
            verification.verdict, verification.message = Verdict.UNVERIFIABLE, "holds no hash to compare with"
        elif verification.start_tick > recording.start_tick or tick < recording.ticks:
            verification.message = f"only ticks {verification.start_tick}-{tick} of {recording.ticks}"
            if verification.start_tick:
                verification.message += f", believing the snapshot of tick {verification.start_tick}"
        elif recording.start_tick:
            verification.message = f"from tick {recording.start_tick}, believing the state that it begins with"
        elif recording.end is not None and recording.end.crash is not None:
            verification.message = f"raises {recording.end.crash.kind} at tick {recording.ticks}, as recorded"
        if verification.is_ok:
            changed_nothing = verification.final_hash == self.first_hash and simulation_ran
            verification.notes += doubts(recording.header, self.version, changed_nothing)

    def _note_risks(self) -> None:
        """What is not as it was when the recording was made, and what the match itself says may be another thing the next time."""
        here, recorded = versions(self.simulation.game), self.recording.header.made_with
        other = {name: then for name, then in recorded.items() if here.get(name, then) != then}
        self.verification.notes += [f"recorded with {name} {then}; here it is {here[name]}" for name, then in other.items()]
        risks = getattr(self.simulation.match, "risks", None)
        if risks is not None:
            with contextlib.suppress(Exception):  # the machine's or the game's affair; the verdict stands
                self.verification.notes += [str(risk) for risk in risks()]

    def _check_budget(self, ticks: int) -> None:
        if self.budget_ticks is not None and self.simulation.tick + ticks - self.verification.start_tick > self.budget_ticks:
            raise _OverBudgetError(f"takes more than the {self.budget_ticks:,} ticks allowed")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise _OverBudgetError("takes longer than allowed")

    def _runs(self, spans: list[Span]) -> Iterator[list[Span]]:
        """The spans of a group in runs that are re-simulated in one go: up to a snapshot in the middle, or to where to stop."""
        run: list[Span] = []
        for span in spans:
            if self.simulation.tick < span.stop_tick and span.first_tick < self.stop:
                if run and bool(run[-1].digests) != bool(span.digests):
                    yield run
                    run = []
                run.append(span)
                is_shown = self.watched is not None and not self._shown_every()
                if self.recording.has_snapshot(span.stop_tick) or is_shown or not self.every_tick or not span.digests:
                    yield run
                    run = []
        if run:
            yield run

    def _run(self, spans: list[Span], rows: Inputs) -> None:
        self._check_budget(len(rows))
        simulation, verification, first = self.simulation, self.verification, spans[0].first_tick
        if self.good is not None:
            simulation.release(self.good)
        self.good, self.run_tick = simulation.checkpoint(), first
        commands = [command for span in spans for command in span.commands]
        try:
            has_digests = self.every_tick and bool(spans[0].digests)
            trace = None
            if self.looked is not None:
                trace = trace_at_events(simulation, rows, commands, self.looked)
            elif has_digests:
                trace = simulation.trace(rows, commands, self._shown_every())
            events = simulation.run(rows, commands) if trace is None else trace.events
            checkpoints = () if trace is None else trace.checkpoints
            if trace is not None and has_digests:
                wrong = self._first_wrong(spans, trace)
                # A whole hash that differs before the first digest that does: a digest can agree by chance.
                self._compare_hashes([span for span in spans if wrong is None or span.stop_tick < wrong], trace, first)
                if wrong is not None:
                    raise self._differs(wrong, spans, trace)
            else:
                self._compare_hash(spans[0])
        except RulesError as error:
            raise self._raised_in(spans, rows, error) from error
        if spans[-1].events_hash not in (simulation.events_hash, None):
            raise self._diverged("the events differ from the recorded ones", simulation.tick, "events")
        self._count_input_events(spans, rows)
        verification.hashes_compared += sum(span.hash is not None for span in spans)
        if verification.hashes_compared:
            self.good_tick = simulation.tick
        self._compare_snapshot()
        if self.watched is not None:
            self._show(self.watched, events, checkpoints)
        if (simulation.tick - self.recording.start_tick) % self.recording.header.group_ticks == 0:
            self.progress(simulation.tick, self.recording.ticks)
        assert simulation.tick == first + len(rows)

    def _shown_every(self) -> int:
        """How many ticks lie between those at which a match that has run on is put back, to be looked at: that takes half of the
        time. 0 if nobody looks, or it cannot be."""
        can = self.simulation.proves_at_once and self.simulation.can_return and self.every_tick and self.looked is None
        return self.recording.header.chunk_ticks if self.watched is not None and can else 0

    def _show(self, watched: Callable[[Events, Match], object], events: Events, checkpoints: Sequence[Checkpoint]) -> None:
        """Tell of the events of each chunk, with the match after them. checkpoints: of the ends of chunks, as far as there are."""
        simulation = self.simulation
        end = simulation.checkpoint() if checkpoints and checkpoints[-1].tick < simulation.tick else None
        if checkpoints:
            assert isinstance(events, np.ndarray)
            borders = np.searchsorted(events["tick"], [checkpoint.tick for checkpoint in checkpoints]).tolist()
            for checkpoint, start, stop in zip(checkpoints, [0, *borders], borders, strict=False):
                simulation.restore(checkpoint)
                watched(events[start:stop], simulation.match)
                simulation.release(checkpoint)
            events = events[borders[-1] :]
        if end is not None:
            simulation.restore(end)
            simulation.release(end)
        if end is not None or not checkpoints:
            watched(events, simulation.match)

    def _count_input_events(self, spans: list[Span], rows: Inputs) -> None:
        """What the chunks claim of the stream's version."""
        changed = np.count_nonzero(changes(rows, self.before), axis=1)
        self.before = rows[-1]
        for span in spans:
            start = span.first_tick - spans[0].first_tick
            counted = int(changed[start : start + len(span.rows)].sum()) + len(span.commands)
            self.version += counted
            is_whole = self.verification.start_tick == self.recording.start_tick or span is not spans[0]
            if span.input_events not in (counted, None) and is_whole:
                claim = f"the chunk from tick {span.first_tick} claims {span.input_events} input events; there are {counted}"
                raise _DivergedError(claim, Divergence(None, self.good_tick, "seal"))

    def _first_wrong(self, spans: list[Span], trace: Trace) -> int | None:
        """The first tick whose digest differs."""
        recorded = np.frombuffer(b"".join([span.digests for span in spans]), np.uint8)
        computed = trace.digests()
        self.verification.digests_compared += len(recorded)
        if computed.tobytes() == recorded.tobytes():
            return None
        wrong = int(np.flatnonzero(computed != recorded)[0])
        first, step, base = spans[0].first_tick, self.recording.header.proof_ticks, self.recording.start_tick
        return first - (first - base) % step + (wrong + 1) * step

    def _differs(self, tick: int, spans: list[Span], trace: Trace) -> _DivergedError:
        """What it is that differs at the first tick whose digest does."""
        first, step, base = spans[0].first_tick, self.recording.header.proof_ticks, self.recording.start_tick
        recorded, computed = b"".join([span.digests for span in spans]), trace.digests()
        span = next(span for span in spans if tick <= span.stop_tick)
        last = (span.stop_tick - base) // step - (first - base) // step - 1
        # A wrong event stays in E to the end of the group, while the state is right at the end of the chunk.
        events_hash = spans[-1].events_hash
        is_wrong_at_end = computed[last] != recorded[last] if events_hash is None else events_hash != self.simulation.events_hash
        if self.recording.header.proves_events and span.hash == int(trace.hashes[last]) and is_wrong_at_end:
            return self._diverged("the events differ from the recorded ones", tick, "events")
        return self._diverged("the state differs from the recorded one", tick)

    def _compare_hashes(self, spans: list[Span], trace: Trace, first: int) -> None:
        """The 64-bit hashes at the ends of chunks. first: the tick from which the trace is."""
        step, base = self.recording.header.proof_ticks, self.recording.start_tick
        for span in spans:
            if span.stop_tick == self.simulation.tick:  # which may be no tick that is proved; its events come later
                self._compare_hash(span)
                continue
            index = (span.stop_tick - base) // step - (first - base) // step - 1
            if span.hash not in (int(trace.hashes[index]), None):
                raise self._diverged("the state differs from the recorded one", span.stop_tick)
            if span.events_hash not in (int(trace.event_hashes[index]), None):
                raise self._diverged("the events differ from the recorded ones", span.stop_tick, "events")

    def _compare_hash(self, span: Span) -> None:
        if span.hash not in (self.simulation.hash(), None):
            raise self._diverged("the state differs from the recorded one", span.stop_tick)

    def _diverged(self, message: str, tick: int, what: str = "state") -> _DivergedError:
        has_digests = self.recording.has_digests and self.every_tick
        good = max(self.good_tick, tick - self.recording.header.proof_ticks) if has_digests else self.good_tick
        return _DivergedError(message, Divergence(tick, good, what))

    def _raised_in(self, spans: list[Span], rows: Inputs, error: RulesError) -> _DivergedError:
        """The rules raised somewhere in a run: run it again tick by tick; it may have differed before."""
        tick, first = self._return(), spans[0].first_tick
        digests, step = b"".join([span.digests for span in spans]), self.recording.header.proof_ticks
        commands = [command for span in spans for command in span.commands]
        try:
            while tick < first + len(rows):
                of_tick = commands_of(commands, tick, tick + 1)
                trace = self.simulation.trace(rows[tick - first : tick - first + 1], of_tick)
                tick += 1
                if len(trace.hashes) and digests and int(trace.digests()[0]) != digests[(tick - first) // step - 1]:
                    return self._diverged("the state differs from the recorded one", tick)
        except RulesError as again:
            error = again
        return _DivergedError(str(error), Divergence(error.tick + 1, error.tick, "rules"))

    def _return(self) -> int:
        """Back to where the run at hand begins; without checkpoints, by running again."""
        if self.good is not None:
            self.simulation.restore(self.good)
        else:
            self.simulation.restart()
            while self.simulation.tick < self.run_tick:
                span = next(self.recording.spans(self.simulation.tick))
                self.simulation.run(span.rows, span.commands)
        return self.simulation.tick

    def _compare_snapshot(self) -> None:
        tick = self.simulation.tick
        if not self.recording.has_snapshot(tick):
            return
        recorded, computed = self.recording.snapshot(tick), self.simulation.save()
        if recorded == computed:
            return
        divergence = Divergence(tick, self.good_tick, field_tick=tick, recorded_state=recorded, computed_state=computed)
        divergence.fields = differing_fields(self.simulation, recorded, computed)
        text = f"the snapshot of tick {tick} is not its state" if tick else "the match starts differently"
        raise _DivergedError(text, divergence)

    def _compare_end(self) -> None:
        end, simulation, verification = self.recording.end, self.simulation, self.verification
        if end is None:
            return
        seal = Divergence(None, self.good_tick, "seal")
        if end.hash not in (verification.final_hash, None):
            raise _DivergedError("the final state differs from the sealed one", seal)
        if end.events_hash not in (simulation.events_hash, None):
            raise _DivergedError("the events differ from the sealed ones", seal)
        verification.hashes_compared += end.hash is not None
        self.good_tick = simulation.tick
        if end.version != self.version and verification.start_tick == self.recording.start_tick:
            raise _DivergedError(f"the seal claims {end.version} input events; there are {self.version}", seal)
        if end.how == CRASHED:
            self._crash_again()
        if self.claimed_result and end.result is not None and end.result != verification.result:
            raise _DivergedError(f"the claimed result differs: recorded {end.result}, computed {verification.result}", seal)

    def _crash_again(self) -> None:
        """The inputs of the crash must make the rules raise the same. Type and tick count, never the message."""
        end = self.recording.end
        assert end is not None and end.crash is not None
        header, tick = self.recording.header, self.simulation.tick
        try:
            self.simulation.run(*end.crash.given(header, tick))
        except RulesError as error:
            if error.kind == end.crash.kind:
                return
            text = f"recorded is a {end.crash.kind} at tick {tick}; here the rules raise {error.kind}"
        else:
            text = f"recorded is a {end.crash.kind} at tick {tick}; here the rules do not raise"
        raise _DivergedError(text, Divergence(tick + 1, tick, "rules"))

    def _describe(self, divergence: Divergence) -> None:
        if divergence.field_tick is None and divergence.first_bad_tick is not None and divergence.what != "seal":
            try:
                self._return()
                describe(divergence, self.recording, self.simulation)
                if not divergence.is_repeatable:
                    self.verification.hint = "run again, the same tick agrees: the rules do not repeat themselves. "
                    self.verification.hint += f"See replay check {self.verification.game}"
            except ReplayError:  # what surrounds it cannot be said; the verdict stands
                pass
