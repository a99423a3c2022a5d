"""A match is a closure; decorators that keep nothing; rules chosen by configuration."""

import functools
from types import SimpleNamespace

RULES = {}


def rule(name):
    def enter(function):
        RULES[name] = function
        return function

    return enter


def traced(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        result = function(*args, **kwargs)
        assert result is None
        return result

    return inner


@rule("grow")
@traced
def grow(cells):
    cells.append(len(cells))


@rule("shrink")
@traced
def shrink(cells):
    if cells:
        cells.pop()


def sizes(limit):
    seen = []

    def visit(n):
        seen.append(n)
        if n < limit:
            visit(n + 1)

    visit(0)
    return seen


SIZES = tuple(sizes(4))


def new_match(seed, config=None):
    config = dict(config or {})
    config.setdefault("rules", ["grow", "shrink"])
    cells, tick, history = [seed], 0, []

    def step(inputs):
        nonlocal tick
        tick += 1
        for index in inputs:
            RULES[config["rules"][index % 2]](cells)
        history.append(tuple(cells))
        return tick

    def result():
        return {"tick": tick, "cells": list(cells), "sizes": SIZES}

    return SimpleNamespace(step=step, result=result, key=lambda: (tick, *cells))
