"""Small sources with one planted bug each: the rule that has to name it, and the line, marked by `# here`, that it has to name.

All are the rules of some game: `step` and its like run during a match, the rest at import.
"""

from __future__ import annotations

PLANTED: dict[str, tuple[str, str]] = {
    # --- state that outlives the match ---------------------------------------------------------------------------------
    "a list of the module": ("outlives", "SEEN = []\ndef step(state):\n    SEEN.append(1)  # here"),
    "an item of a table": ("outlives", "TABLE = {'a': 1}\ndef step(state):\n    TABLE['a'] += 1  # here"),
    "a deleted item": ("outlives", "TABLE = {'a': 1}\ndef step(state):\n    del TABLE['a']  # here"),
    "a global": ("outlives", "score = 0\ndef step(state):\n    global score\n    score += 1  # here"),
    "a global through globals()": ("outlives", "def step(state):\n    globals()['score'] = 1  # here"),
    "an alias": ("outlives", "TABLE = [1, 2]\ndef step(state):\n    table = TABLE\n    table[0] = 5  # here"),
    "an alias of an alias": ("outlives", "TABLE = [1]\nOTHER = TABLE\ndef step(state):\n    t = u = OTHER\n    u += [1]  # here"),
    "an element of a copy": (
        "outlives",
        "GRID = [[0] * 3 for _ in range(3)]\ndef step(state):\n    rows = list(GRID)\n    rows[0][1] = 5  # here",
    ),
    "an element in a loop": ("outlives", "GRID = [[0]]\ndef step(state):\n    for row in GRID:\n        row[0] = 1  # here"),
    "a helper's result": (
        "outlives",
        "TABLE = [1]\ndef table():\n    return TABLE\ndef step(state):\n    table().append(2)  # here",
    ),
    "a helper that changes": (
        "outlives",
        "TABLE = [1]\ndef bump(rows):\n    rows[0] += 1\ndef step(state):\n    bump(TABLE)  # here",
    ),
    "two helpers deep": (
        "outlives",
        "TABLE = [1]\ndef a(x):\n    x.pop()\ndef b(y):\n    a(y)\ndef step(state):\n    b(rows=0, y=TABLE)  # here",
    ),
    "an attribute that is a table": (
        "outlives",
        "MAP = [0] * 9\nclass Match:\n    def __init__(self):\n        self.map = MAP\n    def step(self):\n"
        "        self.map[3] = 1  # here",
    ),
    "a table given to a match": (
        "outlives",
        "MAP = [0] * 9\nclass Match:\n    def __init__(self, cells):\n        self.cells = cells\n    def step(self):\n"
        "        self.cells[3] = 1  # here\ndef new_match():\n    return Match(MAP)",
    ),
    "a table given to a dataclass": (
        "outlives",
        "from dataclasses import dataclass\nMAP = [0] * 9\n@dataclass\nclass Match:\n    cells: list\n    def step(self):\n"
        "        self.cells[3] = 1  # here\ndef new_match():\n    return Match(MAP)",
    ),
    "a class attribute through self": (
        "outlives",
        "class Match:\n    purse = {}\n    def step(self):\n        self.purse[0] = 1  # here",
    ),
    "a class attribute of a base": (
        "outlives",
        "class Base:\n    log = []\nclass Match(Base):\n    def step(self):\n        self.log.append(1)  # here",
    ),
    "a class attribute by its name": (
        "outlives",
        "class Match:\n    count = 0\n    def step(self):\n        Match.count += 1  # here",
    ),
    "a class attribute by type(self)": (
        "outlives",
        "class Match:\n    count = 0\n    def step(self):\n        type(self).count += 1  # here",
    ),
    "a class attribute by __class__": (
        "outlives",
        "class Match:\n    count = 0\n    def step(self):\n        self.__class__.count = 3  # here",
    ),
    "a class attribute by cls": (
        "outlives",
        "class Match:\n    made = 0\n    @classmethod\n    def new(cls):\n        cls.made += 1  # here\n        return cls()",
    ),
    "setattr on a class": ("outlives", "class Match:\n    def step(self):\n        setattr(Match, 'count', 1)  # here"),
    "a class attribute that += grows": (
        "outlives",
        "class Match:\n    names = []\n    def step(self):\n        self.names += ['a']  # here",
    ),
    "a default argument": ("outlives", "def step(state, seen=[]):\n    seen.append(state)  # here\n    return len(seen)"),
    "a default that is kept": (
        "outlives",
        "class Match:\n    def __init__(self, items={}):\n        self.items = items\n    def step(self):\n"
        "        self.items[1] = 2  # here",
    ),
    "a closure made at import": (
        "outlives",
        "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1  # here\n        return n\n"
        "    return step\n"
        "NEXT = counter()",
    ),
    "a closure's list": (
        "outlives",
        "def recorder():\n    seen = []\n    def step(x):\n        seen.append(x)  # here\n    return step\nRECORD = recorder()",
    ),
    "a decorator that counts": (
        "outlives",
        "def counted(f):\n    calls = 0\n    def inner(*args):\n        nonlocal calls\n        calls += 1  # here\n"
        "        return f(*args, calls)\n    return inner\n@counted\ndef step(state, calls):\n    return calls",
    ),
    "an attribute of a function": ("outlives", "def step(state):\n    step.calls = getattr(step, 'calls', 0) + 1  # here"),
    "a counter of the module": (
        "outlives",
        "import itertools\nIDS = itertools.count()\ndef spawn():\n    return next(IDS)  # here",
    ),
    "a counter of the class": (
        "outlives",
        "from itertools import count\nclass Unit:\n    ids = count(1)\n    def __init__(self):\n"
        "        self.id = next(Unit.ids)  # here",
    ),
    "a counter as a default": (
        "outlives",
        "from dataclasses import dataclass, field\nimport itertools\n@dataclass\nclass Unit:\n"
        "    id: int = field(default_factory=itertools.count().__next__)  # here",
    ),
    "an iterator that a loop goes on with": (
        "outlives",
        "WAVES = iter([1, 2, 3])\ndef step(state):\n    for wave in WAVES:  # here\n        return wave",
    ),
    "a generator of the module": (
        "outlives",
        "def waves():\n    yield 1\n    yield 2\nWAVES = waves()\ndef step(state):\n    return next(WAVES)  # here",
    ),
    "a random generator of the module": (
        "outlives",
        "import random\nRNG = random.Random(7)\ndef step(state):\n    return RNG.randrange(6)  # here",
    ),
    "numpy's generator in a class": (
        "outlives",
        "import numpy as np\nclass Match:\n    rng = np.random.default_rng(7)\n    def step(self):\n"
        "        return self.rng.integers(6)  # here",
    ),
    "shuffling a table": (
        "outlives",
        "DECK = list(range(52))\nclass Match:\n    def start(self, random):\n        random.shuffle(DECK)  # here",
    ),
    "an array of the module": (
        "outlives",
        "import numpy as np\nMAP = np.zeros(9, np.int64)\ndef step(state):\n    MAP[3] = 1  # here",
    ),
    "a view of an array": (
        "outlives",
        "import numpy as np\nMAP = np.zeros((9, 9), np.int64)\ndef step(state):\n    row = MAP[2:4].reshape(-1)\n"
        "    row += 1  # here",
    ),
    "an array given as out": (
        "outlives",
        "import numpy as np\nMAP = np.zeros(9, np.int64)\ndef step(state):\n    np.add(state, 1, out=MAP)  # here",
    ),
    "a heap of the module": (
        "outlives",
        "import heapq\nQUEUE = []\ndef step(state):\n    heapq.heappush(QUEUE, (1, 2))  # here",
    ),
    "an object of the module": (
        "outlives",
        "class World:\n    def __init__(self):\n        self.gold = 0\n    def earn(self):\n        self.gold += 1\n"
        "WORLD = World()\n"
        "def step(state):\n    WORLD.earn()  # here",
    ),
    "a physics space of the module": (
        "outlives",
        "import pymunk\nSPACE = pymunk.Space()\ndef spawn(body):\n    SPACE.add(body)  # here",
    ),
    "a table from elsewhere": ("outlives", "from tables import PRICES\ndef step(state):\n    PRICES['axe'] = 3  # here"),
    "another module's variable": ("outlives", "import settings\ndef step(state):\n    settings.gravity = 3  # here"),
    "a result changed in its cache": (
        "outlives",
        "import functools\n@functools.cache\ndef row(n):\n    return [0] * n\ndef step(state):\n    row(3)[0] += 1  # here",
    ),
    "a cached method": (
        "outlives",
        "import functools\nclass Match:\n    def __init__(self):\n        self.gold = 0\n    def earn(self):\n"
        "        self.gold += 1\n"
        "    @functools.lru_cache\n    def can_buy(self, price):  # here\n        return self.gold >= price",
    ),
    "a cached property": (
        "outlives",
        "from functools import cached_property\nclass Match:\n    def load(self, data):\n        self.cells = data\n"
        "    @cached_property\n    def area(self):  # here\n        return len(self.cells)",
    ),
    "a cache by the wrong key": (
        "outlives",
        "CACHE = {}\nclass Match:\n    def bonus(self, kind):\n        if kind not in CACHE:\n"
        "            CACHE[kind] = self.level * 2  # here\n        return CACHE[kind]",
    ),
    "done once for all matches": (
        "outlives",
        "STARTED = False\nclass Match:\n    def step(self):\n        global STARTED\n        if not STARTED:\n"
        "            STARTED = True  # here\n            self.gold = 5",
    ),
    "a list of all matches": (
        "outlives",
        "class Match:\n    everyone = []\n    def __init__(self):\n        Match.everyone.append(self)  # here",
    ),
    "an only instance": (
        "outlives",
        "class World:\n    only = None\n    @classmethod\n    def get(cls):\n        if cls.only is None:\n"
        "            cls.only = cls()\n        return cls.only\ndef step(state):\n    World.get().gold = 3  # here",
    ),
    "a table made when first asked for": (
        "outlives",
        "_table = None\ndef table():\n    global _table\n    if _table is None:\n        _table = [1, 2]\n    return _table\n"
        "def step(state):\n    table()[0] += 1  # here",
    ),
    # --- clocks, inputs, chance, threads -------------------------------------------------------------------------------
    "a clock": ("clock", "import time\ndef step(state):\n    return int(time.time())  # here"),
    "a clock by another name": ("clock", "from time import perf_counter as now\ndef step(state):\n    return now()  # here"),
    "a clock of import *": ("clock", "from time import *\ndef step(state):\n    return monotonic_ns()  # here"),
    "a clock by getattr": ("clock", "import time\ndef step(state):\n    return getattr(time, 'perf_counter')()  # here"),
    "a clock imported when it runs": (
        "clock",
        "import importlib\ndef step(state):\n    return importlib.import_module('time').time()  # here",
    ),
    "a clock by __import__": ("clock", "def step(state):\n    return __import__('ti' + 'me').time_ns()  # here"),
    "a module by another name": ("clock", "import time\nt = time\ndef step(state):\n    return t.time()  # here"),
    "a clock in sys.modules": ("clock", "import sys\ndef step(state):\n    return sys.modules['time'].time()  # here"),
    "a clock in vars()": ("clock", "import time\ndef step(state):\n    return vars(time)['time']()  # here"),
    "the date": ("clock", "from datetime import date\ndef step(state):\n    return date.today().day  # here"),
    "pygame's ticks": ("clock", "import pygame as pg\ndef step(state):\n    return pg.time.get_ticks()  # here"),
    "pygame's clock": (
        "clock",
        "import pygame\nclass Match:\n    def __init__(self, clock: pygame.time.Clock):\n        self.clock = clock\n"
        "    def step(self, clock: pygame.time.Clock):\n        return clock.tick(60)  # here",
    ),
    "how far the music is": ("clock", "import pygame\ndef step(state):\n    return pygame.mixer.music.get_pos()  # here"),
    "pygame's keys": ("input", "import pygame\ndef step(state):\n    return pygame.key.get_pressed()  # here"),
    "pygame's mouse": ("input", "from pygame import mouse\ndef step(state):\n    return mouse.get_pos()  # here"),
    "pygame's events": ("input", "import pygame\ndef step(state):\n    return [e for e in pygame.event.get()]  # here"),
    "pygame's joystick": ("input", "from pygame import *\ndef step(state):\n    return joystick.get_count()  # here"),
    "what is typed": ("input", "def step(state):\n    return input('? ')  # here"),
    "chance of the process": ("random", "import random\ndef step(state):\n    return random.randrange(6)  # here"),
    "chance of numpy": ("random", "import numpy as np\ndef step(state):\n    return np.random.randint(6)  # here"),
    "a generator without a seed": ("random", "import numpy as np\ndef new():\n    return np.random.default_rng()  # here"),
    "chance by getattr": ("random", "import random\ndef step(kind):\n    return getattr(random, 'choice')([1, 2])  # here"),
    "a generator that is not saved": (
        "random",
        "import random\nclass Match:\n    def __init__(self, seed):\n        self.gold = 0\n"
        "        self.dice = random.Random(seed)  # here\n"
        "    def save(self):\n        return bytes([self.gold])\n    def load(self, data):\n        self.gold = data[0]",
    ),
    "a new name for everything": ("random", "import uuid\ndef spawn():\n    return uuid.uuid4().hex  # here"),
    "a timer": ("thread", "import threading\ndef step(state):\n    threading.Timer(1, print).start()  # here"),
    "an executor": (
        "thread",
        "from concurrent.futures import ThreadPoolExecutor\ndef step(state):\n    return ThreadPoolExecutor()  # here",
    ),
    "the collector's callback": ("thread", "import weakref\ndef step(unit):\n    return weakref.ref(unit, print)  # here"),
    "what is done at the end": ("thread", "import atexit\ndef step(state):\n    atexit.register(print)  # here"),
    "another machine": ("network", "import socket\ndef step(state):\n    return socket.create_connection(('a', 1))  # here"),
    "the environment": ("environment", "import os\ndef step(state):\n    return os.environ.get('LEVEL')  # here"),
    "a folder": ("files", "import os\ndef step(state):\n    return os.listdir('maps')[0]  # here"),
    # --- identity, order, memory ---------------------------------------------------------------------------------------
    "hash of a text": ("identity", "def step(name):\n    return hash(name) % 6  # here"),
    "sorting by id": ("identity", "def step(units):\n    return sorted(units, key=id)  # here"),
    "the order of a set": ("set-order", "def step(state):\n    for name in {'ann', 'ben'}:  # here\n        state.append(name)"),
    "a set as a list": ("set-order", "def step(names: set[str]):\n    return list(names)  # here"),
    "the best of a set": ("set-order", "def step(names: set[str]):\n    return max(names, key=len)  # here"),
    "a set sorted by a key": ("set-order", "def step(names: set[str]):\n    return sorted(names, key=len)  # here"),
    "keys in common": ("set-order", "def step(a: dict, b: dict):\n    return [k for k in a.keys() & b.keys()]  # here"),
    "one of a set": (
        "set-order",
        "class Match:\n    def step(self):\n        self.open = set()\n        return self.open.pop()  # here",
    ),
    "an unstable sort": ("sort", "import numpy as np\ndef step(scores):\n    return np.argsort(scores)  # here"),
    "an unstable method": ("sort", "def step(scores):\n    return scores.argsort()[::-1]  # here"),
    "a partition": ("sort", "import numpy as np\ndef step(scores):\n    return np.argpartition(scores, 3)  # here"),
    "records sorted by a field": ("sort", "import numpy as np\ndef step(units):\n    return np.sort(units, order='hp')  # here"),
    "memory as it was": ("uninitialised", "import numpy as np\ndef step(n):\n    return np.empty(n, np.int64)  # here"),
    "memory set in part": (
        "uninitialised",
        "import numpy as np\ndef step(n):\n    a = np.empty(n, np.int64)  # here\n    a[0] = 1\n    return a",
    ),
    # --- numbers -------------------------------------------------------------------------------------------------------
    "a float sine": ("float", "import math\ndef step(tick):\n    return int(1e15 * math.sin(tick))  # here"),
    "a root by **": ("float", "def step(x, y):\n    return int((x * x + y * y) ** 0.5)  # here"),
    "a sum of fractions": ("float", "def step(shares):\n    return sum(share / 3 for share in shares)  # here"),
    "numpy's sine": ("numpy-float", "import numpy as np\ndef step(ticks):\n    return np.sin(ticks)  # here"),
    "numpy's mean": ("numpy-float", "import numpy as np\ndef step(ticks):\n    return np.mean(ticks)  # here"),
    "what does not fit": ("narrow", "import numpy as np\ndef step():\n    return np.uint8(300)  # here"),
    "a list that does not fit": ("narrow", "import numpy as np\ndef step():\n    return np.array([1, 200], np.int8)  # here"),
    "a narrow sum": ("narrow", "import numpy as np\ndef step(hits):\n    return hits.sum(dtype=np.uint8)  # here"),
    "narrow arithmetic": ("narrow", "import numpy as np\ndef step(a):\n    return np.uint8(a) + 100  # here"),
    "a narrow variable": (
        "narrow",
        "import numpy as np\ndef step(a):\n    speed = np.int16(a)\n    return speed * 300  # here",
    ),
    "a counter of 16 bits": (
        "narrow",
        "import numpy as np\nSTATE = np.dtype([('tick', 'u2'), ('gold', 'i8')])\ndef step(state):\n    state['tick'] += 1  # here",
    ),
    "a width of the machine": ("narrow", "import numpy as np\nSTATE = np.dtype([('gold', int)])  # here"),
}

# What one file does to another: by file name.
PLANTED_BETWEEN = {
    "a table of another module": {
        "tables.py": "PRICES = [3, 4]\n",
        "rules.py": "import tables\ndef step(state):\n    tables.PRICES.append(5)  # here\n",
    },
    "a helper of another module": {
        "tables.py": "PRICES = [3, 4]\ndef prices():\n    return PRICES\n",
        "rules.py": "from tables import prices\ndef step(state):\n    rows = prices()\n    rows[0] += 1  # here\n",
    },
    "a helper that changes what it is given": {
        "helpers.py": "def raise_all(rows):\n    for i in range(len(rows)):\n        rows[i] += 1\n",
        "rules.py": "from helpers import raise_all\nPRICES = [3]\ndef step(state):\n    raise_all(PRICES)  # here\n",
    },
    "a class attribute of a base elsewhere": {
        "base.py": "class Base:\n    log = []\n",
        "rules.py": "import base\nfrom base import Base\nclass Match(Base):\n    def step(self):\n"
        "        self.log.append(1)  # here\n",
    },
    "a table that one module fills and another empties": {
        "tables.py": "ALL = {}\ndef register(name):\n    ALL[name] = 1\nregister('axe')\n",
        "rules.py": "from tables import ALL\ndef step(state):\n    ALL.pop('axe')  # here\n",
    },
}
