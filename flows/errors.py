"""The errors of the engine."""


class FlowError(Exception):
    """Root of the errors of this package. Messages name steps, rules and ids; they carry no personal
    data.
    """


class NotFoundError(FlowError):
    """No instance, case or process has this name; the message says where to look."""


class FencedError(FlowError):
    """Another carrier has claimed the instance since; this one must not write to it any more."""


class InputError(FlowError):
    """A process was started with inputs that are missing, unknown or of the wrong type."""


class CircleError(FlowError):
    """So many processes have started one another in a row that a circle is likely; it is stopped here."""
