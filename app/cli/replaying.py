"""`rationale replay`: whether the same writer still writes the same explanation."""

import json
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.running import AsJson, with_resources

replaying = typer.Typer()


@replaying.command()
def replay(
    explanation_id: Annotated[UUID, typer.Argument(help="The explanation's id.")],
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Ask the same writer again with the kept dossier; exit 0 if all is the same, 1 if not."""

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        from app.domain.ids import ExplanationId  # noqa: PLC0415 -- a start should be fast
        from app.embedded.start import DEMO_TENANT  # noqa: PLC0415 -- likewise
        from app.use_cases.replay_explanation import replay_explanation  # noqa: PLC0415 -- likewise

        resources = started.resources
        return await replay_explanation(
            ExplanationId(explanation_id),
            tenant_id=DEMO_TENANT,
            sessions=resources.sessions,
            writer=resources.writer,
            fallback=resources.template_writer,
        )

    replayed = with_resources(run, with_language_model=True)
    if as_json:
        print(json.dumps(_to_json(replayed)))
    else:
        _print(replayed)
    raise typer.Exit(0 if replayed.is_same else 1)


def _to_json(replayed: Any) -> dict[str, Any]:  # noqa: ANN401 -- imported late
    kept = replayed.kept.draft.written
    return {
        "explanation_id": str(replayed.kept.id),
        "decision_id": str(replayed.kept.decision_id),
        "same": replayed.is_same,
        "differences": [asdict(found) for found in replayed.differences],
        "writer": {
            "writer": kept.writer,
            "model": kept.model,
            "prompt": kept.prompt,
            "prompt_sha256": kept.prompt_sha256,
            **asdict(kept.settings),
        },
        "sentences": [{**asdict(s), "same": s.is_same} for s in replayed.sentences],
        "verdict": "rejected" if replayed.findings else "verified",
        "findings": [asdict(finding) for finding in replayed.findings],
        "seconds": {"kept": kept.seconds, "again": replayed.again.seconds},
    }


def _print(replayed: Any) -> None:  # noqa: ANN401 -- imported late
    kept = replayed.kept.draft.written
    written_by = f"{kept.writer} {kept.model}, prompt {kept.prompt} {kept.prompt_sha256[:12]}"
    print(f"Explanation {replayed.kept.id}, written by {written_by.rstrip()}")
    differing = {(found.where, found.number) for found in replayed.differences}
    for sentence in replayed.sentences:
        is_other = (sentence.where, sentence.number) in differing
        print(f"  {'DIFFERS' if is_other else 'same':8}{sentence.where} {sentence.number}")
    for found in replayed.differences:
        print(f"{found.where} {found.number}\n  kept:  {found.kept}\n  again: {found.again}")
    for finding in replayed.findings:
        print(f"finding {finding.rule} at {finding.where}: {finding.words}")
    count = len(replayed.differences)
    print("Same." if replayed.is_same else f"Differs in {count} place{'s' if count > 1 else ''}.")
