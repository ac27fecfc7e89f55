"""Two members who are one person: find the other one, see what it comes to, and make them one."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.members import words
from plugin.admin.members.names import names
from plugin.admin.members.person import ONE
from plugin.loyalty.errors import MemberUnknown, MergeImpossible, OutsideError
from plugin.services import changelog, joining, members, programs, roster

Answer = AnyResponse | tuple[str, int] | str

LONGEST_SEARCH = 100


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """`/members/<id>/merge`."""

    @blueprint.get(f"{ONE}/merge")
    def member_merge(member_id: int) -> Answer:
        return _page(desk, member_id, "")

    @blueprint.post(f"{ONE}/merge")
    def member_merged(member_id: int) -> Answer:
        lost = forms.clean(request.form.get("lost", ""))
        if not lost.isascii() or not lost.isdigit() or len(lost) > len(str(roster.LARGEST_ID)) - 1:
            return _page(desk, member_id, "Choose the other member.")
        try:
            with desk.transaction() as session:
                joining.by_staff(
                    session, member_id, int(lost), handle_key=desk.handle_key, keys=desk.world.keys, now=visit().now
                )
                facts = {"lost": int(lost)}
                changelog.note(
                    session,
                    by=visit().author,
                    deed="member.merged",
                    subject=str(member_id),
                    facts=facts,
                    now=visit().now,
                )
        except MergeImpossible as refusal:
            return _page(desk, member_id, str(refusal))
        desk.ring("codes")
        desk.ring("rest")
        return go("member", member_id=member_id, said="merged")


def _page(desk: Desk, member_id: int, problem: str) -> Answer:
    sought = forms.clean(request.args.get("q", ""))[:LONGEST_SEARCH]
    chosen = request.args.get("lost", "")
    customer_ids = []
    if sought and not sought.removeprefix("#").isdigit():
        try:
            customer_ids = [person.customer_id for person in desk.shopify().find_customers(sought)]
        except OutsideError:
            problem = problem or "Shopify cannot be asked for names right now. Search by number."
    plan = None
    with desk.transaction() as session:
        program = programs.current(session).program
        kept = members.view(session, member_id, handle_key=desk.handle_key, now=visit().now)
        if chosen.isascii() and chosen.isdigit() and len(chosen) < len(str(roster.LARGEST_ID)):
            try:
                plan = joining.plan(session, member_id, int(chosen), handle_key=desk.handle_key, now=visit().now)
            except (MergeImpossible, MemberUnknown) as refusal:
                problem = problem or str(refusal)
        found = roster.find(session, sought, customer_ids=customer_ids, now=visit().now) if sought else []
    found = [one for one in found if one.line.id != member_id]
    others = [one.line.customer_id for one in found] + ([plan.lost.customer_id] if plan is not None else [])
    called = names(desk, [kept.customer_id, *others])
    return page(
        "members/merge.html",
        422 if problem and request.method == "POST" else 200,
        program=program,
        member=kept,
        name=called.of(kept.id, kept.customer_id, is_erased=kept.is_erased),
        found=[
            (
                one.line.id,
                called.of(one.line.id, one.line.customer_id),
                called.email(one.line.customer_id),
                one.line.available,
            )
            for one in found
        ],
        plan=plan,
        lost_name=called.of(plan.lost.id, plan.lost.customer_id) if plan is not None else "",
        sought=sought,
        access=called.access,
        adds=words.ACCESS_ADDS,
        problems={"": problem} if problem else {},
    )
