"""What would have met the cutoff: a bounded search over what the applicant can change.

Raw inputs are changed, never ratios: the model recomputes those itself. Every candidate is
rescored by the model that decided, so a path found is a fact about that day; whether another
application would be approved is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations, product

from app.domain.models import Lever

MAX_CHANGES = 3
MAX_PATHS = 3
MAX_CANDIDATES = 4000
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Change:
    """One input as it was and as it would have had to be, in the input's unit."""

    input: str
    label: str
    unit: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Candidate:
    """A set of changes, the inputs they give, and how far they go (steps of the grid)."""

    changes: tuple[Change, ...]
    inputs: Mapping[str, Decimal]
    steps: int

    @property
    def changed(self) -> frozenset[str]:
        """The inputs that it changes."""
        return frozenset(change.input for change in self.changes)


@dataclass(frozen=True, slots=True)
class Path:
    """Changes that met the cutoff when the model scored them, and that score.

    `inputs` are all inputs that differ: those changed, and those that moved along.
    """

    changes: tuple[Change, ...]
    inputs: Mapping[str, Decimal]
    score: Decimal


@dataclass(frozen=True, slots=True)
class Recourse:
    """What was found: paths, smallest first, none of which contains another; how many tried."""

    paths: tuple[Path, ...]
    candidates: int


def candidates(
    application: Mapping[str, object], levers: Sequence[Lever], size: int
) -> tuple[Candidate, ...]:
    """List the candidates with exactly `size` changes, the smallest steps first."""
    numbers = {
        name: Decimal(str(value))
        for name, value in application.items()
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    }
    options = [_options(numbers, lever) for lever in levers]
    made = [
        _combine(numbers, chosen)
        for group in combinations([each for each in options if each], size)
        for chosen in product(*group)
    ]
    made.sort(key=lambda candidate: candidate.steps)  # stable: ties stay in the levers' order
    return tuple(made[:MAX_CANDIDATES])


def smallest(passing: Sequence[tuple[Candidate, Decimal]]) -> tuple[Path, ...]:
    """Choose paths of few steps that differ in what they change."""
    chosen: list[tuple[Candidate, Decimal]] = []
    for candidate, score in sorted(passing, key=lambda found: found[0].steps):
        if all(candidate.changed != other.changed for other, _ in chosen):
            chosen.append((candidate, score))
        if len(chosen) == MAX_PATHS:
            break
    return tuple(Path(candidate.changes, candidate.inputs, score) for candidate, score in chosen)


@dataclass(frozen=True, slots=True)
class _Option:
    change: Change
    moves: Mapping[str, Decimal]
    step: int


def _options(numbers: Mapping[str, Decimal], lever: Lever) -> tuple[_Option, ...]:
    before = numbers.get(lever.input)
    if before is None:
        return ()
    found = []
    for step, after in enumerate(_targets(numbers, lever, before), start=1):
        if after != before:
            change = Change(lever.input, lever.label, lever.unit, before, after)
            moves = {name: rate * (after - before) for name, rate in lever.moves.items()}
            found.append(_Option(change, moves, step))
    return tuple(found)


def _targets(numbers: Mapping[str, Decimal], lever: Lever, before: Decimal) -> Iterator[Decimal]:
    if lever.shares_of:
        whole = numbers.get(lever.shares_of, Decimal(0))
        yield from (_rounded(before + whole * factor) for factor in lever.factors)
        return
    yield from (_rounded(before * factor) for factor in lever.factors)
    yield from (target for target in lever.targets if lever.unit == "flag" or target > before)


def _combine(numbers: Mapping[str, Decimal], chosen: Sequence[_Option]) -> Candidate:
    """Apply changes together: what moves along is summed, what is changed itself is set."""
    inputs: dict[str, Decimal] = {}
    for option in chosen:
        for name, by in option.moves.items():
            inputs[name] = inputs.get(name, numbers.get(name, Decimal(0))) + by
    for option in chosen:
        inputs[option.change.input] = option.change.after
    return Candidate(
        tuple(option.change for option in chosen), inputs, sum(option.step for option in chosen)
    )


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP).normalize() + 0
