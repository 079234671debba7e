"""The errors of this package."""


class WebError(Exception):
    """Root of the errors of this package: what is wrong and what to do. It holds no secret and nothing that
    was typed into a form.
    """


class AccountError(WebError):
    """An account could not be made or changed as asked; nothing was changed."""


class RepeatedError(AccountError):
    """The same was sent before, and what it gave can't be told again; nothing was changed by this time."""


class HookError(WebError):
    """A webhook could not be made or changed as asked; nothing was changed."""


class HookStateError(HookError):
    """It can't be done as the webhook stands now; nothing was changed."""


class PasswordError(AccountError):
    """A password was refused. `problems` says why, in words for the person who chose it, all at once."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


class SecretError(WebError):
    """What was encrypted with the application's secret cannot be read with the one it has now."""


class AccessError(WebError):
    """Access was refused, in a way that may be told: the person may know that the thing exists."""


class HiddenError(AccessError):
    """There is no such thing, as far as this person may know."""
