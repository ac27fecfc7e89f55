"""Pages about the program: how it stands, what it gives, and what it costs. Saving always publishes a whole new version."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from plugin.admin import forms, phrases
from plugin.admin.desk import Desk, go, page, visit
from plugin.admin.formats import Formats
from plugin.admin.forms import Field
from plugin.db import Session
from plugin.loyalty.errors import InvalidProgram, OutsideError, VersionConflict
from plugin.loyalty.program import CodeKind, Program, Reward, RewardKind, dump, parse
from plugin.loyalty.program.rewards import MONEY_KINDS
from plugin.services import figures, programs
from plugin.services.ports import Product

Answer = AnyResponse | tuple[str, int] | str

PERIOD = timedelta(days=30)
LANGUAGES: Final = (("en", "English"), ("de", "German"), ("fr", "French"))
ROUNDINGS: Final = (("floor", "Round down"), ("nearest", "Round to the nearest"), ("ceiling", "Round up"))

PROGRAM_FIELDS: Final = (
    Field("name", "text"),
    *(
        Field(f"points_name.{code}.{form}", "text", is_optional=code != "en")
        for code, _ in LANGUAGES
        for form in ("one", "other")
    ),
    Field("only_joined", "flag"),
    Field("earning.points", "whole"),
    Field("earning.per", "money"),
    Field("earning.rounding", "text"),
    Field("earning.pending_days", "whole"),
    Field("earning.expiry_months", "whole", is_optional=True),
    Field("earning.includes_tax", "flag"),
    Field("exclusions.product_ids", "ids"),
    Field("exclusions.collection_ids", "ids"),
    Field("exclusions.customer_tags", "words"),
    Field("exclusions.company_orders", "flag"),
    Field("returns_points_on_refund", "flag"),
    Field("grace_days", "whole"),
)
REFERRAL_FIELDS: Final = (
    Field("referral.is_on", "flag"),
    Field("referral.advocate_points", "whole"),
    Field("referral.friend_points", "whole"),
    Field("referral.minimum_spend", "money"),
    Field("referral.offer.kind", "text"),
    Field("referral.offer.value", "money", is_optional=True),
    Field("referral.offer.minimum_spend", "money"),
    Field("referral.offer.ends_days", "whole"),
)
REWARD_FIELDS: Final = (
    Field("title", "text"),
    Field("price_points", "whole"),
    Field("value", "money", is_optional=True),
    Field("is_variable", "flag"),
    Field("minimum_points", "whole", is_optional=True),
    Field("maximum_points", "whole", is_optional=True),
    Field("minimum_spend", "money"),
    Field("ends_days", "whole"),
    Field("is_on", "flag"),
    Field("combines_with_product", "flag"),
    Field("combines_with_order", "flag"),
    Field("combines_with_shipping", "flag"),
)
CONFLICT: Final = (
    "Somebody else saved the program while you were editing. "
    "Nothing of yours is saved yet: reload to see theirs, or save yours all the same."
)


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """Overview, program, rewards, referrals."""
    _add_overview(blueprint, desk)
    _add_settings(blueprint, desk)
    _add_rewards(blueprint, desk)


def _add_overview(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/")
    def overview() -> Answer:
        with desk.transaction() as session:
            current = programs.current(session)
            program, version = current.program, current.version
            found = figures.since(session, start=visit().now - PERIOD)
        return page(
            "overview.html",
            program=program,
            version=version,
            figures=found,
            outstanding_worth=phrases.worth(program, found.available + found.pending),
            meaning=phrases.meaning(program, visit().formats),
            steps=_steps(program, version),
        )

    @blueprint.post("/launch")
    def launch() -> Answer:
        wants_live = request.form.get("is_live") == "true"
        with desk.transaction() as session:
            current = programs.current(session)
            if current.program.is_live != wants_live:
                changed = current.program.model_copy(update={"is_live": wants_live})
                programs.publish(session, changed, by=visit().author, now=visit().now, based_on=current.version)
        return go("overview", said="launched" if wants_live else "switched-off")


def _steps(program: Program, version: int) -> list[dict[str, Any]]:
    """What stands between a fresh install and a live program, in order."""
    return [
        {
            "title": "Decide what customers earn",
            "words": "One number to start with: points for what they spend.",
            "endpoint": "settings",
            "is_done": version > 1,
        },
        {
            "title": "Choose the rewards",
            "words": "What points are good for, and what it costs you.",
            "endpoint": "rewards",
            "is_done": any(r.is_on for r in program.rewards),
        },
        {
            "title": "Invite friends of customers",
            "words": "Both sides get something for a first order. Optional.",
            "endpoint": "referrals",
            "is_done": program.referral.is_on,
        },
        {
            "title": "Show the program in your store",
            "words": "Switch on the Regulars app embed in your theme.",
            "endpoint": None,
            "is_done": None,
        },
        {
            "title": "Launch",
            "words": "Until then nothing is promised and nothing is shown to customers.",
            "endpoint": None,
            "is_done": program.is_live,
        },
    ]


def _add_settings(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/program")
    def settings() -> Answer:
        return _settings_page(desk, "program.html", PROGRAM_FIELDS)

    @blueprint.post("/program")
    def save_settings() -> Answer:
        return _save(desk, "program.html", PROGRAM_FIELDS, "settings")

    @blueprint.post("/program/preview")
    def preview_settings() -> Answer:
        return _preview(desk, PROGRAM_FIELDS, phrases.meaning)

    @blueprint.get("/referrals")
    def referrals() -> Answer:
        return _settings_page(desk, "referrals.html", REFERRAL_FIELDS)

    @blueprint.post("/referrals")
    def save_referrals() -> Answer:
        return _save(desk, "referrals.html", REFERRAL_FIELDS, "referrals")

    @blueprint.post("/referrals/preview")
    def preview_referrals() -> Answer:
        return _preview(desk, REFERRAL_FIELDS, phrases.referral)


def _settings_page(desk: Desk, template: str, fields: Sequence[Field]) -> Answer:
    with desk.transaction() as session:
        current = programs.current(session)
    return _settings_form(
        desk, template, current.program, current.version, forms.shown(fields, dump(current.program)), {}
    )


def _settings_form(
    desk: Desk, template: str, program: Program, version: int, values: Mapping[str, str], problems: Mapping[str, str]
) -> Answer:
    said = phrases.referral if template == "referrals.html" else phrases.meaning
    picked = _picked(desk, values) if template == "program.html" else {}
    return page(
        template,
        422 if problems else 200,
        program=program,
        version=version,
        values=values,
        problems=problems,
        meaning=said(program, visit().formats),
        picked=picked,
        picked_titles={kind: json.dumps({str(one.id): one.title for one in chosen}) for kind, chosen in picked.items()},
        is_conflict=problems.get("") == CONFLICT,
        languages=LANGUAGES,
        roundings=ROUNDINGS,
        kinds=phrases.CODE_NAMES,
    )


def _save(desk: Desk, template: str, fields: Sequence[Field], endpoint: str) -> Answer:
    """Publish what the form says, over the version the merchant saw; or the form again, with problems at their fields."""
    with desk.transaction() as session:
        current = programs.current(session)
        program, problems = _program_of(current.program, fields)
        if program is not None:
            problems = _publish(session, program)
    if problems:
        return _settings_form(
            desk, template, current.program, _shown_version(current.version, problems), _typed(fields), problems
        )
    return go(endpoint, said="saved")


def _program_of(current: Program, fields: Sequence[Field]) -> tuple[Program | None, Mapping[str, str]]:
    """The program as the form wants it, or problems by field."""
    reading = forms.read(fields, request.form, digits=visit().formats.digits)
    document = dump(current)
    for path, value in reading.values.items():
        forms.put(document, path, value)
    problems = {**reading.problems, **_name_problems(document)}
    if document["referral"]["offer"]["kind"] == "free_shipping":
        document["referral"]["offer"]["value"] = None
    if problems:
        return None, problems
    try:
        return parse(document), {}
    except InvalidProgram as error:
        return None, forms.by_field(error.facts["problems"], fields)


def _name_problems(document: dict[str, Any]) -> dict[str, str]:
    """A language needs both forms or neither; one with neither is left out."""
    problems = {}
    for code, names in list(document["points_name"].items()):
        missing = [form for form in ("one", "other") if not names.get(form)]
        if len(missing) == 2 and code != "en":  # noqa: PLR2004 - both forms
            del document["points_name"][code]
        elif missing and code != "en":
            problems[f"points_name.{code}.{missing[0]}"] = "Fill in both forms, or leave both empty."
    return problems


def _publish(session: Session, program: Program) -> Mapping[str, str]:
    """Make it the live version unless somebody else was first; then what to tell, for the whole page."""
    try:
        programs.publish(session, program, by=visit().author, now=visit().now, based_on=_based_on())
    except VersionConflict:
        return {"": CONFLICT}
    return {}


def _based_on() -> int:
    """The version that the form was filled in over; 0, which never was, for anything that is no version."""
    typed = forms.clean(request.form.get("based_on", ""))
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0  # noqa: PLR2004 - fits an int column


def _shown_version(current: int, problems: Mapping[str, str]) -> int:
    """What a form that was not saved is based on next: as before, except after a conflict, where saving again means "mine over theirs"."""
    return current if problems.get("") == CONFLICT else _based_on()


def _preview(desk: Desk, fields: Sequence[Field], said: Callable[[Program, Formats], list[str]]) -> Answer:
    """What the form, as typed so far, would mean."""
    with desk.transaction() as session:
        current = programs.current(session).program
    program, _ = _program_of(current, fields)
    sentences = said(program, visit().formats) if program is not None else None
    return render_template("admin/meaning.html", meaning=sentences)


def _typed(fields: Sequence[Field]) -> dict[str, str]:
    return {field.path: forms.clean(request.form.get(field.path, "")) for field in fields}


def _picked(desk: Desk, values: Mapping[str, str]) -> dict[str, list[Product]]:
    """The chosen products and collections with their titles; numbers instead of titles while Shopify cannot be asked."""
    chosen = {
        kind: [int(part) for part in values[f"exclusions.{kind}_ids"].replace(" ", "").split(",") if part.isdigit()]
        for kind in ("product", "collection")
    }
    titles: dict[str, Product] = {}
    if any(chosen.values()):
        try:
            titles = desk.shopify().titles(product_ids=chosen["product"], collection_ids=chosen["collection"])
        except OutsideError:
            titles = {}
    return {
        kind: [titles.get(f"{kind}:{number}") or Product(number, f"No. {number}") for number in ids]
        for kind, ids in chosen.items()
    }


def _add_rewards(blueprint: Blueprint, desk: Desk) -> None:
    @blueprint.get("/rewards")
    def rewards() -> Answer:
        with desk.transaction() as session:
            current = programs.current(session)
        lines = [
            (reward, phrases.offer(current.program, reward, visit().formats)) for reward in current.program.rewards
        ]
        return page("rewards.html", program=current.program, lines=lines, kinds=phrases.KIND_NAMES)

    @blueprint.get("/rewards/new/<kind>")
    def new_reward(kind: str) -> Answer:
        with desk.transaction() as session:
            current = programs.current(session)
        starting = _starting_reward(_kind(kind), current.program, is_variable=request.args.get("variable") == "yes")
        return _reward_form(
            current.program,
            current.version,
            starting,
            None,
            forms.shown(REWARD_FIELDS, starting.model_dump(mode="json")),
            {},
        )

    @blueprint.post("/rewards/new/<kind>")
    def add_reward(kind: str) -> Answer:
        return _save_reward(desk, _kind(kind), None)

    @blueprint.get("/rewards/<reward_id>")
    def reward(reward_id: str) -> Answer:
        with desk.transaction() as session:
            current = programs.current(session)
        known = _known(current.program, reward_id)
        if known is None:
            return _no_reward()
        return _reward_form(
            current.program,
            current.version,
            known,
            known.id,
            forms.shown(REWARD_FIELDS, known.model_dump(mode="json")),
            {},
        )

    @blueprint.post("/rewards/<reward_id>")
    def save_reward(reward_id: str) -> Answer:
        return _save_reward(desk, None, reward_id)

    @blueprint.post("/rewards/preview/<kind>")
    def preview_reward(kind: str) -> Answer:
        with desk.transaction() as session:
            program = programs.current(session).program
        document, problems = _reward_document(_kind(kind), "preview")
        sentences = None
        if not problems:
            try:
                sentences = _reward_meaning(parse({**dump(program), "rewards": [document]}))
            except InvalidProgram:
                sentences = None
        return render_template("admin/meaning.html", meaning=sentences)

    @blueprint.post("/rewards/<reward_id>/switch")
    def switch_reward(reward_id: str) -> Answer:
        is_on = request.form.get("is_on") == "true"
        _change_reward(desk, reward_id, lambda known: known.model_copy(update={"is_on": is_on}))
        return go("rewards", said="reward-on" if is_on else "reward-off")

    @blueprint.post("/rewards/<reward_id>/remove")
    def remove_reward(reward_id: str) -> Answer:
        _change_reward(desk, reward_id, lambda _known: None)
        return go("rewards", said="reward-removed")


def _kind(text: str) -> CodeKind:
    return next((kind for kind in phrases.CODE_NAMES if kind == text), "amount_off")


def _known(program: Program, reward_id: str) -> Reward | None:
    return next((reward for reward in program.rewards if reward.id == reward_id), None)


def _no_reward() -> Answer:
    return page(
        "trouble.html", 404, heading="This reward does not exist", words="It may have been removed in the meantime."
    )


def _starting_reward(kind: RewardKind, program: Program, *, is_variable: bool) -> Reward:
    """A new reward that is neither stingy nor ruinous: about what the first three everyday orders earn."""
    order = phrases.typical_order(visit().formats.currency)
    price = max(1, phrases.earned(program, order) * 3)
    if kind == "amount_off" and is_variable:
        step = max(1, price // 5)
        return Reward(
            id="new",
            kind=kind,
            title="As much off as you like",
            price_points=step,
            value=order / 50,
            is_variable=True,
            minimum_points=step * 2,
            maximum_points=step * 100,
        )
    values = {"amount_off": order / 10, "percent_off": 10, "free_shipping": None}
    titles = {"amount_off": "Money off", "percent_off": "10 % off an order", "free_shipping": "Free shipping"}
    return Reward.model_validate(
        {"id": "new", "kind": kind, "title": titles[kind], "price_points": price, "value": values[kind]}
    )


def _save_reward(desk: Desk, kind: RewardKind | None, reward_id: str | None) -> Answer:
    with desk.transaction() as session:
        current = programs.current(session)
        known = _known(current.program, reward_id) if reward_id is not None else None
        if reward_id is not None and known is None:
            return _no_reward()
        kind = known.kind if known is not None else kind or "amount_off"
        document, problems = _reward_document(kind, reward_id or _free_id(current.program))
        program = None
        if not problems:
            program, problems = _with_reward(current.program, document)
        if program is not None:
            problems = _publish(session, program)
    if problems:
        starting = known or _starting_reward(kind, current.program, is_variable=document.get("is_variable", False))
        return _reward_form(
            current.program,
            _shown_version(current.version, problems),
            starting,
            reward_id,
            _typed(REWARD_FIELDS),
            problems,
        )
    return go("rewards", said="saved" if reward_id is not None else "reward-added")


def _reward_document(kind: RewardKind, reward_id: str) -> tuple[dict[str, Any], Mapping[str, str]]:
    digits = 2 if kind == "percent_off" else visit().formats.digits
    reading = forms.read(REWARD_FIELDS, request.form, digits=digits)
    document = {**reading.values, "id": reward_id, "kind": kind}
    if kind != "percent_off" and kind not in MONEY_KINDS:
        document["value"] = None
    if not document["is_variable"]:
        document["minimum_points"] = document["maximum_points"] = None
    return document, reading.problems


def _with_reward(program: Program, document: Mapping[str, Any]) -> tuple[Program | None, Mapping[str, str]]:
    """The program with this reward in its place, or at the end; or problems by field of the reward's form."""
    whole = dump(program)
    ids = [reward["id"] for reward in whole["rewards"]]
    place = ids.index(document["id"]) if document["id"] in ids else len(ids)
    known = whole["rewards"][place] if place < len(ids) else {}  # what the form does not show stays as it is
    whole["rewards"][place : place + 1] = [{**known, **document}]
    try:
        return parse(whole), {}
    except InvalidProgram as error:
        return None, forms.by_field(error.facts["problems"], REWARD_FIELDS, prefix=f"rewards.{place}.")


def _free_id(program: Program) -> str:
    """An id from the title that no other reward has; it never changes afterwards."""
    base = re.sub(r"[^a-z0-9]+", "-", forms.clean(request.form.get("title", "")).lower()).strip("-")[:30] or "reward"
    taken = {reward.id for reward in program.rewards} | {"new", "preview"}
    return next(name for name in (base, *(f"{base}-{number}" for number in range(2, 100))) if name not in taken)


def _change_reward(desk: Desk, reward_id: str, change: Callable[[Reward], Reward | None]) -> None:
    """Publish the program with this reward changed, or without it when `change` gives None."""
    with desk.transaction() as session:
        current = programs.current(session)
        rewards = [change(reward) if reward.id == reward_id else reward for reward in current.program.rewards]
        changed = current.program.model_copy(
            update={"rewards": tuple(reward for reward in rewards if reward is not None)}
        )
        if changed != current.program:
            programs.publish(session, changed, by=visit().author, now=visit().now, based_on=current.version)


def _reward_meaning(program: Program) -> list[str]:
    """What one reward means; `program` holds only that one."""
    formats, reward = visit().formats, program.rewards[0]
    said = [f"{phrases.offer(program, reward, formats)}.", *phrases.conditions(reward, formats)]
    rate = phrases.return_rate(program.model_copy(update={"rewards": (reward.model_copy(update={"is_on": True}),)}))
    if rate is not None:
        said.insert(1, f"Customers who choose it get about {formats.number(rate)} % of what they spent back.")
    return said


def _reward_form(
    program: Program,
    version: int,
    reward: Reward,
    reward_id: str | None,
    values: Mapping[str, str],
    problems: Mapping[str, str],
) -> Answer:
    return page(
        "reward.html",
        422 if problems else 200,
        program=program,
        version=version,
        reward=reward,
        reward_id=reward_id,
        values=values,
        problems=problems,
        is_conflict=problems.get("") == CONFLICT,
        meaning=_reward_meaning(program.model_copy(update={"rewards": (reward,)})),
        kinds=phrases.KIND_NAMES,
    )
