"""Find out which key a request brought, and what it may do."""

import hashlib
from datetime import datetime, timedelta

from app.db import api_keys
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.api_keys import SERVICE_SCOPES
from app.domain.credentials import Credential, CredentialKind, parse_credential
from app.domain.errors import NotAuthenticated
from app.domain.ids import ApiKeyId
from app.use_cases.ports import Clock

REMEMBERED = timedelta(seconds=5)  # how long a revoked key may go on working in a process
MOST_REMEMBERED = 10_000


class ApiKeys:
    """Proves keys against the database, and remembers those proved for a few seconds."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._proved: dict[bytes, tuple[Actor, datetime]] = {}

    async def authenticate(self, text: str) -> Actor:
        """Return who the key proves is asking. Raises NotAuthenticated."""
        at = self._clock()
        # By hash, so that no secret is held and no comparison tells how much of one was right.
        asked = hashlib.sha256(text.encode()).digest()
        remembered = self._proved.get(asked)
        if remembered is not None and at < remembered[1]:
            return remembered[0]
        credential = parse_credential(text, CredentialKind.API_KEY)
        if credential is None:
            raise NotAuthenticated("it is no API key")
        actor, until = await self._prove(credential, at)
        if len(self._proved) >= MOST_REMEMBERED:
            self._proved = {held: who for held, who in self._proved.items() if at < who[1]}
        if len(self._proved) < MOST_REMEMBERED:
            self._proved[asked] = (actor, min(at + REMEMBERED, until))
        return actor

    async def _prove(self, credential: Credential, at: datetime) -> tuple[Actor, datetime]:
        async with self._sessions.begin(credential.tenant_id) as tx:
            held = await api_keys.find(tx, ApiKeyId(credential.id))
            if held is None or not held.accepts(credential.digest, at):
                raise NotAuthenticated("the API key is unknown, revoked or expired")
            await api_keys.note_use(tx, held.key, at)
        name = f"api-key {held.key.id}"
        scopes = held.key.scopes & SERVICE_SCOPES
        return Actor(name, credential.tenant_id, scopes=scopes), held.ends_at(credential.digest)
