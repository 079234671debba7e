"""A provider of OpenID Connect as it is configured; apart, because Authlib takes a while to import."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """A provider as it is configured. `redirect_uri` is our address that it sends people back to."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)
