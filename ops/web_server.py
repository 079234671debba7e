"""`casewright web`: the web application in a process, with what every live process does beside it."""

import socket
import warnings
from contextlib import closing
from ipaddress import ip_address
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from ops.errors import OpsError
from ops.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from definitions import Vocabulary
    from notifications.callbacks import StatusCallbacks
    from ops.composition import Engine
    from web.forms.contact_words import Words
    from web.runtime import Web

HOST: Final = "127.0.0.1"
PORT: Final = 8080
CONTACT_FORM: Final = "contact-form"
"""The folder of a department's own texts of the public form, in the folder of its definitions."""

GRACE: Final = 5
"""Seconds that requests under way get when the server ends."""


def taken(host: str, port: int) -> bool:
    """Whether another program listens at this port already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return True
    return False


def refuse_taken(host: str, port: int, option: str = "--port") -> None:
    """OpsError when the port is taken, with the way out."""
    if taken(host, port):
        free = next((each for each in range(port + 1, port + 50) if not taken(host, each)), None)
        other = f", such as `{option} {free}`" if free else ""
        raise OpsError(
            f"port {port} is taken by another program",
            action=f"end that program, or choose another port{other}",
        )


def address(host: str, port: int) -> str:
    """Where browsers of this machine reach the application."""
    shown = HOST if host in ("0.0.0.0", "::") else host  # noqa: S104 (compared, not bound)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the application until Ctrl-C or SIGTERM. OpsError when the port is taken, and when passwords
    would travel in the clear.
    """
    from ops.composition import open_engine
    from ops.living import living
    from ops.metrics import serve_metrics
    from ops.pages.terminal import note
    from ops.stopping import until_stopped
    from ops.turn import until_turn
    from web import application  # noqa: F401 (while it waits for its turn; it takes a second or two)

    _refuse_clear_text(settings, host)
    refuse_taken(host, port)
    until_turn()
    with (
        open_engine(settings, holder="web") as engine,
        until_stopped() as stopped,
        serve_metrics(engine),
        living(engine, carries=False),
    ):
        web = web_of(engine)  # says what is missing before anything is promised
        note(f"Casewright's pages are at {address(host, port)}; Ctrl-C ends them")
        _run(web, host, port, stopped)


def web_of(engine: "Engine") -> "Web":
    """The surroundings of the web application for this engine."""
    import migrations
    from flows.viewing.case_view import Sources
    from ops.hooks import rules_of
    from ops.keys import keys_of, openid_of
    from ops.packages import installed_version
    from ops.prefect_server import pages_of
    from web.runtime import Web

    settings, vocabulary = engine.settings, engine.installation.catalogue.vocabulary
    return Web(
        runtime=engine.runtime,
        plans=engine.plans,
        zone=engine.zone,
        revision=migrations.head(),
        current=lambda: migrations.current(engine.store.engine),
        keys=keys_of(settings),
        openid=openid_of(settings),
        sources=Sources(engine.plans, settings.messages, pages_of(settings)),
        groups=vocabulary.groups,
        country=settings.country,
        public_form=settings.public_form,
        contact_words=_contact_words(settings, vocabulary),
        secure=_over_tls(settings),
        documents=engine.installation.documents,
        version=installed_version(),
        callbacks=_callbacks(settings),
        hook_rules=rules_of(settings),
    )


def _contact_words(settings: Settings, vocabulary: "Vocabulary") -> "Mapping[str, Words]":
    """What the public form says: in the language of the vocabulary for everybody else, and in its others."""
    from web.forms.contact_words import words_for

    own = [] if settings.definitions is None else [settings.definitions / CONTACT_FORM]
    return words_for(tuple(dict.fromkeys((vocabulary.fallback, *vocabulary.languages))), own)


def _callbacks(settings: Settings) -> "StatusCallbacks | None":
    """How Twilio says by itself what became of a message, where it is told to."""
    from notifications.callbacks import StatusCallbacks

    twilio = settings.twilio
    if twilio is None or twilio.callback_url is None:
        return None
    return StatusCallbacks(twilio.callback_url, twilio.auth_token)


def _over_tls(settings: Settings) -> bool:
    return settings.web_address is not None and settings.web_address.startswith("https://")


def _refuse_clear_text(settings: Settings, host: str) -> None:
    if not ip_address(host).is_loopback and not _over_tls(settings):
        raise OpsError(
            f"at {host} passwords and cases would cross the network in the clear",
            action="put a proxy with TLS in front and set CASEWRIGHT_WEB_ADDRESS to its https:// address",
        )


def _run(web: "Web", host: str, port: int, stopped: Event) -> None:
    import uvicorn

    from ops.collecting import collect_seldom
    from ops.switching import switch_often
    from web.application import create_application

    # a warning of an answer with an odd value would have the value in it, and may be about somebody
    warnings.filterwarnings("ignore", "Pydantic serializer warnings", UserWarning)
    config = uvicorn.Config(
        create_application(web),
        host=host,
        port=port,
        log_config=None,  # the log is ours, and has no addresses of people in it
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)
    collect_seldom()  # a look through all that was imported keeps somebody's page for a quarter of a second
    switch_often()  # else what is drawn waits for what is counted

    def end() -> None:
        stopped.wait()
        server.should_exit = True

    # uvicorn hears no signal that came before it runs; those that come later it raises again for our handlers
    Thread(target=end, name="ends-with", daemon=True).start()
    server.run()
