"""A year in a synthetic department: cases in all stages, lived by the engine itself on a virtual clock.

Nobody in it exists. Names are made of words that are no names, telephone numbers are those that are reserved
for stories (NANPA: 555-0100 to 555-0199), addresses are of `example.org` (RFC 2606).
"""

from ops.demo.year.filling import CASES, fill
from ops.demo.year.living import YEAR, Lived
from ops.demo.year.words import write_words, year_settings

__all__ = ["CASES", "YEAR", "Lived", "fill", "write_words", "year_settings"]
