"""Arena for programs that learn: a match as an environment of PettingZoo or gymnasium, and many matches in one call.

    import gymnasium
    import game.env

    game.env.register()
    env = gymnasium.make("replay/Arena-v0", bots=["hunter"], map="duel", record="first.replay")
    observation, info = env.reset(seed=7)
    for _ in range(600):
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    env.close()  # and now: replay verify first.replay, replay watch first.replay

    arena = game.env.VectorArena(64, players=4, map="plaza")
    observations = arena.reset(seed=7)  # (64, 4, SIZE), float32
    for _ in range(100):
        observations, rewards, ended = arena.step(arena.sample())

spaces       actions and observations, as `gymnasium.spaces`; rewards
vector       `VectorArena`: many matches, numpy arrays in and out; needs numpy alone
episode      one match, recorded if that is wished: what the next two are made of
parallel     `parallel_env`: PettingZoo's, for everyone who does not play by itself
single       `ArenaEnv`: gymnasium's, for one player against bots; `register` calls it replay/Arena-v0

What an observation tells is declared in `game.observation`, field by field, and what an action says in `game.many`.
"""

from importlib import import_module

_ROOMS = {"VectorArena": "vector", "parallel_env": "parallel", "ArenaEnv": "single", "register": "single"}
__all__ = list(_ROOMS)


def __getattr__(name: str) -> object:
    """Loaded when it is asked for: each needs other packages."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
