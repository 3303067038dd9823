"""A web service that runs with a license: a FastAPI dependency, and a session that renews itself.

    COUNTERSIGN_URL=http://127.0.0.1:8600 COUNTERSIGN_TRUST=trust.jwks COUNTERSIGN_STATE=state \
        ADMIN_TOKEN=a-long-secret uvicorn fastapi_service:app

Only who has that token may change the license: `Authorization: Bearer …`.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import countersign
from fastapi import Body, Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

PRODUCT = "acme/editor"


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Opens the session without waiting for a network, and lets it renew itself in the background."""
    trust = countersign.TrustStore(Path(os.environ["COUNTERSIGN_TRUST"]).read_text())
    storage = countersign.FileStorage(os.environ["COUNTERSIGN_STATE"])
    async with (
        countersign.Client(os.environ["COUNTERSIGN_URL"], trust) as client,
        countersign.Session(PRODUCT, trust, storage) as session,
    ):
        app.state.client, app.state.session, app.state.check = client, session, session.prepare()
        background = asyncio.create_task(session.background(client))
        try:
            yield
        finally:
            background.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await background


app = FastAPI(lifespan=lifespan)


def licensed(feature: str | None = None) -> Callable[[Request], countersign.Decision]:
    """A dependency: 402 with every reason, unless the license allows this service, and the feature if one is named."""

    def decide(request: Request) -> countersign.Decision:
        check: countersign.SessionCheck = request.app.state.check
        decision = check.decision()
        if not decision:
            raise HTTPException(402, [{"code": denial.code, "text": denial.text} for denial in decision.denials])
        if feature is not None and not decision.entitled(feature):
            raise HTTPException(402, [{"code": "entitlement_missing", "text": f"`{feature}` is not licensed"}])
        return decision

    return decide


def administrator(stated: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]) -> None:
    """A dependency: 401, unless the request carries the administrator's token."""
    token = os.environ.get("ADMIN_TOKEN", "")
    # Without a token nobody is the administrator. Bytes, since texts are compared only where they are ASCII.
    if not token or stated is None or not secrets.compare_digest(stated.credentials.encode(), token.encode()):
        raise HTTPException(401, "the administrator's token is asked for", {"WWW-Authenticate": "Bearer"})


@app.get("/documents")
def documents(decision: Annotated[countersign.Decision, Depends(licensed())]) -> dict[str, list[str]]:
    """What every license allows, with what there is to tell its owner."""
    return {"documents": ["one", "two"], "notices": [notice.text for notice in decision.notices]}


@app.get("/export", dependencies=[Depends(licensed("export"))])
def export() -> dict[str, str]:
    """What only some licenses allow."""
    return {"export": "all of it"}


@app.post("/license", dependencies=[Depends(administrator)])
async def activate(request: Request, license_key: Annotated[str, Body(embed=True)]) -> dict[str, bool]:
    """Where an administrator types the license key."""
    try:
        refresh = await request.app.state.session.activate(request.app.state.client, license_key)
    except countersign.Unreachable as error:
        raise HTTPException(503, str(error)) from error
    except (countersign.LicenseError, countersign.ClientError) as error:
        raise HTTPException(422, {"code": error.code, "text": str(error)}) from error
    return {"activated": refresh.activated}
