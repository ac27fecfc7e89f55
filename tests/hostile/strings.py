"""Sixty texts that would do harm if anything but a reader read them, and a program that says them in every place it has.

Whatever runs sets `window.hostile`; whatever becomes markup leaves an element marked `data-hostile`; whatever is computed becomes 12723.
"""

from __future__ import annotations

from typing import Any, Final

from plugin.loyalty.program import Program, default_program, dump, parse

HIT: Final = "window.hostile=1"
COMPUTED: Final = "12723"

STRINGS: Final = (
    # markup and scripts
    f"<script data-hostile>{HIT}</script>",
    f"<img data-hostile src=x onerror={HIT}>",
    f"</script><script data-hostile>{HIT}</script>",
    f"<svg data-hostile onload={HIT}>",
    f'"><b data-hostile onmouseover={HIT}>',
    f"'><i data-hostile autofocus onfocus={HIT}>",
    f"</title><script data-hostile>{HIT}</script>",
    f"</textarea><script data-hostile>{HIT}</script>",
    f"<iframe data-hostile srcdoc='<script>parent.{HIT}'>",
    f"<a data-hostile href=javascript:{HIT}>win</a>",
    f"javascript:{HIT}",
    f"data:text/html,<script>{HIT}</script>",
    f"<details data-hostile open ontoggle={HIT}>",
    "<style data-hostile>*{display:none}</style>",
    "<!-- --><b data-hostile>x</b><!--",
    "<![CDATA[<b data-hostile>x</b>]]>",
    "<template data-hostile><b>x</b></template>",
    "<s-button data-hostile>x</s-button>",
    "<img data-hostile src=//hostile.example/a.png>",
    f'" onclick="{HIT}" data-hostile="',
    f"' style='x:expression({HIT})' data-hostile='",
    "&lt;b data-hostile&gt;x&lt;/b&gt;",
    "&#60;b data-hostile&#62;x",
    "\\u003cb data-hostile\\u003ex",
    f"`${{{HIT}}}`",
    # Liquid and other template languages
    "{{ 4241 | times: 3 }}",
    "{{ shop.name }}{% assign a = 4241 | times: 3 %}{{ a }}",
    "{% raw %}{{ 4241 | times: 3 }}{% endraw %}",
    "{%- if true -%}{{ 4241 | times: 3 }}{%- endif -%}",
    "{% endraw %}{{ 4241 | times: 3 }}",
    "{{ 4241 * 3 }}",
    "{{ config }}{{ self.__class__ }}",
    "${4241*3}",
    "#{4241*3}",
    "<%= 4241*3 %>",
    "[[ 4241 * 3 ]]",
    "[points] [worth] [amount]",
    "{points} {worth} {0} {}",
    "{0.__class__.__mro__}",
    "%(points)s %s %n %x",
    # mail headers and lines
    "Ann\r\nBcc: thief@hostile.example",
    "Ann\nSubject: Won!\n\n<b data-hostile>x</b>",
    "Ann\rX-Hostile: 1",
    "=?utf-8?q?Bcc=3A_thief=40hostile.example?=",
    '"Ann" <thief@hostile.example>,',
    "Ann\u2028Bcc: thief@hostile.example",
    # alphabets, directions, signs
    "\u202egnp.teg\u202c",
    "\u2067\u05e9\u05dc\u05d5\u05dd\u2069 \u0645\u0631\u062d\u0628\u0627",
    "\u200b\u200d\ufeffinvisible",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f1f9\U0001f1f7",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a\u0334l\u0334g\u0334o",
    "\u0130\u0131\u00df\ufb03\u01c5",
    "\uff1cscript\uff1ealert\uff1c/script\uff1e",
    # JSON, SQL, paths, length
    '"},"is_live":false,"x":{"a":"',
    '\\",\\"a\\":\\"\\\\',
    "' OR 1=1; DROP TABLE members; --",
    "../../etc/passwd%00.png",
    "null",
    '=HYPERLINK("//hostile.example","x")',
    "W" * 60,
)  # fmt: skip

LABEL_MAX: Final = 60


def labels(strings: tuple[str, ...]) -> list[str]:
    """The strings, as long as a title may be."""
    return [text.strip()[:LABEL_MAX].strip() for text in strings]


def saying(strings: tuple[str, ...], *, currency: str = "USD") -> Program:
    """A live program in which every list of titles and words has each of these (twenty at most), and its names the first ones."""
    said = labels(strings)
    document = dump(default_program(currency, is_live=True))
    languages = ("en", "de", "fr", "es", "tr", "ja")
    document |= {
        "name": said[0],
        "points_name": {
            each: {"one": said[at % len(said)], "other": said[-1 - at % len(said)]} for at, each in enumerate(languages)
        },
        "rewards": [_reward(number, text) for number, text in enumerate(said)],
        "actions": [{"id": f"a{n}", "kind": "custom", "title": text, "points": 5} for n, text in enumerate(said)]
        + [{"id": "ask", "kind": "survey", "title": said[1], "points": 5, "survey_id": "s0"}],
        "order_rules": [
            {"id": f"r{n}", "title": text, "effect": {"kind": "fixed", "points": 1}, "group": "g"}
            for n, text in enumerate(said)
        ],
        "tiers": {
            "metric": "spend",
            "levels": [
                {"id": f"l{n}", "title": text, "threshold": str(n), "perks": [strings[n].strip()]}
                for n, text in enumerate(said)
            ],
        },
        "surveys": [
            {
                "id": f"s{n}",
                "title": text,
                "questions": [
                    {"id": "q", "kind": "text", "words": strings[n].strip()},
                    {"id": "c", "kind": "choice", "words": text, "choices": ["yes", text], "is_required": False},
                ],
            }
            for n, text in enumerate(said)
        ],
        "achievements": [
            {"id": f"m{n}", "title": text, "metric": "orders", "steps": [{"at": 1, "badge": text}]}
            for n, text in enumerate(said)
        ],
        "goodwill": {"codes": [{"id": f"g{n}", "title": text, "maximum_points": 50} for n, text in enumerate(said)]},
        "partners": [{"id": f"p{n}", "title": text, "budget": 100} for n, text in enumerate(said)],
        "sharing": {
            "causes": {
                "causes": [{"id": f"c{n}", "title": text, "text": strings[n].strip()} for n, text in enumerate(said)]
            },
            "households": {"is_on": True},
            "gifts": {"is_on": True},
        },
    }
    return parse(document)


def _reward(number: int, text: str) -> dict[str, Any]:
    return {
        "id": f"w{number}",
        "kind": "free_shipping",
        "title": text,
        "titles": {"de": text, "fr": text},
        "price_points": 10 + number,
    }
