import json
from pathlib import Path
from uuid import uuid4

from tests.api.test_thread import application
from tests.embedded.test_by_hand import decided, rationale


def test_an_explanation_is_replayed_by_its_id(embedded_database: Path, tmp_path: Path) -> None:
    decision = decided(embedded_database, tmp_path, application())
    explained = json.loads(rationale(embedded_database, "explain", decision["id"], "--json").stdout)

    replayed = rationale(embedded_database, "replay", explained["id"], "--json")
    assert replayed.returncode == 0, replayed.stderr[-2000:]
    answer = json.loads(replayed.stdout)
    assert answer["same"]
    assert answer["verdict"] == "verified"
    assert answer["sentences"][0]["kept"] == explained["summary"]
    shown = rationale(embedded_database, "replay", explained["id"])
    assert shown.stdout.decode().splitlines()[-1] == "Same."

    unknown = rationale(embedded_database, "replay", str(uuid4()))
    assert unknown.returncode == 1
    assert b"rationale: There is no explanation" in unknown.stderr
    assert rationale(embedded_database, "replay", "no-id").returncode == 2
