"""Every address of the API in one table: what answers there, what it takes and what it gives. Flask and OpenAPI both read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response
from pydantic import BaseModel

from plugin.api import bodies, insight, members, program, redemptions, shapes
from plugin.loyalty.program import Program

PAGING: Final = ("limit", "next")


@dataclass(frozen=True, slots=True)
class Route:
    """One address.

    `path` is below /api/v1, in OpenAPI's notation. `statuses` are its successes, `refusals` those of its problems that
    not every address has.
    """

    method: str
    path: str
    view: Callable[..., Response]
    gives: Any
    takes: type[BaseModel] | None = None
    parameters: tuple[str, ...] = ()
    headers: tuple[tuple[str, bool], ...] = ()
    statuses: tuple[int, ...] = (200,)
    refusals: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The view's name: Flask's endpoint and OpenAPI's operation id."""
        return self.view.__name__

    @property
    def rule(self) -> str:
        """The path in Flask's notation."""
        return self.path.replace("{", "<").replace("}", ">")


_IDEMPOTENT: Final = "Idempotency-Key"

ROUTES: Final = (
    Route(
        "GET", "/members", members.list_members, shapes.Page[shapes.Member], parameters=("shopify_customer_id", *PAGING)
    ),
    Route("GET", "/members/{member_id}", members.show_member, shapes.One[shapes.Member], refusals=(404,)),
    Route(
        "GET",
        "/members/{member_id}/entries",
        members.list_entries,
        shapes.Page[shapes.Entry],
        parameters=PAGING,
        refusals=(404,),
    ),
    Route(
        "POST",
        "/members/{member_id}/adjustments",
        members.add_adjustment,
        shapes.One[shapes.Entry],
        takes=bodies.NewAdjustment,
        headers=((_IDEMPOTENT, False),),
        statuses=(201,),
        refusals=(404, 413, 422),
    ),
    Route("GET", "/rewards", redemptions.list_rewards, shapes.Page[shapes.Reward], parameters=PAGING),
    Route(
        "POST",
        "/members/{member_id}/redemptions",
        redemptions.add_redemption,
        shapes.One[shapes.Redemption],
        takes=bodies.NewRedemption,
        headers=((_IDEMPOTENT, True),),
        statuses=(201, 202),
        refusals=(404, 409, 413, 422),
    ),
    Route(
        "GET",
        "/redemptions/{redemption_id}",
        redemptions.show_redemption,
        shapes.One[shapes.Redemption],
        refusals=(404,),
    ),
    Route(
        "DELETE",
        "/redemptions/{redemption_id}",
        redemptions.cancel_redemption,
        shapes.One[shapes.Redemption],
        statuses=(202,),
        refusals=(404, 409),
    ),
    Route("GET", "/program", program.show_program, shapes.Program),
    Route(
        "PUT",
        "/program",
        program.put_program,
        shapes.Program,
        takes=Program,
        headers=(("If-Match", False),),
        refusals=(409, 413, 422),
    ),
    Route(
        "POST",
        "/program/preview",
        program.preview_program,
        shapes.One[shapes.Preview],
        takes=bodies.NewPreview,
        refusals=(413, 422),
    ),
    Route(
        "GET",
        "/orders/{shopify_order_id}/explanation",
        insight.explain_order,
        shapes.One[shapes.OrderExplanation],
        refusals=(404,),
    ),
    Route("GET", "/health", insight.show_health, shapes.One[shapes.Health]),
)
