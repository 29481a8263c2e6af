"""What English has for forms that no explanation takes."""

from typing import Final

from app.domain.verification.guards.form import Form, Guards, either
from app.domain.verification.text import rooted

_NUMBER = r"[$\u20ac]?\s?(?:\d|one\b|two\b|three\b|four\b|five\b|six\b)"
_OTHERS = r"spouse|husband|wife|partner"

ENGLISH: Final = Guards(
    anywhere=(
        # A bound is no value: a fact is told as it is.
        Form.of(
            "number-unproved",
            r"(?:\d|%|months?|years?|days?)\s*(?:\+|or (?:more|less|fewer|longer|over|under|higher"
            r"|lower|greater|above|below)\b)",
            r"\b(?:at least|at most|no more than|no fewer than|no less than|not more than"
            r"|(?<!add )(?<!adds )(?<!added )(?<!adding )(?<!sum )(?<!\d )up to)\s+(?:about\s+)?"
            + _NUMBER,
            r"[<>\u2264\u2265]",
        ),
        # "Not 92 %", "92 % too high": a number denied, or told as a distance.
        Form.of(
            "number-misplaced",
            r"\b(?:not|isn't|wasn't|no)\s+[$]?\d",
            r"(?:\d|%|percent|months|years|dollars|points)\s+(?:too|short of|shy of|shorter|higher"
            r"|lower|more than|less than|above|below|over|under)\b"
            r"(?! (?:the|a|an?|six|past|twelve|review|\d))",
        ),
        Form.of(
            "prohibited-basis",
            r"\byou(?:'re|\u2019re| are| were| seem)? (?:too |so |very |still )*"
            r"(?:young|old|elderly)\b",
            r"\byour (?:young|old|advanced) age\b",
            r"\bat your age\b",
        ),
        # The decision is taken: nothing is open, and the applicant took none of it.
        Form.of(
            "action-misstated",
            r"\bunder review\b|\bpending\b|\bbeing reviewed\b|\bnot (?:yet )?(?:been )?decided\b",
            r"\bwill be reviewed\b|\bre-?evaluat\w*|\banother review\b|\bsecond (?:review|look)\b",
            r"\byou (?:have |had )?(?:closed|declined|withdrew|withdrawn|cancell?ed)\b",
        ),
        # The statement of reasons is of all principal reasons, and the score is none of them.
        Form.of(
            "reason-generic",
            r"\b(?:partly|in part|partially|some of (?:our|the) (?:reasons|factors)"
            r"|among other (?:things|reasons|factors)|other reasons|further reasons"
            r"|more reasons)\b",
            r"(?:because of|due to|owing to|on account of) (?:your|the|its) (?:credit )?score\b"
            r"(?! of)",
        ),
        Form.of(
            "agent-unproved",
            r"\b(?:made|paid|owed|due) to you\b",
            r"\b(?:several dozen|dozens|hundreds|scores of)\b",
        ),
    ),
    forms=(
        Form.of(
            "hedge",
            r"\b(?:whether|allegedly|reportedly|apparently|seemingly|supposedly|perhaps|maybe"
            r"|somebody|someone|rumou?r\w*|unless|otherwise|(?:could|might|may) (?:have|show))\b",
        ),
        Form.of(
            "comparison-unproved",
            r"\b(?:applicants|applications|borrowers|customers|consumers|members|people|persons"
            r"|households|clients|cardholders|others like)\b",
            r"\bof all\b(?! (?:your|the|my|our|these|this))",
            r"\bthe (?:kind|sort|type) of (?:person|people|customer|applicant)",
            r"\b(?:than|among|amongst) (?:any|all|every|most|other|anyone|everybody|average)\b",
        ),
    ),
    alone=either(
        r"\b(?:alone|solely|by itself|on its own|only because|exclusively|only due"
        r"|weightier than|outweigh\w*|tipped the (?:balance|scales?))\b"
    ),
    listing=either(
        r"\bequal(?:ly)? (?:weight|important|weighty)\b|\betc\b|\bthe rest\b|\bfull list\b",
        r"(?<!all )\b(?:two|three|some) of (?:the|our) reasons\b",
        r"\b(?:the|an?|one|a single|its) (?:only|sole|single) (?:reason|factor)\b",
        r"\bon one factor\b",
    ),
    grants=either(
        r"(?<!that )(?<!which )(?<!type )(?<!types )(?<!kind )(?<!one )"
        r"\bwe (?:are (?:happy|pleased|glad) to |have |now |do |can |will )*"
        r"(?:accept|approve|grant|lend|extend|make you|offer you|provide)(?:ed|d)?\b",
        r"\byour (?:request|application|loan) (?:is|was|has been) (?:granted|approved|accepted)\b",
        r"\banswer (?:is|was) yes\b",
    ),
    turned_down=either(r"\b(?:turn|turned|turning) (?:\w+ ){1,5}down\b"),
    limit_cut=either(
        r"\b(?:limit|line|rate)\b[^.;]{0,40}\b(?:was|were|has been|have been|is|are)"
        r" (?:reduced|lowered|cut|decreased|raised|increased)\b",
        r"\bwe (?:have )?(?:reduced|lowered|cut|raised) (?:the|your) (?:credit )?"
        r"(?:limit|line|rate)\b",
    ),
    no_offer=either(
        r"\b(?:not (?:be )?(?:make|offer)\w*(?: an?)?(?: offer)?|offer no|made no offer|no offer)\b"
        r"(?![^.;]*\b(?:terms|condiciones|requested|solicitad|asked))"
    ),
    cause=either(
        r"\b(?:as|because|since|after|when|once|although)"
        r" (?:you|your employer|they|he|she|the bureau)\b"
        r"(?! (?:asked|requested|applied|wanted|sought|know|see|can see))"
    ),
    commands=either(
        r"(?:please\s+)?(?:pay|open|keep|make|reduce|lower|raise|ask|call|contact|send|mail|apply"
        r"|save|build|close|get|use|add|choose|provide|submit|consider|try|wait|cut|stop|start|write"
        r"|visit|bring|supply|give|show|work|improve|increase|talk|speak|return|sign|remember|ignore"
        r"|check|dispute|do)"
        r"\s+(?:\w+ing\b|your?\b|the\b|it\b|them\b|one\b|an?\b|us\b|for\b|to\b|in\b|on\b|more\b"
        r"|less\b|down\b|off\b|up\b|proof\b|again\b|all\b|any\b)"
    ),
    cadence=either(
        r"\b(?:each|every|per) (?:month|week|day|year|quarter|time|account|card|job)\b",
        r"[\d%] (?:a|per) (?:month|year|week|day)\b",
        r"\b(?:weekly|daily|quarterly|biweekly|repeatedly|regularly|always|constantly"
        r"|continually)\b",
    ),
    scope=either(
        r"\b(?:all|every|none|most) (?:one )?(?:of )?(?:your|the|these|those)"
        r" (?P<what>\w+(?: \w+)?)",
        r"\bevery (?P<which>\w+)",
    ),
)
# What became of a thing is told only where the reason's statement tells it.
OUTCOMES: Final = either(
    r"\b(?:settled|dismissed|discharged|resolved|cured|released|satisfied|expunged|vacated|reversed"
    r"|withdrawn|forgiven|still (?:open|unpaid|owing|active)|quit|resigned|fired|laid off"
    r"|lost your)\b"
)
# The factor is the applicant's own, not the lender's or another person's.
OTHERS_FACTOR: Final = either(
    rf"\b(?:our|your (?:lender|loan officer|landlord|employer|{_OTHERS}|family|co-?\w+)'?s?"
    r"|the (?:lender|officer|bank|employer|landlord)'s)\s+"
    r"(?:own\s+|annual\s+|monthly\s+|total\s+|revolving\s+|credit\s+)*(?P<what>\w+)",
    rf"\byour (?:loan officer|lender|landlord|{_OTHERS}|co-?(?:applicant|signer|borrower))"
    r" (?:is|was|has|had|have|owes?|earns?|makes?|filed|went)\b",
)
# Words of many factors, which after "our" name none.
COMMON: Final = rooted(
    "credit amount number report bureau application loan type value request performance"
)
