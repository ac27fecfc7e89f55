"""What members share, in the panel: a household and its pool, gifts of points, and good causes."""

from __future__ import annotations

from typing import Any

from plugin.db.tables import GiftRow
from plugin.loyalty.errors import CauseUnknown, GiftsClosed, HouseholdsClosed
from plugin.services import causes, gifts, households
from plugin.storefront.panel import parts
from plugin.storefront.panel.parts import Act, Part
from plugin.storefront.panel.visit import Visit


def doors(visit: Visit) -> list[Part]:
    """The ways to these pages, as far as the program has them."""
    say, terms = visit.speech.say, visit.program.sharing
    named = visit.speech.names.other
    found = [
        ("household", "home", say("household_title"), terms.households.is_on),
        ("gifts", "gift", say("gifts_title", word=named), terms.gifts.is_on),
        ("causes", "heart", say("causes_title"), any(cause.is_on for cause in terms.causes.causes)),
    ]
    return [parts.line(title, icon=icon, act=parts.go(page)) for page, icon, title, is_on in found if is_on]


# --- the household -------------------------------------------------------------------------------------------------------


def household(visit: Visit) -> Part:
    """The household and its pool, or the ways into one. Raises HouseholdsClosed."""
    say, terms, view = visit.speech.say, visit.program.sharing.households, visit.household
    if not terms.is_on:
        raise HouseholdsClosed
    word = visit.speech.names.other
    if view is None:
        found = parts.post("household/found", {}, then="household", said=say("household_founded"))
        return _page(
            visit,
            "household",
            parts.hero(
                "home",
                say("household_title"),
                f"{say('household_text', word=word)} {say(f'household_pools_{terms.pools}')}",
            ),
            parts.button(say("household_found"), found),
            _entering(visit),
        )
    own = next(part for part in view.parts if part.member_id == visit.me.id)
    is_owner = view.owner_id == visit.me.id
    limit = say("household_limit", points=visit.speech.points(own.left)) if own.left is not None else ""
    people = [_person(visit, part, number, is_owner=is_owner) for number, part in enumerate(view.parts, 1)]
    ask = parts.ask(say("household_leave_ask"), say("household_leave_yes"), say("cancel_form"))
    leave = parts.post("household/leave", {}, then="household", said=say("household_left"), ask=ask)
    return _page(
        visit,
        "household",
        parts.hero("home", visit.speech.points(view.available), say("household_pool")),
        parts.words(limit) if limit else None,
        _putting_in(visit) if terms.pools == "put_in" and visit.me.available > 0 else None,
        parts.lines(say("household_title"), people),
        parts.button(say("household_invite"), parts.go("household/invite"), look="second")
        if is_owner and len(view.parts) < view.members_max
        else None,
        parts.button(say("household_leave"), leave, look="plain"),
    )


def household_invitation(visit: Visit) -> Part:
    """Where a code is made for one more person. Raises HouseholdsClosed."""
    say = visit.speech.say
    if not visit.program.sharing.households.is_on:
        raise HouseholdsClosed
    act = parts.post("household/invite", {}, then="", shows={"label": say("household_code_label")})
    return _page(
        visit,
        "household/invite",
        parts.hero("friends", say("household_invite"), say("household_code")),
        parts.button(say("household_invite"), act),
        back="household",
    )


def _entering(visit: Visit) -> Part:
    say = visit.speech.say
    code = parts.field("code", "text", say("household_code_label"), required=True, most=40)
    send = parts.button(
        say("enter"), parts.post("household/join", {}, then="household", said=say("household_joined")), look="second"
    )
    told = parts.words(say("household_join_text", word=visit.speech.names.other))
    return parts.card(told, parts.form([code], send))


def _putting_in(visit: Visit) -> Part:
    say, word = visit.speech.say, visit.speech.names.other
    points = parts.field(
        "points", "number", say("gifts_points"), required=True, whole=True, least=1, largest=visit.me.available
    )
    act = parts.post("household/put-in", {}, then="household", said=say("household_put"), intent="put-in")
    return parts.card(parts.form([points], parts.button(say("household_put_in", word=word), act, look="second")))


def _person(visit: Visit, part: households.Part, number: int, *, is_owner: bool) -> Part:
    """One of the household: others are numbers, no names."""
    say, speech, is_you = visit.speech.say, visit.speech, part.member_id == visit.me.id
    title = say("household_you") if is_you else say("household_member", number=speech.number(number))
    shared = say("household_share", put_in=speech.number(part.put_in), spent=speech.number(part.spent))
    below = f"{say('household_owner')} · {shared}" if part.is_owner else shared
    act: Act | None = None
    if is_owner and not is_you:
        ask = parts.ask(say("household_away_ask"), say("household_away_yes"), say("cancel_form"))
        body = {"member": str(part.member_id)}
        act = parts.post("household/send-away", body, then="household", said=say("household_gone"), ask=ask)
    return parts.line(title, icon="friends", text=below, pill=say("household_away") if act else None, act=act)


# --- gifts ---------------------------------------------------------------------------------------------------------------


def giving(visit: Visit) -> Part:
    """Gifts: make one, accept one, and those there are. Raises GiftsClosed."""
    terms, say, speech = visit.program.sharing.gifts, visit.speech.say, visit.speech
    if not terms.is_on:
        raise GiftsClosed
    word = speech.names.other
    fields = [
        parts.field(
            "points", "number", say("gifts_points"), required=True, whole=True, least=terms.minimum_points,
            largest=max(terms.minimum_points, visit.me.available), hint=say("gifts_minimum", points=speech.points(terms.minimum_points)),
        ),
        parts.field("message", "long", say("gifts_message"), most=200),
    ]  # fmt: skip
    give = parts.post("gift/give", {}, then="gifts", said=say("gifts_given"), intent="gift")
    code = parts.field("code", "text", say("gifts_code"), required=True, most=40)
    accept = parts.post("gift/accept", {}, then="home", said=say("gifts_taken"))
    rows = gifts.of_member(visit.session, visit.me.id)
    return _page(
        visit,
        "gifts",
        parts.hero("gift", say("gifts_title", word=word), say("gifts_text", word=word)),
        parts.card(
            parts.form(fields, parts.button(say("gifts_give"), give)),
            parts.words(say("gifts_how", days=speech.number(terms.accept_days))),
        ),
        parts.card(
            parts.words(say("gifts_accept_text")), parts.form([code], parts.button(say("enter"), accept, look="second"))
        ),
        parts.lines(say("gifts_yours"), [_gift(visit, row) for row in rows]),
    )


def _gift(visit: Visit, row: GiftRow) -> Part:
    say, speech = visit.speech.say, visit.speech
    is_mine, is_open = row.giver_id == visit.me.id, row.state == "offered"
    state = {"offered": "gifts_open", "accepted": "gifts_accepted"}.get(row.state, "gifts_back")
    until = f" · {say('valid_until', date=speech.day(row.ends_at))}" if is_open else ""
    below = f"{say('gifts_from_you' if is_mine else 'gifts_for_you')} · {say(state)}{until}"
    code = gifts.code_of(row.id, visit.door.world.keys) if is_mine and is_open else None
    act: Act | None = None
    if is_mine and is_open:
        ask = parts.ask(say("gifts_take_back"), say("gifts_take_back"), say("cancel_form"))
        body = {"gift_id": str(row.id)}
        act = parts.post("gift/take-back", body, then="gifts", said=say("gifts_taken_back"), ask=ask)
    pill = say("gifts_take_back") if act else None
    items = [row.message] if row.message else []
    return parts.line(speech.points(row.points), icon="gift", code=code, text=below, items=items, pill=pill, act=act)


# --- causes --------------------------------------------------------------------------------------------------------------


def giving_to_causes(visit: Visit) -> Part:
    """The causes, each with its page."""
    say = visit.speech.say
    match = visit.program.sharing.causes.match
    chosen = causes.chosen(visit.session, visit.me.id, now=visit.now) if match is not None else None
    listed = [_cause(visit, view, is_chosen=view.id == chosen) for view in causes.views(visit.session) if view.is_on]
    hero = parts.hero("heart", say("causes_title"))
    return _page(visit, "causes", hero, parts.lines("", listed))


def cause(visit: Visit, cause_id: str) -> Part:
    """One cause: donate, or have one's orders matched for it. Raises CauseUnknown."""
    view = next((one for one in causes.views(visit.session) if one.id == cause_id and one.is_on), None)
    if view is None:
        raise CauseUnknown(cause_id=cause_id)
    say, speech = visit.speech.say, visit.speech
    match = visit.program.sharing.causes.match
    label = say("causes_amount")
    if view.amounts:
        options = [(str(amount), speech.points(amount)) for amount in view.amounts]
        points = parts.field("points", "choice", label, options=options, required=True, whole=True)
    else:
        points = parts.field(
            "points", "number", label, required=True, whole=True, least=view.minimum_points,
            largest=max(view.minimum_points, visit.me.available), hint=say("gifts_minimum", points=speech.points(view.minimum_points)),
        )  # fmt: skip
    ask = parts.ask(say("causes_ask", title=view.title), say("causes_yes"), say("cancel_form"))
    donate = parts.post(
        "cause/donate",
        {"cause_id": view.id},
        then="causes",
        said=say("causes_thanks"),
        intent=f"donate:{view.id}",
        ask=ask,
    )
    return _page(
        visit,
        f"cause/{view.id}",
        parts.hero("heart", view.title, view.text or ""),
        parts.card(parts.form([points], parts.button(say("causes_donate"), donate))),
        _choosing(visit, view.id, speech.percent(match.percent)) if match is not None else None,
        back="causes",
    )


def _choosing(visit: Visit, cause_id: str, percent: str) -> Part:
    """The shop adds something to what the member's orders come to, for the cause they chose."""
    say = visit.speech.say
    is_chosen = causes.chosen(visit.session, visit.me.id, now=visit.now) == cause_id
    body: dict[str, Any] = {"cause_id": None if is_chosen else cause_id}
    act = parts.post("cause/choose", body, then="causes", said=say("causes_changed"))
    label = say("causes_choose_none") if is_chosen else say("causes_choose")
    return parts.card(parts.words(say("causes_chosen", percent=percent)), parts.button(label, act, look="second"))


def _cause(visit: Visit, view: causes.View, *, is_chosen: bool) -> Part:
    say, speech = visit.speech.say, visit.speech
    total = ""
    if visit.program.sharing.causes.shows_totals and view.total.donors:
        donors = speech.number(view.total.donors)
        total = say("causes_total", points=speech.points(view.total.donated), donors=donors)
    return parts.line(view.title, icon="check" if is_chosen else "heart", text=total, act=parts.go(f"cause/{view.id}"))


def _page(visit: Visit, name: str, *shown: Part | None, back: str = "home") -> Part:
    return parts.page(name, visit.program.name, *shown, back=back)
