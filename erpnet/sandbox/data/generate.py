"""Everything of a new instance, put together."""

from datetime import date

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.data.catalogue import add_product_codes, add_products, add_units
from erpnet.sandbox.data.customers import add_customers
from erpnet.sandbox.data.orders import add_year
from erpnet.sandbox.data.paperwork import Paperwork
from erpnet.sandbox.data.parties import (
    add_buyers,
    add_companies,
    add_currencies,
    add_document_types,
    add_suppliers,
)
from erpnet.sandbox.data.people import add_people
from erpnet.sandbox.data.stock import add_lots
from erpnet.sandbox.data.stored_values import add_stored_values
from erpnet.sandbox.model import Model
from erpnet.sandbox.values import Row


def generate(model: Model, today: date, *, orders: int, balances: int) -> list[tuple[str, Row]]:
    """The rows of all entities but the balances, each with the name of its entity."""
    builder = Builder(model, today)
    currency = add_currencies(builder)
    products = add_products(builder, add_units(builder), currency)
    companies = add_companies(builder)
    buyers = add_buyers(builder, companies, currency)
    suppliers = add_suppliers(builder, companies, buyers, products, currency)
    add_people(builder, companies)
    paperwork = Paperwork(builder, add_document_types(builder), currency)
    add_year(paperwork, suppliers, orders)
    add_lots(builder, products, balances)
    add_product_codes(builder, products)
    add_stored_values(builder, products)
    add_customers(builder, companies, buyers)
    return [(name, row) for (name, _), row in builder.rows.items()]
