"""The code that a letter carries: the second thing, beside a link, that opens a decision online.

It is worked out from the master key and the notice, so it is kept nowhere and stands in no hash.
"""

from app.domain.ids import NoticeId
from app.domain.privacy import Vault

# Neither 0 and O, 1, I and L, nor U: what is copied from paper by hand must not be mistaken.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8  # 30 ** 8 is some 6.6e11; five guesses lock a link
MASKED = "****-****"
PURPOSE = "access-code"

SENTENCES = (
    "If you are sent a link to read this decision online, it will ask for this code: {code}",
    "Si recibe un enlace para leer esta decisión en línea, se le pedirá este código: {code}",
)


def access_code(vault: Vault, notice_id: NoticeId) -> str:
    """Return a notice's code as its letter shows it: two groups of four."""
    number = int.from_bytes(vault.keyed_hash(PURPOSE, notice_id))
    letters = ""
    for _ in range(LENGTH):
        number, at = divmod(number, len(ALPHABET))
        letters += ALPHABET[at]
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"


def plain(code: str) -> str:
    """Return a code as it is compared: however its groups and letters were typed."""
    return "".join(code.split()).replace("-", "").upper()


def code_sentences(code: str) -> tuple[str, ...]:
    """Return what the letter says about its code, in the languages of our readers."""
    return tuple(sentence.format(code=code) for sentence in SENTENCES)
