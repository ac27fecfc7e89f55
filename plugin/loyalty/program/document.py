"""The whole document, and the way from and to JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from plugin.loyalty.errors import InvalidProgram
from plugin.loyalty.program.achievements import Achievement
from plugin.loyalty.program.actions import ONE_OF_A_KIND, Action, ActionKind
from plugin.loyalty.program.branding import Branding
from plugin.loyalty.program.earning import Earning, Exclusions
from plugin.loyalty.program.expiry import Expiry, FromEarning, Never
from plugin.loyalty.program.giving import Dividend, Goodwill
from plugin.loyalty.program.launch import Launch
from plugin.loyalty.program.membership import Membership
from plugin.loyalty.program.messages import Messages
from plugin.loyalty.program.order_rules import GroupOrders, OrderRule
from plugin.loyalty.program.partners import Partner
from plugin.loyalty.program.referral import Referral
from plugin.loyalty.program.rewards import MONEY_KINDS, PointsBack, Reward
from plugin.loyalty.program.sharing import Sharing
from plugin.loyalty.program.surveys import Survey
from plugin.loyalty.program.tiers import Tiers
from plugin.loyalty.program.values import Label, Language, Part


class PointsName(Part):
    """What one point and several points are called, in one language."""

    one: Label = "point"
    other: Label = "points"


class Program(Part):
    """The whole document. `is_live` false: orders are recorded, nothing is promised or shown."""

    is_live: bool = False
    name: Label = "Rewards"
    points_name: Annotated[dict[Language, PointsName], Field(min_length=1)] = Field(
        default_factory=lambda: {"en": PointsName()}
    )
    only_joined: bool = False
    earning: Earning = Earning()
    exclusions: Exclusions = Exclusions()
    order_rules: Annotated[tuple[OrderRule, ...], Field(max_length=200)] = ()
    group_orders: GroupOrders = GroupOrders()
    rewards: Annotated[tuple[Reward, ...], Field(max_length=50)] = ()
    referral: Referral = Referral()
    tiers: Tiers = Tiers()
    membership: Membership = Membership()
    sharing: Sharing = Sharing()
    actions: Annotated[tuple[Action, ...], Field(max_length=100)] = ()
    achievements: Annotated[tuple[Achievement, ...], Field(max_length=50)] = ()
    surveys: Annotated[tuple[Survey, ...], Field(max_length=20)] = ()
    returns_points_on_refund: bool = True
    points_back: PointsBack = PointsBack()
    messages: Messages = Messages()
    grace_days: Annotated[int, Field(ge=0, le=365)] = 30
    expiry: Expiry | None = None
    goodwill: Goodwill = Goodwill()
    dividend: Dividend = Dividend()
    partners: Annotated[tuple[Partner, ...], Field(max_length=50)] = ()
    launch: Launch = Launch()
    branding: Branding = Branding()

    @model_validator(mode="after")
    def _reward_ids_differ(self) -> Program:
        seen: set[str] = set()
        for reward in self.rewards:
            if reward.id in seen:
                raise ValueError(f"rewards: two rewards have the id {reward.id!r}; give each its own")
            seen.add(reward.id)
        return self

    @model_validator(mode="after")
    def _rule_ids_differ(self) -> Program:
        seen: set[str] = set()
        for rule in self.order_rules:
            if rule.id in seen:
                raise ValueError(f"order_rules: two rules have the id {rule.id!r}; give each its own")
            seen.add(rule.id)
        return self

    @model_validator(mode="after")
    def _expiry_is_said_once(self) -> Program:
        if self.expiry is not None and self.earning.expiry_months is not None:
            raise ValueError("expiry: earning.expiry_months says it as well; leave one of them out")
        return self

    @model_validator(mode="after")
    def _partner_ids_differ(self) -> Program:
        seen: set[str] = set()
        for partner in self.partners:
            if partner.id in seen:
                raise ValueError(f"partners: two partners have the id {partner.id!r}; give each its own")
            seen.add(partner.id)
        return self

    @model_validator(mode="after")
    def _referrals_reward_with_what_is_there(self) -> Program:
        for field in ("advocate_reward", "friend_reward"):
            reward_id = getattr(self.referral, field)
            if reward_id is not None and self.reward(reward_id) is None:
                raise ValueError(f"referral.{field}: names {reward_id!r}, and no reward of that id is switched on")
        return self

    @model_validator(mode="after")
    def _dividend_is_a_reward_that_is_there(self) -> Program:
        payout = self.dividend.payout
        if not self.dividend.is_on or payout.kind == "points":
            return self
        reward = self.reward(payout.reward_id)
        if reward is None or reward.kind not in MONEY_KINDS:
            raise ValueError(
                f"dividend.payout.reward_id: {payout.reward_id!r} is no reward of this program that is worth an amount of money"
            )
        return self

    def is_live_for(self, tags: Iterable[str]) -> bool:
        """True when a customer with these tags takes part: everybody once it is live, before that whoever tests it."""
        test_tag = self.launch.test_tag
        return self.is_live or (test_tag is not None and test_tag.casefold() in {tag.casefold() for tag in tags})

    @property
    def lapse(self) -> Expiry:
        """When points lapse. `earning.expiry_months` is the short form of points that lapse so long after they became available."""
        if self.expiry is not None:
            return self.expiry
        months = self.earning.expiry_months
        return Never() if months is None else FromEarning(months=months)

    def partner(self, partner_id: str) -> Partner | None:
        """The partner of that id that is switched on, or None."""
        return next((partner for partner in self.partners if partner.id == partner_id and partner.is_on), None)

    @model_validator(mode="after")
    def _deeds_are_told_apart(self) -> Program:
        for name, parts in (
            ("actions", self.actions),
            ("achievements", self.achievements),
            ("surveys", self.surveys),
        ):
            ids = [part.id for part in parts]
            twice = next((one for one in ids if ids.count(one) > 1), None)
            if twice is not None:
                raise ValueError(f"{name}: two of them have the id {twice!r}; give each its own")
        kinds = [action.kind for action in self.actions if action.is_on]
        for kind in ONE_OF_A_KIND:
            if kinds.count(kind) > 1:
                raise ValueError(
                    f"actions: only one action of kind {kind} can be switched on, because it happens by itself"
                )
        surveys = {survey.id for survey in self.surveys}
        for action in self.actions:
            if action.survey_id is not None and action.survey_id not in surveys:
                raise ValueError(
                    f"actions: {action.id} asks the survey {action.survey_id!r}, and there is none of that id"
                )
        return self

    def action(self, action_id: str) -> Action | None:
        """The action of that id that is switched on, or None."""
        return next((action for action in self.actions if action.id == action_id and action.is_on), None)

    def action_of(self, kind: ActionKind) -> Action | None:
        """The first action of that kind that is switched on, or None."""
        return next((action for action in self.actions if action.kind == kind and action.is_on), None)

    def survey(self, survey_id: str) -> Survey | None:
        """The survey of that id, or None."""
        return next((survey for survey in self.surveys if survey.id == survey_id), None)

    def reward(self, reward_id: str) -> Reward | None:
        """The reward of that id that is switched on, or None."""
        return next((reward for reward in self.rewards if reward.id == reward_id and reward.is_on), None)

    def reward_near(self, available: int) -> tuple[Reward, int] | None:
        """The cheapest reward that these points do not reach but nearly do, and how many are missing; None when none is near."""
        missing = [
            (reward.points_range()[0] - available, reward)
            for reward in self.rewards
            if reward.is_on and not reward.is_hidden and reward.points_range()[0] > available
        ]
        if not missing:
            return None
        points, reward = min(missing, key=lambda each: each[0])
        is_near = points * 100 <= reward.points_range()[0] * self.messages.near_percent
        return (reward, points) if is_near else None

    def points_word(self, count: int, language: str = "en") -> str:
        """The merchant's word for that many points, in the language, else in English."""
        names = self.points_name.get(language) or self.points_name.get("en") or next(iter(self.points_name.values()))
        return names.one if abs(count) == 1 else names.other


def parse(document: Any) -> Program:
    """The typed program of a JSON-like document. Raises InvalidProgram naming every field and what is allowed."""
    try:
        return Program.model_validate(document)
    except ValidationError as error:
        problems = [
            _problem(item["loc"], item["msg"]) for item in error.errors(include_url=False, include_context=False)
        ]
        raise InvalidProgram(count=len(problems), problems=problems) from None


def dump(program: Program) -> dict[str, Any]:
    """The JSON-like document of a program; `parse(dump(p)) == p`."""
    return program.model_dump(mode="json")


def _problem(location: tuple[int | str, ...], message: str) -> tuple[str, str]:
    message = message.removeprefix("Value error, ")
    field, colon, rest = message.partition(": ")
    names = field.split(".")
    if colon and all(name.isidentifier() for name in names):
        location, message = (*location, *names), rest
    return ".".join(str(part) for part in location), message[:1].upper() + message[1:]
