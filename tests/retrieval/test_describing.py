"""What a document says of itself: taken where it is clear, and refused by name where it is not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.describing import SLUG, Description, describe, slug_of
from retrieval.parse.reading import read
from retrieval.parse.structure import Reason, UnreadableDocument
from retrieval.passages import Document, Status

WHOLE = {"id": "credit-policy", "title": "Credit policy", "jurisdiction": "US-federal", "effective_date": "2026-01-01"}  # fmt: skip


def described(
    said: Description | None = None,
    *,
    file_name: str = "",
    body: str = "# A\n\nText.",
    **held: str,
) -> Document:
    lines = "".join(f"{key}: {value}\n" for key, value in {**WHOLE, **held}.items() if value != "")
    content = f"---\n{lines}---\n{body}\n".encode()
    reading = read(content, file_name="a.md")
    return describe(content, reading, said or Description(), file_name=file_name)


def refusal(said: Description | None = None, **held: str) -> str:
    with pytest.raises(UnreadableDocument) as error:
        described(said, **held)
    assert error.value.reason is Reason.BAD_FRONT_MATTER
    return str(error.value)


def test_front_matter_describes_a_document() -> None:
    document = described(products="[card, loan]", licence="CC0", currency_note="as of today")
    assert (document.slug, document.title) == ("credit-policy", "Credit policy")
    assert (document.effective_from, document.effective_to) == (date(2026, 1, 1), None)
    assert document.products == ("card", "loan")
    assert (document.licence, document.currency_note) == ("CC0", "as of today")
    assert document.status is Status.IN_FORCE


def test_the_uploader_corrects_what_the_document_says() -> None:
    said = Description("other", "Other", "EU", date(2027, 1, 1), date(2028, 1, 1), ("card",))
    document = described(said, products="[loan]")
    assert (document.slug, document.title, document.jurisdiction) == ("other", "Other", "EU")
    assert (document.effective_from, document.effective_to) == (date(2027, 1, 1), date(2028, 1, 1))
    assert document.products == ("card",)


def test_one_product_needs_no_list() -> None:
    assert described(products="card").products == ("card",)
    assert described(products="[]").products == ()


def test_what_is_missing_is_named() -> None:
    assert "effective_date" in refusal(effective_date="")
    assert "effective_date" in refusal(effective_date="soon")
    assert "effective_date" in refusal(effective_date="2026-02-30")
    assert "effective_date" in refusal(effective_date="2026-01-01T00:00:00Z")
    assert "jurisdiction" in refusal(jurisdiction="")
    assert "end" in refusal(end_date="2026-01-01")
    assert "end" in refusal(Description(effective_to=date(2025, 1, 1)))


@pytest.mark.parametrize("name", ["a/b", "..", "a b", "é", "x" * 81, "'; drop table x --", "-"])
def test_a_name_that_fits_no_address_is_refused(name: str) -> None:
    assert "letters" in refusal(id=f'"{name}"')


@pytest.mark.parametrize("status", ["withdrawn", "SUPERSEDED by another"])
def test_what_has_ended_says_when(status: str) -> None:
    assert "end_date" in refusal(status=status)
    document = described(status=status, end_date="2026-06-01")
    assert document.status.value == status.split(maxsplit=1)[0].lower()
    assert document.effective_to == date(2026, 6, 1)


def test_an_end_to_come_is_recorded_as_one() -> None:
    document = described(end_date="2099-01-01")
    assert (document.status, document.effective_to) == (Status.SUPERSEDED, date(2099, 1, 1))


def test_a_name_is_made_of_the_file_or_the_title() -> None:
    assert described(id="", file_name="My Policy (v2).docx").slug == "my-policy-v2"
    assert described(id="", file_name="רפואה.md").slug == "credit-policy"
    assert described(id="", title="", file_name="").slug == "a"
    assert described(title="", body="Text alone.").title == "credit-policy"


@given(st.text(max_size=200))
def test_a_made_name_fits_an_address_or_is_empty(name: str) -> None:
    made = slug_of(name)
    assert not made or SLUG.fullmatch(made)
