"""Strangers' files: verified in a process of its own with limits, and attested in receipts.

untrusted   verifying such a file; begin here
inside      what runs in the process
receipt     what is attested, as JSON that can be signed and checked later
"""

from replay.prove.sandbox.untrusted import BUDGET_SECONDS, BUDGET_TICKS, MAX_FILE_BYTES, MEMORY_BYTES, verify_untrusted

__all__ = ["BUDGET_SECONDS", "BUDGET_TICKS", "MAX_FILE_BYTES", "MEMORY_BYTES", "verify_untrusted"]
