"""The panel's pages: documents of a few kinds of parts, made here in the shopper's language; the script in the store only draws them.

A small script stays small whatever the program offers, texts are sent in one language, and a page can change without a new
version of the theme extension.

parts      what a page is made of
visit      who looks, at which program
speech, texts   how they are spoken to
pages      every page by its name; home, rewards, codes, earning, friends, levels, history, sharing draw them
"""
