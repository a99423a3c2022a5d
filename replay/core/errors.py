"""The one exception family of the library. Everything that a file, a game or an argument can do wrong arrives as one of these."""


class ReplayError(ValueError):
    """Something expected went wrong: `str(error)` says what, where and why; `hint` says what to do next (may be empty)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class FormatError(ReplayError):
    """The bytes are not a recording, are damaged, or break a promise of the format."""


class CutError(FormatError):
    """The bytes end before the recording does. What came before is whole and plays."""


class NewerFormatError(FormatError):
    """The recording needs a newer version of this library."""


class UnverifiableError(ReplayError):
    """The recording is sound, but the rules that made it are not here: another rules number, another map, no such game."""


class UsageError(ReplayError):
    """The caller asked for something that cannot be (a tick outside the recording, an unknown marker or kind)."""
