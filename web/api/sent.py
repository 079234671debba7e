"""What every body of a command is."""

from pydantic import BaseModel, ConfigDict


class Sent(BaseModel):
    """The body of a command; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")
