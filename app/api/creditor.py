"""The creditor profile: what stands on every notice."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from app.api.deps import ResourcesDep, allowed
from app.api.fields import Flag, Name, OptionalLine, OptionalText, Strict, Text, Whole
from app.domain.access import Actor, Permission
from app.domain.creditors import AgencyType, CreditorProfile
from app.domain.retention import DEFAULT_MONTHS, FLOOR_MONTHS
from app.use_cases.creditor_profile import get_creditor, set_creditor

router = APIRouter(prefix="/v1/creditor", tags=["creditor"])


class CreditorIn(Strict):
    """Name and address of the creditor, its type, and who gives reasons on request.

    With `erase_after_retention` people are erased once every record about them has been kept for
    `retention_months`.

    `agency_confirmed` says that you compared the agency's address with 12 CFR 1002 App. A.
    """

    name: Name
    address: Text
    phone: Name
    agency_type: AgencyType
    contact: OptionalLine = ""
    contact_address: OptionalText = ""
    contact_phone: OptionalLine = ""
    assets: Annotated[Whole, Field(ge=0, le=10**15)] | None = None
    retention_months: Annotated[Whole, Field(ge=FLOOR_MONTHS, le=600)] = DEFAULT_MONTHS
    erase_after_retention: Flag = False
    agency_confirmed: Flag = False

    def to_domain(self) -> CreditorProfile:
        """Turn into the domain's value, unconfirmed."""
        return CreditorProfile(**self.model_dump(exclude={"agency_confirmed"}))


class CreditorOut(BaseModel):
    """The profile, and the agency that notices name."""

    name: str
    address: str
    phone: str
    agency_type: str
    contact: str
    contact_address: str
    contact_phone: str
    assets: int | None
    retention_months: int
    erase_after_retention: bool
    agency_name: str
    agency_address: str
    agency_confirmed: bool
    agency_confirmed_by: str

    @classmethod
    def of(cls, profile: CreditorProfile) -> "CreditorOut":
        """Present a profile."""
        return cls(
            name=profile.name,
            address=profile.address,
            phone=profile.phone,
            agency_type=profile.agency_type,
            contact=profile.contact,
            contact_address=profile.contact_address,
            contact_phone=profile.contact_phone,
            assets=profile.assets,
            retention_months=profile.retention_months,
            erase_after_retention=profile.erase_after_retention,
            agency_name=profile.agency.name,
            agency_address=profile.agency.address,
            agency_confirmed=profile.agency_is_confirmed,
            agency_confirmed_by=profile.agency_confirmed_by,
        )


@router.get("", summary="Read the creditor profile")
async def read_creditor(
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_MODELS))], resources: ResourcesDep
) -> CreditorOut:
    """Return the profile and the agency it leads to."""
    return CreditorOut.of(await get_creditor(actor=actor, sessions=resources.sessions))


@router.put("", summary="Set the creditor profile")
async def put_creditor(
    body: CreditorIn,
    actor: Annotated[Actor, Depends(allowed(Permission.SET_CREDITOR))],
    resources: ResourcesDep,
) -> CreditorOut:
    """Replace it; notices already issued stay as they are."""
    profile = await set_creditor(
        body.to_domain(),
        is_agency_confirmed=body.agency_confirmed,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return CreditorOut.of(profile)
