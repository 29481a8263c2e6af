"""Legal citations in free text: parsed into the addresses that passages carry.

A mention may leave out what a reader would know (which regulation a comment belongs to), so it
gives several addresses, the likeliest first; the library holds the one that is meant.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from retrieval.passages import Citation

PARAGRAPHS = r"(?:\s?\([a-zA-Z0-9]{1,5}\))*"
REGULATIONS = ("B", "V", "Z", "C", "E", "X")  # those with comments held, core ones first
PARTS = {"1002": "B", "1003": "C", "1005": "E", "1022": "V", "1024": "X", "1026": "Z"}
DASHES = dict.fromkeys(range(0x2010, 0x2015), "-") | {0x2212: "-"}  # as word processors set them
CASES = {"schufa": "C-634/21", "dun": "C-203/22", "dun & bradstreet": "C-203/22"}
# Sections of the acts and where the U.S. Code puts them (15 USC 1681 and 1691, source notes).
FCRA_SECTIONS = {
    str(602 + at): f"1681{letter}" for at, letter in enumerate(["", *"abcdefghijklmnopqrs"])
}
FCRA_SECTIONS |= {"605a": "1681c-1", "605b": "1681c-2", "622": "1681s-1", "623": "1681s-2"}
FCRA_SECTIONS |= {"624": "1681s-3", "625": "1681t", "626": "1681u", "627": "1681v"}
FCRA_SECTIONS |= {"628": "1681w", "629": "1681x"}
ECOA_SECTIONS = {str(701 + at): f"1691{letter}" for at, letter in enumerate(["", *"abcdef"])}
ECOA_SECTIONS |= {"704a": "1691c-1", "704b": "1691c-2"}


@dataclass(frozen=True, slots=True)
class Mention:
    """A citation in a text: where it stands, and the addresses it may mean."""

    start: int
    end: int
    meanings: tuple[Citation, ...]


def address_of(citation: str) -> str:
    """Return a citation as look-ups compare it: lower case, without spaces and section signs."""
    return re.sub(r"[\s§¶]+", "", citation).casefold()


def _cfr(match: re.Match[str]) -> Iterator[str]:
    yield f"12 CFR {match[1]}"


def _comment(match: re.Match[str]) -> Iterator[str]:
    part, letter = match["part"], match["reg"] or match["reg2"]
    if part:
        letter = PARTS.get(part.rstrip("."), letter)
    known = (letter.upper(),) if letter else REGULATIONS
    at = re.sub(r"\s?-\s?", "-", match["at"])
    for regulation in known:
        yield f"Reg {regulation} Comment {at}"


def _usc(match: re.Match[str]) -> Iterator[str]:
    yield f"15 USC {match[1].lower()}{match[2]}"


def _act(match: re.Match[str]) -> Iterator[str]:
    section = (match["first"] or match["second"]).lower()
    act = (match["act"] or match["act2"]).lower()
    sections = FCRA_SECTIONS if "f" in act[:4] else ECOA_SECTIONS
    if section in sections:
        yield f"15 USC {sections[section]}{match['paras'] or match['paras2'] or ''}"


def _european(match: re.Match[str]) -> Iterator[str]:
    law = _law(match["law"] or match["law2"] or "")
    for name in (law,) if law else ("GDPR", "AI Act", "UK GDPR"):
        yield f"{name} Art. {_upper(match['at'])}" + (f"({match['para']})" if match["para"] else "")


def _recital(match: re.Match[str]) -> Iterator[str]:
    law = _law(match["law"] or match["law2"] or "")
    for name in (law,) if law else ("GDPR", "AI Act"):
        yield f"{name} Recital {match['at']}"


def _annex(match: re.Match[str]) -> Iterator[str]:
    point = match["point"]
    yield f"AI Act Annex {match['at'].upper()}" + (f"({point}){match['paras']}" if point else "")


def _form(match: re.Match[str]) -> Iterator[str]:
    form = f"{match['letter'].upper()}-{match['number']}"
    part = f" Part {match['part'].upper()}" if match["part"] else ""
    if form.startswith("C"):
        yield f"12 CFR 1002 App. C Form {form}{part}"
    elif form.startswith("H"):
        yield f"12 CFR 1022 App. H (form text) {form}"
        yield "12 CFR 1022 App. H ¶ 2"
    else:
        yield f"12 CFR 1022 App. B Model Notice {form}"


def _appendix(match: re.Match[str]) -> Iterator[str]:
    part = (
        match["part"]
        or match["before"]
        or {v: k for k, v in PARTS.items()}.get((match["reg"] or "").upper(), "")
    )
    for known in (part,) if part else ("1002", "1022"):
        base = f"12 CFR {known} App. {match['at'].upper()}"
        yield base + (f" ¶ {match['para']}" if match["para"] else "")


def _case(match: re.Match[str]) -> Iterator[str]:
    number = (match["number"] or CASES.get((match["name"] or "").lower(), "")).upper()
    if match["para"]:
        yield f"CJEU C-{number.removeprefix('C-')} para. {match['para']}"
    elif match["operative"]:
        yield f"CJEU C-{number.removeprefix('C-')} Operative part"


def _letter(match: re.Match[str]) -> Iterator[str]:
    yield f"SR {match[1]}" + (f" ¶ {match[2]}" if match[2] else "")


def _nist(match: re.Match[str]) -> Iterator[str]:
    yield f"NIST AI RMF {match[1].upper()} {match[2]}"


def _circular(match: re.Match[str]) -> Iterator[str]:
    yield f"CFPB Circular {match[1]}" + (f" {match[2].capitalize()}" if match[2] else "")


# Possessive (`*+`, `?+`): what a gap has taken it never gives back, so no text is slow to read.
LAW = (
    r"(?:UK\s+GDPR|(?:EU\s+)?GDPR|(?:UK\s+)?General\s+Data\s+Protection\s+Regulation"
    r"|(?:EU\s+)?(?:AI|Artificial\s+Intelligence)\s+Act"
    r"|Regulation\s+\(EU\)\s+(?:2016/679|2024/1689))"
)
REGULATION = r"reg(?:ulation|\.)?\s*"
SIGN = r"(?:section|sec\.?|§++)\s*+"
ACT_NAME = r"FCRA|ECOA|Fair Credit Reporting Act|Equal Credit Opportunity Act"
OF_LAW = rf"(?:\s*+,)?\s*+(?:of\s++)?(?:the\s++)?(?P<law2>{LAW})"
COMMENT = (
    rf"\b(?:{REGULATION}(?P<reg>[bcevxz])\s+)?"
    r"(?:official\s+(?:interpretation|comment(?:ary)?)|comment(?:ary)?|interpretation)\s+"
    rf"(?:to\s+|of\s+|on\s+)?(?:{REGULATION}(?P<reg2>[bcevxz])\s+)?(?:§+\s*)?"
    rf"(?P<part>10\d\d\.)?(?P<at>(?:\d+{PARAGRAPHS}|App\.\s[A-Z]+)\s?-\s?\d+(?:\.[ivx]+)?)"
)
CFR = rf"\b(?:12\s*C\.?\s*F\.?\s*R\.?\s*)?(?:part\s+)?(?:§+\s*)?(10\d\d\.\d+{PARAGRAPHS})"
USC = (
    r"\b(?:15\s*U\.?\s*S\.?\s*C\.?\s*(?:§+\s*)?|§+\s*|section\s+)"
    rf"(16[89]1[a-z]?(?:-\d+)?)\b({PARAGRAPHS})"
)
ACT = (
    rf"\b(?P<act>{ACT_NAME})(?:\s*+,)?\s*+(?:{SIGN})?(?P<first>[67]\d\d[ab]?)\b(?P<paras>{PARAGRAPHS})"
    rf"|\b{SIGN}(?P<second>[67]\d\d[ab]?)\b(?P<paras2>{PARAGRAPHS})"
    rf"\s*+(?:of\s++(?:the\s++)?)?(?P<act2>{ACT_NAME})"
)
# "Article 18 of the Consumer Credit Directive" is no article of a law held here.
ARTICLE = (
    rf"(?:\b(?P<law>{LAW}),?\s+)?\bart(?:icle|\.)?\s*(?P<at>(?>\d+[A-D]?(?!\w){PARAGRAPHS}))"
    r"(?:,?\s*para(?:graph|\.)?\s*\(?(?P<para>\d+)\)?(?!\w))?+"
    rf"(?:{OF_LAW}|(?!,?\s+of\s+(?:the\s+)?(?-i:[A-Z])))"
)
RECITAL = rf"(?:\b(?P<law>{LAW}),?\s+)?\brecital\s+\(?(?P<at>\d+)\)?(?:{OF_LAW})?"
ANNEX = (
    r"\bannex\s+(?P<at>[ivx]+)\b"
    rf"(?:(?:\s*+,)?\s*+(?:point\s*+)?\(?(?P<point>\d+)\)?(?P<paras>{PARAGRAPHS}))?"
)
FORM = (
    r"\b(?:(?:sample|model)\s+)?(?:form|notice)\s+(?P<letter>[BCH])-(?P<number>\d{1,2})"
    r"(?:,?\s+part\s+(?P<part>I{1,2}))?\b"
)
APPENDIX = (
    rf"\b(?:(?:{REGULATION}(?P<reg>[bcevxz])|12\s*C\.?F\.?R\.?\s*(?:part\s+)?(?P<before>10\d\d)),?\s+)?"
    r"app(?:endix|\.)\s*(?P<at>[A-N]|MS)\b"
    r"(?:\s*(?:to|of)\s*(?:12\s*CFR\s*)?(?:part\s+)?(?P<part>10\d\d))?"
    r"(?:,?\s*(?:¶|para(?:graph|\.)?)\s*(?P<para>\d+|[a-z]))?"
)
CASE = (
    r"\b(?:(?:case\s+)?(?P<number>C-\d+/\d+)|(?P<name>SCHUFA|Dun & Bradstreet))"
    r"(?:\s*\([^)]*\))?,?\s*"
    r"(?:(?:at\s+)?(?:para(?:graph|\.)?s?|¶|point)\s*(?P<para>\d+)"
    r"|(?P<operative>operative\s+part))"
)
LETTER = r"\bSR\s*(?:letter\s*)?(\d{1,2}-\d{1,2})(?:,?\s*(?:¶|para(?:graph|\.)?)\s*(\d+))?"
FORMS: tuple[tuple[str, Callable[[re.Match[str]], Iterator[str]]], ...] = (
    (COMMENT, _comment),
    (CFR, _cfr),
    (USC, _usc),
    (ACT, _act),
    (ARTICLE, _european),
    (RECITAL, _recital),
    (ANNEX, _annex),
    (FORM, _form),
    (APPENDIX, _appendix),
    (CASE, _case),
    (LETTER, _letter),
    (r"\b(GOVERN|MAP|MEASURE|MANAGE)\s+(\d+(?:\.\d+)?)\b", _nist),
    (r"\bcircular\s+(20\d\d-\d\d)(?:,?\s+(response|analysis(?:\s+\d)?))?", _circular),
)
PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), form) for pattern, form in FORMS)


WITHIN = re.compile(
    r"paragraphs?\s+(?P<paras>\([a-z0-9]+\)(?:\([a-z0-9]+\))*)\s+of\s+this\s+section", re.IGNORECASE
)
SECTION = re.compile(r"^(\d+ (?:CFR|USC) [\w.-]+?)(?:\(|$)")


def find_mentions(text: str) -> tuple[Mention, ...]:
    """Return the citations that a text names, in order; where two overlap, the longer."""
    text = text.translate(DASHES)
    found: list[Mention] = []
    for pattern, form in PATTERNS:
        for match in pattern.finditer(text):
            meanings = tuple(Citation(_tidy(meaning)) for meaning in form(match))
            if meanings:
                found.append(Mention(match.start(), match.end(), meanings))
    found.sort(key=lambda mention: (mention.start, mention.start - mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return tuple(kept)


def find_citations(text: str) -> tuple[Citation, ...]:
    """Return the likeliest address of each citation in a text, in order, each once."""
    return tuple(dict.fromkeys(mention.meanings[0] for mention in find_mentions(text)))


def references_in(citation: str, text: str) -> tuple[str, ...]:
    """Return the addresses that a passage refers to, in order: the law's own cross-references.

    "Article 9" in a passage of the AI Act is one of the AI Act; "paragraph (b) of this section"
    is one of the section the passage stands in.
    """
    found: dict[int, str] = {}
    law = re.match(r"UK GDPR|GDPR|AI Act", citation)
    own = f"{law[0]} " if law else ""
    for mention in find_mentions(text):
        meant = next((m for m in mention.meanings if m.startswith(own)), mention.meanings[0])
        found[mention.start] = address_of(meant)
    if section := SECTION.match(citation):
        for within in WITHIN.finditer(text):
            found[within.start()] = address_of(section[1] + within["paras"])
    mine = address_of(citation)
    return tuple(dict.fromkeys(found[at] for at in sorted(found) if found[at] != mine))


def enclosing(citation: Citation) -> tuple[Citation, ...]:
    """Return the citation and its parents, nearest first: (a)(2)(i), (a)(2), (a), section."""
    chain = [citation]
    while match := re.match(
        r"^(.*?)\s?(?:\([a-zA-Z0-9]{1,5}\)| ¶ \w+|-\d+(?:\.[ivx]+)?)$", chain[-1]
    ):
        if match[1].endswith(("CFR 1002", "USC 1681c", "USC 1681s", "USC 1691c")):
            break  # a hyphen inside a section's own number
        chain.append(Citation(match[1]))
    return tuple(chain)


def _tidy(citation: str) -> str:
    return re.sub(r"\s+(?=\()", "", citation) if "(form text)" not in citation else citation


def _law(named: str) -> str:
    named = named.lower()
    if not named:
        return ""
    if "act" in named or "1689" in named:
        return "AI Act"
    return "UK GDPR" if named.startswith("uk") else "GDPR"


def _upper(article: str) -> str:
    """Article numbers carry capitals (22C), their paragraphs do not."""
    number, bracket, rest = article.partition("(")
    return f"{number.strip().upper()}{bracket}{rest}"
