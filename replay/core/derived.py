"""Which of a match's methods belong together, where a subclass replaces some of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fits(match: Any, name: str, *others: str) -> bool:
    """Whether a match has a method of this name that is at least as derived as the others: a subclass that changes `advance` alone
    has no `trace` that fits, though it inherits one."""
    if getattr(match, name, None) is None:
        return False
    depth, *rest = (_depth(type(match), each) for each in (name, *others))
    return all(depth <= other for other in rest)


def _depth(kind: type, name: str) -> int:
    return next((depth for depth, each in enumerate(kind.__mro__) if name in vars(each)), len(kind.__mro__))
