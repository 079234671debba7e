"""A provider of OpenID Connect on this machine, made with Authlib's server part: discovery, authorisation,
token and key endpoints. It lets in whoever `person` is at the moment.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "casewright", "what the two of them know"


class _Client(ClientMixin):
    client_id = CLIENT
    id_token_signed_response_alg = "RS256"

    def __init__(self, redirect_uri: str) -> None:
        self._redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return self._redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self._redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code(AuthorizationCodeMixin):
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    person: Mapping[str, Any]

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class _Request(OAuth2Request):
    """A request as Authlib reads it."""

    def __init__(self, method: str, uri: str, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        super().__init__(method, uri, headers=dict(headers))
        self._query, self._form = dict(parse_qsl(urlsplit(uri).query)), dict(form)
        self.payload = BasicOAuth2Payload({**self._query, **self._form})

    @property
    def args(self) -> dict[str, str]:
        return self._query

    @property
    def form(self) -> dict[str, str]:
        return self._form


@dataclass
class ProviderServer:
    """What the provider knows: its address, its keys, and who logs in at the moment."""

    redirect_uri: str
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """What takes the place of claims in the ID token, so that wrong ones can be tried."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    signing: RSAKey | None = None
    codes: dict[str, _Code] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def metadata(self) -> dict[str, Any]:
        """What discovery says."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    @property
    def keys(self) -> dict[str, Any]:
        """The public keys."""
        return dict(KeySet([self.key]).as_dict(private=False))


class _Server(AuthorizationServer):
    def __init__(self, known: ProviderServer) -> None:
        super().__init__()
        self._known = known
        self.register_token_generator("default", _token)
        self.register_grant(_grant_of(known), [CodeChallenge(required=True), _OpenId(known)])

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self._known.redirect_uri) if client_id == CLIENT else None

    def save_token(self, token: object, request: object) -> None:
        """Nobody asks for it later."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: object, headers: Any) -> tuple[int, object, Any]:
        return status, body, headers


def _token(**_: object) -> dict[str, Any]:
    from authlib.common.security import generate_token

    return {
        "token_type": "Bearer",
        "access_token": generate_token(24),
        "expires_in": 60,
        "scope": _.get("scope"),
    }


def _grant_of(known: ProviderServer) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):
        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            known.codes[code] = _Code(
                code,
                data["redirect_uri"],
                data["scope"],
                data.get("nonce"),
                data.get("code_challenge"),
                data.get("code_challenge_method"),
                dict(known.person),
            )

        def query_authorization_code(self, code: str, client: object) -> _Code | None:
            return known.codes.get(code)

        def delete_authorization_code(self, authorization_code: _Code) -> None:
            del known.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: _Code) -> Mapping[str, Any]:
            return authorization_code.person

    return Grant


class _OpenId(OpenIDCode):
    def __init__(self, known: ProviderServer) -> None:
        super().__init__(require_nonce=True)
        self._known = known

    def exists_nonce(self, nonce: str, request: object) -> bool:
        return False

    def resolve_client_private_key(self, client: object) -> RSAKey:
        return self._known.signing or self._known.key

    def get_client_algorithm(self, client: object) -> str:
        return "RS256"

    def get_client_claims(self, client: object) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self._known.issuer, "aud": [CLIENT], "iat": now, "exp": now + 60}

    def get_encode_header(self, client: object) -> dict[str, Any]:
        return {"alg": "RS256", "kid": "one"}

    def generate_user_info(self, user: Mapping[str, Any], scope: str) -> UserInfo:
        return UserInfo({**user, **self._known.claims})


def _handler(known: ProviderServer, server: _Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/.well-known/openid-configuration":
                self._say(200, known.metadata, {})
            elif path == "/keys":
                self._say(200, known.keys, {})
            elif path == "/authorize":
                request = _Request("GET", known.issuer + self.path, self.headers, {})
                known.asked.append(dict(request.args))
                grant = server.get_consent_grant(request, known.person or None)
                self._say(*server.create_authorization_response(request, known.person or None, grant))
            else:
                self._say(404, {}, {})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            self._say(
                *server.create_token_response(_Request("POST", known.issuer + self.path, self.headers, form))
            )

        def _say(self, status: int, body: Any, headers: Any) -> None:
            content = body if isinstance(body, str) else json.dumps(body)
            self.send_response(status)
            for name, value in dict(headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Quietly."""

    return Handler


@contextmanager
def provider_server(redirect_uri: str) -> Iterator[ProviderServer]:
    """A provider that listens until the block ends."""
    known = ProviderServer(redirect_uri)
    server = _Server(known)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(known, server)) as listening:
        known.issuer = f"http://localhost:{listening.server_address[1]}"
        thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield known
        finally:
            listening.shutdown()
            thread.join()
