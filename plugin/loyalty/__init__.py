"""Nouns: the rules of a program and the data the ports speak. Pure: no I/O, no clock, no randomness."""
