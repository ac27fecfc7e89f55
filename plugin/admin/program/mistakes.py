"""What the program's model refuses, in words for a merchant: what to do, at the field where it can be done."""

from __future__ import annotations

import re
from typing import Final

from plugin.admin import forms


def friendly(message: str) -> str:
    """A refusal of the program's model in the merchant's words."""
    for pattern, words in _WORDS:
        match = pattern.search(message)
        if match:
            return words.format(*match.groups())
    return forms.friendly(message)


_WORDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"at least 1 item", "Add at least one."),
        (r"at most ([0-9]+) items?", "Use at most {0}."),
        (r"match pattern '\^\[a-z0-9\]\[a-z0-9-\]", "Choose one."),
        (r"match pattern '\^https", "Enter a whole address that begins with https://"),
        (r"match pattern '\^\[A-Z0-9\]\{1,12\}", "Use capital letters and digits, 12 at most."),
        (r"match pattern '\^\[A-Z\]\{2\}\$", "Write the name of each country, or its two letters, such as US."),
        (r"match pattern '\^\[A-Z\]\{3\}\$", "Write each currency with its three letters, such as USD."),
        (r"match pattern '\^\(\[01\]", "Enter a time of day such as 09:30."),
        (r"match pattern '\^\[\^@", "Enter an e-mail address such as hello@example.com."),
        (r"valid datetime", "Choose a date."),
        (r"must (be later than|lie after) starts_at", "Choose an end that comes after the start."),
        (
            r"each bracket must start above",
            "List the lowest amount first; each rate must begin above the one before it.",
        ),
        (
            r"each step must (lie above|begin after)",
            "List the lowest step first; each must be above the one before it.",
        ),
        (r"only a multiplier can multiply", "Only campaigns that multiply what orders earn can multiply one another."),
        (r"name the group of rules", "Name the group of campaigns of which the best one counts."),
        (r"base rate's own name", "Choose another name: this one stands for the base rate."),
        (r"review_at: must|must not be above block_at", "Enter no more than the score for refusing."),
        (
            r"address and a network in common",
            "A shared address and a shared connection are what families have: together they must stay below the score for refusing.",
        ),
        (r"a free product names its product", "Choose a product."),
        (r"access names the customer tag", "Enter the customer tag that it gives."),
        (r"either products or collections", "Choose either products or collections: Shopify takes only one of both."),
        (r"days of a code .* equal to ([0-9]+)", "Enter {0} or less: longer codes are not kept."),
        (r"gift card's prefix has ([0-9]+)", "Use at most {0} signs for gift cards."),
        (r"say which page is followed", "Enter the address of the page."),
        (r"names its survey", "Choose a survey; add one under Surveys if there is none."),
        (
            r"only one action of kind",
            "Another action of this kind is switched on already. There can be one, because it happens by itself.",
        ),
        (r"asks the survey", "An action asks this survey. Remove that action first."),
        (r"say what is reached", "Add a first step."),
        (r"name the actions that are counted", "Choose the actions that are counted."),
        (r"a challenge needs its tasks", "Add what must be done."),
        (r"a challenge is reached once", "A challenge has one step, at 1."),
        (r"milestone that repeats has one step", "Only an achievement with one step can begin again."),
        (r"name a product or a variant", "Choose a product, or enter a variant: one of both."),
        (r"in months or in days", "Enter how long."),
        (r"two warnings are on the same day", "Enter two different numbers of days."),
        (r"which product or variant sells", "Choose the product that sells it."),
        (
            r"sells two plans",
            "Another membership is sold by the same product. Each needs one of its own.",
        ),
        (r"a choice needs what can be chosen", "Enter the answers to choose from."),
        (r"two choices are the same", "Two answers are the same."),
        (r"ask one question or more", "Add a first question."),
        (
            r"nobody enters a level that everybody has",
            "A tier that everybody has gives nothing on reaching it: enter 0 there and remove its rewards.",
        ),
        (
            r"which is not more than the",
            "Another tier is reached with the same number. Each needs one of its own.",
        ),
        (
            r"'([^']+)' needs (.+); .+ are whole numbers",
            "The tier “{0}” is reached with {1}. Change it to a whole number first.",
        ),
        (
            r"no reward of that id is switched on",
            "Referrals give a reward that is switched off or gone. Choose another one under Referrals first, or switch it on.",
        ),
        (
            r"no reward of this program that is worth",
            "Choose an amount off, store credit or a gift card that is switched on.",
        ),
        (r"what members without a tier are called", "Choose another name: this one stands for members without a tier."),
    )
)
