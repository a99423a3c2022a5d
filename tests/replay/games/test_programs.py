"""An unmodified program is recorded, verified in another process, sought in any order, and named where its rules changed."""

import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from patience import soon
from programs import ESCAPE, LEFT, RIGHT, ROCKS, SPACE, key, program, run

from replay import Playback, Recorder, Recording, Verdict, verify
from replay.core.errors import MachineError, UnverifiableError, UsageError
from replay.games.pygame import PygameProgram
from replay.prove.report import report

TICKS = 240


def replay(*arguments, folder=None):
    command = [sys.executable, "-m", "replay", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120)


def played(path, game, ticks=TICKS, seed=7):
    """A recording by a machine, and the proof of every state."""
    rng = np.random.default_rng(seed)
    with Recorder(path, game, seed=seed, players=["Ann"]) as recorder:
        proofs = [recorder.match.proof()]
        for _ in range(ticks):
            row, commands = game.inputs(recorder.match, rng)
            recorder.step(row, commands)
            proofs.append(recorder.match.proof())
    return proofs


@pytest.fixture(scope="module")
def rocks(tmp_path_factory):
    """(recording, proofs of its states) of a game that nobody wrote for this."""
    path = tmp_path_factory.mktemp("rocks") / "rocks.replay"
    return path, played(path, PygameProgram(str(ROCKS)))


def test_it_is_verified_in_a_fresh_process(rocks):
    path, proofs = rocks
    done = replay("verify", path, "--game", ROCKS)
    assert done.returncode == 0 and "ok" in done.stdout, done.stderr
    assert len(set(proofs)) == TICKS + 1  # every tick has a picture, or a time, of its own


@pytest.mark.parametrize("forks", [True, False])
def test_every_seek_forwards_backwards_and_at_random_is_the_straight_run(rocks, forks):
    path, proofs = rocks
    order = [*random.Random(1).sample(range(TICKS + 1), 25 if forks else 4), *range(TICKS, TICKS - (30 if forks else 2), -1), 0]
    with Recording(path) as recording:
        playback = Playback(PygameProgram(str(ROCKS), forks=forks), recording)
        playback.step(TICKS)
        assert playback.simulation.can_return is (forks and hasattr(os, "fork"))
        for tick in order:
            playback.seek(tick)
            assert playback.match.proof() == proofs[tick], tick
        assert not playback.warning and playback.divergence is None


def test_a_seek_runs_from_the_nearest_fork_and_not_from_the_start(rocks):
    with Recording(rocks[0]) as recording:
        playback = Playback(PygameProgram(str(ROCKS)), recording)
        playback.step(TICKS)
        ran, advance = [], type(playback.match).advance
        playback.simulation._advance = lambda *given: (ran.append(1), advance(playback.match, *given))[1]
        for tick in (200, 100, 230, 60):
            playback.seek(tick)
        assert len(ran) <= 4 * (16 + 8)


def test_a_changed_constant_is_named_at_its_exact_tick(tmp_path):
    keys = [[], [], [key("KEYDOWN", RIGHT)], *[[]] * 20]
    game = PygameProgram(str(ROCKS))
    with Recorder(tmp_path / "a.replay", game, seed=1, players=["Ann"]) as recorder:
        for commands in keys:
            recorder.step(None, [(0, command) for command in commands])
    changed = tmp_path / "rocks.py"
    changed.write_text(ROCKS.read_text().replace("SPEED = 220.0", "SPEED = 260.0"))
    runs = [one.new_match(1, 1, {}) for one in (game, PygameProgram(str(changed)))]
    truth = None
    for tick, commands in enumerate(keys):
        for match in runs:
            run(match, commands)
        if runs[0].proof() != runs[1].proof():
            truth = tick + 1
            break
    verification = verify(tmp_path / "a.replay", PygameProgram(str(changed)))
    assert verification.verdict is Verdict.DIVERGED and verification.first_bad_tick == truth is not None
    assert verify(tmp_path / "a.replay", game).is_ok


def test_what_the_program_raises_ends_the_recording_and_is_raised_again(tmp_path):
    game = PygameProgram(str(ROCKS))
    with Recorder(tmp_path / "a.replay", game, seed=1, players=["Ann"]) as recorder:
        recorder.step(None)
        with pytest.raises(ValueError, match=r"raised RuntimeError at tick 1: the ship is lost[\s\S]*rocks.py"):
            recorder.step(None, [(0, ["TEXTINPUT", "!"])])
    verification = verify(tmp_path / "a.replay", game)
    assert verification.is_ok and "raises RuntimeError at tick 1" in verification.message


def test_a_program_that_has_ended_stays_as_it_was(tmp_path):
    game = PygameProgram(str(ROCKS))
    with Recorder(tmp_path / "a.replay", game, seed=1, players=["Ann"]) as recorder:
        for commands in ([key("KEYDOWN", LEFT)], [key("KEYDOWN", ESCAPE)], [key("KEYDOWN", SPACE)], []):
            events = recorder.step(None, [(0, command) for command in commands])
            assert [kind for _, kind, _ in events] == (["over"] if commands == [key("KEYDOWN", ESCAPE)] else [])
        assert recorder.match.ended == ["exit"] and recorder.match.screen().shape == (480, 640, 3)
    assert verify(tmp_path / "a.replay", game).is_ok


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("import nowhere_at_all", MachineError, "raises ModuleNotFoundError before its first tick"),
        ("1 / 0", UnverifiableError, "raises ZeroDivisionError before its first tick"),
        ("raise SystemExit(2)", UnverifiableError, "ends before its first tick"),
        ("pygame.display.set_mode((9, 9), pygame.OPENGL)", UnverifiableError, "OpenGL, which no replay can show"),
    ],
)
def test_a_program_that_does_not_come_to_its_first_tick_is_told_why(tmp_path, source, kind, words):
    with pytest.raises(kind, match=words):
        program(tmp_path, source).new_match(1, 1, {})


@pytest.mark.parametrize("name", ["none.py", "no.such.module", "json", ""])
def test_what_is_no_program_is_said_and_not_imported(tmp_path, name):
    with pytest.raises(UsageError, match="there is no"):
        PygameProgram(name, folder=tmp_path)


def test_a_module_is_found_without_running_it(tmp_path):
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "game" / "__main__.py").write_text("")
    assert PygameProgram("game", folder=tmp_path).name == "game"


def test_no_process_outlives_its_match(rocks):
    with Recording(rocks[0]) as recording:
        playback = Playback(PygameProgram(str(ROCKS)), recording)
        playback.step(100)
        playback.seek(20)
        pids = [playback.match._process.pid, *(value.handle.process.pid for value, _ in playback._checkpoints._values.values())]
        assert len(pids) > 3 and all(map(_runs, pids))
        del playback
    assert soon(lambda: not any(map(_runs, pids)))


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_differs_from_run_to_run_is_told_from_when_and_why(tmp_path):
    source = """
    import os, threading
    for tick in range(10**6):
        if tick == 20:
            threading.Thread(target=lambda: None).start()
            screen.fill((os.getpid() % 251, os.getpid() // 251 % 251, 3))
        pygame.display.flip()
        clock.tick(60)
    """
    game = program(tmp_path, source)
    with Recorder(tmp_path / "a.replay", game, seed=1, players=["Ann"]) as recorder:
        for _ in range(40):
            recorder.step(None)
    verification = verify(tmp_path / "a.replay", game)
    assert verification.verdict is Verdict.DIVERGED and verification.first_bad_tick in (20, 21)
    assert any("threads" in note for note in verification.notes)
    assert any("threads" in line for line in report(verification))


def test_a_strangers_nonsense_is_never_seen_by_the_program(tmp_path):
    source = "while True:\n    show(len(pygame.event.get()))\n    clock.tick(60)\n"
    nonsense = [["KEYDOWN"], ["__class__", 1], 7, [], ["KEYDOWN", {"a": 1}, 0, "", 0], ["MOUSEMOTION", [1], 2, 3, 4], ["QUIT", 1]]
    match = program(tmp_path, source).new_match(1, 1, {})
    assert run(match, [*nonsense, key("KEYDOWN", SPACE)])[-1] == "1"
    assert match.risks() == ["its recording holds an event that is none"]
    match.close()


def test_where_there_are_no_socket_files_the_process_connects_to_a_port(rocks, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    with Recording(rocks[0]) as recording:
        playback = Playback(PygameProgram(str(ROCKS)), recording)
        playback.step(60)
        for tick in (40, 3, 59):
            playback.seek(tick)
            assert playback.match.proof() == rocks[1][tick]


def test_who_does_not_know_the_token_is_not_the_program(monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    started = subprocess.Popen

    def beside_a_stranger(command, **options):
        with socket.create_connection(("127.0.0.1", int(command[5]))) as stranger:
            stranger.sendall(b"\0\0\0\x20" + b"0" * 32)
        return started(command, **options)

    monkeypatch.setattr(subprocess, "Popen", beside_a_stranger)
    match = PygameProgram(str(ROCKS), ticks_per_second=60).new_match(7, 1, {})
    assert run(match, [], []) and match.now_ns > 0
    match.close()


def test_another_pygame_is_named_where_the_picture_differs(tmp_path, monkeypatch):
    source = "color = 1\nwhile True:\n    color += 1\n    screen.fill((color % 256, 1, 1))\n    clock.tick(60)\n"
    game = program(tmp_path, source)
    monkeypatch.setattr(PygameProgram, "made_with", {"pygame": "2.5.0"})
    with Recorder(tmp_path / "a.replay", game, seed=1, players=["Ann"]) as recorder:
        for _ in range(5):
            recorder.step(None)
    monkeypatch.undo()
    other = program(tmp_path, source.replace("+= 1", "+= 2"))
    verification = verify(tmp_path / "a.replay", other)
    assert any(note.startswith("recorded with pygame 2.5.0; here it is ") for note in verification.notes)
    assert not verify(tmp_path / "a.replay", program(tmp_path, source)).notes[1:]


def test_a_process_that_the_program_forks_does_not_speak_for_it(tmp_path):
    source = """
    import multiprocessing, os
    queue = multiprocessing.get_context("fork").Queue()
    multiprocessing.get_context("fork").Process(target=queue.put, args=(5,)).start()
    if os.fork() == 0:
        show("child")
        clock.tick(60)
        os._exit(0)
    if os.fork() == 0:
        raise SystemExit
    show(queue.get())
    while True:
        clock.tick(60)
    """
    match = program(tmp_path, source).new_match(1, 1, {})
    assert run(match, [], [], []) == ["5"] * 3 and match.ended is None
    match.close()


@pytest.mark.parametrize("source", ["os.kill(os.getpid(), 9)", "os.closerange(3, 200)"])
def test_a_process_that_goes_before_its_first_tick_is_a_fault_of_the_machine(tmp_path, source):
    with pytest.raises(MachineError, match="process is gone"):
        program(tmp_path, f"import os\n{source}\nclock.tick(60)").new_match(1, 1, {})


def test_a_program_that_catches_everything_ends_with_the_engine_that_is_gone(tmp_path):
    source = "while True:\n    try: clock.tick(60)\n    except BaseException: pass\n"
    match = program(tmp_path, source).new_match(1, 1, {})
    pid = match._process.pid
    match._process._connection.close()
    assert soon(lambda: not _runs(pid))
    match.close()


@pytest.mark.parametrize("event", [["VIDEORESIZE", None, 5], ["MOUSEBUTTONDOWN", [1, 2], None, None]])
def test_an_event_without_what_it_needs_is_never_seen_by_the_program(tmp_path, event):
    match = program(tmp_path, "while True:\n    show(len(pygame.event.get()))\n    clock.tick(60)\n").new_match(1, 1, {})
    assert run(match, [event], [])[-1] == "0" and match.risks() == ["its recording holds an event that is none"]
    match.close()


@pytest.mark.parametrize(
    "pads", ["[" * 100_000, '[["JOYDEVICEADDED",0,"g","n","many",1,1,1]]', '[["JOYDEVICEADDED",0,"g","n",1e999,1,1,1]]']
)
def test_a_strangers_joysticks_are_refused_before_anything_runs(tmp_path, pads):
    with pytest.raises(ValueError, match="joystick"):
        program(tmp_path, "while True: clock.tick(60)\n").new_match(1, 1, {"pads": pads})


def test_a_process_that_is_killed_while_it_is_verified_is_no_verdict_about_the_match(tmp_path, monkeypatch):
    source = "import os\nclock.tick(60)\nif 'DIES' in os.environ: os.kill(os.getpid(), 9)\nwhile True: clock.tick(60)\n"
    game = program(tmp_path, source)
    with Recorder(tmp_path / "a.replay", game, seed=1, players=["Ann"]) as recorder:
        for _ in range(5):
            recorder.step(None)
    monkeypatch.setenv("DIES", "1")
    verification = verify(tmp_path / "a.replay", game)
    assert verification.verdict is Verdict.ENVIRONMENT and "process is gone" in verification.message


@pytest.mark.parametrize("config", [{"arguments": "x" * 9999}, {"arguments": "a\0b"}, {"pads": "[1]"}, {"level": 3}])
def test_a_strangers_config_is_refused_before_anything_starts(config, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started"))
    with pytest.raises(ValueError, match=r"arguments|pads|command"):
        PygameProgram(str(ROCKS), ticks_per_second=60).new_match(1, 1, config)


def test_an_engine_that_is_killed_leaves_neither_processes_nor_files(tmp_path):
    source = (
        "import sys, time\nfrom replay.games.pygame import PygameProgram\n"
        "match = PygameProgram(sys.argv[1], ticks_per_second=60).new_match(1, 1, {})\nmatch.screen()\n"
        "print(match._theatre._folder.name, match._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", source, str(ROCKS)], stdout=subprocess.PIPE, text=True)
    folder, pid = child.stdout.readline().split()
    assert Path(folder).is_dir() and _runs(int(pid))
    child.kill()
    child.communicate()
    assert soon(lambda: not Path(folder).is_dir() and not _runs(int(pid)))
