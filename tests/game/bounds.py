"""Imported first, it has kernels compiled one by one, with bounds checks; they are then called as the interpreter's are."""

from __future__ import annotations

from functools import partial

from replay.native import compiler, kernels

kernels.compiling, kernels.word = partial(compiler.compiling, boundscheck=True), compiler.word
