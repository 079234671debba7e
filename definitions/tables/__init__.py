"""Decision tables: their notation, what is wrong with them, and what they decide. Pure.

`unary` reads the tests of a row, `columns` gives them types, `search` finds overlaps and gaps, `outcome`
decides, `dmn` reads and writes tables of level 2 of the standard.
"""
