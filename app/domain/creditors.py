"""The creditor as its notices name it, and the agency that administers its compliance."""

from dataclasses import dataclass
from typing import Literal

AgencyType = Literal[
    "over_10bn_depository",
    "national_bank",
    "state_member_bank",
    "nonmember_insured_bank",
    "other_creditor",
]


@dataclass(frozen=True, slots=True)
class Agency:
    """A Federal agency as 12 CFR 1002 App. A (as amended 2023) lists it."""

    name: str
    address: str


BUREAU = Agency("Bureau of Consumer Financial Protection", "1700 G Street NW, Washington, DC 20552")
AGENCIES: dict[AgencyType, Agency] = {
    "over_10bn_depository": BUREAU,
    "national_bank": Agency(
        "Office of the Comptroller of the Currency",
        "Customer Assistance Group, P.O. Box 53570, Houston, TX 77052",
    ),
    "state_member_bank": Agency(
        "Federal Reserve Consumer Help Center", "P.O. Box 1200, Minneapolis, MN 55480"
    ),
    "nonmember_insured_bank": Agency(
        "Division of Depositor and Consumer Protection, National Center for Consumer and "
        "Depositor Assistance, Federal Deposit Insurance Corporation",
        "1100 Walnut Street, Box #11, Kansas City, MO 64106",
    ),
    # Item 9; the address is that of item 1, where the text held gives it.
    "other_creditor": Agency(
        "Federal Trade Commission",
        "Consumer Response Center, 600 Pennsylvania Avenue NW, Washington, DC 20580",
    ),
}


@dataclass(frozen=True, slots=True)
class CreditorProfile:
    """Who decides: name and address as they stand on every notice."""

    name: str
    address: str
    phone: str
    agency_type: AgencyType

    @property
    def agency(self) -> Agency:
        """The agency that 12 CFR 1002.9(b)(1) has the notice name."""
        return AGENCIES[self.agency_type]


DEMO_CREDITOR = CreditorProfile(
    name="Example Lending Company",
    address="100 Example Street, Springfield, IL 62701",
    phone="1-800-555-0100",
    agency_type="other_creditor",
)
