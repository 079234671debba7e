"""Signals: sending one to the processes of a case, and waiting for one."""
