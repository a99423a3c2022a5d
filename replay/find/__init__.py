"""New recordings from old ones, or of the last seconds, events as they happen, an index over many recordings, and tables of them.

edit     clip, strip, pack: new recordings from old ones
ring     a flight recorder: the last seconds of a running match, saved at any moment
follow   publishing: the events of a recording as they happen, each with a position to go on from (`streams`: of many recordings;
         `growing`: whether one without a seal goes on)
scan     re-simulation as the query engine: what a function, or a condition (`when`), finds in many matches (`walk`: in one)
library  the library over many recordings
tables   many matches as Arrow and Parquet; questions in SQL, boards
"""
