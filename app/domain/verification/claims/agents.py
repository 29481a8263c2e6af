"""What the lender is said to have done, and when: it looks, finds and decides, nothing else."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.explanation import Finding
from app.domain.verification.lexicon import Term
from app.domain.verification.text import folded, listed, root, rooted
from app.domain.verification.texts import Text

NEXT_TERMS: Final = 5  # after "we"
AUXILIARY: Final = listed(
    "have had has did do does also then not could can be been were was are is first only just"
    " therefore carefully fully both all again in on the your this it that each as at"
)
WE_MAY: Final = listed("regret write wish thank want hope understand")
WE_DO: Final = rooted(
    "find found consider considered count counted treat treated regard regarded judge judged score"
    " scored record recorded review reviewed look looked see saw seen note noted weigh weighed take"
    " took taken give gave given compare compared measure measured assess assessed evaluate"
    " evaluated check checked try tried attempt attempted verify verified confirm confirmed reach"
    " reached obtain obtained get got receive received hold held list listed name named state"
    " stated"
    " disclose disclosed report reported explain explained tell told rank ranked put use used rely"
    " relied base based determine determined decide decided make made close closed change changed"
    " issue issued locate located contact contacted accept identify identified read examine"
    " examined"
    " need came come say said set go went keep kept show shown describe described know lend extend"
    " think feel believe notice noticed reflect factor factored rate rated mark marked study"
    " studied"
    " send sent attach attached provide provided include included answer answered respond responded"
    " turn turned reject rejected refuse refused deny denied decline declined approve approved"
    " grant"
    " granted offer offered refinance finance raise open opened process processed reconsider"
    " calculate calculated compute computed figure add added run ran conclude concluded settle"
    " settled view viewed select selected pick picked choose chose require finish completed"
    " complete"
    " enter entered log logged write wrote call called went inform informed regret able unable"
    " missing sorry pleased notify notified remain stand end ended ask asked cancel canceled"
    " cancelled give giving"
)
# What has a check of its own.
WE_DECIDE: Final = listed(
    "deciding grant declined approved closed changed countered t:verify unable"
)
# Beginnings of Spanish verbs in the first person plural, whose ending says who acts.
NOSOTROS: Final = tuple(
    sorted(
        listed(
            "verific revis deneg aprob ofrec consider cont tuv ten pod pud logr encontr vimos ve"
            " recib evalu analiz registr constat hall comprob obt valor tom som est hem hab juzg"
            " explic detall expon enumer lament sent agradec comunic inform indic senal decid"
            " resolv"
            " rechaz neg cerr cancel modific cambi present conced otorg autoriz dimos quer deb"
            " escrib"
            " remit calific puntu estim apreci comput contabiliz med compar localiz acced confirm"
            " identific dispon ultimo proximo maximo minimo tramo ramo pusi dam llam sab entend"
            " prestam consegu consult intent trat incluy list mostr dec dij lleg"
        )
    )
)
FUTURE: Final = re.compile(r"(?!quer)\w{3,}(?:r\u00e1|r\u00e1n|r\u00e9|remos)")
# What the reader will do with the text itself, and what it will show.
READERS_FUTURE: Final = (
    *("encontrar", "ver", "hallar", "leer", "podr", "quizr", "mostrar", "detallar", "explicar"),
)


def check_agents(terms: Sequence[Term], text: Text) -> Iterator[Finding]:
    """Find what "we" are said to do beyond looking, finding and deciding."""
    for at, term in enumerate(terms):
        if term.words[-1].lower != "we":
            continue
        act = _act_of(term, terms[at + 1 : at + 2 + NEXT_TERMS])
        if act is not None:
            yield Finding("agent-unproved", f"we {act.text}", text.where)


def _act_of(we: Term, following: Sequence[Term]) -> Term | None:
    """The first verb after "we" that a lender does not do here, None where it is one it does."""
    for other, after in zip(following[:NEXT_TERMS], [*following[1:], None], strict=False):
        said = [word.lower for word in other.words]
        if other.clause != we.clause or any(word in WE_MAY for word in said):
            return None
        if other.tags & WE_DECIDE or (said[-1] in {"have", "had"} and _is_held(after)):
            return None
        if all(word in AUXILIARY for word in said) or other.tags & {"not", "law"}:
            continue
        return None if WE_DO & {root(said[0]), root(said[-1])} else other
    return None


def _is_held(after: Term | None) -> bool:
    """Whether "have" is no auxiliary: "we have no record"."""
    return after is not None and after.first in {"the", "a", "an", "no", "your", "any", "one"}


def check_spanish_agents(terms: Sequence[Term], text: Text) -> Iterator[Finding]:
    """The same in Spanish, where the verb's ending says who acts."""
    for term in terms:
        for word in term.words:
            if word.lower.endswith("mos") and not folded(word.lower).startswith(NOSOTROS):
                yield Finding("agent-unproved", word.text, text.where)


def check_spanish_future(terms: Sequence[Term], text: Text) -> Iterator[Finding]:
    """Nothing is said of the future: in Spanish the verb's ending says it."""
    for term in terms:
        for word in term.words:
            if FUTURE.fullmatch(word.lower) and not word.lower.startswith(READERS_FUTURE):
                yield Finding("promise", word.text, text.where)
