"""The figures of the board, one module each. Every one says how it is counted (`read`) and which cases it
counts (`opens`), from the same conditions, so that what a figure opens is what it counted.

A figure is one statement over the cases that somebody answers for; no case is read to be counted here.
"""
