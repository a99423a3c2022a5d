"""How large and how bright text is: one choice for the viewer, the list and the games, remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from replay.watch.model.settings import load_settings, remember

TEXT_SIZES = (75, 85, 100, 125, 150)
_USUAL = 100


@dataclass(frozen=True)
class Legibility:
    """text: percent, one of `TEXT_SIZES`. contrast: faint letters are brighter."""

    text: int = _USUAL
    contrast: bool = False

    @classmethod
    def remembered(cls) -> Self:
        """What was remembered, as far as it makes sense."""
        settings = load_settings()
        text, contrast = settings.get("text"), settings.get("contrast")
        return cls(text if type(text) is int and text in TEXT_SIZES else _USUAL, contrast is True)

    def resized(self, step: int) -> Legibility:
        """With larger (1) or smaller (-1) text, as far as there is a size, or with the usual one (0)."""
        index = min(max(TEXT_SIZES.index(self.text) + step, 0), len(TEXT_SIZES) - 1)
        return replace(self, text=TEXT_SIZES[index] if step else _USUAL)

    def remember(self) -> None:
        remember(text=self.text, contrast=self.contrast)
