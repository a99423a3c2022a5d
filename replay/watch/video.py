"""Films: pictures and sounds into MP4 or WebM, by PyAV (extra `video`)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pygame

from replay.watch.mix import Samples

if TYPE_CHECKING:
    import av

_BT709 = 1  # how a large film's colours are read by every player; said in the file, for the small ones
_LIMITED = 1  # the range of brightness of films


class _Codecs(NamedTuple):
    """The encoders of pictures and sounds, and their options, as FFmpeg calls them."""

    picture: str
    picture_options: dict[str, str]
    sound: str
    sound_options: dict[str, str]


# x264's fastest preset with what costs little and saves much: a third of its bytes, for a tenth of its time.
_CODECS = {
    ".mp4": _Codecs(
        "libx264",
        {"crf": "25", "preset": "ultrafast", "x264-params": "cabac=1:bframes=3:aq-mode=1:deblock=0,0"},
        "aac",
        {"b": "160k", "aac_coder": "fast"},
    ),
    ".webm": _Codecs("libvpx-vp9", {"crf": "34", "b": "0", "cpu-used": "8", "deadline": "realtime"}, "libopus", {"b": "128k"}),
}
FILMS = tuple(_CODECS)


class Film:
    """A film being written, as a context manager. Give it pictures and sounds in order; it is whole when the block ends.

    sample_rate: of the sounds; None: a silent film, without a track for them.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float, sample_rate: int | None) -> None:
        import av

        codecs = _CODECS[path.suffix.lower()]
        self._colours = Colours()
        self._container = av.open(str(path), "w", options={"fflags": "+bitexact"})  # no random numbers in it
        self._pictures = add_pictures(
            self._container, codecs.picture, size, Fraction(fps).limit_denominator(1000), codecs.picture_options
        )
        self._rate, self._samples = sample_rate, 0
        self._sounds: Any = None
        if sample_rate is not None:
            rate = 48_000 if codecs.sound == "libopus" else sample_rate  # it knows few rates
            self._sounds = self._container.add_stream(codecs.sound, rate=rate, layout="stereo", options=codecs.sound_options)

    def __enter__(self) -> Film:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                for stream in filter(None, (self._pictures, self._sounds)):
                    self._container.mux(stream.encode(None))
        finally:
            self._container.close()

    def add(self, picture: pygame.Surface) -> None:
        """The next picture."""
        self._container.mux(self._pictures.encode(self._colours.of(picture)))

    def add_sound(self, samples: Samples) -> None:
        """The next samples."""
        import av

        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate or 1), self._samples
        self._samples += len(samples)
        self._container.mux(self._sounds.encode(frame))


def add_pictures(container: Any, codec: str, size: tuple[int, int], fps: Fraction | int, options: dict[str, str]) -> Any:
    """The stream of a film's pictures, in colours that every browser shows."""
    stream = container.add_stream(codec, rate=fps, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    return stream


class Colours:
    """Turns the pictures of one film (see `picture_surface`) into the colours of films."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter: Any = VideoReformatter()  # kept: to make it took as long as a tenth of its work

    def of(self, picture: pygame.Surface) -> av.VideoFrame:
        import av

        width, height = picture.get_size()
        # Read where it lies: a copy as RGB took longer than all the rest.
        rows = np.asarray(picture.get_view("0"), np.uint8).reshape(height, picture.get_pitch())[:, : 4 * width]
        frame = av.VideoFrame.from_numpy_buffer(rows.reshape(height, width, 4), format="bgra")
        # Nothing is scaled but the colours, to a half: beside each other they are averaged this way, too, in half the time.
        return self._reformatter.reformat(frame, format="yuv420p", dst_colorspace="ITU709", interpolation="POINT")


def picture_surface(size: tuple[int, int]) -> pygame.Surface:
    """A surface whose bytes lie as films want them, whatever the display's do."""
    return pygame.Surface(size, 0, 32, (0xFF0000, 0xFF00, 0xFF, 0))
