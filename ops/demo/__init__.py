"""The demo: synthetic households, what people do with their intakes, and the command that plays it."""

from ops.demo.playing import Play, play

__all__ = ["Play", "play"]
