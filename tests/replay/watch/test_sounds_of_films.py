"""Films with sounds: each begins at the very sample of its tick, in the mix and in the file."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from toys import COUNTER

from replay.cli.watch import export as export_command
from replay.watch.export import export
from replay.watch.mix import Mix
from replay.watch.model.scene import Sound
from replay.watch.view.table import TableLook

RATE = 48_000
CLICK = np.ones(480)
TICK_SAMPLES = RATE // 60
SOUNDING = (7, 31, 62)


class ClickingLook(TableLook):
    """Clicks at some ticks, the second time on the left alone."""

    sample_rate = RATE

    def sounds(self, events, scene):
        assert all(events["tick"] == scene.time - 1) and scene.time == int(scene.time)
        return [Sound(CLICK, 0.5, 0.5 * (scene.time != SOUNDING[1]))] if scene.time in SOUNDING else []


@pytest.fixture
def clicking(monkeypatch):
    monkeypatch.setattr("replay.watch.view.picture.load_plugin", lambda *_: ClickingLook)


def heard(path):
    """Left and right of a film, and its rate."""
    av = pytest.importorskip("av")
    with av.open(str(path)) as film:
        samples = np.concatenate([frame.to_ndarray().T for frame in film.decode(audio=0)])
        return samples, film.streams.audio[0].rate


def begins(samples):
    """Where it gets loud, after a silence each."""
    loud = np.flatnonzero(np.abs(samples).max(1) > 0.15)
    return loud[np.diff(loud, prepend=-10_000) > 2_000].tolist()


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
@pytest.mark.parametrize("fps", [60, 25])
def test_a_film_sounds_at_the_samples_of_the_ticks_whatever_its_pictures(recording, tmp_path, clicking, suffix, fps):
    pytest.importorskip("av")
    written = export(recording, tmp_path / f"x{suffix}", COUNTER, stop="120", fps=fps, size=(160, 90))
    samples, rate = heard(written.path)
    assert rate == RATE and not written.note
    assert begins(samples) == pytest.approx([tick * TICK_SAMPLES for tick in SOUNDING], abs=RATE * 0.002)
    second = samples[SOUNDING[1] * TICK_SAMPLES + 100 :][:200]
    assert np.abs(second[:, 0]).mean() > 4 * np.abs(second[:, 1]).mean()
    assert len(samples) == pytest.approx(written.frames / fps * RATE, abs=2_048)


def test_a_film_that_begins_later_sounds_earlier(recording, tmp_path, clicking):
    pytest.importorskip("av")
    written = export(recording, tmp_path / "x.mp4", COUNTER, start="30", stop="90", size=(160, 90))
    assert begins(heard(written.path)[0]) == pytest.approx([TICK_SAMPLES, 32 * TICK_SAMPLES], abs=RATE * 0.002)


def tracks(path):
    av = pytest.importorskip("av")
    with av.open(str(path)) as film:
        return [stream.type for stream in film.streams]


def test_a_look_without_sounds_and_no_sound_give_a_film_without_a_track(recording, tmp_path, monkeypatch):
    pytest.importorskip("av")
    assert tracks(export(recording, tmp_path / "a.mp4", COUNTER, stop="30", size=(160, 90)).path) == ["video"]
    monkeypatch.setattr("replay.watch.view.picture.load_plugin", lambda *_: ClickingLook)
    assert tracks(export(recording, tmp_path / "b.mp4", COUNTER, stop="30", size=(160, 90)).path) == ["video", "audio"]
    assert tracks(export(recording, tmp_path / "c.mp4", COUNTER, stop="30", size=(160, 90), sound=False).path) == ["video"]


def test_at_another_speed_there_is_no_sound_and_it_is_said_once(recording, installed, tmp_path, clicking):
    pytest.importorskip("av")
    arguments = [str(recording), "-o", str(tmp_path / "x.mp4"), "--speed", "2", "--to", "1s", "--size", "160x90"]
    done = CliRunner().invoke(export_command, arguments)
    assert done.output.count("the film has no sound at 2x") == 1 and tracks(tmp_path / "x.mp4") == ["video"]
    quiet = CliRunner().invoke(export_command, [*arguments, "--force", "--no-sound"])
    assert quiet.exit_code == 0 and "no sound" not in quiet.output


def test_a_mix_is_the_sum_and_is_given_away_in_any_pieces():
    wave = np.linspace(0.1, 0.5, 100)
    whole, pieces = Mix(), Mix()
    for mix in (whole, pieces):
        mix.add(10, [Sound(wave, 1.0, 0.5, 0), Sound(wave, 0.0, 0.5, 1)])
    found = whole.take(200)
    assert found.shape == (200, 2) and not found[:10].any() and not found[110:].any()
    assert found[10:110] == pytest.approx(np.repeat(wave[:, None], 2, 1) * 0.8, abs=1e-6)
    assert (np.concatenate([pieces.take(position) for position in (0, 15, 15, 120, 200)]) == found).all()


def test_a_channel_plays_one_sound_and_a_cut_ends_all():
    mix, wave = Mix(), np.full(100, 0.5)
    mix.add(0, [Sound(wave, channel=3)])
    mix.add(40, [Sound(wave / 2, channel=3)])
    mix.cut(80)
    levels = mix.take(150)[:, 0]
    assert levels == pytest.approx([0.4] * 40 + [0.2] * 40 + [0.0] * 70, abs=1e-6)
