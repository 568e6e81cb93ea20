"""A browser that signs in: what a real one does between the portal and the Instance ID."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.accounts.provider import Provider
from tests.conftest import PortalClient

FORM = "application/x-www-form-urlencoded"


class Browser(PortalClient):
    """Keeps cookies as browsers do: those that are SameSite=Lax stay behind when another site posts here."""

    def begin(self, next_path: str = "") -> str:
        """Go to /signin. Answers where the portal sends the browser."""
        answer = self.get("/signin", {"next": next_path} if next_path else {})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer["Location"])

    def come_back(self, provider: Provider, parameters: Any) -> Any:
        """Bring what the Instance ID answered, in the way that was agreed."""
        if provider.application.response_mode == "form_post":
            return self.post_from_another_site("/signin-callback", parameters)
        return self.get("/signin-callback", parameters)

    def sign_in(self, provider: Provider, next_path: str = "") -> Any:
        return self.come_back(provider, provider.authorize(self.begin(next_path)))

    def post_from_another_site(self, path: str, parameters: Any) -> Any:
        kept, self.cookies = self.cookies, SimpleCookie()
        for name, morsel in kept.items():
            if morsel["samesite"] == "None":
                self.cookies[name] = morsel.value
        try:
            answer = self.post(path, _encoded(parameters), content_type=FORM)
        finally:
            self.cookies = kept
        self.cookies.update(answer.cookies)
        return answer

    @property
    def is_signed_in(self) -> bool:
        return "_auth_user_id" in self.session


def _encoded(parameters: Any) -> str:
    return parameters if isinstance(parameters, str) else urlencode(parameters)


def query_of(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))
