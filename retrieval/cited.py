"""The exact path: passages whose address a question names, and what they refer to."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval.citations import Mention, address_of, enclosing, find_mentions
from retrieval.passages import Caution, Citation, PassageId, Query, Status

MOST_PER_MENTION = 12
MOST_RELATED = 4
MOST_REFERENCES = 6
MOST_BELOW = 500  # passages read under one address; a limit is what makes the index cheapest
RELATED_SCORE = 0.8
REGULATION_OF_PART = {"1002": "B", "1003": "C", "1005": "E", "1022": "V", "1024": "X", "1026": "Z"}

CAUTION: Mapping[Status, str] = {
    Status.AMENDED_TEXT_NOT_HELD: "Amended on this day; the text in force since is not held here.",
    Status.SUPERSEDED: "Superseded on this day.",
    Status.WITHDRAWN: "Withdrawn on this day; not guidance in force.",
}
BELOW = ("(", "-", "form", "part")
NOT_HELD = "No passage with this citation is held for that day."

# A range of addresses can use the index under row-level security, which LIKE cannot: it is not
# leakproof. Shared law comes before a tenant's own text of the same address.
COLUMNS = """
    select id, tenant_id, version_id, citation, address, part, number, status, jurisdiction,
           products, effective_from, effective_to, recorded_at, ended_recorded_at, body
"""
AT_ADDRESSES = text(f"""
    select distinct on (address, is_own, effective_from, version_id, part, id) * from (
        {COLUMNS}, tenant_id is not null as is_own
        from policy_passages
        where ordinal is not null and effective_from <= :as_of and address = any(:exact)
        union all
        select below.*
        from unnest(cast(:low as text[]), cast(:high as text[])) as bounds (low, high)
        cross join lateral (
            {COLUMNS}, tenant_id is not null as is_own
            from policy_passages
            where ordinal is not null and effective_from <= :as_of
              and address ~>=~ low and address ~<~ high
            order by address using ~<~ limit {MOST_BELOW}
        ) as below
    ) as found
    order by address, is_own, effective_from desc, version_id, part, id
""")  # noqa: S608 -- our own columns
Range = tuple[str, str]
Holds = Callable[[str, str], bool]


def _any(_low: str, _high: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Named:
    """What a question's citations lead to: passages, best first, and what must be said of them.

    `related` are what the cited passages refer to. `names_unheld` says that an address is named
    of which nothing is held.
    """

    passages: tuple[PassageId, ...] = ()
    related: tuple[PassageId, ...] = ()
    cautions: tuple[Caution, ...] = ()
    names_unheld: bool = False


async def resolve(session: AsyncSession, query: Query, holds: Holds = _any) -> Named:
    """Find the passages that a question names; a paragraph held in its parent finds the parent.

    A text that has ended is found too, since it is asked for by name, and cautioned about.
    `holds` says whether any passage's address lies in a range, so that nothing is read where
    nothing can be found: most questions name no passage.
    """
    mentions = find_mentions(query.text)
    whole = Mention(0, len(query.text), (Citation(" ".join(query.text.split())),))
    rows = await _rows(session, query, [*mentions, whole], holds)
    address = address_of(whole.meanings[0])
    if any(row.address == address for row in rows):
        mentions = (whole,)  # an address as it is held is read no further
    passages: dict[PassageId, Row[Any]] = {}
    cautions: list[Caution] = []
    names_unheld = False
    for mention in mentions or (whole,):
        found = _meant(mention, rows, query)
        passages |= {PassageId(row.id): row for row in found}
        cautions += [c for row in found[:1] for c in _caution(row, query)]
        if not found and mentions:
            names_unheld = True
            cautions.append(Caution(mention.meanings[0], Status.IN_FORCE, None, NOT_HELD))
    related = await _related(session, query, list(passages.values())[:MOST_RELATED])
    return Named(
        tuple(passages),
        tuple(passage_id for passage_id in related if passage_id not in passages),
        tuple(cautions),
        names_unheld,
    )


async def parts_of_passage(
    session: AsyncSession, citation: Citation, query: Query
) -> list[PassageId]:
    """Return the parts of one passage in order, as it stood on the day."""
    rows = await _at(session, query, [address_of(citation)], [])
    return [PassageId(row.id) for row in rows if is_visible(row, query)]


def is_visible(row: Row[Any], query: Query) -> bool:
    """Whether a passage may be found as of the day, as known at the instant, in this status."""
    if not _is_asked_for(row, query):
        return False
    ended = ended_on(row, query.known_at)
    is_over = ended is not None and ended <= query.as_of
    if query.status is Status.IN_FORCE:
        return not is_over
    return query.status == "any" or (is_over and row.status == query.status.value)


def ended_on(row: Row[Any], known_at: datetime | None) -> date | None:
    """Return the day a passage ended, as far as that was known."""
    if known_at is not None and (row.ended_recorded_at is None or row.ended_recorded_at > known_at):
        return None
    ended: date | None = row.effective_to
    return ended


async def _at(
    session: AsyncSession, query: Query, exact: Sequence[str], under: Sequence[Range]
) -> list[Row[Any]]:
    if not exact and not under:
        return []
    ranges = {"low": [low for low, _ in under], "high": [high for _, high in under]}
    found = await session.execute(
        AT_ADDRESSES, {"as_of": query.as_of, "exact": list(exact), **ranges}
    )
    return list(found)


async def _rows(
    session: AsyncSession, query: Query, mentions: Sequence[Mention], holds: Holds
) -> list[Row[Any]]:
    """Read in one statement all that any meaning of any mention may lead to."""
    exact: dict[str, None] = {}
    under: dict[Range, None] = {}
    for mention in mentions:
        for meaning in mention.meanings:
            under |= dict.fromkeys(_below(address_of(meaning)))
            exact |= {address_of(parent): None for parent in enclosing(meaning)}
    return await _at(
        session,
        query,
        [address for address in exact if holds(address, f"{address}\0")],
        [bounds for bounds in under if holds(*bounds)],
    )


def _meant(mention: Mention, rows: Sequence[Row[Any]], query: Query) -> list[Row[Any]]:
    """Return what the likeliest meaning that is held leads to, the passage itself first."""
    for meaning in mention.meanings:
        for at, parent in enumerate(enclosing(meaning)):
            address = address_of(parent)
            held = [row for row in rows if row.address == address]
            if at == 0:
                held += [row for row in rows if _is_below(row.address, address)]
            visible = [row for row in held if is_visible(row, query)]
            chosen = visible or [row for row in held if _is_asked_for(row, query)]
            if chosen:
                chosen.sort(key=lambda row: (len(row.address), row.address, row.part))
                return chosen[:MOST_PER_MENTION]
    return []


def _is_asked_for(row: Row[Any], query: Query) -> bool:
    """Whether the filters let a passage through, whatever its standing."""
    return (
        (query.known_at is None or row.recorded_at <= query.known_at)
        and query.jurisdiction in (None, row.jurisdiction)
        and (query.product is None or not row.products or query.product in row.products)
        and (query.among is None or row.citation in query.among)
    )


def _caution(row: Row[Any], query: Query) -> Iterator[Caution]:
    ended = ended_on(row, query.known_at)
    if ended is not None and ended <= query.as_of:
        status = Status(row.status)
        yield Caution(Citation(row.citation), status, ended, CAUTION.get(status, "Ended."))


async def referred_to(
    session: AsyncSession, query: Query, passages: Sequence[PassageId]
) -> list[tuple[PassageId, PassageId]]:
    """Return whom each passage refers to, as (who refers, what is meant), nearest parents first.

    A paragraph that is held within its parent leads to the parent.
    """
    referring = await session.execute(
        text("select id, refers_to from policy_passages where id = any(:ids)"),
        {"ids": list(passages)},
    )
    wanted = {row.id: row.refers_to[:MOST_REFERENCES] for row in referring}
    chains = {a: _chain(a) for addresses in wanted.values() for a in addresses}
    if not chains:
        return []
    exact = dict.fromkeys(above for chain in chains.values() for above in chain)
    found = await _at(session, query, list(exact), [])
    held = {row.address: row for row in found if row.part == 0 and is_visible(row, query)}
    return [
        (passage_id, PassageId(held[above].id))
        for passage_id in passages
        for address in wanted.get(passage_id, ())
        for above in [next((a for a in chains[address] if a in held), None)]
        if above is not None and held[above].id != passage_id
    ]


def _chain(address: str) -> list[str]:
    """Return an address and those above it."""
    chain = [address]
    while chain[-1].endswith(")"):
        chain.append(chain[-1][: chain[-1].rindex("(")])
    return chain[:2]


async def _related(
    session: AsyncSession, query: Query, rows: Sequence[Row[Any]]
) -> list[PassageId]:
    """Follow the cross-references of cited passages, and find the comments on them."""
    referred = await referred_to(session, query, [PassageId(row.id) for row in rows])
    under = dict.fromkeys(pattern for row in rows for pattern in _comments_on(row.citation))
    found = await _at(session, query, [], list(under))
    comments = [row for row in found if row.part == 0 and is_visible(row, query)]
    comments.sort(key=lambda row: (len(row.address), row.address))
    meant = [*(target for _, target in referred), *(PassageId(row.id) for row in comments)]
    return list(dict.fromkeys(meant))[:MOST_RELATED]


def _comments_on(citation: str) -> Iterator[Range]:
    """Where the official comments on a paragraph of a regulation stand."""
    found = re.match(r"12 CFR (10\d\d)\.(\d+)((?:\([a-z0-9]+\))+)$", citation)
    if found and found[1] in REGULATION_OF_PART:
        address = address_of(f"Reg {REGULATION_OF_PART[found[1]]} Comment {found[2]}{found[3]}")
        yield _beginning_with(f"{address}-")


def _below(address: str) -> Iterator[Range]:
    for sign in BELOW:
        yield _beginning_with(f"{address}{sign}")


def _is_below(address: str, above: str) -> bool:
    return address.startswith(tuple(f"{above}{sign}" for sign in BELOW))


def _beginning_with(words: str) -> Range:
    """Return the first address that begins with these words, and the first that comes after all."""
    return words, words[:-1] + chr(ord(words[-1]) + 1)
