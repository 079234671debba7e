"""What keeps a run from being made or from ending."""


class ScaleOutError(Exception):
    """The run can't be made here, or did not come to its end; the message says what to do."""
