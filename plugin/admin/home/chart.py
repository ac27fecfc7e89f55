"""The chart of the first page: points given and redeemed by the day, drawn as SVG on the server."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Final

import pygal
from babel.dates import format_skeleton
from markupsafe import Markup
from pygal.style import Style

from plugin.admin.formats import Formats
from plugin.services.figures import Day

# Pygal's finder of plug-ins lacks find_spec, of which Python warns at every later import; we have no plug-ins.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

LABELLED_DAYS: Final = 7
COLORS: Final = ("#0b7a5b", "#7a4fd0")
STYLE: Final = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#616161",
    foreground_strong="#303030",
    foreground_subtle="#e3e3e3",
    opacity="1",
    opacity_hover=".8",
    colors=COLORS,
    font_family="Inter, system-ui, sans-serif",
    label_font_size=12,
    major_label_font_size=12,
    guide_stroke_dasharray="0",
    major_guide_stroke_dasharray="0",
    guide_stroke_color="#ebebeb",
    major_guide_stroke_color="#ebebeb",
)


def draw(days: Sequence[Day], names: tuple[str, str], formats: Formats, *, title: str, description: str) -> Markup:
    """Two bars a day, in COLORS, with `names` for what is given and what is redeemed; `title` and `description` for who cannot see it.

    The page has the legend, in words that stay readable on a phone.
    """
    labels = [short_day(day, formats) for day in days]
    chart = pygal.Bar(
        style=STYLE,
        js=[],
        width=960,
        height=280,
        margin=8,
        show_legend=False,
        show_minor_x_labels=False,
        x_labels_major=labels[::-LABELLED_DAYS],
        max_scale=5,
        truncate_label=-1,
        value_formatter=lambda value: formats.number(round(value)),
        disable_xml_declaration=True,
        print_values=False,
        spacing=12,
    )
    chart.uuid = "chart-points"  # its style sheet names the drawing by this; drawn twice, it is the same
    chart.x_labels = labels
    chart.add(names[0], [day.given for day in days])
    chart.add(names[1], [day.redeemed for day in days])
    drawn = re.sub(r"<!--.*?-->|<script.*?</script>", "", chart.render(is_unicode=True), flags=re.DOTALL)
    words = f'<title id="chart-title">{Markup.escape(title)}</title><desc id="chart-words">{Markup.escape(description)}</desc>'
    opening = '<svg role="img" aria-labelledby="chart-title chart-words"'
    # Everything in the drawing comes from the library and from `names`, which it escapes.
    return Markup(re.sub(r">", lambda _: f">{words}", drawn.replace("<svg", opening, 1), count=1))  # noqa: S704


def short_day(day: Day, formats: Formats) -> str:
    """Day and month as the shop writes them: "24 Oct"."""
    return format_skeleton("MMMd", day.on, locale=formats.locale)
