"""Embedded PostgreSQL and Redis: real, closed to others, and with logins as narrow as production's."""

import stat
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from erpnet.sandbox.demo.postgres import NoPostgres
from tests.services import services

embedded = pytest.mark.skipif(
    not services.is_embedded, reason="DATABASE_URL and REDIS_URL name other services"
)


@pytest.mark.django_db
def test_the_database_is_postgresql_and_knows_bulgarian_letters():
    with connection.cursor() as cursor:
        cursor.execute("SELECT version(), lower('ЯБЪЛКА')")
        version, word = cursor.fetchone()
    assert version.startswith("PostgreSQL")
    assert word == "ябълка"


@embedded
def test_only_its_owner_reaches_the_socket_of_postgresql():
    assert stat.S_IMODE(services.postgres.socket_folder.stat().st_mode) == 0o700


@embedded
def test_postgresql_listens_on_no_network_address():
    with services.postgres.connect() as link:
        assert link.execute("SHOW listen_addresses").fetchone() == ("",)


@embedded
def test_a_role_made_for_the_demo_owns_its_database_and_is_no_superuser():
    services.postgres.ensure_role("demo_owner", "LOGIN CREATEROLE")
    services.postgres.ensure_database("demo_like", "demo_owner")
    with psycopg.connect(services.postgres.url("demo_owner", "demo_like")) as link:
        link.execute("CREATE TABLE orders (id int)")
        rights = link.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert rights == (False, False)


@embedded
def test_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NoPostgres, match="belongs to somebody else"):
        services.postgres._own(trap)


def test_redis_answers():
    assert Redis.from_url(settings.REDIS_URL).ping()


@embedded
def test_redis_refuses_whoever_lacks_the_password():
    with (
        Redis(port=services.redis.port, retry=Retry(NoBackoff(), retries=0)) as stranger,
        pytest.raises(AuthenticationError),
    ):
        stranger.ping()


@embedded
def test_the_password_of_redis_is_not_on_a_command_line():
    command = services.redis.program().command
    assert services.redis.password not in " ".join(command)
    assert stat.S_IMODE(Path(command[1]).stat().st_mode) == 0o600
