import hashlib
import sys

import pytest
from click.testing import CliRunner
from toys import COUNTER

from replay.core.errors import ReplayError, UsageError
from replay.watch.export import export


def test_one_picture_of_a_moment(recording, tmp_path):
    import pygame

    written = export(recording, tmp_path / "x.png", COUNTER, start="10s", size=(320, 180))
    assert written.frames == 1 and pygame.image.load(written.path).get_size() == (320, 180)


def test_frames_are_numbered_and_the_same_every_time(recording, tmp_path):
    def made(folder):
        export(recording, tmp_path / folder / "%03d.png", COUNTER, start="100", stop="110", fps=30, size=(160, 90))
        files = sorted((tmp_path / folder).iterdir())
        return [path.name for path in files], hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

    names, digest = made("a")
    assert names == [f"{number:03}.png" for number in range(6)]
    assert made("b") == (names, digest)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_moving_pictures(recording, tmp_path, suffix):
    image = pytest.importorskip("PIL.Image")
    written = export(recording, tmp_path / f"x{suffix}", COUNTER, start="1s", stop="2s", fps=10, size=(160, 90))
    with image.open(written.path) as made:
        assert made.size == (160, 90) and made.n_frames > 5


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_films(recording, tmp_path, suffix):
    av = pytest.importorskip("av")
    written = export(recording, tmp_path / f"x{suffix}", COUNTER, start="1s", stop="2s", fps=30, size=(161, 91))
    with av.open(str(written.path)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (160, 90)
        assert sum(1 for _ in film.decode(video=0)) == written.frames == 31


def test_a_missing_package_is_named_with_what_to_install(recording, tmp_path, monkeypatch):
    for suffix, package in ((".gif", "Pillow"), (".mp4", "PyAV")):
        monkeypatch.setitem(sys.modules, {"Pillow": "PIL", "PyAV": "av"}[package], None)
        with pytest.raises(ReplayError, match=package) as raised:
            export(recording, tmp_path / f"x{suffix}", COUNTER)
        assert "deterministic-replay[video]" in raised.value.hint
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("x.bmp", {}, "cannot write"),
        ("x.png", {"start": "99999"}, "ends at tick"),
        ("%d.png", {"start": "20s", "stop": "10s"}, "nothing lies between"),
        ("%d.png", {"fps": 120, "speed": 0.001}, "the limit is"),
        ("%z.png", {"stop": "1"}, "not a pattern"),
        ("x.png", {"camera": "Zoe"}, "not a player"),
    ],
)
def test_what_cannot_be_is_said(recording, tmp_path, name, options, words):
    with pytest.raises(UsageError, match=words):
        export(recording, tmp_path / name, COUNTER, **options)


def test_an_interrupted_export_leaves_nothing(recording, tmp_path):
    pytest.importorskip("PIL")
    folder = tmp_path / "out"

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(recording, folder / "x.gif", COUNTER, fps=2, size=(64, 64), progress=stop)
    assert list(folder.iterdir()) == []


def test_show_draws_a_moment_into_a_picture(recording, installed, tmp_path):
    from replay.cli.inspect import show

    target = tmp_path / "moment.png"
    done = CliRunner().invoke(show, [str(recording), "--at", "5s", "--image", str(target), "--size", "320x180"])
    assert done.exit_code == 0 and target.stat().st_size > 500
    assert CliRunner().invoke(show, [str(recording), "--image", str(target), "--size", "big"]).exception.hint


def test_a_place_that_cannot_be_written_is_named_as_it_was_asked_for(recording, tmp_path, monkeypatch):
    def refused(path, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("replay.watch.export.Path.touch", refused)
    with pytest.raises(UsageError, match=r"x\.png: cannot be written there: Permission denied"):
        export(recording, tmp_path / "x.png", COUNTER)
