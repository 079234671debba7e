"""The errors of this package: what a person is told, in one line and without a traceback."""


class OpsError(Exception):
    """Root of the errors of this package: what is wrong, where, and what to do next.

    The message names things and rules. It never holds a secret.
    """

    def __init__(self, message: str, *, action: str | None = None) -> None:
        super().__init__(message)
        self.action = action

    def __str__(self) -> str:
        message = super().__str__()
        return message if self.action is None else f"{message}; {self.action}"


class SettingsError(OpsError):
    """A variable of the environment is not usable. The message names it and says what is allowed."""


class ForeignPackageError(OpsError):
    """Another package stands in front of one of ours; both paths are named."""


class NotThereError(OpsError):
    """Nothing has the name that was given; the action says where to look."""


class BackupError(OpsError):
    """A backup could not be made or put back. Nothing was overwritten."""
