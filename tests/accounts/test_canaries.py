"""What one partner's people see, get and leave behind never carries a word of another's, and no page carries a token.

Each twin has a canary in every text of its own. One twin's owner walks through everything; the other's canary is looked
for in pages, headers, cookies, mails, log lines, messages to workers and rows. SES-09, ACL-02, ACL-07, LOG-03.
"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import Invitation, User
from accounts.tasks import send_invitations
from portal.logs import JsonFormatter
from tests.accounts.access_rows import TABLE
from tests.accounts.asking import TOKEN, sign_in
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member
from tests.accounts.provider import Provider
from tests.accounts.test_owned_models import owned
from tests.conftest import PortalClient
from tests.twins import Twin, make_twins

pytestmark = pytest.mark.django_db(transaction=True)

# Where a walk would end: behind these one is signed out, somebody else, or at the Instance ID.
ENDS = {"signout", "sessions-end", "signin", "signin-callback", "view-as-end"}


@pytest.fixture(params=[("code id_token", "form_post")], ids=["hybrid-form_post"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(autouse=True)
def mail(settings: Settings) -> None:
    settings.EMAIL_URL = "memorymail://"


@pytest.fixture
def twins() -> tuple[Twin, Twin]:
    return make_twins()


def names_for(twin: Twin, of: Twin) -> list[str]:
    """What there is to walk to. The link of an invitation shows who invites to whoever holds it."""
    names = sorted(set(TABLE) - ENDS)
    return [name for name in names if of is twin or "secret" not in TABLE[name].ids]


def addresses_of(twin: Twin, of: Twin) -> list[str]:
    """Every address, with the ids of `of`; lists also by each of their choices and a search."""
    found = []
    for name in names_for(twin, of):
        row = TABLE[name]
        ids = {parameter: of.ids()[what] for parameter, what in row.ids.items()}
        found.append(reverse(name, kwargs=ids, query=row.query(of)))
        found += [
            f"{found[-1]}?{choice}" for choice in ("state=open", "search=company", "kind=write") if not ids
        ]
    return found


def all_of(answer: Any) -> str:
    """Body, headers and cookies of an answer."""
    return "\n".join([answer.content.decode(), str(answer.headers), str(answer.cookies)])


def walk(client: Any, twin: Twin, other: Twin) -> list[Any]:
    """Everything that there is to see and to send: with one's own ids, then with the other's."""
    answers = []
    for whose in (twin, other):
        for address in addresses_of(twin, whose):
            answers += [client.get(address), client.get(address, headers={"HX-Request": "true"})]
    for whose in (twin, other):
        for name in names_for(twin, whose):
            row = TABLE[name]
            if "POST" in row.outcomes:
                ids = {parameter: whose.ids()[what] for parameter, what in row.ids.items()}
                answers.append(
                    client.post(reverse(name, kwargs=ids, query=row.query(whose)), row.form(whose))
                )
    return answers


def test_acl_02_no_word_of_another_partner_is_in_pages_logs_messages_or_rows(
    twins: tuple[Twin, Twin], caplog: pytest.LogCaptureFixture, broker: Redis
) -> None:
    mine, other = twins
    before = rows_with(other.canary, of=other)
    client = PortalClient()
    sign_in(client, mine.owner)
    caplog.set_level(logging.DEBUG)
    answers = walk(client, mine, other)
    told = [all_of(answer) for answer in answers]
    assert sum(mine.canary in text for text in told) > 20, "the walk does see one's own"
    assert [
        answer.request["PATH_INFO"]
        for answer, text in zip(answers, told, strict=True)
        if other.canary in text
    ] == []
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("canary" in line or "refus" in line for line in lines)
    assert [line for line in lines if other.canary in line] == []
    messages = [str(broker.lrange(key, 0, -1)) for key in broker.scan_iter() if broker.type(key) == b"list"]
    assert messages, "a saved shipment rings"
    assert not any("canary" in message for message in messages), "messages carry ids alone"
    assert rows_with(other.canary, of=mine) == []
    assert rows_with(other.canary, of=other) == before, "and nothing of the other's is changed"


def rows_with(canary: str, *, of: Twin) -> list[str]:
    """Each row of one twin's that holds a canary."""
    found = []
    with connection.cursor() as cursor:
        for model in owned():
            fields = {field.column for field in model._meta.concrete_fields}
            if "partner_id" in fields:
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT t::text FROM {table} t WHERE partner_id = %s AND t::text LIKE %s ORDER BY 1",
                    [of.partner.pk, f"%{canary}%"],
                )
                found += [row for (row,) in cursor.fetchall()]
    return found


def test_a_mail_speaks_of_the_company_that_sends_it_alone(
    twins: tuple[Twin, Twin], mailoutbox: list[EmailMessage]
) -> None:
    Invitation.objects.update(mail_due_at=timezone.now())
    send_invitations()
    assert len(mailoutbox) == 2
    for twin, other in (twins, twins[::-1]):
        mail = next(each for each in mailoutbox if each.to == [twin.invitation.email])
        assert twin.partner.name in mail.subject
        assert other.canary not in mail.message().as_string() + mail.body


# -- Tokens ------------------------------------------------------------------------------------------------------------


def test_ses_09_no_body_header_or_cookie_carries_a_token(
    provider: Provider, browser: Browser, twins: tuple[Twin, Twin]
) -> None:
    """But for the ID token that goes back to the Instance ID at the sign-out."""
    mine, other = twins
    answers = [browser.sign_in(provider)]
    person = User.objects.get(login="maria@rila-textiles.example")
    make_member(person, mine.partner, "Owner")
    answers += walk(browser, mine, other)
    goodbye = browser.post("/signout")
    assert len([answer for answer in answers if answer.status_code == 200]) > 20, "the walk gets in"
    assert [answer.request["PATH_INFO"] for answer in answers if TOKEN.search(all_of(answer))] == []
    assert re.search(f"id_token_hint={TOKEN.pattern}", goodbye["Location"])
    assert not TOKEN.search(all_of(goodbye).replace(goodbye["Location"], ""))


def test_cfg_02_nothing_kept_holds_a_users_access_token(
    provider: Provider,
    browser: Browser,
    twins: tuple[Twin, Twin],
    caplog: pytest.LogCaptureFixture,
    broker: Redis,
) -> None:
    """LOG-03: nor does a log line. The session keeps the ID token alone, for the sign-out."""
    caplog.set_level(logging.DEBUG)
    browser.sign_in(provider)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert lines
    assert [line for line in lines if TOKEN.search(line)] == []
    kept = browser.session
    assert [name for name, value in kept.items() if TOKEN.search(json.dumps(value))] == ["oidc_id_token"]
    assert not any(TOKEN.search(str(broker.dump(key))) for key in broker.scan_iter())
