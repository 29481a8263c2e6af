"""The words a sentence may use beyond those of its case; all as roots."""

from app.domain.verification.language import root


def _roots_of(words: str) -> frozenset[str]:
    return frozenset(root(word) for word in words.split())


# Words that say on which side of a standard a value lies.
HIGH = _roots_of(
    """high higher above over exceed exceeds excessive excess more large larger great greater
    heavy much many long longer"""
)
NEGATIONS = _roots_of("not no never without")
LOW = NEGATIONS | _roots_of(
    """low lower below under less few fewer insufficient short shorter small smaller little
    limited lack lacks lacking enough inadequate"""
)
# Words that add nothing a fact would have to carry. Everything else must come from the case.
PLAIN = _roots_of(
    """a an and as at by for from had has have in is it its of on or that the their there these
    this those to was were which with your you our we be been being are
    application applicant applied account credit decision reason reasons factor because due
    show shows showed shown showing report reported stood stand equal equals equaled equivalent
    take takes took amount amounted level figure value rate share part portion percentage total
    recorded relative relation compared about around approximately roughly nearly too considered
    counted against found listed held holding made taken into up out than
    percent month months year years dollar dollars point points monthly annual yearly only just"""
)
SUMMARY = PLAIN | _roots_of(
    """led decline declined loan counteroffer offer offered terms different one two three four
    five six seven eight main principal most important first listed below order following
    closed changed granted less favorable"""
)
