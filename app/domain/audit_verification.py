"""Whether a chain still says what was sealed, and if not, which row does not.

`ChainWalk` reads the links in their order, each beside the hash of its event as the event stands
now. It remembers the last links and the rows that do not fit, so it takes any number of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from app.domain.audit_chain import Head, Link, genesis, link_sha256
from app.domain.audit_findings import MOST_FINDINGS, Finding, Findings
from app.domain.ids import EventId, TenantId

MOST_COMPARED = 40  # links out of place compared with one another: the work grows by the cube
FARTHEST_SHIFT = 8  # links taken out at one place where those after it were renumbered


@dataclass(frozen=True, slots=True)
class StandingLink:
    """A link, and the hash of the event it names as it stands now; None where there is none."""

    link: Link
    found_sha256: bytes | None


@dataclass(frozen=True, slots=True)
class Attested:
    """What a checkpoint says a link is, and where the checkpoint stands."""

    link_sha256: bytes
    where: str


@dataclass(frozen=True, slots=True)
class _OutOfPlace:
    """A link that continues none of the links before it."""

    link: Link
    bases: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Guess:
    """That links were taken out or put in and the rest renumbered; the next link tells."""

    by: int
    explains: tuple[int, ...]
    finding: Finding


@dataclass(frozen=True, slots=True)
class _Mismatch:
    """An event that is not what its link says."""

    event_id: EventId
    sealed: bytes
    found: bytes


class ChainWalk:
    """Reads a tenant's chain from its first link to its last."""

    def __init__(self, tenant_id: TenantId, findings: Findings) -> None:
        self.head = genesis(tenant_id)
        self._findings = findings
        # What the next link may continue: the last one as it stands, and as it should be.
        self._bases: tuple[bytes, ...] = (self.head.link_sha256,)
        self._former: tuple[bytes, ...] = ()
        self._by = 0  # how far the numbers are behind those that were sealed
        self._guess: _Guess | None = None
        self._out_of_place: dict[int, _OutOfPlace] = {}
        self._mismatched: dict[int, _Mismatch] = {}
        self._agreed = 0
        self._rewritten: tuple[int, int, str] | None = None

    def read(self, standing: StandingLink, attested: Sequence[Attested] = ()) -> None:
        """Read the next link, with what checkpoints say of it."""
        link = standing.link
        is_hash_changed = False
        if link.seq > self.head.seq + 1:
            gone = "gone from the chain"
            self._findings.add(Finding("link-removed", self.head.seq + 1, link.seq - 1, gone))
            self._former, self._bases, self._guess = (), (link.link_sha256,), None
        else:
            is_hash_changed = self._read_link(standing)
        if not is_hash_changed:
            self._read_event(standing)
        for said in attested:
            self._compare(link, said)
        self.head = Head(link.seq, link.link_sha256)

    def end(self) -> None:
        """Tell what the rows out of place are, now that all are known."""
        self._tell_links()
        self._tell_events()
        if self._rewritten is not None:
            first, last, where = self._rewritten
            detail = f"link {last} is not the one that {where} attests"
            self._findings.add(Finding("chain-rewritten", first, last, detail))

    def _compare(self, link: Link, said: Attested) -> None:
        if said.link_sha256 == link.link_sha256:
            self._agreed = link.seq
            return
        first = self._agreed + 1 if self._rewritten is None else self._rewritten[0]
        self._rewritten = (min(first, link.seq), link.seq, said.where)

    def _read_link(self, standing: StandingLink) -> bool:
        """Return whether the link holds another hash than its event was sealed with."""
        link, bases = standing.link, self._bases
        base = _continued(link, link.event_sha256, bases, self._by)
        found = standing.found_sha256
        is_hash_changed = (
            base is None
            and found is not None
            and _continued(link, found, bases, self._by) is not None
        )
        if is_hash_changed:
            self._changed(link.seq, "holds another hash than its event was sealed with")
        elif base is None:
            self._misplaced(link)
        elif base != bases[0] and self._out_of_place.pop(self.head.seq, None) is not None:
            self._changed(self.head.seq, "is not the hash of what it covers")
        if base is not None or is_hash_changed:
            self._guess = None
        covered = found if is_hash_changed and found is not None else link.event_sha256
        should_be = link_sha256(bases[0], link.seq + self._by, covered, link.sealed_us)
        self._former = bases
        self._bases = tuple(dict.fromkeys((link.link_sha256, should_be)))
        return is_hash_changed

    def _changed(self, seq: int, detail: str) -> None:
        self._findings.add(Finding("link-changed", seq, seq, detail))

    def _misplaced(self, link: Link) -> None:
        guess = self._guess
        if guess is not None and _continued(link, link.event_sha256, self._bases, guess.by):
            for seq in guess.explains:
                self._out_of_place.pop(seq, None)
            self._findings.add(guess.finding)
            self._by, self._guess = guess.by, None
            return
        self._guess = self._guess_shift(link)
        self._out_of_place[link.seq] = _OutOfPlace(link, self._bases)
        if len(self._out_of_place) > MOST_FINDINGS:
            self._broken(next(iter(self._out_of_place)))

    def _guess_shift(self, link: Link) -> _Guess | None:
        """Ask whether the link fits under another number than its own."""
        before = self.head.seq
        if _continued(link, link.event_sha256, self._former, self._by - 1):
            detail = "put in; those after it were renumbered"
            finding = Finding("link-inserted", before, before, detail)
            return _Guess(self._by - 1, (before, link.seq), finding)
        for more in range(1, FARTHEST_SHIFT + 1):
            if _continued(link, link.event_sha256, self._bases, self._by + more):
                detail = f"{more} taken out right before this one; from here on all are renumbered"
                finding = Finding("link-removed", before, before, detail)
                return _Guess(self._by + more, (before, link.seq), finding)
        return None

    def _read_event(self, standing: StandingLink) -> None:
        link, found = standing.link, standing.found_sha256
        if found is None:
            detail = "sealed, and gone"
            self._findings.add(Finding("event-removed", link.seq, link.seq, detail, link.event_id))
        elif found != link.event_sha256:
            self._mismatched[link.seq] = _Mismatch(link.event_id, link.event_sha256, found)
            if len(self._mismatched) > MOST_FINDINGS:
                self._event_changed(next(iter(self._mismatched)))

    def _tell_links(self) -> None:
        held = list(self._out_of_place.values())
        if len(held) > MOST_COMPARED:
            held = []
        bases = {base for one in held for base in one.bases} | {
            one.link.link_sha256 for one in held
        }
        for one in held:
            link = one.link
            for base, other in product(bases, held):
                seq = other.link.seq
                if _continued(link, link.event_sha256, (base,), seq - link.seq + self._by):
                    if seq != link.seq:
                        detail = f"sealed as number {seq}"
                        moved = Finding("link-moved", link.seq, link.seq, detail, link.event_id)
                        self._findings.add(moved)
                    del self._out_of_place[link.seq]
                    break
        for seq in sorted(self._out_of_place):
            self._broken(seq)

    def _broken(self, seq: int) -> None:
        one = self._out_of_place.pop(seq)
        detail = "does not continue the link before: one of the two is not as it was sealed"
        self._findings.add(Finding("link-broken", seq, seq, detail, one.link.event_id))

    def _tell_events(self) -> None:
        sealed_at = {one.sealed: seq for seq, one in self._mismatched.items()}
        for seq in sorted(self._mismatched):
            one = self._mismatched[seq]
            place = sealed_at.get(one.found)
            if place is None:
                self._event_changed(seq)
            else:
                detail = f"sealed as number {place}"
                self._findings.add(Finding("event-moved", seq, seq, detail, one.event_id))

    def _event_changed(self, seq: int) -> None:
        one = self._mismatched.pop(seq)
        detail = "its columns are not those that were sealed"
        self._findings.add(Finding("event-changed", seq, seq, detail, one.event_id))


def _continued(link: Link, event_sha256: bytes, bases: tuple[bytes, ...], by: int) -> bytes | None:
    """Return which of some links a link continues, were it numbered so much higher."""
    for base in bases:
        if link_sha256(base, link.seq + by, event_sha256, link.sealed_us) == link.link_sha256:
            return base
    return None
