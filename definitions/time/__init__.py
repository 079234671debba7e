"""Clocks, working calendars, local time and recurrences. Pure: no clock is read."""
