"""Parts of a recording of `rows-and-commands` that begin with the state of a tick, right or wrong."""

import games

from replay import Recording
from replay.core.records import End
from replay.core.simulation import Simulation
from replay.core.writer import Proof, new_recording

GAME = games.RowsAndCommands()


def clip(target, source, start, stop, *, state=None, change=None, **header):
    """Ticks start..stop of `source` with the state that it has there, or another; `change`: what is done to the inputs."""
    with Recording(source) as recording:
        straight = Simulation(GAME, recording.header)
        straight.run(recording.inputs(0, start), recording.commands(0, start))
        state = straight.save() if state is None else state
        ours = recording.header._replace(**{"id": bytes(16), "start_tick": start, "parent": (recording.header.id, start), **header})
        simulation = Simulation(GAME, ours)
        simulation.load(state, start)
        rows, commands = recording.inputs(start, stop).copy(), recording.commands(start, stop)
        if change is not None:
            rows, commands = change(rows, commands)
        with new_recording(target, ours) as writer:
            writer.snapshot(start, state)
            for at in range(start, stop, ours.chunk_ticks):
                until = min(at + ours.chunk_ticks, stop)
                said = [command for command in commands if at <= command[0] < until]
                trace = simulation.trace(rows[at - start : until - start], said)
                last = until == stop or (until - start) % ours.group_ticks == 0
                proof = Proof(trace.digests().tobytes(), simulation.hash(), simulation.events_hash if last else None)
                writer.inputs(rows[at - start : until - start], said, proof)
            writer.end(End(stop, writer.version, simulation.hash(), simulation.events_hash, simulation.result()), ours)
    return target
