"""Reads what a language model returned: the one place where a reply is parsed."""

import json
import re

from app.domain.explanation import Citation, Draft, Finding, Statement
from app.domain.models import ReasonCode

FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)


def parsed(raw: str) -> object:
    """Parse a reply, out of its code fence.

    Raises RecursionError, or ValueError where it is no JSON or its text holds half a character:
    such text can be neither kept nor sent.
    """
    fenced = FENCE.match(raw)
    reply = json.loads(fenced.group(1) if fenced else raw)
    json.dumps(reply, ensure_ascii=False).encode()
    return reply


def read_reply(raw: str) -> Draft | Finding:
    """Read a whole explanation from a model's raw reply, or say what is wrong with its form.

    The form is that of the contract: a summary, and per reason a code, a statement and
    citations with their quotes. A code fence around the object is taken off; nothing else is
    repaired.
    """
    try:
        reply = parsed(raw)
    except (ValueError, RecursionError):
        return Finding("reply-not-json", raw[:80], "reply")
    if not isinstance(reply, dict):
        return Finding("reply-not-json", raw[:80], "reply")
    summary, reasons = reply.get("summary"), reply.get("reasons")
    if not isinstance(summary, str) or not summary.strip():
        return Finding("key-missing", "summary", "summary")
    if not isinstance(reasons, list):
        return Finding("key-missing", "reasons", "reasons")
    statements = []
    for at, reason in enumerate(reasons):
        read = _statement(reason, f"reasons[{at}]")
        if isinstance(read, Finding):
            return read
        statements.append(read)
    return Draft(summary, tuple(statements))


def _statement(reason: object, where: str) -> Statement | Finding:
    if not isinstance(reason, dict):
        return Finding("key-missing", "code", where)
    for key in ("code", "statement"):
        if not isinstance(reason.get(key), str) or not reason[key].strip():
            return Finding("key-missing", key, f"{where}.{key}")
    cited = reason.get("citations")
    if not isinstance(cited, list):
        return Finding("key-missing", "citations", f"{where}.citations")
    citations = []
    for number, citation in enumerate(cited):
        place = f"{where}.citations[{number}]"
        if not isinstance(citation, dict):
            return Finding("key-missing", "citation", place)
        for key in ("citation", "quote"):
            if not isinstance(citation.get(key), str) or not citation[key].strip():
                return Finding("key-missing", key, f"{place}.{key}")
        citations.append(Citation(citation["citation"], citation["quote"]))
    return Statement(ReasonCode(reason["code"]), reason["statement"], tuple(citations))
