"""With or without a model, every reason of the catalogue ends in a proved explanation."""

import pytest

from app.adapters.evidence import LibraryEvidence
from app.adapters.template_writer import TemplateWriter
from app.db.engine import Sessions
from app.domain.decisions import Jurisdiction
from app.domain.dossiers import to_dossier
from app.domain.explanation import Verified
from app.domain.reasons import PrincipalReason
from app.domain.verification.verify import verify
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.search import Engine
from tests.domain.kinds_of_notice import CATALOGUE, decision


@pytest.mark.parametrize("jurisdiction", ["US-federal", "EU", "UK"])
async def test_every_reason_can_be_proved(sessions: Sessions, jurisdiction: Jurisdiction) -> None:
    evidence = LibraryEvidence(sessions, Engine(Library(), OnnxEmbedder()))
    for code in CATALOGUE:
        made = decision(
            reasons=(PrincipalReason(code, None, ()),),
            jurisdiction=jurisdiction,
            model=None,
            attributed=None,
        )
        passages, quotes = await evidence.find(made, CATALOGUE)
        dossier = to_dossier(
            made,
            None,
            CATALOGUE,
            audience="customer",
            language="en",
            passages=passages,
            quotes=quotes,
        )
        written = await TemplateWriter().write(dossier)
        assert isinstance(verify(written.draft, dossier), Verified), code
