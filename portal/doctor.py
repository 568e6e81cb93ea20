"""The live connection, step by step: what `manage.py doctor` asks, and what to do about each failure.

Asking for the API's version opens a session in ERP.net, which holds a licence slot until it has idled for 20 minutes.
No finding carries a secret: of foreign errors only their kind is told, of ours the message that is meant for people.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from erpnet import DomainApi, TrustedApplication
from erpnet.audit import record
from erpnet.discovery import IdentityProvider, Instance, SigningKeys, load_identity_provider
from erpnet.exceptions import ErpNetError
from erpnet.transport import Transport
from portal.celery import app as celery_app
from portal.views.health import is_migrated
from sync.selectors import watch

BEAT_TICKS_WITHIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` says what was found; `cure` what to do, and is empty where all is well."""

    step: str
    detail: str
    cure: str = ""

    @property
    def passed(self) -> bool:
        return not self.cure


def examine(application: TrustedApplication, *, patience: float = 6.0) -> Iterator[Finding]:
    """`patience` is how many seconds the workers have to answer: all of them are waited for."""
    yield from _instance(application)
    yield _database()
    yield _redis()
    yield _workers(patience)
    yield _beat()
    yield _jobs()


# -- ERP.net -----------------------------------------------------------------------------------------------------------


def _instance(application: TrustedApplication) -> Iterator[Finding]:
    """Each step needs the one before it, so the first failure is the last line."""
    transport = Transport(recorder=record)
    try:
        instance = Instance.discover(application, transport)
        yield Finding(
            "Site discovery", f"Instance ID {instance.identity_url}, Domain API {instance.domain_api_url}"
        )
        provider = load_identity_provider(instance, transport)
        yield Finding("Instance ID metadata", f"issuer {provider.issuer}")
        yield _keys(provider, transport)
        yield _redirect_address(application, provider, transport)
        api = DomainApi(application, instance=instance, recorder=record)
        api.token.value()
        yield _scopes(application, api.token.granted_scopes)
        version = api.function("GetVersion")
        yield Finding("Domain API", f"version {str(version.get('value') or version.get('version'))[:100]}")
    except ErpNetError as error:
        yield Finding(f"ERP.net at {application.instance_url}", type(error).__name__, cure=error.message)


def _keys(provider: IdentityProvider, transport: Transport) -> Finding:
    count = len(SigningKeys(provider, transport).published())
    if count:
        return Finding("Signing keys", f"{count} published")
    return Finding(
        "Signing keys",
        "none published",
        cure="Nobody can sign in until the Instance ID publishes an RSA key.",
    )


def _redirect_address(
    application: TrustedApplication, provider: IdentityProvider, transport: Transport
) -> Finding:
    """Begin a sign-in as a browser would: an address that is not registered is refused at once."""
    question = {
        "client_id": application.application_uri,
        "redirect_uri": application.login_url,
        "response_type": application.response_type,
        "response_mode": application.response_mode,
        "scope": "openid profile",
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "code_challenge": secrets.token_urlsafe(32),
        "code_challenge_method": "S256",
    }
    answer = transport.send("discovery", "GET", f"{provider.authorization_endpoint}?{urlencode(question)}")
    went_to = urlsplit(answer.headers.get("Location", "")).path.lower()
    if answer.status < 400 and "error" not in went_to:
        return Finding("Redirect addresses", f"{application.login_url} is accepted")
    return Finding(
        "Redirect addresses",
        f"the Instance ID refuses to begin a sign-in (status {answer.status})",
        cure=f"Register ImpersonateLoginUrl {application.login_url} and ImpersonateLogoutUrl {application.logout_url} "
        "to the letter; `manage.py trusted_application` prints the whole sheet.",
    )


def _scopes(application: TrustedApplication, granted: tuple[str, ...]) -> Finding:
    missing = sorted(set(application.scope) - set(granted))
    if not missing:
        return Finding("Service token", f"granted {' '.join(granted)}")
    cure = f"Add {' '.join(missing)} to Scope of the Trusted Application, or take it out of ERPNET_SCOPE."
    return Finding("Service token", f"granted {' '.join(granted) or 'nothing'} only", cure=cure)


# -- Our own -----------------------------------------------------------------------------------------------------------


def _database() -> Finding:
    try:
        migrated = is_migrated()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version')")
            version = str(cursor.fetchone()[0])
    except DatabaseError as error:
        return Finding(
            "PostgreSQL", type(error).__name__, cure="Check DATABASE_URL and that the server runs."
        )
    if migrated:
        return Finding("PostgreSQL", f"version {version}, all migrations applied")
    return Finding("PostgreSQL", "migrations are missing", cure="Run `manage.py migrate`.")


def _redis() -> Finding:
    try:
        cache.get("doctor")
    except RedisError as error:
        return Finding("Redis", type(error).__name__, cure="Check REDIS_URL and that the server runs.")
    return Finding("Redis", "answers")


def _workers(patience: float) -> Finding:
    """One worker for `erpnet`, no more: each that calls the Domain API takes a licence slot of its own."""
    try:
        queues = _queues_served(patience)
    except (OperationalError, RedisError, OSError) as error:
        return Finding(
            "Workers", type(error).__name__, cure="The workers are asked through Redis: see the line above."
        )
    found = ", ".join(f"{queues.count(name)} at {name}" for name in ("erpnet", "default"))
    if queues.count("erpnet") > 1:
        return Finding(
            "Workers", found, cure="Stop all but one worker of the queue erpnet, and start it with -c 1."
        )
    for name in ("erpnet", "default"):
        if name not in queues:
            return Finding("Workers", found, cure=f"Start one: celery -A portal.celery worker -Q {name} -c 1")
    return Finding("Workers", found)


def _queues_served(patience: float) -> list[str]:
    answers = celery_app.control.inspect(timeout=patience).active_queues() or {}
    return [queue["name"] for queues in answers.values() for queue in queues]


def _beat() -> Finding:
    try:
        ticked = PeriodicTask.objects.filter(
            enabled=True, last_run_at__gt=timezone.now() - BEAT_TICKS_WITHIN
        ).exists()
        scheduled = PeriodicTask.objects.filter(enabled=True).exists()
    except DatabaseError as error:
        return Finding(
            "Beat", type(error).__name__, cure="The schedule is in PostgreSQL: see the line above."
        )
    if ticked:
        return Finding("Beat", "sets off the tasks of the schedule")
    if not scheduled:
        return Finding("Beat", "the schedule is empty", cure="Run `manage.py schedule`.")
    return Finding(
        "Beat", "no task was set off for two minutes", cure="Start it: celery -A portal.celery beat"
    )


def _jobs() -> Finding:
    """Whether what the beat sets off comes through: a worker may be connected and take no tasks."""
    try:
        late = [each.name for each in watch.scheduled() if each.is_late]
        silent = [each.queue for each in watch.queues() if each.is_silent]
    except DatabaseError as error:
        return Finding(
            "Jobs", type(error).__name__, cure="The schedule is in PostgreSQL: see the line above."
        )
    if silent:
        found = f"no canary comes through {', '.join(silent)}"
        return Finding("Jobs", found, cure="Start the worker of that queue again: it takes no tasks.")
    if late:
        found = f"late: {', '.join(late)}"
        return Finding("Jobs", found, cure="See the lines above, then the open alerts in the admin.")
    return Finding("Jobs", "all started in time, and canaries come through")
