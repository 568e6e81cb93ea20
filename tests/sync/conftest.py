"""A small ERP.net instance for each test, and vendors who act through the portal.

Models are imported where they are needed: pytest reads this file before Django is set up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import stamina
from pytest_django import Settings

from erpnet.sandbox.testing import running_instance

if TYPE_CHECKING:
    from tests.sync.erp import Erp
    from tests.sync.vendor import Vendor


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def erp(settings: Settings) -> Iterator[Erp]:
    from tests.sync.erp import Erp

    with running_instance(orders=40, balances=100) as sandbox:
        settings.TRUSTED_APPLICATION = sandbox.application()
        yield Erp(sandbox)


@pytest.fixture
def mirrored(db: None, erp: Erp) -> Erp:
    """An instance whose directory, products and documents have been pulled."""
    erp.pull()
    return erp


@pytest.fixture
def maria(mirrored: Erp) -> Vendor:
    from tests.sync.vendor import Vendor

    return Vendor("maria@rila-textiles.example")


@pytest.fixture
def john(mirrored: Erp) -> Vendor:
    from tests.sync.vendor import Vendor

    return Vendor("john@northwind-metals.example")
