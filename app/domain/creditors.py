"""The creditor as its notices name it, and the agency that administers its compliance."""

from dataclasses import dataclass
from typing import Literal

AgencyType = Literal[
    "over_10bn_depository",
    "national_bank",
    "state_member_bank",
    "nonmember_insured_bank",
    "federal_credit_union",
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
    "federal_credit_union": Agency(
        "National Credit Union Administration",
        "Office of Consumer Financial Protection, 1775 Duke Street, Alexandria, VA 22314",
    ),
    # Item 9; the address is that of item 1, where the text held gives it.
    "other_creditor": Agency(
        "Federal Trade Commission",
        "Consumer Response Center, 600 Pennsylvania Avenue NW, Washington, DC 20580",
    ),
}


# Addresses that no text held here gives for that type of creditor: a person reads Appendix A
# and confirms them before the first notice names them.
TO_CONFIRM: frozenset[AgencyType] = frozenset({"federal_credit_union", "other_creditor"})
MAX_DEPOSITORY_ASSETS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class CreditorProfile:
    """Who decides: name and address as they stand on every notice.

    `contact` is the person or office that gives reasons on request (12 CFR 1002.9(a)(2)(ii));
    without one the creditor itself does. `agency_confirmed_by` names who compared the agency's
    address with Appendix A. `assets` are total assets in US dollars;
    `retention_months` is how long records are kept, never below the statute's floor;
    `erase_after_retention` has people erased by themselves once that time is over.
    """

    name: str
    address: str
    phone: str
    agency_type: AgencyType
    contact: str = ""
    contact_address: str = ""
    contact_phone: str = ""
    assets: int | None = None
    agency_confirmed_by: str = ""
    retention_months: int = 61
    erase_after_retention: bool = False

    @property
    def agency(self) -> Agency:
        """The agency that 12 CFR 1002.9(b)(1) has the notice name."""
        if self.agency_type != "other_creditor" and (self.assets or 0) > MAX_DEPOSITORY_ASSETS:
            return (
                BUREAU  # App. A item 1: banks, savings associations and credit unions over $10 bn
            )
        return AGENCIES[self.agency_type]

    @property
    def agency_is_confirmed(self) -> bool:
        """Whether notices may name the agency: it is known from the text, or a person looked."""
        if self.agency is BUREAU or self.agency_type not in TO_CONFIRM:
            return True
        return bool(self.agency_confirmed_by)


DEMO_CREDITOR = CreditorProfile(
    name="Example Lending Company",
    address="100 Example Street, Springfield, IL 62701",
    phone="1-800-555-0100",
    agency_type="other_creditor",
    contact="Credit Department",
    contact_address="100 Example Street, Springfield, IL 62701",
    contact_phone="1-800-555-0100",
    agency_confirmed_by="demonstration",
)
