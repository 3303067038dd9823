"""A web service that runs with a license: a FastAPI dependency, and a session that renews itself.

    COUNTERSIGN_URL=http://127.0.0.1:8600 COUNTERSIGN_TRUST=trust.jwks COUNTERSIGN_STATE=state \
        uvicorn fastapi_service:app
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import countersign
from fastapi import Body, Depends, FastAPI, HTTPException, Request

PRODUCT = "acme/editor"


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Opens the session without waiting for a network, and lets it renew itself in the background."""
    trust = countersign.TrustStore(Path(os.environ["COUNTERSIGN_TRUST"]).read_text())
    storage = countersign.FileStorage(os.environ["COUNTERSIGN_STATE"])
    with (
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


@app.get("/documents")
def documents(decision: Annotated[countersign.Decision, Depends(licensed())]) -> dict[str, list[str]]:
    """What every license allows, with what there is to tell its owner."""
    return {"documents": ["one", "two"], "notices": [notice.text for notice in decision.notices]}


@app.get("/export", dependencies=[Depends(licensed("export"))])
def export() -> dict[str, str]:
    """What only some licenses allow."""
    return {"export": "all of it"}


@app.post("/license")
async def activate(request: Request, license_key: Annotated[str, Body(embed=True)]) -> dict[str, bool]:
    """Where an administrator types the license key."""
    try:
        refresh = await request.app.state.session.activate(request.app.state.client, license_key)
    except countersign.Unreachable as error:
        raise HTTPException(503, str(error)) from error
    except (countersign.LicenseError, countersign.ClientError) as error:
        raise HTTPException(422, {"code": error.code, "text": str(error)}) from error
    return {"activated": refresh.activated}
