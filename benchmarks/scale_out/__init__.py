"""The real thing on one machine as three hosts would run it, with two processes killed in the middle."""
