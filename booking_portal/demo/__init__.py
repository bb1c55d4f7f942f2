"""The demonstration: an invented territory with three organizations, lived in for six weeks.

Names, places and people are made up; telephone numbers are of the ranges kept for fiction. What it shows lies around
the day it is loaded on: `load.load(now=…)` replays the weeks before, call by call, through the services.
"""
