"""Verbs: what the program does. Each takes a session, its arguments and `now`; the edge commits."""
