"""The scans of every change find what they are for."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_secret_nobody_has_looked_at_is_found_wherever_it_stands(tmp_path: Path) -> None:
    scanning = script("scan_secrets")
    planted = tmp_path / "settings.py"
    planted.write_text('NAME = "nothing"\naws = "AKIA' + 'QYLPMN5HFIQR7XYA"\n')
    (found,) = scanning.scan([str(planted)])
    assert found[3] == 2
    assert scanning.unknown([found], set()) == [found]
    planted.write_text("\n\n" + planted.read_text())
    (moved,) = scanning.scan([str(planted)])
    assert scanning.unknown([moved], {(found[0], found[2])}) == []


def test_every_place_in_the_baseline_was_looked_at_and_is_still_there() -> None:
    scanning = script("scan_secrets")
    known = scanning.reviewed(ROOT / ".secrets.baseline")
    assert '"is_secret": null' not in (ROOT / ".secrets.baseline").read_text()
    assert {path for path, _ in known if not (ROOT / path).exists()} == set()
    assert not any(
        scanning.SKIPPED.search(path) for path in ("app/settings.py", ".ci/run", "a.env")
    )


GOOD = {"name": "good", "source": {"registry": "x"}, "wheels": [{"hash": "sha256:0"}]}
PACKAGES = [
    ({**GOOD, "name": "litellm"}, "forbidden"),
    ({**GOOD, "source": {"git": "https://example.com"}}, "not from a registry"),
    ({**GOOD, "wheels": [{"hash": "md5:0"}]}, "without a SHA-256"),
    ({**GOOD, "wheels": []}, "without a SHA-256"),
    ({**GOOD, "sdist": {"url": "x"}}, "without a SHA-256"),
]


@pytest.mark.parametrize(("package", "fault"), PACKAGES)
def test_a_package_without_hashes_from_elsewhere_or_forbidden_is_named(
    package: dict[str, object], fault: str
) -> None:
    scanning = script("scan_dependencies")
    assert scanning.faults_of_lock({"package": [GOOD]}) == []
    (found,) = scanning.faults_of_lock({"package": [GOOD, package]})
    assert fault in found


def test_a_licence_that_binds_what_it_is_shipped_with_is_named() -> None:
    fault = script("scan_dependencies").fault_of_licence
    assert fault("a", "AGPL-3.0-only") is not None
    assert fault("a", "GNU General Public License v3 (GPLv3)") is not None
    assert fault("a", "") is not None
    for fine in ("MIT", "LGPL-2.1-or-later", "GNU Lesser General Public License v3 (LGPLv3)"):
        assert fault("a", fine) is None


def test_the_change_check_runs_both_scans() -> None:
    run = (ROOT / ".ci" / "run").read_text()
    assert "scan_secrets.py" in run
    assert "scan_dependencies.py" in run
