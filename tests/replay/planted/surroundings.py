"""Bugs that only another machine, another user, a long session or other matches show."""

import getpass
import locale
import os
import socket

from games import Level, Walk, mixed
from toys import CounterMatch

from planted import Bug, game_of

PACK = os.environ.get("SHELL", "") + os.environ.get("LOGNAME", "no name")  # where the module is imported


class ProvedOnly(Walk):
    """Level 1: it is not loaded, so that few matches of it are begun."""

    save = load = None

    def proof(self):
        return Walk.save(self)


class Hundreds(ProvedOnly):
    """A table of the module that is emptied when it is full."""

    table = {}  # noqa: RUF012 - the bug

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        if len(self.table) >= 250:
            self.table["full"] = 1
        self.table[len(self.table)] = seed
        self.value = mixed(self.value, self.table.get("full", 0))


class AtImport(Walk):
    def take(self, row, commands):
        super().take(row, commands)
        self.value = mixed(self.value, *PACK.encode())


class InAStep(Walk):
    def take(self, row, commands):
        super().take(row, commands)
        self.value = mixed(self.value, int(os.environ.get("GAME_SPEED", "3")))


class DecimalComma(Walk):
    def take(self, row, commands):
        super().take(row, commands)
        self.value = mixed(self.value, *locale.str(self.value / 1000).encode())


class HostName(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.value = mixed(self.value, *socket.gethostname().encode())


class Processors(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.value = mixed(self.value, os.cpu_count() or 1)


class UserName(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.value = mixed(self.value, *getpass.getuser().encode())


class RunsAProgram(Walk):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.value = mixed(self.value, os.system("exit 3") >> 8)


class LoadsIntoTheClass(Walk):
    """load() writes to the class what belongs to the match; a new match sets it back."""

    phase = 0

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        LoadsIntoTheClass.phase = 0

    def take(self, row, commands):
        super().take(row, commands)
        self.value = mixed(self.value, self.phase)
        self.phase = (self.tick + 1) % 7

    def load(self, saved):
        super().load(saved)
        self.__dict__.pop("phase", None)
        LoadsIntoTheClass.phase = self.tick % 7


class SizedByPlayers(Walk):
    """The width of the field belongs to the class, and follows the players of the last match that began."""

    width = 0

    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        SizedByPlayers.width = 100 * players

    def take(self, row, commands):
        super().take(row, commands)
        self.value = mixed(self.value, self.width)


class Hidden(CounterMatch):
    """A breach of the contract, behind which there is another bug: the order of a set."""

    def advance(self, inputs):
        events = super().advance(inputs)
        self.state["players"]["luck"][0, 0] = list({"ann", "ben", "cleo", "dan", "eve", "fay", "gus"}).index("ann")
        return events if len(events) else []


BUGS = {
    "a table that fills up": Bug(game_of(Hundreds, Level), "other-process", "everything different", "300 other matches"),
    "the environment at the import": Bug(
        game_of(AtImport, Level), "other-process", "everything different", "environment variables"
    ),
    "the environment in a step": Bug(game_of(InAStep, Level), "globals", "os.environ is called by planted/surroundings.py"),
    "a decimal comma": Bug(game_of(DecimalComma, Level), "other-process", "everything different", "another locale"),
    "the host's name": Bug(game_of(HostName, Level), "globals", "socket.gethostname"),
    "the number of processors": Bug(game_of(Processors, Level), "globals", "os.cpu_count"),
    "the user's name": Bug(game_of(UserName, Level), "other-process", "everything different", "environment variables"),
    "a program that is run": Bug(game_of(RunsAProgram, Level), "globals", "os.system"),
    "a load into the class": Bug(game_of(LoadsIntoTheClass, Level), "instances", "loaded beside the match"),
    "a class as wide as the last match": Bug(game_of(SizedByPlayers, Level), "instances", "beside another match it differs"),
    "a bug behind another": Bug(game_of(Hidden), "other-process", "players[0].luck", "another hash seed"),
}
