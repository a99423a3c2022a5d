"""hashlib's BLAKE2b and SHA-256 without OpenSSL, which takes longer to load than a match takes to begin."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import blake2b, sha256
else:
    try:
        from _blake2 import blake2b

        try:
            from _sha2 import sha256  # from Python 3.12 on
        except ImportError:
            from _sha256 import sha256
    except ImportError:  # they are hashlib's own affair
        from hashlib import blake2b, sha256

__all__ = ["blake2b", "sha256"]
