"""Product pictures drawn in code: every picture is a small SVG built from shapes, so the shop needs no image files.

A `Picture` names a kind of object (bag, tin, mug, ...), its colours and the words on its label; `draw` turns it into a
square SVG document on a tinted backdrop. The same picture always gives the same bytes, so browsers may cache it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

SERIF = "Georgia, 'Times New Roman', serif"
SANS = "'Helvetica Neue', Arial, sans-serif"
CREAM = "#fbf6ec"
INK = "#2b2622"


@dataclass(frozen=True)
class Picture:
    """What to draw: `kind` is a key of `KINDS`; colours are `#rrggbb`; `motif` is a key of `MOTIFS`."""

    kind: str
    ground: str
    main: str
    accent: str
    label: str = ""
    note: str = ""
    motif: str = "leaf"


def draw(picture: Picture, *, title: str) -> str:
    """Return a complete SVG document (400 x 400 units) of the picture, with `title` as its accessible name."""
    body = KINDS[picture.kind](picture)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img" '
        f'aria-label="{escape(title, quote=True)}">{_light()}{_backdrop(picture.ground)}{body}</svg>'
    )


def draw_scene(*, ground: str, dark: str, warm: str) -> str:
    """Return the wide SVG (1600 x 560) of the home page: a counter with a kettle, a dripper and a window on its right."""
    window = (
        '<defs><clipPath id="pane"><rect x="716" y="44" width="270" height="360" rx="135"/></clipPath></defs>'
        f'<g clip-path="url(#pane)"><rect x="716" y="44" width="270" height="360" fill="{_mix(ground, "#ffffff", 0.6)}"/>'
        f'<circle cx="904" cy="152" r="40" fill="{warm}"/>'
        f'<path d="M690 286q84-84 176-38t166-46v220H690z" fill="{_mix(dark, ground, 0.62)}"/>'
        f'<path d="M690 336q104-56 186-18t160-26v130H690z" fill="{_mix(dark, ground, 0.38)}"/>'
        f'<path d="M851 44v360" stroke="{_mix(ground, "#ffffff", 0.2)}" stroke-width="8"/></g>'
    )
    shelf = (
        '<rect x="1150" y="176" width="370" height="11" rx="5" fill="#a8794f"/>'
        + _at(1172, 44, 0.39, _bag(Picture("bag", ground, "#7d8c6c", "#e9c46a", "", "", "mountains")))
        + _at(1266, 44, 0.39, _tin(Picture("tin", ground, "#c26d4f", "#f2d7a6", "", "", "leaf")))
        + _at(1360, 44, 0.39, _canister(Picture("canister", ground, "#e8dccb", "#8a6a4f")))
    )
    counter = (
        f'<rect y="466" width="1600" height="94" fill="{_mix(dark, ground, 0.2)}"/>'
        f'<rect y="466" width="1600" height="11" fill="{_mix(dark, "#000000", 0.1)}" opacity=".35"/>'
    )
    things = (
        _at(976, 178, 0.92, _dripper(Picture("dripper", ground, "#f7f1e6", "#8a5a3b")))
        + _at(1206, 196, 0.87, _kettle(Picture("kettle", ground, dark, "#c58b5a")))
        + _at(826, 282, 0.62, _mug(Picture("mug", ground, "#c26d4f", "#f5e8d6")))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 560" role="img" '
        f'aria-label="A morning counter with coffee and tea">{_light()}'
        f'<rect width="1600" height="560" fill="{ground}"/>{window}{shelf}{counter}{things}</svg>'
    )


# --- shared pieces ----------------------------------------------------------------------------------------------------


def _light() -> str:
    return (
        "<defs>"
        '<linearGradient id="side" x1="0" x2="1"><stop offset="0" stop-color="#fff" stop-opacity=".28"/>'
        '<stop offset=".35" stop-color="#fff" stop-opacity="0"/><stop offset=".7" stop-color="#000" stop-opacity="0"/>'
        '<stop offset="1" stop-color="#000" stop-opacity=".2"/></linearGradient>'
        '<linearGradient id="fall" x1="0" x2="0" y1="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".22"/>'
        '<stop offset="1" stop-color="#000" stop-opacity=".12"/></linearGradient>'
        '<radialGradient id="floor"><stop offset="0" stop-color="#000" stop-opacity=".26"/>'
        '<stop offset="1" stop-color="#000" stop-opacity="0"/></radialGradient>'
        "</defs>"
    )


def _backdrop(ground: str) -> str:
    arch = _mix(ground, "#ffffff", 0.45)
    return (
        f'<rect width="400" height="400" fill="{ground}"/>'
        f'<path d="M70 400V188a130 130 0 0 1 260 0v212z" fill="{arch}"/>'
    )


def _floor(rx: float, *, cy: float = 342) -> str:
    return f'<ellipse cx="200" cy="{cy}" rx="{rx}" ry="{rx * 0.13:.1f}" fill="url(#floor)"/>'


def _at(x: float, y: float, scale: float, body: str) -> str:
    return f'<g transform="translate({x} {y}) scale({scale})">{body}</g>'


def _mix(colour: str, other: str, share: float) -> str:
    """Blend `share` (0..1) of `other` into `colour`; both are `#rrggbb`."""
    parts = []
    for start in (1, 3, 5):
        here, there = int(colour[start : start + 2], 16), int(other[start : start + 2], 16)
        parts.append(round(here + (there - here) * share))
    return "#{:02x}{:02x}{:02x}".format(*parts)


def _darker(colour: str, share: float = 0.22) -> str:
    return _mix(colour, "#1a1411", share)


def _lighter(colour: str, share: float = 0.3) -> str:
    return _mix(colour, "#ffffff", share)


def _words(text: str, *, x: float, y: float, size: float, fill: str = INK, face: str = SERIF, wide: float = 0) -> str:
    if not text:
        return ""
    spacing = f' letter-spacing="{wide}"' if wide else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-family="{face}" font-size="{size}" fill="{fill}"{spacing}>'
        f"{escape(text)}</text>"
    )


def _steam(x: float, y: float, colour: str = "#ffffff") -> str:
    one = "q-14-18 0-36t0-36"
    return (
        f'<g fill="none" stroke="{colour}" stroke-width="5" stroke-linecap="round" opacity=".75">'
        f'<path d="M{x - 24} {y}{one}"/><path d="M{x} {y - 8}{one}"/><path d="M{x + 24} {y}{one}"/></g>'
    )


# --- motifs: small scenes for labels, drawn in a box of 100 x 56 ---------------------------------------------------------


def _mountains(main: str, accent: str) -> str:
    return (
        f'<circle cx="70" cy="18" r="10" fill="{accent}"/><path d="M0 56L28 18l16 20 14-14 42 32z" fill="{main}"/>'
        f'<path d="M28 18l-9 12 8-3 6 5 4-3z" fill="{_lighter(main, 0.65)}"/>'
    )


def _sun(main: str, accent: str) -> str:
    rays = "".join(
        f'<path d="M50 56L50 4" stroke="{main}" stroke-width="4" transform="rotate({angle} 50 56)"/>'
        for angle in range(-80, 81, 20)
    )
    return f'{rays}<circle cx="50" cy="56" r="26" fill="{accent}"/>'


def _leaf(main: str, accent: str) -> str:
    sprig = "".join(
        f'<path d="M0 0q12-14 26-8q-8 14-26 8z" fill="{main if side > 0 else accent}" '
        f'transform="translate({50} {y}) scale({side} 1)"/>'
        for y, side in ((22, 1), (22, -1), (36, 1), (36, -1), (50, 1), (50, -1))
    )
    return f'<path d="M50 56V10" stroke="{main}" stroke-width="2.5"/>{sprig}<path d="M50 12q-7-6 0-12q7 6 0 12z" fill="{main}"/>'


def _waves(main: str, accent: str) -> str:
    return "".join(
        f'<path d="M0 {y}q12.5-14 25 0t25 0t25 0t25 0" fill="none" stroke="{main if row % 2 else accent}" stroke-width="5"/>'
        for row, y in enumerate((14, 26, 38, 50))
    )


def _cherry(main: str, accent: str) -> str:
    return (
        f'<path d="M34 36q6-24 24-30M64 36q0-18-6-30" fill="none" stroke="{INK}" stroke-width="2.5"/>'
        f'<path d="M58 6q18-8 30 4q-18 8-30-4z" fill="{accent}"/>'
        f'<circle cx="33" cy="42" r="13" fill="{main}"/><circle cx="65" cy="42" r="13" fill="{main}"/>'
        f'<circle cx="29" cy="38" r="3.5" fill="#fff" opacity=".6"/><circle cx="61" cy="38" r="3.5" fill="#fff" opacity=".6"/>'
    )


def _volcano(main: str, accent: str) -> str:
    return (
        f'<path d="M8 56L38 16h24l30 40z" fill="{main}"/><path d="M38 16h24l6 8-8 8-6-6-8 10-6-8-6 2z" fill="{accent}"/>'
        f'<path d="M46 12q-8-6 0-12M56 12q8-6 0-12" fill="none" stroke="{main}" stroke-width="3" stroke-linecap="round"/>'
    )


def _moon(main: str, accent: str) -> str:
    stars = "".join(
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="{accent}"/>'
        for x, y, r in ((18, 14, 2), (30, 36, 2.5), (82, 12, 2.5), (88, 40, 2), (12, 46, 1.5))
    )
    return f'{stars}<path d="M62 6a24 24 0 1 0 6 44a28 28 0 0 1-6-44z" fill="{main}"/>'


def _flower(main: str, accent: str) -> str:
    petals = "".join(
        f'<ellipse cx="50" cy="14" rx="9" ry="14" fill="{main}" transform="rotate({angle} 50 30)"/>'
        for angle in range(0, 360, 60)
    )
    return f'{petals}<circle cx="50" cy="30" r="9" fill="{accent}"/>'


def _terraces(main: str, accent: str) -> str:
    return (
        f'<circle cx="24" cy="16" r="9" fill="{accent}"/>'
        f'<path d="M0 30q30-14 60-4t40-8v38H0z" fill="{_lighter(main, 0.45)}"/>'
        f'<path d="M0 40q30-12 60-3t40-7v26H0z" fill="{_lighter(main, 0.2)}"/>'
        f'<path d="M0 50q30-10 60-2t40-6v14H0z" fill="{main}"/>'
    )


def _citrus(main: str, accent: str) -> str:
    slices = "".join(
        f'<path d="M50 30L44 10a21 21 0 0 1 12 0z" fill="{_lighter(accent, 0.25)}" transform="rotate({angle} 50 30)"/>'
        for angle in range(0, 360, 45)
    )
    return f'<circle cx="50" cy="30" r="27" fill="{main}"/><circle cx="50" cy="30" r="24" fill="#fff7e6"/>{slices}'


MOTIFS: Mapping[str, Callable[[str, str], str]] = MappingProxyType(
    {
        "mountains": _mountains,
        "sun": _sun,
        "leaf": _leaf,
        "waves": _waves,
        "cherry": _cherry,
        "volcano": _volcano,
        "moon": _moon,
        "flower": _flower,
        "terraces": _terraces,
        "citrus": _citrus,
    }
)


# --- objects ---------------------------------------------------------------------------------------------------------


def _bag(p: Picture) -> str:
    motif = MOTIFS[p.motif](p.main, p.accent)
    return (
        _floor(112)
        + f'<path d="M126 120h148l8 212q0 8-8 8H126q-8 0-8-8z" fill="{p.main}"/>'
        + f'<path d="M258 120h16l8 212q0 8-8 8h-22z" fill="{_darker(p.main, 0.18)}"/>'
        + '<path d="M126 120h148l8 212q0 8-8 8H126q-8 0-8-8z" fill="url(#side)"/>'
        + f'<path d="M128 78h144l4 46H124z" fill="{_darker(p.main, 0.1)}"/>'
        + f'<path d="M128 78h144l1 10H127z" fill="{_lighter(p.main, 0.18)}"/>'
        + f'<rect x="112" y="98" width="176" height="14" rx="5" fill="{_lighter(p.accent, 0.1)}"/>'
        + '<rect x="112" y="98" width="176" height="14" rx="5" fill="url(#fall)"/>'
        + f'<circle cx="200" cy="145" r="7" fill="{_darker(p.main, 0.25)}"/><circle cx="200" cy="145" r="3" fill="{_lighter(p.main, 0.2)}"/>'
        + f'<rect x="140" y="168" width="120" height="140" rx="4" fill="{CREAM}"/>'
        + f'<svg x="150" y="178" width="100" height="56" viewBox="0 0 100 56">{motif}</svg>'
        + _words(p.label.upper(), x=200, y=262, size=_fit(p.label, 108, 16), wide=1)
        + f'<path d="M186 272h28" stroke="{p.accent}" stroke-width="2"/>'
        + _words(p.note, x=200, y=291, size=9.5, face=SANS, fill="#5d544c", wide=0.4)
    )


def _tin(p: Picture) -> str:
    motif = MOTIFS[p.motif](p.main, p.accent)
    return (
        _floor(100)
        + f'<path d="M122 132v194q0 16 78 16t78-16V132z" fill="{p.main}"/>'
        + '<path d="M122 132v194q0 16 78 16t78-16V132z" fill="url(#side)"/>'
        + f'<path d="M118 92v40q0 15 82 15t82-15V92z" fill="{_darker(p.main, 0.14)}"/>'
        + '<path d="M118 92v40q0 15 82 15t82-15V92z" fill="url(#side)"/>'
        + f'<ellipse cx="200" cy="92" rx="82" ry="15" fill="{_lighter(p.main, 0.24)}"/>'
        + f'<ellipse cx="200" cy="91" rx="66" ry="10" fill="{_lighter(p.main, 0.1)}"/>'
        + f'<path d="M122 176q0 14 78 14t78-14v118q0 15-78 15t-78-15z" fill="{CREAM}"/>'
        + f'<path d="M122 178q0 14 78 14t78-14" fill="none" stroke="{p.accent}" stroke-width="4"/>'
        + f'<path d="M122 292q0 15 78 15t78-15" fill="none" stroke="{p.accent}" stroke-width="4"/>'
        + f'<svg x="156" y="200" width="88" height="46" viewBox="0 0 100 56">{motif}</svg>'
        + _words(p.label, x=200, y=272, size=_fit(p.label, 130, 18))
        + _words(p.note, x=200, y=290, size=9.5, face=SANS, fill="#5d544c", wide=0.4)
        + '<path d="M122 176q0 14 78 14t78-14v118q0 15-78 15t-78-15z" fill="url(#side)" opacity=".7"/>'
    )


def _mug(p: Picture) -> str:
    return (
        _floor(104)
        + _steam(190, 128)
        + f'<path d="M268 198q62-10 62 40t-70 48" fill="none" stroke="{_darker(p.main, 0.1)}" stroke-width="20" stroke-linecap="round"/>'
        + f'<path d="M104 160h176l-8 140q-3 42-44 42h-72q-41 0-44-42z" fill="{p.main}"/>'
        + f'<path d="M111 282l1 18q3 42 44 42h72q41 0 44-42l1-18q-30 14-60 4t-54 2-48-4z" fill="{p.accent}"/>'
        + '<path d="M104 160h176l-8 140q-3 42-44 42h-72q-41 0-44-42z" fill="url(#side)"/>'
        + f'<ellipse cx="192" cy="160" rx="88" ry="17" fill="{_lighter(p.main, 0.35)}"/>'
        + '<ellipse cx="192" cy="161" rx="77" ry="13" fill="#4a2c1d"/><ellipse cx="178" cy="158" rx="40" ry="6" fill="#7a4d32" opacity=".7"/>'
    )


def _espresso_cups(p: Picture) -> str:
    def cup(x: float, y: float, colour: str) -> str:
        return _at(
            x,
            y,
            0.54,
            f'<ellipse cx="192" cy="348" rx="150" ry="22" fill="{_lighter(colour, 0.5)}"/>'
            f'<ellipse cx="192" cy="342" rx="120" ry="14" fill="{_darker(colour, 0.1)}" opacity=".35"/>'
            f'<path d="M276 214q48-4 46 34t-56 40" fill="none" stroke="{colour}" stroke-width="18"/>'
            f'<path d="M100 190h184q-2 150-64 152h-56q-62-2-64-152z" fill="{colour}"/>'
            '<path d="M100 190h184q-2 150-64 152h-56q-62-2-64-152z" fill="url(#side)"/>'
            f'<ellipse cx="192" cy="190" rx="92" ry="19" fill="{_lighter(colour, 0.35)}"/>'
            '<ellipse cx="192" cy="191" rx="80" ry="15" fill="#4a2c1d"/>',
        )

    return _floor(150) + cup(44, 118, p.main) + cup(166, 150, p.accent)


def _dripper(p: Picture) -> str:
    return (
        _floor(110)
        + '<path d="M128 232h144l18 84q4 24-24 24H134q-28 0-24-24z" fill="#dfe8ea" opacity=".85"/>'
        + '<path d="M116 286h168l6 30q4 24-24 24H134q-28 0-24-24z" fill="#5b3823"/>'
        + '<path d="M116 286q40 10 84 0t84 0l2 8q-40 8-86 2t-86 0z" fill="#7a4d32"/>'
        + '<path d="M128 232h144l18 84q4 24-24 24H134q-28 0-24-24z" fill="url(#side)"/>'
        + f'<path d="M274 250q46 0 40 40t-34 26" fill="none" stroke="{_mix(p.main, "#9fb4b8", 0.6)}" stroke-width="10"/>'
        + f'<rect x="118" y="218" width="164" height="16" rx="8" fill="{p.accent}"/>'
        + f'<path d="M104 116h192l-64 104h-64z" fill="{p.main}"/>'
        + "".join(
            f'<path d="M{x1} 122L{x2} 216" stroke="{_darker(p.main, 0.12)}" stroke-width="4"/>'
            for x1, x2 in ((136, 178), (168, 190), (200, 200), (232, 210), (264, 222))
        )
        + '<path d="M104 116h192l-64 104h-64z" fill="url(#side)"/>'
        + f'<path d="M288 130q44-4 38 30t-58 26" fill="none" stroke="{p.main}" stroke-width="13"/>'
        + f'<ellipse cx="200" cy="116" rx="96" ry="17" fill="{_lighter(p.main, 0.4)}"/>'
        + '<ellipse cx="200" cy="117" rx="83" ry="13" fill="#6b4329"/>'
        + _steam(200, 98)
    )


def _kettle(p: Picture) -> str:
    return (
        _floor(120)
        + f'<path d="M132 292Q84 284 92 220T44 136" fill="none" stroke="{p.main}" stroke-width="15" stroke-linecap="round"/>'
        + f'<path d="M34 136h20" stroke="{_lighter(p.main, 0.2)}" stroke-width="9" stroke-linecap="round"/>'
        + f'<path d="M262 196q88-30 84 40t-20 92" fill="none" stroke="{p.accent}" stroke-width="17" stroke-linecap="round"/>'
        + f'<path d="M138 178h124l22 148q2 14-14 14H130q-16 0-14-14z" fill="{p.main}"/>'
        + '<path d="M138 178h124l22 148q2 14-14 14H130q-16 0-14-14z" fill="url(#side)"/>'
        + f'<path d="M134 180q0-34 66-34t66 34z" fill="{_lighter(p.main, 0.14)}"/>'
        + f'<rect x="132" y="174" width="136" height="10" rx="5" fill="{_lighter(p.main, 0.3)}"/>'
        + f'<path d="M200 146v-14" stroke="{p.accent}" stroke-width="8"/><circle cx="200" cy="126" r="12" fill="{p.accent}"/>'
        + f'<rect x="112" y="324" width="176" height="16" rx="8" fill="{_darker(p.main, 0.35)}"/>'
    )


def _press(p: Picture) -> str:
    return (
        _floor(96)
        + f'<path d="M200 56v70" stroke="#8b8f92" stroke-width="6"/><circle cx="200" cy="54" r="14" fill="{p.accent}"/>'
        + f'<path d="M272 160h26q22 0 22 24v84q0 24-22 24h-26" fill="none" stroke="{p.accent}" stroke-width="16"/>'
        + '<rect x="132" y="136" width="136" height="196" rx="10" fill="#e3ecee" opacity=".9"/>'
        + '<path d="M132 206h136v116q0 10-10 10H142q-10 0-10-10z" fill="#5b3823"/><rect x="132" y="202" width="136" height="12" fill="#7a4d32"/>'
        + '<rect x="140" y="188" width="120" height="9" rx="4" fill="#8b8f92"/><path d="M200 126v64" stroke="#8b8f92" stroke-width="6"/>'
        + '<rect x="132" y="136" width="136" height="196" rx="10" fill="url(#side)"/>'
        + f'<path d="M124 138q0-24 76-24t76 24z" fill="{p.main}"/><rect x="120" y="134" width="160" height="12" rx="6" fill="{_darker(p.main, 0.15)}"/>'
        + f'<rect x="122" y="318" width="156" height="22" rx="8" fill="{p.main}"/>'
        + f'<path d="M130 150v176M270 150v176" stroke="{p.main}" stroke-width="8"/>'
    )


def _grinder(p: Picture) -> str:
    return (
        _floor(82)
        + '<path d="M200 84V62l84-8" fill="none" stroke="#8b8f92" stroke-width="9" stroke-linejoin="round" stroke-linecap="round"/>'
        + f'<path d="M284 58q20-22 18 8t-14 24q-14-2-4-32z" fill="{p.accent}"/>'
        + '<path d="M148 104q4-22 52-22t52 22z" fill="#b9bdc0"/>'
        + f'<rect x="146" y="102" width="108" height="118" rx="8" fill="{p.main}"/><rect x="146" y="102" width="108" height="118" rx="8" fill="url(#side)"/>'
        + "".join(
            f'<path d="M{x} 112v98" stroke="{_darker(p.main, 0.2)}" stroke-width="2" opacity=".7"/>'
            for x in range(158, 250, 12)
        )
        + '<rect x="140" y="216" width="120" height="18" rx="6" fill="#b9bdc0"/>'
        + f'<path d="M148 234h104v96q0 10-10 10h-84q-10 0-10-10z" fill="{p.accent}"/><path d="M148 234h104v96q0 10-10 10h-84q-10 0-10-10z" fill="url(#side)"/>'
        + _words(p.label, x=200, y=296, size=15, fill=CREAM)
    )


def _teapot(p: Picture) -> str:
    return (
        _floor(120)
        + f'<path d="M116 250Q66 240 74 200T46 152" fill="none" stroke="{p.main}" stroke-width="24" stroke-linecap="round"/>'
        + f'<path d="M280 196q74-28 70 34t-76 62" fill="none" stroke="{p.main}" stroke-width="18"/>'
        + f'<path d="M104 240q0-84 96-84t96 84q0 100-96 100t-96-100z" fill="{p.main}"/>'
        + f'<path d="M106 262q44-22 94 0t94 0q-12 78-94 78t-94-78z" fill="{p.accent}"/>'
        + '<path d="M104 240q0-84 96-84t96 84q0 100-96 100t-96-100z" fill="url(#side)"/>'
        + f'<path d="M138 164q6-34 62-34t62 34z" fill="{_lighter(p.main, 0.16)}"/><circle cx="200" cy="122" r="13" fill="{p.accent}"/>'
        + _steam(52, 128)
    )


def _matcha(p: Picture) -> str:
    tines = "".join(
        f'<path d="M{x} 176L{x2} 262" stroke="#d9b77c" stroke-width="3.5"/>'
        for x, x2 in zip(range(262, 295, 4), range(246, 311, 8), strict=False)
    )
    return (
        _floor(140)
        + f'<path d="M62 214h188q4 112-64 124h-60Q58 326 62 214z" fill="{p.main}"/>'
        + f'<path d="M62 226q46 26 94 8t94-4q-4 96-64 108h-60Q64 326 62 226z" fill="{_darker(p.main, 0.12)}"/>'
        + '<path d="M62 214h188q4 112-64 124h-60Q58 326 62 214z" fill="url(#side)"/>'
        + f'<ellipse cx="156" cy="214" rx="94" ry="20" fill="{_lighter(p.main, 0.3)}"/>'
        + f'<ellipse cx="156" cy="216" rx="81" ry="15" fill="{p.accent}"/><ellipse cx="140" cy="213" rx="44" ry="7" fill="{_lighter(p.accent, 0.35)}"/>'
        + f'<g transform="rotate(8 280 240)"><rect x="258" y="104" width="40" height="76" rx="10" fill="#e3c48d"/><rect x="258" y="104" width="40" height="76" rx="10" fill="url(#side)"/>{tines}'
        + '<path d="M246 262q32 60 64 0z" fill="#e3c48d"/><path d="M262 178h32" stroke="#5b4630" stroke-width="4"/></g>'
    )


def _canister(p: Picture) -> str:
    return (
        _floor(98)
        + f'<rect x="122" y="130" width="156" height="210" rx="16" fill="{p.main}"/><rect x="122" y="130" width="156" height="210" rx="16" fill="url(#side)"/>'
        + f'<rect x="114" y="98" width="172" height="40" rx="12" fill="{p.accent}"/><rect x="114" y="98" width="172" height="40" rx="12" fill="url(#side)"/>'
        + f'<path d="M126 112h148M126 124h120" stroke="{_darker(p.accent, 0.2)}" stroke-width="2" opacity=".5"/>'
        + f'<rect x="184" y="80" width="32" height="20" rx="8" fill="{_darker(p.accent, 0.12)}"/>'
        + _words(p.label, x=200, y=246, size=24, fill=_darker(p.main, 0.75))
    )


def _filters(p: Picture) -> str:
    sheets = "".join(
        f'<path d="M{168 + i * 6} {96 - i * 5}q64-34 122 4l-44 126h-36z" fill="{_mix("#fffaf0", "#d9cbb4", i * 0.22)}" stroke="#d9cbb4"/>'
        for i in (2, 1, 0)
    )
    return (
        _floor(118)
        + sheets
        + f'<path d="M96 186h190v140q0 14-14 14H110q-14 0-14-14z" fill="{p.main}"/><path d="M96 186h190v140q0 14-14 14H110q-14 0-14-14z" fill="url(#side)"/>'
        + f'<path d="M286 186l22-14v140q0 12-22 26z" fill="{_darker(p.main, 0.22)}"/>'
        + f'<circle cx="191" cy="240" r="34" fill="{CREAM}"/><path d="M170 226h42l-16 32h-10z" fill="{p.accent}"/>'
        + _words(p.label, x=191, y=302, size=17, fill=CREAM)
        + _words(p.note, x=191, y=322, size=11, fill=CREAM, face=SANS, wide=0.6)
    )


def _scale(p: Picture) -> str:
    return (
        _floor(134)
        + f'<path d="M78 262h244l16 58q4 20-20 20H82q-24 0-20-20z" fill="{p.main}"/><path d="M78 262h244l16 58q4 20-20 20H82q-24 0-20-20z" fill="url(#fall)"/>'
        + f'<rect x="84" y="244" width="232" height="22" rx="8" fill="{_lighter(p.main, 0.22)}"/>'
        + '<rect x="150" y="286" width="100" height="36" rx="6" fill="#101413"/>'
        + _words("18.0 g", x=200, y=312, size=22, fill="#a8f0c6", face="'Courier New', monospace")
        + f'<circle cx="112" cy="306" r="8" fill="{p.accent}"/><circle cx="288" cy="306" r="8" fill="{p.accent}"/>'
        + _at(104, 70, 0.48, "<g>" + _beans(p.accent) + "</g>")
    )


def _beans(colour: str) -> str:
    spots = (
        (120, 320, 20),
        (180, 310, -30),
        (240, 322, 50),
        (300, 312, 10),
        (150, 278, 70),
        (214, 270, -10),
        (272, 278, 30),
        (190, 236, 45),
        (244, 238, -50),
    )
    beans = "".join(
        f'<g transform="translate({x} {y}) rotate({a})"><ellipse rx="36" ry="25" fill="{_darker("#7a4a2c", 0.2 if i % 2 else 0.05)}"/>'
        '<path d="M-32 0q16-12 32 0t32 0" fill="none" stroke="#2d1a10" stroke-width="5"/></g>'
        for i, (x, y, a) in enumerate(spots)
    )
    return f'{beans}<path d="M60 346h280q6 0 6 8t-6 8H60q-6 0-6-8t6-8z" fill="{_lighter(colour, 0.5)}"/>'


def _tumbler(p: Picture) -> str:
    return (
        _floor(78)
        + f'<path d="M136 112h128l-16 216q-2 12-14 12h-68q-12 0-14-12z" fill="{p.main}"/><path d="M136 112h128l-16 216q-2 12-14 12h-68q-12 0-14-12z" fill="url(#side)"/>'
        + f'<path d="M142 196h116l-5 66H147z" fill="{p.accent}"/><path d="M142 196h116l-5 66H147z" fill="url(#side)"/>'
        + f'<path d="M128 92q0-18 18-18h108q18 0 18 18v20H128z" fill="{_darker(p.main, 0.3)}"/><rect x="122" y="104" width="156" height="14" rx="7" fill="{_darker(p.main, 0.42)}"/>'
        + f'<rect x="186" y="64" width="46" height="14" rx="7" fill="{p.accent}"/>'
        + _words(p.label, x=200, y=235, size=17, fill=CREAM)
    )


def _towel(p: Picture) -> str:
    stripes = "".join(
        f'<path d="M{x} 112v220" stroke="{p.accent}" stroke-width="{w}"/>'
        for x, w in ((138, 6), (152, 2), (248, 2), (262, 6))
    )
    return (
        '<path d="M60 96h280" stroke="#a67c52" stroke-width="12" stroke-linecap="round"/>'
        f'<path d="M118 92h164v232q-20 14-41 0t-41 0-41 0-41 0z" fill="{p.main}"/>{stripes}'
        f'<path d="M118 92h164v34H118z" fill="{_darker(p.main, 0.12)}"/>'
        f'<svg x="162" y="180" width="76" height="60" viewBox="0 0 100 56">{MOTIFS[p.motif](p.accent, _darker(p.accent, 0.15))}</svg>'
        '<path d="M118 92h164v232q-20 14-41 0t-41 0-41 0-41 0z" fill="url(#side)" opacity=".8"/>'
    )


def _candle(p: Picture) -> str:
    return (
        _floor(92)
        + '<path d="M200 74q22 28 0 50q-22-22 0-50z" fill="#f2a541"/><path d="M200 94q10 14 0 26q-10-12 0-26z" fill="#fff2c6"/>'
        + '<path d="M200 122v40" stroke="#3b2f28" stroke-width="4"/>'
        + f'<path d="M124 158v166q0 16 76 16t76-16V158z" fill="{p.main}"/>'
        + f'<ellipse cx="200" cy="158" rx="76" ry="15" fill="{_lighter(p.main, 0.35)}"/><ellipse cx="200" cy="159" rx="66" ry="11" fill="#fbeed2"/>'
        + '<path d="M124 158v166q0 16 76 16t76-16V158q0 15-76 15t-76-15z" fill="url(#side)"/>'
        + f'<rect x="150" y="208" width="100" height="88" rx="4" fill="{CREAM}"/>'
        + f'<svg x="170" y="216" width="60" height="34" viewBox="0 0 100 56">{MOTIFS[p.motif](p.accent, _lighter(p.accent, 0.3))}</svg>'
        + _words(p.label, x=200, y=270, size=_fit(p.label, 92, 14))
        + _words(p.note, x=200, y=286, size=9, face=SANS, fill="#5d544c")
    )


def _gift_box(p: Picture) -> str:
    return (
        _floor(132)
        + f'<rect x="92" y="186" width="216" height="154" rx="6" fill="{p.main}"/><rect x="92" y="186" width="216" height="154" rx="6" fill="url(#side)"/>'
        + f'<rect x="80" y="150" width="240" height="44" rx="6" fill="{_lighter(p.main, 0.14)}"/><rect x="80" y="150" width="240" height="44" rx="6" fill="url(#fall)"/>'
        + f'<rect x="182" y="150" width="36" height="190" fill="{p.accent}"/>'
        + f'<path d="M200 150q-70-10-64-46t64 46q58-82 64-46t-64 46z" fill="{p.accent}"/><path d="M200 150q-50-14-44-36t44 36q40-58 44-36t-44 36z" fill="{_darker(p.accent, 0.2)}"/>'
        + f'<circle cx="200" cy="148" r="13" fill="{_darker(p.accent, 0.1)}"/>'
        + f'<rect x="232" y="238" width="64" height="44" rx="3" fill="{CREAM}" transform="rotate(-6 264 260)"/>'
        + f'<g transform="rotate(-6 264 260)">{_words(p.label, x=264, y=265, size=_fit(p.label, 58, 13))}</g>'
    )


def _gift_card(p: Picture) -> str:
    return (
        _floor(140, cy=318)
        + '<defs><clipPath id="card"><rect x="66" y="122" width="268" height="170" rx="18"/></clipPath></defs>'
        + f'<g transform="rotate(-8 200 210)"><rect x="66" y="122" width="268" height="170" rx="18" fill="{p.main}"/>'
        + f'<circle cx="292" cy="142" r="92" fill="{_lighter(p.main, 0.12)}" clip-path="url(#card)"/>'
        + f'<svg x="196" y="150" width="124" height="90" viewBox="0 0 100 56">{MOTIFS[p.motif](_lighter(p.main, 0.4), p.accent)}</svg>'
        + '<rect x="66" y="122" width="268" height="170" rx="18" fill="url(#fall)"/>'
        + f'<text x="90" y="166" font-family="{SERIF}" font-size="24" fill="{CREAM}">{escape(p.label)}</text>'
        + f'<text x="90" y="268" font-family="{SANS}" font-size="13" fill="{CREAM}" letter-spacing="3">•••• •••• •••• 2K7M</text></g>'
    )


def _jar(p: Picture) -> str:
    return (
        _floor(88)
        + f'<path d="M128 148q-8 14-8 30v136q0 26 26 26h108q26 0 26-26V178q0-16-8-30z" fill="{p.main}"/>'
        + '<path d="M128 148q-8 14-8 30v136q0 26 26 26h108q26 0 26-26V178q0-16-8-30z" fill="url(#side)"/>'
        + '<path d="M140 176v130" stroke="#fff" stroke-width="7" stroke-linecap="round" opacity=".45"/>'
        + f'<rect x="122" y="106" width="156" height="44" rx="8" fill="{p.accent}"/><rect x="122" y="106" width="156" height="44" rx="8" fill="url(#side)"/>'
        + f'<rect x="148" y="200" width="104" height="98" rx="4" fill="{CREAM}"/>'
        + f'<svg x="166" y="208" width="68" height="38" viewBox="0 0 100 56">{MOTIFS[p.motif](p.accent, p.main)}</svg>'
        + _words(p.label, x=200, y=268, size=_fit(p.label, 96, 15))
        + _words(p.note, x=200, y=286, size=9.5, face=SANS, fill="#5d544c")
    )


def _chocolate(p: Picture) -> str:
    squares = "".join(
        f'<rect x="{146 + c * 37}" y="{62 + r * 34}" width="34" height="31" rx="3" fill="#5a3422"/><rect x="{151 + c * 37}" y="{66 + r * 34}" width="24" height="21" rx="2" fill="#6d432d"/>'
        for r in range(3)
        for c in range(3)
    )
    return (
        _floor(84)
        + f'<rect x="142" y="56" width="118" height="284" rx="4" fill="#4a2a1b"/>{squares}'
        + f'<path d="M134 152l10-8 10 8 10-8 10 8 10-8 10 8 10-8 10 8 10-8 10 8 10-8 10 8 10-8v190q0 6-6 6H140q-6 0-6-6z" fill="{p.main}"/>'
        + f'<svg x="146" y="186" width="110" height="70" viewBox="0 0 100 56">{MOTIFS[p.motif](p.accent, CREAM)}</svg>'
        + '<path d="M134 150h134v192q0 6-6 6H140q-6 0-6-6z" fill="url(#side)"/>'
        + _words(p.label, x=201, y=290, size=_fit(p.label, 116, 17), fill=CREAM)
        + _words(p.note, x=201, y=310, size=10, fill=CREAM, face=SANS, wide=0.5)
    )


def _moka(p: Picture) -> str:
    return (
        _floor(94)
        + f'<path d="M262 120h48q12 0 10 14l-14 92" fill="none" stroke="{p.accent}" stroke-width="17" stroke-linecap="round" stroke-linejoin="round"/>'
        + f'<path d="M140 96h120l-18 108h-84z" fill="{p.main}"/><path d="M140 96l-26 8 38 40z" fill="{_darker(p.main, 0.1)}"/>'
        + '<path d="M140 96h120l-18 108h-84z" fill="url(#side)"/>'
        + f'<path d="M138 98q10-24 62-24t62 24z" fill="{_lighter(p.main, 0.2)}"/><rect x="190" y="56" width="20" height="20" rx="7" fill="{p.accent}"/>'
        + f'<rect x="146" y="204" width="108" height="20" rx="4" fill="{_darker(p.main, 0.2)}"/>'
        + f'<path d="M152 224h96l26 108q2 8-8 8H134q-10 0-8-8z" fill="{p.main}"/><path d="M152 224h96l26 108q2 8-8 8H134q-10 0-8-8z" fill="url(#side)"/>'
        + f'<path d="M186 224l-8 116M214 224l8 116" stroke="{_darker(p.main, 0.16)}" stroke-width="3"/><path d="M176 98l8 106M224 98l-8 106" stroke="{_darker(p.main, 0.16)}" stroke-width="3"/>'
        + '<circle cx="232" cy="280" r="6" fill="#8b6f4a"/>'
    )


def _board(p: Picture) -> str:
    grain = "".join(
        f'<path d="M{112 + i * 30} 150q14 80-4 176" fill="none" stroke="{_darker(p.main, 0.16)}" stroke-width="2.5" opacity=".7"/>'
        for i in range(6)
    )
    return (
        _floor(128)
        + f'<path d="M176 62q24-18 48 0v64h62q18 0 18 18v178q0 18-18 18H114q-18 0-18-18V144q0-18 18-18h62z" fill="{p.main}"/>{grain}'
        + '<path d="M176 62q24-18 48 0v64h62q18 0 18 18v178q0 18-18 18H114q-18 0-18-18V144q0-18 18-18h62z" fill="url(#side)" opacity=".7"/>'
        + f'<circle cx="200" cy="84" r="11" fill="{_lighter(p.ground, 0.45)}"/>'
        + f'<path d="M224 330q-10-66 32-108q18 60-32 108z" fill="{p.accent}"/><path d="M224 330q14-54 32-108" stroke="{_darker(p.accent, 0.3)}" stroke-width="2.5" fill="none"/>'
        + f'<path d="M222 330q-44-22-42-70q46 20 42 70z" fill="{_lighter(p.accent, 0.2)}"/>'
    )


def _biscuits(p: Picture) -> str:
    def biscuit(x: float, y: float) -> str:
        dots = "".join(
            f'<circle cx="{x + dx}" cy="{y + dy}" r="3.5" fill="#7a4a2c"/>'
            for dx, dy in ((-16, -4), (10, -10), (0, 8), (18, 6), (-8, -14))
        )
        return f'<circle cx="{x}" cy="{y}" r="34" fill="#d8a765"/><circle cx="{x}" cy="{y - 3}" r="31" fill="#e6bd7f"/>{dots}'

    return (
        _floor(134)
        + biscuit(140, 170)
        + biscuit(206, 156)
        + biscuit(268, 172)
        + f'<path d="M78 194h244v120q0 26-122 26T78 314z" fill="{p.main}"/><path d="M78 194h244v120q0 26-122 26T78 314z" fill="url(#side)"/>'
        + f'<path d="M78 194q0 20 122 20t122-20v18q0 20-122 20T78 212z" fill="{p.accent}"/>'
        + _words(p.label, x=200, y=280, size=_fit(p.label, 190, 24), fill=CREAM)
        + _words(p.note, x=200, y=304, size=12, fill=CREAM, face=SANS, wide=1)
    )


def _subscription(p: Picture) -> str:
    return (
        _floor(144)
        + _at(104, 22, 0.5, _bag(Picture("bag", p.ground, p.accent, "#f2d7a6", "", "", "mountains")))
        + _at(176, 12, 0.54, _bag(Picture("bag", p.ground, "#7d5a4f", "#d9a441", "", "", "sun")))
        + _at(40, 34, 0.48, _bag(Picture("bag", p.ground, "#5f7a6b", "#e5cf9c", "", "", "leaf")))
        + f'<path d="M70 196h260v132q0 12-12 12H82q-12 0-12-12z" fill="{p.main}"/><path d="M70 196h260v132q0 12-12 12H82q-12 0-12-12z" fill="url(#side)"/>'
        + f'<path d="M70 196l-26 34h60l22-34zM330 196l26 34h-60l-22-34z" fill="{_lighter(p.main, 0.18)}"/>'
        + f'<rect x="176" y="196" width="48" height="144" fill="{_darker(p.main, 0.1)}" opacity=".5"/>'
        + f'<circle cx="200" cy="276" r="36" fill="{CREAM}"/><path d="M180 276a20 20 0 0 1 36-12m4 12a20 20 0 0 1-36 12" fill="none" stroke="{p.accent}" stroke-width="6" stroke-linecap="round"/>'
        + f'<path d="M218 250v16h-16M182 302v-16h16" fill="none" stroke="{p.accent}" stroke-width="6" stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _fit(text: str, width: float, size: float) -> float:
    """Shrink `size` until `text` (capitals of a serif face) fits into `width` units."""
    needed = max(len(text), 1) * size * 0.72
    return round(min(size, size * width / needed), 1)


KINDS: Mapping[str, Callable[[Picture], str]] = MappingProxyType(
    {
        "bag": _bag,
        "tin": _tin,
        "mug": _mug,
        "espresso_cups": _espresso_cups,
        "dripper": _dripper,
        "kettle": _kettle,
        "press": _press,
        "grinder": _grinder,
        "teapot": _teapot,
        "matcha": _matcha,
        "canister": _canister,
        "filters": _filters,
        "scale": _scale,
        "tumbler": _tumbler,
        "towel": _towel,
        "candle": _candle,
        "gift_box": _gift_box,
        "gift_card": _gift_card,
        "jar": _jar,
        "chocolate": _chocolate,
        "moka": _moka,
        "board": _board,
        "biscuits": _biscuits,
        "subscription": _subscription,
    }
)
