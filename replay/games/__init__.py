"""Games that were not written for this library.

pygame       a program with a window, not one line of it changed
gymnasium    any environment of gymnasium: `Record` it, then `replay verify run.replay --game gymnasium:CartPole-v1`
pettingzoo   the same for many agents, in turns (AEC) or all at once (parallel)

The last two stand on:

environment  what they share: a match that is an environment, its proof, its states
values       actions, observations and options as plain data that keeps every bit
settings     the arguments of an environment as the config of a match
copies       a copy of an environment that runs on by itself
atari        states of the Arcade Learning Environment
"""
