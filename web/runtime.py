"""What the web application runs with, handed in by `ops`: the engine's surroundings, and what pages show of
the department.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from definitions import Document
from flows.runtime import Runtime
from flows.versions import Plans
from flows.viewing.case_view import Sources
from models import Store
from notifications.callbacks import StatusCallbacks
from notifications.hooks import AddressRules
from web.accounts.entering import Keys
from web.accounts.openid_settings import OpenIdSettings
from web.forms.contact_words import Words, words_for
from web.reading.board.kept import Kept
from web.reading.work.newest import Newest
from web.reading.work.presence import Presence


@dataclass(frozen=True, slots=True)
class Web:
    """The application's surroundings. `zone` is the office's; `groups` are the titles of the vocabulary's
    groups. `keys` are what logins are checked with, `openid` the provider that people may log in at; `secure`
    says that cookies travel over TLS only. `revision` is the database's that this release needs, and
    `current` asks for the one it has. `country` is that of telephone numbers written without one;
    `public_form` says that people may ask for help without logging in, and `contact_words` what it says in
    each language that it can be read in. `documents` are the definitions that
    lie on the disk, `callbacks` is how Twilio says by itself what became of a message, if it was told to.
    `hook_rules` say where webhooks may go.
    """

    runtime: Runtime
    plans: Plans
    zone: ZoneInfo
    revision: str
    current: Callable[[], str | None]
    sources: Sources
    keys: Keys
    office: str = "Casewright"
    groups: Mapping[str, str] = field(default_factory=dict)
    currency: str = "USD"
    country: str = "US"
    public_form: bool = False
    contact_words: Mapping[str, Words] = field(default_factory=lambda: words_for(("en", "es")))
    secure: bool = False
    openid: OpenIdSettings | None = None
    version: str = "0"
    documents: tuple[Document, ...] = ()
    callbacks: StatusCallbacks | None = None
    hook_rules: AddressRules = field(default_factory=AddressRules)
    presence: Presence = field(default_factory=Presence)
    newest: Newest = field(default_factory=Newest)
    boards: Kept = field(default_factory=Kept)

    @property
    def store(self) -> Store:
        """The database."""
        return self.runtime.store

    @property
    def names(self) -> dict[str, str]:
        """What the vocabulary calls its groups, rotas and the codes of its value sets, by code."""
        vocabulary = self.runtime.catalogue.vocabulary
        codes = {code: title for titles in vocabulary.value_sets.values() for code, title in titles.items()}
        rotas = {name: rota.title.lower() for name, rota in vocabulary.rotas.items()}
        return {**codes, **rotas, **self.groups}

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self.runtime.clock()
