"""What is known of functions from elsewhere: which change what they are given, which copy it, which hand its elements on."""

from __future__ import annotations

# Methods that change the container that they are called on.
CHANGING_METHODS = set(
    "append appendleft extend extendleft insert add remove discard pop popleft popitem push clear update setdefault sort reverse "
    "rotate fill put itemset subtract difference_update intersection_update symmetric_difference_update move_to_end "
    "__setitem__ __delitem__ __iadd__".split()
)
ARRAY_METHODS = {"fill", "sort", "put", "itemset", "resize", "partition", "setfield", "append", "extend", "insert", "pop"}
READING_GENERATOR_METHODS = {"getstate", "bit_generator", "spawn", "__getstate__", "get_state"}
CONSUMING_METHODS = {"__next__", "send", "throw", "close"}

# Functions that change an argument, by its place.
CHANGING_FUNCTIONS = {
    "setattr": 0, "delattr": 0, "next": 0, "object.__setattr__": 0,
    "operator.setitem": 0, "operator.delitem": 0, "operator.iadd": 0,
    "random.shuffle": 0, "numpy.random.shuffle": 0, "numpy.copyto": 0, "numpy.put": 0, "numpy.place": 0, "numpy.putmask": 0,
    "numpy.fill_diagonal": 0, "numpy.put_along_axis": 0, "heapq.heappush": 0, "heapq.heappop": 0, "heapq.heapify": 0,
    "heapq.heapreplace": 0, "heapq.heappushpop": 0, "bisect.insort": 0, "bisect.insort_left": 0, "bisect.insort_right": 0,
}  # fmt: skip
# Functions that read an iterator to its end, or some of it.
CONSUMING_FUNCTIONS = set(
    "list tuple set frozenset dict sorted sum min max any all zip enumerate map filter next iter deque".split()
)

# Functions whose result is a new container of the same elements; an element of what they are given; the same thing.
COPYING_FUNCTIONS = {
    "copy.copy",
    "list",
    "tuple",
    "sorted",
    "set",
    "frozenset",
    "dict",
    "reversed",
    "collections.deque",
    "collections.OrderedDict",
}
SAME_FUNCTIONS = {"iter", "vars", "memoryview", "numpy.asarray", "numpy.ravel", "numpy.reshape", "numpy.atleast_1d"}
WRAPPING_FUNCTIONS = {"enumerate", "zip"}  # they give tuples of elements
ELEMENT_FUNCTIONS = {"next", "min", "max", "random.choice"}
ELEMENT_METHODS = {"get", "pop", "popleft", "setdefault", "popitem", "__getitem__", "choice"}
SAME_METHODS = {"items", "values", "keys", "__iter__"}
VIEW_METHODS = {"reshape", "ravel", "view", "transpose", "swapaxes", "squeeze"}
VIEW_ATTRIBUTES = {"T", "flat", "real", "imag"}
