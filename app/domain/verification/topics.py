"""What topics bring with them, and which of them tell no factor from another."""

from typing import Final

# What speaking of one factor brings with it: revolving use is a share of balances in limits.
BRINGS: Final[dict[str, tuple[str, ...]]] = {
    "t:delinquency": ("t:payment", "t:debt", "t:credit_file", "past"),
    "t:utilization": ("t:revolving", "t:balance", "t:limit", "t:proportion", "t:debt"),
    "t:revolving": ("t:balance",),
    "t:balance": ("t:debt",),
    "t:collection": ("t:debt", "t:credit_file", "past"),
    "t:judgment": ("t:debt", "t:credit_file", "past"),
    "t:garnishment": ("t:income", "t:debt", "t:credit_file", "past"),
    "t:foreclosure": ("t:mortgage", "t:housing", "t:credit_file", "past"),
    "t:repossession": ("t:vehicle", "t:collateral", "t:credit_file", "past"),
    "t:bankruptcy": ("t:credit_file", "past"),
    "t:inquiries": ("t:credit_file", "t:number", "t:requested"),
    "t:history": ("t:credit_file", "t:opened", "past"),
    "t:employment": ("t:status",),
    "t:liquid": ("t:income", "t:assets", "t:savings", "t:checking", "t:balance"),
    "t:savings": ("t:balance", "t:amount", "t:liquid"),
    "t:checking": ("t:balance",),
    "t:payday": ("t:debt", "t:term"),
    "t:term": ("t:payment", "t:length"),
    "t:requested": ("t:amount",),
    "t:installment": ("t:payment", "t:debt"),
    "t:mortgage": ("t:housing",),
    "t:deposit_relationship": ("t:bank", "t:savings", "t:checking"),
    "t:opened": ("t:number",),
    "t:vehicle": ("t:value", "t:collateral"),
    "t:collateral": ("t:value", "t:vehicle", "t:housing"),
    "t:down_payment": ("t:amount",),
    "t:residence": ("t:housing",),
    "t:housing": ("t:residence", "t:mortgage"),
    "t:insurance": ("t:mortgage",),
    "t:references": ("t:credit_file",),
    "t:identity": (),
    "t:since": ("t:length", "past", "recent"),
    "t:value": ("t:amount",),
    "t:spending": ("t:amount",),
    "t:payment": ("t:amount",),
    "t:growth": ("t:amount",),
}
BY_UNIT: Final[dict[str, tuple[str, ...]]] = {
    "ratio": ("t:proportion",),
    "percent": ("t:proportion",),
    "usd": ("t:amount",),
    "months": ("t:length",),
    "years": ("t:length",),
    "days": ("t:length",),
    "count": ("t:number",),
}
# Tags that name no subject: two factors may share them.
WEAK: Final = frozenset(
    {"t:amount", "t:number", "t:proportion", "t:value", "t:status", "t:type", "t:rate"}
    | {"t:length", "t:credit_file", "t:application_incomplete", "t:requested"}
)
# What may be spoken of whatever the reason.
ALWAYS: Final = frozenset(
    {"t:credit_file", "t:application_incomplete", "t:requested", "t:proportion"}
)
