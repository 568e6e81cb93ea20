"""The printout of a document: a page or more with its number, its parties and its lines."""

import io
from collections.abc import Iterator

import pydyf

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.display import follow
from erpnet.sandbox.odata.languages import in_language, transliterated
from erpnet.sandbox.odata.select import shape_of
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row

A4 = (595, 842)
MARGIN, TOP, LINE_HEIGHT, FONT_SIZE = 50, 780, 16, 10
LINES_PER_PAGE = 44
LONGEST = 95
PARTIES = ("FromParty", "ToParty", "EnterpriseCompany.Company", "Supplier.Party", "Customer.Party")


def pdf(store: Store, entity: Entity, row: Row, language: str) -> bytes:
    """The document as a PDF. Its fonts have Latin letters alone, so Cyrillic text is transliterated."""
    texts = [transliterated(text) for text in _texts(store, entity, row, language)]
    pages = [texts[start : start + LINES_PER_PAGE] for start in range(0, len(texts), LINES_PER_PAGE)]
    document = pydyf.PDF()
    font = pydyf.Dictionary(
        {"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Helvetica", "Encoding": "/WinAnsiEncoding"}
    )
    document.add_object(font)
    for page in pages:
        content = _page(page)
        document.add_object(content)
        document.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": document.pages.reference,
                    "Contents": content.reference,
                    "MediaBox": pydyf.Array([0, 0, *A4]),
                    "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary({"F1": font.reference})}),
                }
            )
        )
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def _page(texts: list[str]) -> pydyf.Stream:
    stream = pydyf.Stream()
    stream.begin_text()
    stream.set_font_size("F1", FONT_SIZE)
    stream.set_text_matrix(1, 0, 0, 1, MARGIN, TOP)
    for text in texts:
        encoded = text[:LONGEST].encode("cp1252", "replace")
        stream.stream.append(b"<" + encoded.hex().encode() + b"> Tj")
        stream.move_text_to(0, -LINE_HEIGHT)
    stream.end_text()
    return stream


def _texts(store: Store, entity: Entity, row: Row, language: str) -> Iterator[str]:
    def words(path: str, of: Row = row) -> str:
        return in_language(follow(store, of, path), language)

    yield f"{words('DocumentType.TypeName')} {row['DocumentNo']}"
    yield f"{row['DocumentDate'][:10]}   {row['State']}{'   VOID' if row.get('Void') else ''}"
    yield ""
    names = (words(f"{path}.PartyName") for path in PARTIES)
    yield from dict.fromkeys(name for name in names if name)
    yield ""
    lines = store.model.get(entity.collections.get("Lines", ""))
    if lines is None:
        return
    for line in sorted(store.table(lines.name).children(row["Id"]), key=lambda one: one.get("LineNo") or 0):
        product = words("Product.PartNumber", line)
        name = in_language(line.get("ProductDescription"), language) or words("Product.Name", line)
        amounts = " x ".join(_amounts(store, lines, line))
        yield f"{line.get('LineNo', '')}   {product}   {name}   {amounts}"


def _amounts(store: Store, entity: Entity, line: Row) -> Iterator[str]:
    """The line's quantity and price, each with its unit."""
    names = tuple(name for name in ("Quantity", "PricePerUnit", "UnitPrice") if line.get(name) is not None)
    shown = Serializer(store, exact_numbers=True).sent(
        entity, line, shape_of(store.model, entity, names or ("Id",), ())
    )
    for name in names:
        yield f"{shown[name]['Value']} {shown[name].get('Unit') or shown[name].get('Currency') or ''}"
