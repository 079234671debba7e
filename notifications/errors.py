"""The errors of this package."""


class NotificationError(Exception):
    """Root of the errors of this package. Messages name rules and ids and never hold an address or a text."""


class TextRefusedError(NotificationError):
    """A text or an address must not go into a message. The message says which part and which rule."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TemplateError(NotificationError):
    """A template is missing, can't be read, or lacks a language. The message names the template and what to
    add.
    """


class ConfigurationError(NotificationError):
    """A channel was given settings it can't work with. The message names the setting."""
