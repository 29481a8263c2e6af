"""Each rule that a finding names is explained in docs/verification.md, and no other."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "app" / "domain" / "verification"
RULE = re.compile(r"[a-z]+(?:-[a-z]+)+")
ONE_WORD = {"advice", "promise", "hedge", "question", "proxy"}
NO_RULES = {"utf-8"}


def rules_in_code() -> set[str]:
    constants = {
        node.value
        for module in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in constants if RULE.fullmatch(text) or text in ONE_WORD} - NO_RULES


def test_the_rules_in_the_documentation_are_those_in_the_code() -> None:
    page = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE))
    assert explained == rules_in_code()
