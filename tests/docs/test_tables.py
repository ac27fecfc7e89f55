"""Tables in the documentation are equal to the code they describe."""

from __future__ import annotations

import re

from devstore.faults import FAULT_KINDS
from plugin.db.proof import CHECKS
from plugin.loyalty.ledger import LEGAL, Move
from tests.docs.pages import read, table
from webhooks.topics import TOPICS


def test_the_table_of_movements_is_the_ledgers() -> None:
    rows = table(read("docs/ledger.md"), "Number")

    written = [(int(number), word, source, target) for number, word, source, target, _ in rows]

    assert written == [(move.value, word, source.value, target.value) for move, (word, source, target) in LEGAL.items()]


def test_the_list_of_checks_is_the_audits() -> None:
    rows = table(read("docs/ledger.md"), "Check")

    written = {name.strip("`"): words for name, words in rows}

    assert written == {name: words for name, (words, _) in CHECKS.items()}


def test_every_movement_has_its_words_in_the_glossary() -> None:
    rows = table(read("docs/glossary.md"), "Word")

    explained = " ".join(word for word, *_ in rows)

    assert sorted(move.word for move in Move if move.word.replace("_", " ") not in explained) == []


def test_the_list_of_faults_is_the_dev_stores() -> None:
    rows = table(read("docs/devstore.md"), "Kind")

    assert [kind.strip("`") for kind, _ in rows] == list(FAULT_KINDS)


def test_the_changelog_counts_the_topics() -> None:
    [number] = re.findall(r"(\d+) topics", read("CHANGELOG.md"))

    assert int(number) == len(TOPICS)


def test_the_runbook_names_every_outcome_of_a_webhook() -> None:
    [listed] = re.findall(r"`regulars_webhooks_total\{outcome=…\}` \(([^)]+)\)", read("docs/runbook.md"))

    counted = set(re.findall(r"(?:RECEIVED\.labels\(|_answer\(\d+, )\"(\w+)\"", read("webhooks/door.py")))

    assert set(listed.split(", ")) == counted
