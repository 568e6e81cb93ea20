"""The Trusted Application: complete and safe, or refused with every cure."""

from __future__ import annotations

from typing import Any

import pytest

from erpnet.addresses import is_safe
from erpnet.config import ConfigurationError, TrustedApplication
from tests.erpnet.builders import SECRET, application

GOOD = {
    "ERPNET_URL": "https://mycompany.my.erp.net/",
    "ERPNET_APPLICATION_URI": "portal.test",
    "ERPNET_APPLICATION_SECRET": SECRET,
    "PORTAL_URL": "https://portal.test",
}


def test_it_is_built_from_the_environment() -> None:
    built = TrustedApplication.from_environment({**GOOD, "ERPNET_SCOPE": "read"})
    assert built.instance_url == "https://mycompany.my.erp.net"
    assert built.login_url == "https://portal.test/signin-callback"
    assert built.logout_url == "https://portal.test/signout-callback"
    assert built.scope == ("read",)
    assert (built.response_type, built.response_mode) == ("code id_token", "form_post")


def test_the_secret_is_in_no_representation_of_it() -> None:
    assert SECRET not in repr(application())
    assert SECRET not in str(application())


def test_the_secret_hash_is_base64_of_sha256() -> None:
    built = application(application_secret="abc")
    assert built.application_secret_hash == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="


def test_every_missing_name_is_told_at_once_with_its_cure() -> None:
    with pytest.raises(ConfigurationError) as caught:
        TrustedApplication.from_environment({})
    for name in GOOD:
        assert f"{name} is not set. Set it to" in caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ERPNET_URL", "mycompany.my.erp.net", "not an address"),
        ("ERPNET_URL", "https://", "not an address"),
        ("ERPNET_URL", "https://a:b", "not an address"),
        ("ERPNET_URL", "ftp://mycompany.my.erp.net", "not an address"),
        ("ERPNET_URL", "http://mycompany.my.erp.net", "not https"),
        ("ERPNET_URL", "http://localhost.evil.example", "not https"),
        ("ERPNET_URL", "https://mycompany.my.erp.net/id", "more than a scheme and a host"),
        ("ERPNET_URL", "https://user:pass@mycompany.my.erp.net", "more than a scheme and a host"),
        ("PORTAL_URL", "http://portal.test", "not https"),
        ("PORTAL_URL", "https://portal.test/?a=1", "more than a scheme and a host"),
        ("ERPNET_SCOPE", "update", "read update"),
        ("ERPNET_SCOPE", "read offline_access", "read update"),
        ("ERPNET_RESPONSE_TYPE", "token", "do not fit"),
        ("ERPNET_RESPONSE_MODE", "query", "do not fit"),
    ],
)
def test_a_malformed_value_is_named(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TrustedApplication.from_environment({**GOOD, name: value})
    assert name in caught.value.message
    assert words in caught.value.message
    assert SECRET not in caught.value.message


@pytest.mark.parametrize(
    ("response_type", "response_mode", "expected"),
    [("code", "", "query"), ("code", "query", "query"), ("code", "form_post", "form_post")],
)
def test_the_plain_code_flow_is_served_in_both_modes(
    response_type: str, response_mode: str, expected: str
) -> None:
    names = {"ERPNET_RESPONSE_TYPE": response_type, "ERPNET_RESPONSE_MODE": response_mode}
    assert TrustedApplication.from_environment({**GOOD, **names}).response_mode == expected


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9000", "127.8.8.8", "[::1]:9000"])
def test_plain_http_is_accepted_on_loopback(host: str) -> None:
    assert is_safe(f"http://{host}/id")
    assert application(instance_url=f"http://{host}").instance_url == f"http://{host}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"application_uri": ""}, "one is empty"),
        ({"application_secret": ""}, "one is empty"),
        ({"scope": "read"}, "The scope is"),
        ({"scope": ("update",)}, "The scope is"),
        ({"scope": ("read", "admin")}, "The scope is"),
    ],
)
def test_what_cannot_get_a_token_is_refused_before_anything_is_sent(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        application(**changes)


def test_an_unsafe_instance_is_refused_however_the_object_is_made() -> None:
    with pytest.raises(ValueError, match="not https"):
        application(instance_url="http://mycompany.my.erp.net")


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.test/signin-callback",
        "https://portal.test/a,https://evil.example/",
        "https://portal.test/a#b",
        "/signin-callback",
        "",
    ],
)
@pytest.mark.parametrize("field", ["impersonate_login_urls", "impersonate_logout_urls"])
def test_an_address_that_cannot_be_registered_is_refused(field: str, url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be registered"):
        application(**{field: ("https://portal.test/fine", url)})
