"""A browser and an API caller for a running sandbox, plain enough to see every request."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from erpnet.sandbox.testing import OPTIONS, RunningInstance

LOGIN_URL = OPTIONS.login_urls[0]
LOGOUT_URL = OPTIONS.logout_urls[0]
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
MARIA = "maria@rila-textiles.example"


class Api:
    """Calls the Domain API as the service does."""

    def __init__(self, sandbox: RunningInstance, *, scope: str = "read update") -> None:
        self.root = f"{sandbox.url}/api/domain/odata/"
        self.session = requests.Session()
        token = service_token(sandbox, scope=scope).json()["access_token"]
        self.session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})

    def get(self, path: str, **options: str) -> requests.Response:
        """`options` are those of OData without the dollar sign."""
        query = urlencode({f"${name}": value for name, value in options.items()})
        return self.session.get(f"{self.root}{path}{'?' if query else ''}{query}")

    def rows(self, path: str, **options: str) -> list[dict[str, Any]]:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["value"])

    def post(self, path: str, data: dict[str, Any]) -> requests.Response:
        return self.session.post(self.root + path, json=data)

    def patch(self, path: str, data: dict[str, Any]) -> requests.Response:
        return self.session.patch(self.root + path, json=data)

    def delete(self, path: str) -> requests.Response:
        return self.session.delete(self.root + path)


class Browser:
    """Follows the sign-in by hand: no redirect is followed and no form is sent without being asked to."""

    def __init__(self, sandbox: RunningInstance) -> None:
        self.url = sandbox.url
        self.session = requests.Session()

    def authorize(self, **changes: str | None) -> requests.Response:
        return self.session.get(self.authorize_url(**changes), allow_redirects=False)

    def authorize_url(self, **changes: str | None) -> str:
        wanted: dict[str, str | None] = {
            "client_id": OPTIONS.application_uri,
            "redirect_uri": LOGIN_URL,
            "response_type": "code id_token",
            "response_mode": "form_post",
            "scope": "openid profile",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        wanted |= changes
        given = {name: value for name, value in wanted.items() if value is not None}
        return f"{self.url}/id/connect/authorize?{urlencode(given)}"

    def sign_in(
        self, login: str = MARIA, password: str = OPTIONS.password, **changes: str | None
    ) -> requests.Response:
        form = {"login": login, "password": password}
        return self.session.post(self.authorize_url(**changes), data=form, allow_redirects=False)


def form_fields(page: requests.Response) -> dict[str, str]:
    """The hidden fields of the page that leads back to the application."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return {name: html.unescape(value) for name, value in found}


def query_of(answer: requests.Response) -> dict[str, str]:
    """The query of the address that an answer redirects to."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(sandbox: RunningInstance, code: str, /, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": OPTIONS.application_uri,
        "client_secret": OPTIONS.application_secret,
        "code": code,
        "redirect_uri": LOGIN_URL,
        "code_verifier": VERIFIER,
    }
    return requests.post(f"{sandbox.url}/id/connect/token", data={**form, **changes}, timeout=10)


def token_request(sandbox: RunningInstance, form: dict[str, str | None], **options: Any) -> requests.Response:
    """Post a form to the token endpoint; a field that is None is left out."""
    return requests.post(f"{sandbox.url}/id/connect/token", data=form, timeout=10, **options)


def registration(sandbox: RunningInstance) -> dict[str, Any]:
    """The row of the Trusted Application, to be changed in place."""
    return next(iter(sandbox.instance.store.table("Systems.Security.TrustedApplications")))


def user_row(sandbox: RunningInstance, login: str) -> dict[str, Any]:
    """The row of a user, to be changed in place."""
    users = sandbox.instance.store.table("Systems.Security.Users")
    return next(row for row in users if row["Login"] == login)


def service_token(sandbox: RunningInstance, **changes: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": OPTIONS.application_uri,
        "client_secret": OPTIONS.application_secret,
        "scope": "read update",
    }
    return requests.post(f"{sandbox.url}/id/connect/token", data={**form, **changes}, timeout=10)


def read_token(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a JWT; its signature is not looked at."""
    header, claims, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    return json.loads(base64.urlsafe_b64decode(header)), json.loads(base64.urlsafe_b64decode(claims))


def half_hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()
