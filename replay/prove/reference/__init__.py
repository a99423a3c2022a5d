"""Another environment (an older version of the game, another Python) asked what it computes from the same inputs.

reference    the process that is asked
kept         the files of revisions in the cache
revision     a revision of the rules' repository, as such a process
comparison   where its states and the ones computed here part
remote       what runs in the process: text for another interpreter
"""

from replay.prove.reference.comparison import ReferenceComparison, compare
from replay.prove.reference.reference import Reference
from replay.prove.reference.revision import Asked, References, open_reference, opened

__all__ = ["Asked", "Reference", "ReferenceComparison", "References", "compare", "open_reference", "opened"]
