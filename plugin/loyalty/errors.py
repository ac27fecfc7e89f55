"""Refusals: every way the program says no, as exceptions named like sentences that carry the facts.

Doors map them to answers in one table each; `code` is the stable type of the answer and never changes once published.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):
    """The request was understood and is not granted. `facts` say what was asked and what there is."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This cannot be done."

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        """The sentence with its facts filled in (English; pages translate by `code`)."""
        return self.sentence.format(**self.facts)


class InsufficientPoints(Refusal):
    code = "insufficient-points"
    sentence = "{asked} points were asked for, and {available} are available."


class RewardUnavailable(Refusal):
    code = "reward-unavailable"
    sentence = "There is no reward {reward_id} in the program that is live now."


class PointsOutOfRange(Refusal):
    code = "points-out-of-range"
    sentence = "{asked} points were asked for; this reward takes {minimum} to {maximum} points in steps of {step}."


class ProgramNotLive(Refusal):
    code = "program-not-live"
    sentence = "The program is switched off."


class SpendingStopped(Refusal):
    code = "spending-stopped"
    sentence = "Redeeming is paused while the books of this shop are being checked."


class NotSignedIn(Refusal):
    code = "sign-in-required"
    sentence = "Sign in to your account to do this."


class MemberUnknown(Refusal):
    code = "member-unknown"
    sentence = "There is no such member."


class MemberExcluded(Refusal):
    code = "member-excluded"
    sentence = "This customer does not take part in the program."


class RedemptionUnknown(Refusal):
    code = "redemption-unknown"
    sentence = "There is no such redemption."


class RedemptionOver(Refusal):
    code = "redemption-over"
    sentence = "This redemption is {state} and can no longer be cancelled."


class RewardOutOfStock(Refusal):
    code = "reward-out-of-stock"
    sentence = "All {stock} of this reward are taken."


class RewardLimitReached(Refusal):
    code = "reward-limit-reached"
    sentence = "This reward can be taken {times} time(s) per {per}, and that many were taken."


class RewardNotInChannel(Refusal):
    code = "reward-not-in-channel"
    sentence = "This reward cannot be taken here: {channel} was asked for, it is for {channels}."


class RewardForTiers(Refusal):
    code = "reward-for-tiers"
    sentence = "This reward is for members of {tiers}."


class RewardForSomeCustomers(Refusal):
    code = "reward-for-some-customers"
    sentence = "This reward is for certain customers, and this one is not among them."


class RewardCurrencyUnknown(Refusal):
    code = "reward-currency-unknown"
    sentence = "This reward has no amount in {currency}."


class CartTooSmall(Refusal):
    code = "cart-too-small"
    sentence = "This reward needs a cart of {minimum}, and this one comes to {total}."


class CartTotalNeeded(Refusal):
    code = "cart-total-needed"
    sentence = "This reward depends on the cart; say what the cart comes to."


class RecipientNotPossible(Refusal):
    code = "recipient-not-possible"
    sentence = "Only a gift card can be sent to somebody else."


class ReturnWindowOver(Refusal):
    code = "return-window-over"
    sentence = "This reward could be returned for {minutes} minutes after it was taken."


class ReturnTooLarge(Refusal):
    code = "return-too-large"
    sentence = "{asked} points were asked back, and {left} of this reward can still be given back."


class ReturnNotPossible(Refusal):
    code = "return-not-possible"
    sentence = "This reward is {state}; there is nothing to give back."


class TaskUnknown(Refusal):
    code = "task-unknown"
    sentence = "There is no such task."


class TaskClosed(Refusal):
    code = "task-closed"
    sentence = "This task is {state}."


class OrderUnknown(Refusal):
    code = "order-unknown"
    sentence = "No order {order_id} has reached the program."


class KeyReused(Refusal):
    code = "idempotency-key-reused"
    sentence = "This Idempotency-Key was used before with a different request."


class VersionConflict(Refusal):
    code = "version-conflict"
    sentence = "The program was changed meanwhile: you edited version {asked}, and version {current} is live."


class VersionUnknown(Refusal):
    code = "version-unknown"
    sentence = "The program has no version {version}."


class DraftMissing(Refusal):
    code = "draft-missing"
    sentence = "There is no draft to publish."


class DraftConflict(Refusal):
    """`differences` is a list of (field path, as sent, as it stands now)."""

    code = "draft-conflict"
    sentence = "The draft was saved meanwhile by {by}: you edited revision {asked}, and revision {current} stands."


class DraftOutdated(Refusal):
    """`differences` is a list of (field path, in the draft, in the program that is live), of what changed there since."""

    code = "draft-outdated"
    sentence = "The draft was begun on version {based_on}, and version {live} is live. Look at what changed and save it based on that."


class RehearsalUnknown(Refusal):
    code = "rehearsal-unknown"
    sentence = "There is no such rehearsal."


class ReferralUnknown(Refusal):
    code = "referral-unknown"
    sentence = "This referral link is not known."


class ReferralClosed(Refusal):
    code = "referral-closed"
    sentence = "Referrals are switched off."


class ReferralOver(Refusal):
    code = "referral-over"
    sentence = "This referral is {state} and cannot be decided."


class ReferralForNewCustomers(Refusal):
    code = "referral-for-new-customers"
    sentence = "This offer is for new customers."


class HouseholdsClosed(Refusal):
    code = "households-closed"
    sentence = "Households are switched off."


class HouseholdUnknown(Refusal):
    code = "household-unknown"
    sentence = "There is no such household."


class NotInHousehold(Refusal):
    code = "not-in-household"
    sentence = "This member is in no household."


class InHouseholdAlready(Refusal):
    code = "in-household-already"
    sentence = "This member is in a household already and has to leave it first."


class HouseholdFull(Refusal):
    code = "household-full"
    sentence = "This household has room for {members_max} members, invitations included."


class NotTheOwner(Refusal):
    code = "not-the-owner"
    sentence = "Only the owner of a household may do this."


class InvitationUnknown(Refusal):
    code = "invitation-unknown"
    sentence = "This invitation is not known, was used, has ended, or is for somebody else."


class HouseholdLimitReached(Refusal):
    code = "household-limit-reached"
    sentence = "{asked} points were asked for; this member may take {left} more of the household's points in this period ({limit} in all)."


class GiftsClosed(Refusal):
    code = "gifts-closed"
    sentence = "Gifts between members are switched off."


class GiftTooSmall(Refusal):
    code = "gift-too-small"
    sentence = "{asked} points were to be given; a gift is at least {minimum}."


class GiftLimitReached(Refusal):
    code = "gift-limit-reached"
    sentence = "{asked} points were to be given; this member may give {left} more in this period ({limit} in all)."


class GiftUnknown(Refusal):
    code = "gift-unknown"
    sentence = "This gift is not known, or it is for somebody else."


class GiftOver(Refusal):
    code = "gift-over"
    sentence = "This gift is {state} and can neither be accepted nor taken back."


class GiftToOneself(Refusal):
    code = "gift-to-oneself"
    sentence = "Nobody can give points to themselves."


class CauseUnknown(Refusal):
    code = "cause-unknown"
    sentence = "There is no cause {cause_id} in the program that is live now."


class DonationNotOffered(Refusal):
    code = "donation-not-offered"
    sentence = "{asked} points were to be given; this cause takes {allowed}."


class DonationUnknown(Refusal):
    code = "donation-unknown"
    sentence = "There is no such donation."


class DonationReturned(Refusal):
    code = "donation-returned"
    sentence = "This donation was returned already."


class NothingToReinstate(Refusal):
    code = "nothing-to-reinstate"
    sentence = "{asked} points were to be given back, and {available} expired within the last {days} days."


class GoodwillUnknown(Refusal):
    code = "goodwill-unknown"
    sentence = "The program has no goodwill reason {code}; it has {known}."


class OverBudget(Refusal):
    code = "over-budget"
    sentence = "{asked} points were asked for, and {left} are left of what may be given ({limit})."


class GrantUnknown(Refusal):
    code = "grant-unknown"
    sentence = "There is no such grant."


class GrantOver(Refusal):
    code = "grant-over"
    sentence = "This was given {age_days} days ago, and could be taken back for {days} days."


class PartnerUnknown(Refusal):
    code = "partner-unknown"
    sentence = "The program has no partner {partner}."


class LinkUnknown(Refusal):
    code = "link-unknown"
    sentence = "There is no such link; perhaps the member has ended it."


class LinkCodeInvalid(Refusal):
    code = "link-code-invalid"
    sentence = "This code is not known, was used already, or has run out."


class ConsentMissing(Refusal):
    code = "consent-missing"
    sentence = "Linking accounts needs the member's consent."


class LaunchSaysNothing(Refusal):
    code = "launch-says-nothing"
    sentence = "A dry run needs a program that is live and says in launch.counts_from since when orders count."


class LaunchTrialUnknown(Refusal):
    code = "launch-trial-unknown"
    sentence = "There is no such dry run."


class NothingToPay(Refusal):
    code = "dividend-not-due"
    sentence = "There is no dividend for {year}: {why}."


class ShopUnknown(Refusal):
    code = "shop-unknown"
    sentence = "No shop {domain} is installed."


class InvalidProgram(Refusal):
    """`problems` is a list of (field path, message)."""

    code = "invalid-program"
    sentence = "The program has {count} problem(s)."


class TierUnknown(Refusal):
    code = "tier-unknown"
    sentence = "There is no tier {tier} in the program that is live now."


class TierNotPinned(Refusal):
    code = "tier-not-pinned"
    sentence = "This member's tier is not pinned."


class TierPinOver(Refusal):
    code = "tier-pin-over"
    sentence = "A pin ends in the future; {until} is over."


class ActionUnknown(Refusal):
    code = "action-unknown"
    sentence = "There is no action {action_id} in the program."


class ActionNotReported(Refusal):
    code = "action-not-reported"
    sentence = "The action {action_id} happens by itself or in its own place; it cannot be reported or undone by hand."


class ActionClosed(Refusal):
    """`opens_at` or `ended_at` (aware instants) say when it counts from, or counted to."""

    code = "action-closed"
    sentence = "This does not count at the moment."


class ActionLimitReached(Refusal):
    """`opens_at` is an aware instant."""

    code = "action-limit-reached"
    sentence = "This counts {count} time(s) in its period; it counts again from {opens_at:%Y-%m-%dT%H:%M:%SZ}."


class ActionDone(Refusal):
    code = "action-done"
    sentence = "This counts {count} time(s), and that was reached."


class ActionNotForMember(Refusal):
    code = "action-not-for-member"
    sentence = "This is for other members."


class MemberBlocked(Refusal):
    code = "member-blocked"
    sentence = "This member earns nothing at the moment."


class MemberNotBlocked(Refusal):
    code = "member-not-blocked"
    sentence = "This member earns as everybody does."


class SegmentUnknown(Refusal):
    code = "segment-unknown"
    sentence = "There is no such segment."


class SegmentNameTaken(Refusal):
    code = "segment-name-taken"
    sentence = "There is a segment of this name. Choose another name."


class TooManySegments(Refusal):
    code = "too-many-segments"
    sentence = "There are {most} segments, and that is the most there can be. Delete one first."


class BulkUnknown(Refusal):
    code = "bulk-unknown"
    sentence = "There is no such change of many members."


class BulkOver(Refusal):
    code = "bulk-over"
    sentence = "This change was started or undone already."


class BulkTooLarge(Refusal):
    code = "bulk-too-large"
    sentence = "This would move {asked} points; {most} is the most that can be moved at once."


class BulkUncounted(Refusal):
    code = "bulk-uncounted"
    sentence = "The members this would change are still being counted. Try again in a moment."


class BulkForNobody(Refusal):
    code = "bulk-for-nobody"
    sentence = "There is nobody this would change."


class FeedbackUnknown(Refusal):
    code = "feedback-unknown"
    sentence = "There are no such answers."


class MergeImpossible(Refusal):
    """`because` says why these two cannot become one."""

    code = "merge-impossible"
    sentence = "{because}"


class ActivityUnknown(Refusal):
    code = "activity-unknown"
    sentence = "There is no such activity."


class EventUnknown(Refusal):
    code = "event-unknown"
    sentence = "There is no such event."


class CheckInCodeUnknown(Refusal):
    code = "check-in-code-unknown"
    sentence = "This check-in code is not known."


class CheckInCodeTaken(Refusal):
    code = "check-in-code-taken"
    sentence = "Another event has this check-in code."


class CheckInClosed(Refusal):
    """`opens_at` or `ended_at` (aware instants)."""

    code = "check-in-closed"
    sentence = "Checking in is not possible at the moment."


class EventFull(Refusal):
    code = "event-full"
    sentence = "All {capacity} places of this event are taken."


class AlreadySubscribed(Refusal):
    code = "already-subscribed"
    sentence = "This customer gets the newsletter already."


class NewsletterImpossible(Refusal):
    code = "newsletter-impossible"
    sentence = "Shopify does not take this customer's subscription, for want of an e-mail address most likely."


class SurveyUnknown(Refusal):
    code = "survey-unknown"
    sentence = "There is no survey {survey_id} that can be answered now."


class AnswersUnfit(Refusal):
    """`problems` is a list of (question id, message)."""

    code = "answers-unfit"
    sentence = "{count} answer(s) do not fit their questions."


class BirthdayUnfit(Refusal):
    code = "birthday-unfit"
    sentence = "Month {month} has no day {day}."


class UnreadableFacts(Exception):
    """A delivery whose body holds no facts that can be trusted; `reason` says why, without quoting the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutsideError(Exception):
    """Shopify did not do what was asked. The message never holds a token, a body or a person's data."""


class Throttled(OutsideError):
    """Not done: the rate limit. `retry_after_seconds` says when it can be asked again."""

    def __init__(self, message: str = "throttled", *, retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unreachable(OutsideError):
    """Not done: the request did not reach Shopify, or Shopify refused before applying. Safe to repeat."""


class Ambiguous(OutsideError):
    """Perhaps done: the answer was lost. Look it up before anything else."""


class Unauthorized(OutsideError):
    """The token is gone or lacks a scope; nothing will work until the app is opened or installed again."""


class AccessDenied(Unauthorized):
    """Shopify knows the token and keeps this from us: a scope is missing."""


class Refused(OutsideError):
    """Shopify understood and said no; `errors` are its own codes and words."""

    def __init__(self, message: str, *, errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


class CodeTaken(Refused):
    """The code exists at Shopify and is not ours."""
