"""One ERP.net instance in this process: its data, its identity server, and what it remembers of its callers."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from werkzeug.security import generate_password_hash

from erpnet.sandbox.balances import Balances
from erpnet.sandbox.data.customers import CUSTOMERS_PEOPLE
from erpnet.sandbox.data.generate import generate
from erpnet.sandbox.data.people import PEOPLE, SYSTEM_USER
from erpnet.sandbox.defaults import fill_defaults
from erpnet.sandbox.faults import Faults
from erpnet.sandbox.history import History, WatchedStore
from erpnet.sandbox.identity.application import secret_hash
from erpnet.sandbox.identity.keys import SigningKeys
from erpnet.sandbox.identity.server import OAuthServer
from erpnet.sandbox.identity.sessions import BrowserSessions
from erpnet.sandbox.identity.tokens import TokenMaker
from erpnet.sandbox.licences import ApiSessions
from erpnet.sandbox.limits import Limits
from erpnet.sandbox.model import Entity, load_model
from erpnet.sandbox.options import SandboxOptions
from erpnet.sandbox.store import Store, Work, reference_to
from erpnet.sandbox.traffic import Traffic
from erpnet.sandbox.transactions import Transactions
from erpnet.sandbox.values import Row

DATABASE = "SANDBOX"
VERSION = "26.2.5.41"
APPLICATIONS = "Systems.Security.TrustedApplications"


class Instance:
    """Everything that the addresses share. Data is made at the first start and kept from then on."""

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        if options.state:
            options.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.model = load_model()
        kept = WatchedStore(self.model, options.state / "erpnet.sqlite3" if options.state else None)
        self.store: Store = kept
        self.balances = Balances(self.store)
        self._password_hash = generate_password_hash(options.password, "scrypt:1024:8:1")
        if not self.store.setting("made"):
            self._make_data()
        self._register_application()
        self.keys = SigningKeys(options.state)
        self.tokens = TokenMaker(self.keys, self.issuer, DATABASE)
        self.oauth = OAuthServer(self.store, self.tokens)
        self.sessions = BrowserSessions(secure=self.url.startswith("https:"))
        self.api_sessions = ApiSessions(
            options.licences,
            at_once=options.rate_limits.session_concurrent_requests,
            queue=options.rate_limits.queue,
        )
        self.limits = Limits(options.rate_limits, self.api_sessions)
        self.transactions = Transactions()
        self.faults = Faults()
        self.traffic = Traffic()
        self.history = kept.history = History()
        self.started = time.time()
        if options.people_file:
            options.people_file.write_text(
                json.dumps(self.people(), indent=2, ensure_ascii=False), encoding="utf-8"
            )

    @property
    def url(self) -> str:
        return self.options.url

    @property
    def issuer(self) -> str:
        return f"{self.url}/id"

    @property
    def odata_root(self) -> str:
        return f"{self.url}/api/domain/odata/"

    def view(self, entity: Entity) -> Sequence[Row]:
        """The rows of a view by position. Views that the sandbox has no data for are empty."""
        return self.balances if entity is self.balances.entity else ()

    def close(self) -> None:
        self.store.close()

    def password_of(self, login: str) -> str:
        """The hash of a user's password: the same for everybody; the system user has none."""
        return "" if login == SYSTEM_USER else self._password_hash

    def people(self) -> list[dict[str, object]]:
        """Who can sign in, for a person who wants to try."""
        return [
            {
                "login": person.login,
                "password": self.options.password,
                "name": person.name["EN"],
                "company": " and ".join(person.companies) or "none yet",
                "role": person.role,
                "internal": person.internal,
            }
            for person in (*PEOPLE, *CUSTOMERS_PEOPLE)
        ]

    def _make_data(self) -> None:
        options = self.options
        today = options.today or datetime.now(UTC).date()
        self.store.write(generate(self.model, today, orders=options.orders, balances=options.balances))
        self.balances.fill(options.balances)
        self.store.keep_setting("made", today.isoformat())

    def _register_application(self) -> None:
        """Write the Trusted Application as the options have it now."""
        options, table = self.options, self.store.table(APPLICATIONS)
        users = self.store.table("Systems.Security.Users")
        service = next(reference_to(users.entity, row) for row in users if row["Login"] == SYSTEM_USER)
        row = {
            "Id": "7a1f0a52-6c3e-4b8e-9d0e-2f8b5a6c1d10",
            "Name": "Partner portal",
            "ApplicationUri": options.application_uri,
            "ApplicationSecretHash": secret_hash(options.application_secret),
            "ClientType": "Confidential",
            "IsEnabled": True,
            "ImpersonateAsInternalUserAllowed": True,
            "ImpersonateAsCommunityUserAllowed": True,
            "ImpersonateLoginUrl": ",".join(options.login_urls),
            "ImpersonateLogoutUrl": ",".join(options.logout_urls),
            "SystemUserAllowed": True,
            "SystemUser": service,
            "Scope": options.scope,
        }
        fill_defaults(table.entity, row, datetime.now(UTC))
        work = Work(self.store)
        work.put(table.entity, row)
        work.commit()
