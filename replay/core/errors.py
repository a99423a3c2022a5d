"""The one exception family of the library. Everything that a file, a game or an argument can do wrong arrives as one of these."""


class ReplayError(ValueError):
    """Something expected went wrong: `str(error)` says what, where and why; `hint` says what to do next (may be empty)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class FormatError(ReplayError):
    """The bytes are not a recording, are damaged, or break a promise of the format."""


class EmptyFileError(FormatError):
    """There is not a byte in it: no recording, or one that is just being made."""


class CutError(FormatError):
    """The bytes end before the recording does. What came before is whole and plays."""


class NewerFormatError(FormatError):
    """The recording needs a newer version of this library."""


class UnverifiableError(ReplayError):
    """The recording is sound, but the rules that made it are not here: another rules number, another map, no such game."""


class UsageError(ReplayError):
    """The caller asked for something that cannot be (a tick outside the recording, an unknown marker or kind)."""


class MachineError(ReplayError):
    """What went wrong is the machine's affair, not the match's: no memory, no disk, a game that does not import."""


class RulesError(ReplayError):
    """The rules raised. kind: the type of the exception; tick: the whole ticks before it."""

    def __init__(self, kind: str, tick: int, message: str) -> None:
        super().__init__(f"the rules raised {kind} at tick {tick}: {message}", "replay verify names the tick")
        self.kind, self.tick = kind, tick
