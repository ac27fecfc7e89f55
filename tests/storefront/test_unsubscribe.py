"""The page behind an unsubscribe link speaks the reader's language, also when the link leads nowhere."""

from __future__ import annotations

import pytest
from flask import Flask

from plugin.loyalty.mails import WORDS
from plugin.loyalty.words import LANGUAGES
from plugin.services import messages
from plugin.services.perform import World
from plugin.storefront.unsubscribe import UNKNOWN, create_blueprint


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_that_is_not_ours_is_said_to_be_none_in_the_readers_language(world: World, language: str) -> None:
    app = Flask("mail")
    app.register_blueprint(create_blueprint(world))
    http, headers = app.test_client(), {"Accept-Language": f"{language}-XX,{language};q=0.9,en;q=0.1"}

    asked = http.get(f"{messages.UNSUBSCRIBE_PATH}?t=%22><script>", headers=headers)
    answer = http.post(f"{messages.UNSUBSCRIBE_PATH}?t=nothing", headers=headers)

    assert WORDS[language]["unsubscribe"][0] in asked.get_data(as_text=True)
    assert "<script>" not in asked.get_data(as_text=True)
    assert answer.status_code == 404
    assert f'<html lang="{language}">' in answer.get_data(as_text=True)
    assert UNKNOWN[language] in answer.get_data(as_text=True)


def test_every_language_has_the_sentence() -> None:
    assert set(UNKNOWN) == set(LANGUAGES)
    assert len(set(UNKNOWN.values())) == len(LANGUAGES)
