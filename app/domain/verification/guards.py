"""What no explanation may do, whatever its reasons: ask, command, hedge, spell in signs.

These checks read the text itself and not its words' meanings, so that what the lexicon passes
as harmless cannot be put together to something else.
"""

import re
import unicodedata
from collections.abc import Iterator

from app.domain.decisions import Action
from app.domain.explanation import Finding, Language
from app.domain.verification.licence import Licence
from app.domain.verification.text import root, sentences

SIGNS = frozenset(
    ".,;:!?'\"\u2019\u2018\u201c\u201d\u00ab\u00bb()[]-\u2010\u2011\u2013\u2014/%$\u20ac\u00a3&\u00a7\u00b6#\u00bd\u00bc\u00be\u00b0\u00ba\u00aa\u2026\u00b7\u2022\u2212\u2248~=_\u00bf\u00a1*\u00d7|"
)
SPELT = re.compile(r"\b(?:[^\W\d_][-.\u00b7_* ]){2,}[^\W\d_]\b(?!\w)")
LABELS = frozenset({"i.e", "e.g", "u.s", "b v", "n.º"})
OR_MORE = re.compile(
    r"(?:\d|%|months?|years?|days?|meses|a\u00f1os?)\s*(?:\+|or (?:more|less|fewer|longer|over|under|higher|lower|greater|above|below)\b|o (?:m\u00e1s|menos)\b)"
    r"|\b(?:at least|at most|(?<!add )(?<!adds )(?<!added )(?<!adding )(?<!sum )(?<!\d )up to|no more than|no fewer than|no less than|not more than|un m\u00e1ximo del?|un m\u00ednimo del?|al menos|por lo menos|como m\u00ednimo|como m\u00e1ximo|hasta)\s+(?:about\s+)?[$\u20ac]?\s?(?:\d|one\b|two\b|three\b|four\b|five\b|six\b|dos\b|tres\b)"
    r"|[<>\u2264\u2265]",
    re.IGNORECASE,
)
COMMANDS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:please\s+)?(?:pay|open|keep|make|reduce|lower|raise|ask|call|contact|send|mail|apply|save"
        r"|build|close|get|use|add|choose|provide|submit|consider|try|wait|cut|stop|start|write|visit"
        r"|bring|supply|give|show|work|improve|increase|talk|speak|return|sign|remember|ignore|check|dispute|do)"
        r"\s+(?:\w+ing\b|your?\b|the\b|it\b|them\b|one\b|an?\b|us\b|for\b|to\b|in\b|on\b|more\b|less\b|down\b|off\b|up\b|proof\b|again\b|all\b|any\b)",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"(?:por favor,?\s+)?(?:pague|abra|mantenga|reduzca|baje|suba|pida|llame|env\u00ede|solicite|ahorre|cierre|consiga|use"
        r"|a\u00f1ada|elija|aporte|presente|considere|intente|espere|evite|procure|conviene|disminuya|mejore|haga|ponga|traiga|comunique|muestre|tenga (?!en cuenta)|entregue|acuda|consulte|contacte|complete|deje|empiece|deposite|gaste|trabaje|revise|corrija|paga|abre|reduce|env\u00eda)\s",
        re.IGNORECASE,
    ),
}
HEDGES: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:whether|allegedly|reportedly|apparently|seemingly|supposedly|perhaps|maybe|somebody|someone|rumou?r\w*|unless|otherwise"
        r"|(?:could|might|may) (?:have|show))\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:supuestamente|aparentemente|al parecer|quiz\u00e1s? (?!no)|alguien|podr\u00eda|podr\u00edan|presuntamente)\b",
        re.IGNORECASE,
    ),
}
PEOPLE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:applicants|applications|borrowers|customers|consumers|members|people|persons|households|clients|cardholders|others like)\b"
        r"|\bof all\b(?! (?:your|the|my|our|these|this))|\bthe (?:kind|sort|type) of (?:person|people|customer|applicant)"
        r"|\b(?:than|among|amongst) (?:any|all|every|most|other|anyone|everybody|average)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:solicitantes|clientes|prestatarios|otra persona|otras personas|los de otros|los de otras|entre todos|los dem\u00e1s|de otro cliente|consumidores|personas|hogares|gente|de todos los)\b|\bque (?:otros|otras|la mayor\u00eda|los dem\u00e1s)\b",
        re.IGNORECASE,
    ),
}
YOUNG = re.compile(
    r"\byou(?:'re|\u2019re| are| were| seem)? (?:too |so |very |still )*(?:young|old|elderly)\b|\byour (?:young|old|advanced) age\b|\bat your age\b"
    r"|\b(?:es|eres) (?:muy |demasiado |tan )*(?:joven|mayor|viej\w)\b|\ba su edad\b",
    re.IGNORECASE,
)
PENDING = re.compile(
    r"\bunder review\b|\bpending\b|\bbeing reviewed\b|\bnot (?:yet )?(?:been )?decided\b|\bwill be reviewed\b|\bre-?evaluat\w*|\banother review\b|\bsecond (?:review|look)\b"
    r"|\ben revisi\u00f3n\b|\bpendiente de (?:revisi|decisi)\w*",
    re.IGNORECASE,
)
OVER = re.compile(
    r"\b(?:settled|dismissed|discharged|resolved|cured|released|satisfied|expunged|vacated|reversed|withdrawn|forgiven|still (?:open|unpaid|owing|active)|quit|resigned|fired|laid off|lost your)\b",
    re.IGNORECASE,
)
OTHERS_SUBJECT = re.compile(
    r"\b(?:our|your (?:lender|loan officer|landlord|employer|spouse|husband|wife|partner|family|co-?\w+)'?s?|the (?:lender|officer|bank|employer|landlord)'s)\s+(?:own\s+|annual\s+|monthly\s+|total\s+|revolving\s+|credit\s+)*(?P<what>\w+)"
    r"|\byour (?:loan officer|lender|landlord|spouse|husband|wife|partner|co-?(?:applicant|signer|borrower)) (?:is|was|has|had|have|owes?|earns?|makes?|filed|went)\b",
    re.IGNORECASE,
)
CADENCE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:each|every|per) (?:month|week|day|year|quarter|time|account|card|job)\b|[\d%] (?:a|per) (?:month|year|week|day)\b|\b(?:weekly|daily|quarterly|biweekly|repeatedly|regularly|always|constantly|continually)\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\bcada (?:semana|d\u00eda|a\u00f1o|vez|cuenta)\b|\b(?:semanal\w*|diari\w*|repetidamente|siempre|constantemente)\b",
        re.IGNORECASE,
    ),
}
EVERY: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:all|every|none|most) (?:one )?(?:of )?(?:your|the|these|those) (?P<what>\w+(?: \w+)?)|\bevery (?P<what2>\w+)",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:todos|todas|cada un[oa] de|la mayor\u00eda de) (?:sus|tus|los|las) (?P<what>\w+)(?P<what2>)?",
        re.IGNORECASE,
    ),
}
PARTLY = re.compile(
    r"\b(?:partly|in part|partially|some of (?:our|the) (?:reasons|factors)|among other (?:things|reasons|factors)|other reasons|further reasons|more reasons|en parte|entre otr[oa]s|otros motivos)\b",
    re.IGNORECASE,
)
ALONE = re.compile(
    r"\b(?:alone|solely|by itself|on its own|only because|exclusively|only due|weightier than|outweigh\w*|tipped the (?:balance|scales?)|por s\u00ed sol[oa]|\u00fanicamente|exclusivamente)\b",
    re.IGNORECASE,
)
TO_YOU = re.compile(
    r"\b(?:made|paid|owed|due|given) to you\b|\b(?:several dozen|dozens|hundreds|scores of)\b"
    r"|\b(?:a|le|les) (?:pagad|debid)\w+ a usted\b",
    re.IGNORECASE,
)
NOT_SO_MUCH = re.compile(
    r"\b(?:not|isn't|wasn't|no)\s+(?:es |fue |son )?[$]?\d|(?:\d|%|percent|months|years|dollars|points)\s+(?:too|short of|shy of|shorter|higher|lower|more than|less than|above|below|over|under)\b(?! (?:the|a|an?|six|past|twelve|review|\d))",
    re.IGNORECASE,
)
YOU_DECIDED = re.compile(
    r"\b(?:you|usted) (?:have |had |ha )?(?:closed|declined|withdrew|withdrawn|cancell?ed|cerr\u00f3|retir\u00f3)\b",
    re.IGNORECASE,
)
WE_GRANTED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?<!that )(?<!which )(?<!type )(?<!types )(?<!kind )\bwe (?:are (?:happy|pleased|glad) to |have |now |do |can |will )*(?:accept|approve|grant|lend|extend|make you|offer you|provide)(?:ed|d)?\b"
        r"|\byour (?:request|application|loan) (?:is|was|has been) (?:granted|approved|accepted)\b|\banswer (?:is|was) yes\b",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"(?<!no )(?<!no le )(?<!no se )(?<!no te )(?<!que )\b(?:aprobamos|aceptamos|concedimos|concedemos|otorgamos|autorizamos)\b(?! (?:menos|en condiciones))"
        r"|\b(?:su|tu) (?:solicitud|pr\u00e9stamo) (?:ha sido|fue|est\u00e1) (?:aprobad|aceptad|concedid|autorizad)",
        re.IGNORECASE,
    ),
}
NO_OFFER = re.compile(
    r"\b(?:no (?:vamos a |le |te |podemos )*ofrec\w*|not (?:be )?(?:make|offer)\w*(?: an?)?(?: offer)?|offer no|made no offer|no offer)\b"
    r"(?![^.;]*\b(?:terms|condiciones|requested|solicitad|asked))",
    re.IGNORECASE,
)
GRANTING = frozenset({"approved", "counteroffer", "less_favorable_terms", "terms_changed"})
NOT_ALL = re.compile(
    r"\bequal(?:ly)? (?:weight|important|weighty)\b|\betc\b|\bthe rest\b|\bfull list\b|\b(?:two|three|some) of (?:the|our) reasons\b"
    r"|\b(?:the|an?|one|a single|its) (?:only|sole|single) (?:reason|factor)\b|\bon one factor\b|\b(?:el|un) (?:\u00fanico|solo) (?:motivo|factor)\b",
    re.IGNORECASE,
)
SO_YOU = re.compile(
    r"\b(?:as|because|since|after|when|once|although) (?:you|your employer|they|he|she|the bureau)\b(?! (?:asked|requested|applied|wanted|sought|know|see|can see))"
    r"|\b(?:porque|ya que|puesto que|cuando|una vez que|si) (?:usted|su empleador|ellos)\b",
    re.IGNORECASE,
)
BY_SCORE = re.compile(
    r"(?:because of|due to|owing to|on account of) (?:your|the|its) (?:credit )?score\b(?! of)|\bpor (?:su|tu|el) (?:puntaje|puntuaci\u00f3n)\b",
    re.IGNORECASE,
)
SPANISH_MOODS = re.compile(
    r"\b(?:voy|va|vamos|van|iba|iban|\u00edbamos|ir\u00e1) a \w+r\b|\b(?:habr\u00eda|habr\u00edan|hubiera|hubiese|de haber)\b"
    r"|\b(?:aprob|conced|otorg|mejor|cumpl|acept|autoriz)\w*r\u00edan?\b|(?:^|[.;]\s+)Si\b"
    r"|\ble (?:rogamos|recomendamos|sugerimos|aconsejamos|pedimos|invitamos)\b|\b(?:debe|deber\u00e1|tiene que(?! ver)|debe de) (?!(?:\d|un|una|el|la|los|las|m\u00e1s|casi|unos)\b)\w+r\b(?! (?:los|el|las) (?:motivo|factor|raz))",
    re.IGNORECASE,
)
SPANISH_OTHERS = re.compile(
    r"\b(?:su|tu) (?:banco|empresa|jefe|c\u00f3nyuge|espos[oa]|marido|mujer|pareja|familia|casero)\b(?! (?:no|emple))|\botro (?:banco|acreedor) (?:deneg|rechaz)\w*"
    r"|\bnuestr[oa]s? (?:ingres|salario|deuda|saldo|l\u00edmite|vivienda|empleo|cuenta corriente|historial|pago)\w*",
    re.IGNORECASE,
)
WHY = re.compile(
    r"(?:why|what (?:led|lay|counted)|\u00bfpor qu\u00e9)\b[^?]*\?[^?]*$", re.IGNORECASE
)
FIRST_SENTENCE_WORD = re.compile(r"^[\s\"\u201c(*-]*")


def check_guards(
    text: str,
    language: Language,
    licences: tuple[Licence, ...],
    where: str,
    *,
    is_summary: bool,
    action: Action,
) -> Iterator[tuple[int, Finding]]:
    """Find forms that no explanation takes, each with the place of it."""
    for at, sign in enumerate(text):
        if not _is_readable(sign):
            yield at, Finding("sign-unreadable", sign, where)
    for match in SPELT.finditer(text):
        if match.group().lower().strip(". ") not in LABELS:
            yield match.start(), Finding("word-unproved", match.group(), where)
    if ("?" in text or "\u00bf" in text) and not (is_summary and WHY.match(text.strip())):
        yield text.index("?") if "?" in text else 0, Finding("question", text, where)
    yield from _commands(text, language, licences, where)
    every = [
        (OR_MORE, "number-unproved"),
        (HEDGES[language], "hedge"),
        (PEOPLE[language], "comparison-unproved"),
        (YOUNG, "prohibited-basis"),
        (PENDING, "action-misstated"),
        (PARTLY, "reason-generic"),
        (TO_YOU, "agent-unproved"),
        (NOT_SO_MUCH, "number-misplaced"),
        (YOU_DECIDED, "action-misstated"),
        (BY_SCORE, "reason-generic"),
    ]
    if language == "es":
        every += [(SPANISH_MOODS, "promise"), (SPANISH_OTHERS, "agent-unproved")]
    if action == "counteroffer":
        every.append((NO_OFFER, "action-misstated"))
    if action not in GRANTING:
        every.append((WE_GRANTED[language], "action-misstated"))
    for pattern, rule in every:
        for match in pattern.finditer(text):
            yield match.start(), Finding(rule, match.group(), where)
    own = " ".join(licence.reason.statement for licence in licences).lower()
    if is_summary and len(licences) > 1:
        for match in NOT_ALL.finditer(text):
            yield match.start(), Finding("reason-generic", match.group(), where)
    for match in OVER.finditer(text):
        if match.group().lower() not in own:
            yield match.start(), Finding("word-unproved", match.group(), where)
    for match in ALONE.finditer(text):
        weighs = not is_summary or "because" in match.group() or "solely" in match.group().lower()
        if weighs and (len(licences) > 1 or licences[0].rank > 1):
            yield match.start(), Finding("rank-unproved", match.group(), where)
    if not is_summary:
        for match in SO_YOU.finditer(text):
            if match.group().lower().startswith("since") and "t:since" in licences[0].aspects:
                continue
            yield match.start(), Finding("cause-unproved", match.group(), where)
        yield from _cadence(text, language, licences[0], where)
        yield from _scope(text, language, licences[0], where)
        if language == "en":
            yield from _subjects(text, licences[0], where)


def _is_readable(sign: str) -> bool:
    if sign == "+" or sign.isspace() or sign in SIGNS or (sign.isdecimal() and sign.isascii()):
        return True
    return sign.isalpha() and unicodedata.name(sign, "").startswith("LATIN")


def _commands(
    text: str, language: Language, licences: tuple[Licence, ...], where: str
) -> Iterator[tuple[int, Finding]]:
    own = frozenset().union(*(licence.own_roots for licence in licences))
    for sentence in sentences(text):
        for start, clause in _clauses(sentence.text):
            body = FIRST_SENTENCE_WORD.sub("", clause)
            match = COMMANDS[language].match(body)
            if match is not None and root(match.group().split()[0]) not in own:
                yield sentence.start + start, Finding("advice", match.group(), where)


def _clauses(sentence: str) -> Iterator[tuple[int, str]]:
    start = 0
    for match in re.finditer(r"[;:]\s+", sentence):
        yield start, sentence[start : match.start()]
        start = match.end()
    yield start, sentence[start:]


def _cadence(
    text: str, language: Language, licence: Licence, where: str
) -> Iterator[tuple[int, Finding]]:
    """How often something happens is said only where the feature counts so."""
    names = " ".join([licence.reason.statement, *(fact.feature for fact in licence.facts)])
    if re.search(r"income|payment_to|install|obligation|monthly|dti|debt", names, re.IGNORECASE):
        return
    for match in CADENCE[language].finditer(text):
        yield match.start(), Finding("time-unproved", match.group(), where)


def _scope(
    text: str, language: Language, licence: Licence, where: str
) -> Iterator[tuple[int, Finding]]:
    """All and every of a thing is said only of what the reason takes whole."""
    if re.search(r"\btotal\b", licence.reason.statement, re.IGNORECASE):
        return
    for match in EVERY[language].finditer(text):
        words = (match["what"] or match["what2"] or "").lower().split()
        if any(root(word) in COUNTED for word in words):
            yield match.start(), Finding("factor-broadened", match.group(), where)


COUNTED = frozenset(
    root(word)
    for word in [
        "payment",
        "payments",
        "account",
        "accounts",
        "card",
        "cards",
        "loan",
        "loans",
        "debt",
        "debts",
        "obligation",
        "obligations",
        "bill",
        "bills",
        "creditor",
        "creditors",
        "reference",
        "references",
        "inquiry",
        "inquiries",
        "income",
        "savings",
        "pagos",
        "pago",
        "cuentas",
        "cuenta",
        "tarjetas",
        "tarjeta",
        "prestamos",
        "prestamo",
        "deudas",
        "deuda",
        "obligaciones",
        "referencias",
        "consultas",
        "ingresos",
    ]
)


def _subjects(text: str, licence: Licence, where: str) -> Iterator[tuple[int, Finding]]:
    """The factor is the applicant's own, not the lender's or another person's."""
    for match in OTHERS_SUBJECT.finditer(text):
        what = (match["what"] or "").lower()
        if not what or (root(what) in licence.own_roots and root(what) not in COMMON):
            yield match.start(), Finding("agent-unproved", match.group(), where)


COMMON = frozenset(
    root(word)
    for word in [
        "credit",
        "amount",
        "number",
        "report",
        "bureau",
        "application",
        "loan",
        "type",
        "value",
        "request",
        "performance",
    ]
)
