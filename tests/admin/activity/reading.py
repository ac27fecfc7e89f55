"""Reading pages as people do."""

from __future__ import annotations

import html
import re


def words_on(page: str) -> str:
    """What stands on the page, without markup, on one line."""
    body = page.partition('<div id="page"')[2]
    spoken = re.sub(r'<s-(?:banner|section|page|modal)\b[^>]*\bheading="([^"]*)"[^>]*>', r" \1 ", body)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", spoken)).split())


def lines_of(page: str, which: int = 0) -> list[str]:
    """The lines of the page's table of that number."""
    bodies = re.findall(r"<s-table-body>(.*?)</s-table-body>", page, re.DOTALL)
    rows = re.findall(r"<s-table-row[^>]*>(.*?)</s-table-row>", bodies[which], re.DOTALL) if bodies else []
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows]
