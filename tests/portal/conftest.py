"""Maria of Rila Textiles, signed in. Models are imported late: pytest reads this file before Django is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from accounts.models import Partner, User


@pytest.fixture
def rila(db: None) -> Partner:
    from tests.accounts.builders import make_partner

    return make_partner("Rila Textiles")


@pytest.fixture
def maria(rila: Partner) -> User:
    from tests.accounts.builders import make_member, make_user

    user = make_user("maria@rila-textiles.example", name="Maria Ivanova")
    make_member(user, rila)
    return user


@pytest.fixture
def browser(client: Any, maria: User) -> Any:
    client.force_login(maria)
    return client
