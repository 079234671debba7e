"""The HTTP client that Twilio's SDK is given: bound to one host, without the SDK's log of numbers and
texts.
"""

import logging
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response

_SILENT = logging.getLogger(f"{__name__}.silent")


class BoundHttpClient(HttpClient):  # type: ignore[misc]  # the SDK has no types
    """Sends the SDK's requests to `base_url` instead of Twilio's own host, when given.

    A connection each, never repeated by itself: a repeated POST would be a second SMS. The environment
    (proxies, `.netrc`) is not read.
    """

    def __init__(self, base_url: str | None, timeout: float, proxy: str | None) -> None:
        super().__init__(_SILENT, is_async=False, timeout=timeout)
        self._base = urlsplit(base_url) if base_url else None
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One HTTP exchange. Raises what `requests` raises."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method.upper(),
                self._bound(uri),
                params=_texts(params),
                data=_texts(data),
                headers=headers,
                auth=auth,
                timeout=timeout or self.timeout,
                allow_redirects=allow_redirects,
                proxies=self._proxies,
            )
            return Response(answer.status_code, answer.text, answer.headers)

    def _bound(self, uri: str) -> str:
        if self._base is None:
            return uri
        return urlunsplit(urlsplit(uri)._replace(scheme=self._base.scheme, netloc=self._base.netloc))


def _texts(values: dict[str, object] | None) -> dict[str, Any] | None:
    return None if values is None else dict(values)
