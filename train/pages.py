"""The rendered pages: HTML of everyday screens, drawn at random from a seed. All drawings are inline SVG, nothing is loaded.

A page is a grid of panels; each panel is one kind of screen. The kinds of HELD_KINDS and the families of words.HELD appear on
held-out pages only. Lines of English text marked `data-ocr` are what text recognition is measured on.
"""

from __future__ import annotations

import colorsys
import html
import math
import random
from dataclasses import dataclass
from typing import Callable

import words

SCRIPTS = ("english",) * 12 + ("german", "french", "polish", "vietnamese", "turkish", "ukrainian", "hebrew", "thai", "georgian",
                               "bengali", "tamil") + ("russian", "greek", "cjk", "korean", "arabic", "devanagari") * 2


def colour(hue: float, lightness: float, saturation: float) -> str:
    """#rrggbb of HLS."""
    return "#" + "".join(f"{round(255 * v):02x}" for v in colorsys.hls_to_rgb(hue % 1, min(1.0, max(0.0, lightness)), saturation))


@dataclass
class Look:
    """What a page's panels share: chance, script, fonts, colours."""

    rng: random.Random
    script: str
    sans: str
    serif: str
    mono: str
    size: int
    dark: bool
    back: str
    panel: str
    ink: str
    dim: str
    line: str
    accent: str
    accent_ink: str
    hue: float
    radius: int

    def text(self, low: int, high: int | None = None) -> str:
        """Some words, escaped."""
        return html.escape(words.words(self.rng, self.script, low, high))

    def prose(self, count: int) -> str:
        """Some sentences, escaped."""
        return html.escape(words.sentences(self.rng, self.script, count))

    def paint(self) -> str:
        """A colour that shows on the panel."""
        r = self.rng
        return colour(r.random(), r.uniform(0.55, 0.75) if self.dark else r.uniform(0.25, 0.6), r.choice((0.2, 0.5, 0.8, 1.0)))


def new_look(rng: random.Random, fonts: words.Fonts) -> Look:
    """A theme: fonts, sizes and colours."""
    script = rng.choice(SCRIPTS)
    extra = "".join(f",'{f}'" for f in rng.sample(fonts.scripts.get(script, ()), len(fonts.scripts.get(script, ()))))
    extra += "".join(f",'{some[0]}'" for some in fonts.scripts.values())
    stack = {use: f"'{rng.choice(some)}'{extra}" for use, some in (("sans", fonts.sans), ("serif", fonts.serif), ("mono", fonts.mono))}
    dark, hue, tint = rng.random() < 0.42, rng.random(), rng.choice((0.0, 0.0, 0.1, 0.3))
    if dark:
        base = rng.choice((0.0, 0.06, 0.09, 0.12, 0.16, 0.2))
        back, panel, ink = colour(hue, base, tint), colour(hue, base + rng.choice((0, 0.03, 0.06)), tint), colour(hue, rng.uniform(0.8, 1.0), tint)
        dim, line = colour(hue, 0.62, tint), colour(hue, base + 0.14, tint)
    else:
        base = rng.choice((1.0, 1.0, 0.98, 0.96, 0.93, 0.88))
        back, panel, ink = colour(hue, base, tint), colour(hue, rng.choice((1.0, 1.0, base)), tint), colour(hue, rng.choice((0.0, 0.0, 0.1, 0.2)), tint)
        dim, line = colour(hue, 0.42, tint), colour(hue, rng.choice((0.86, 0.8, 0.6)), tint)
    accent_hue = rng.random()
    accent = colour(accent_hue, rng.uniform(0.35, 0.55), rng.choice((0.5, 0.75, 0.95)))
    size = rng.choice((11, 12, 12, 13, 13, 14, 14, 15, 16, 18))
    return Look(rng, script, stack["sans"], stack["serif"], stack["mono"], size, dark, back, panel, ink, dim, line, accent,
                rng.choice(("#fff", "#fff", "#fff", "#000")), accent_hue, rng.choice((0, 2, 4, 6, 8, 12)))


# ---- Drawings ----


def icon(look: Look, side: int = 20, paint: str = "currentColor") -> str:
    """A line or filled icon on a 24-unit grid, made of a few basic shapes."""
    r = look.rng
    parts = []
    for _ in range(r.randint(1, 4)):
        kind = r.randrange(8)
        a, b, c, d = (r.randint(2, 22) for _ in range(4))
        if kind == 0:
            parts.append(f'<circle cx="12" cy="12" r="{r.randint(2, 10)}"/>')
        elif kind == 1:
            parts.append(f'<rect x="{r.randint(2, 6)}" y="{r.randint(2, 6)}" width="{r.randint(8, 16)}" height="{r.randint(8, 16)}" rx="{r.choice((0, 1, 2, 3))}"/>')
        elif kind == 2:
            parts.append(f'<path d="M{a} {b}L{c} {d}"/>')
        elif kind == 3:
            parts.append('<path d="M4 12l5 5L20 6"/>')
        elif kind == 4:
            parts.append(f'<path d="M6 {a}h12M6 12h{r.randint(4, 12)}M6 18h12"/>')
        elif kind == 5:
            n, inner = r.choice((3, 4, 5, 6, 8)), r.choice((0.4, 0.5, 0.87, 1.0))
            spots = [(12 + 10 * (inner if i % 2 else 1) * math.sin(math.pi * i / n), 12 - 10 * (inner if i % 2 else 1) * math.cos(math.pi * i / n)) for i in range(2 * n)]
            parts.append('<path d="M' + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots) + 'Z"/>')
        elif kind == 6:
            parts.append(f'<path d="M{a} {b}C{c} {d} {b} {a} {d} {c}"/>')
        else:
            parts.append('<path d="M12 3v18M3 12h18"/>' if r.random() < 0.5 else '<path d="M15 5l-7 7 7 7"/>')
    fill = r.random() < 0.3
    style = f'fill="{paint}" stroke="none"' if fill else f'fill="none" stroke="{paint}" stroke-width="{r.choice((1, 1.5, 2, 2, 2.5))}"'
    joins = r.choice(("round", "miter"))
    return f'<svg class="icon" width="{side}" height="{side}" viewBox="0 0 24 24" {style} stroke-linecap="{r.choice(("round", "butt"))}" stroke-linejoin="{joins}">{"".join(parts)}</svg>'


def svg(width: int, height: int, content: str) -> str:
    """A drawing of its own size."""
    return f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" style="display:block">{content}</svg>'


def label(look: Look, x: float, y: float, text: str, size: int = 10, anchor: str = "middle", paint: str = "") -> str:
    """Text in a drawing."""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" text-anchor="{anchor}" fill="{paint or look.dim}">{html.escape(text)}</text>'


def chart(look: Look) -> str:
    """Bars, lines, areas, a pie or dots, with axes and labels."""
    r, w, h = look.rng, look.rng.randint(220, 420), look.rng.randint(120, 240)
    kind, parts = r.randrange(5), []
    if kind < 4:
        for i in range(1, 6):
            y = h - 20 - (h - 40) * i // 5
            parts.append(f'<path d="M30 {y + (0.5 if r.random() < 0.7 else 0)}H{w - 6}" stroke="{look.line}"{r.choice(("", "", " stroke-dasharray=%s" % chr(34) + "3 3" + chr(34)))}/>')
            parts.append(label(look, 26, y + 4, words.number(r)[:4], 9, "end"))
        parts.append(f'<path d="M30.5 10V{h - 19.5}H{w - 6}" stroke="{look.dim}" fill="none"/>')
    count = r.randint(5, 24)
    step = (w - 50) / count
    if kind == 0:
        paints = [look.accent] if r.random() < 0.5 else [look.paint() for _ in range(3)]
        for i in range(count):
            tall = r.uniform(4, h - 40)
            parts.append(f'<rect x="{34 + i * step:.1f}" y="{h - 20 - tall:.1f}" width="{step * r.choice((0.6, 0.8)):.1f}" height="{tall:.1f}" fill="{paints[i % len(paints)]}"/>')
            if step > 26:
                parts.append(label(look, 34 + (i + 0.4) * step, h - 6, look.text(1)[:4]))
    elif kind in (1, 2):
        for _ in range(r.randint(1, 4)):
            level, spots = r.uniform(30, h - 50), []
            for i in range(count + 1):
                level = min(h - 25, max(12, level + r.uniform(-18, 18)))
                spots.append(f"{32 + i * step:.1f} {level:.1f}")
            paint = look.paint()
            if kind == 2:
                parts.append(f'<path d="M{"L".join(spots)}V{h - 20}H32Z" fill="{paint}" fill-opacity="0.25"/>')
            parts.append(f'<path d="M{"L".join(spots)}" fill="none" stroke="{paint}" stroke-width="{r.choice((1, 1.5, 2, 3))}"/>')
            if r.random() < 0.4:
                parts += [f'<circle cx="{s.split()[0]}" cy="{s.split()[1]}" r="2.5" fill="{paint}"/>' for s in spots]
    elif kind == 3:
        paints = [look.paint() for _ in range(3)]
        parts += [f'<circle cx="{r.uniform(36, w - 10):.1f}" cy="{r.uniform(12, h - 24):.1f}" r="{r.choice((1.5, 2, 3, 5))}" fill="{r.choice(paints)}"/>' for _ in range(80)]
    else:
        start, radius, middle = 0.0, h / 2 - 8, h / 2
        for share in sorted((r.uniform(0.05, 0.4) for _ in range(5)), reverse=True):
            end = min(1.0, start + share)
            x0, y0, x1, y1 = (middle + radius * f(2 * math.pi * t) for t in (start, end) for f in (math.sin, lambda v: -math.cos(v)))
            parts.append(f'<path d="M{middle} {middle}L{x0:.1f} {y0:.1f}A{radius} {radius} 0 {int(end - start > 0.5)} 1 {x1:.1f} {y1:.1f}Z" fill="{look.paint()}" stroke="{look.panel}" stroke-width="{r.choice((0, 1, 2))}"/>')
            start = end
        if r.random() < 0.4:
            parts.append(f'<circle cx="{middle}" cy="{middle}" r="{radius * 0.6:.1f}" fill="{look.panel}"/>')
        for i in range(4):
            parts.append(f'<rect x="{h + 10}" y="{20 + i * 20}" width="10" height="10" fill="{look.paint()}"/>' + label(look, h + 26, 29 + i * 20, look.text(1, 2), 11, "start", look.ink))
    return f"<h4>{look.text(2, 4)}</h4>" + svg(w, h, "".join(parts))


def line_map(look: Look) -> str:
    """Map-like line art: blocks, streets of several widths, water, names."""
    r, w, h = look.rng, look.rng.randint(260, 460), look.rng.randint(180, 300)
    parts = [f'<rect width="{w}" height="{h}" fill="{colour(look.hue, 0.2 if look.dark else 0.93, 0.15)}"/>']
    for _ in range(r.randint(3, 9)):
        x, y, a, b = r.uniform(0, w), r.uniform(0, h), r.uniform(10, 80), r.uniform(10, 80)
        parts.append(f'<path d="M{x:.0f} {y:.0f}l{a:.0f} {r.uniform(-9, 9):.0f}l{r.uniform(-9, 9):.0f} {b:.0f}l{-a:.0f} {r.uniform(-9, 9):.0f}Z" fill="{look.paint()}" fill-opacity="{r.choice((0.2, 0.4, 1))}"/>')
    parts.append(f'<path d="M0 {r.uniform(0, h):.0f}C{w / 3:.0f} {r.uniform(0, h):.0f} {2 * w / 3:.0f} {r.uniform(0, h):.0f} {w} {r.uniform(0, h):.0f}" fill="none" stroke="#6aa9d8" stroke-width="{r.randint(4, 18)}"/>')
    for wide in [r.choice((1, 1, 2, 3, 5)) for _ in range(r.randint(8, 26))]:
        x, y, angle = r.uniform(0, w), r.uniform(0, h), r.choice((0.2, 0.2 + math.pi / 2, r.uniform(0, 3.2)))
        dx, dy = 600 * math.cos(angle), 600 * math.sin(angle)
        d = f"M{x - dx:.1f} {y - dy:.1f}L{x + dx:.1f} {y + dy:.1f}"
        if wide > 2:
            parts.append(f'<path d="{d}" stroke="{look.dim}" stroke-width="{wide + 2}"/>')
        parts.append(f'<path d="{d}" stroke="{look.panel if wide > 1 else look.line}" stroke-width="{wide}"/>')
    for _ in range(8):
        parts.append(f'<text x="{r.randint(10, w - 40)}" y="{r.randint(14, h - 8)}" font-size="{r.randint(9, 14)}" fill="{look.ink}" stroke="{look.panel}" stroke-width="2" paint-order="stroke" transform="rotate({r.choice((0, 0, 0, -12, 30))} {w // 2} {h // 2})">{look.text(1, 2)}</text>')
    return svg(w, h, "".join(parts))


def diagram(look: Look) -> str:
    """Boxes and arrows."""
    r, w, h = look.rng, 420, look.rng.randint(180, 280)
    parts, spots = [], [(x, y) for x in (20, 160, 300) for y in range(14, h - 40, 70)]
    for (x, y), (u, v) in zip(spots, spots[1:] + spots[:1]):
        parts.append(f'<path d="M{x + 50} {y + 18}{"L" if r.random() < 0.5 else f"H{u + 50}V"}{"" if r.random() < 0.5 else ""}{f"{v + 18}" if parts and parts[-1].endswith("V") else ""}" fill="none"/>' if False else
                     f'<path d="M{x + 50} {y + 18}L{u + 50} {v + 18}" stroke="{look.dim}" stroke-width="{r.choice((1, 1, 1.5, 2))}"{r.choice(("", " stroke-dasharray=" + chr(34) + "4 2" + chr(34)))}/>')
    for x, y in spots:
        fill = r.choice((look.panel, look.accent, look.paint()))
        shape = r.randrange(3)
        if shape == 0:
            parts.append(f'<rect x="{x}" y="{y}" width="100" height="36" rx="{look.radius}" fill="{fill}" stroke="{look.ink}"/>')
        elif shape == 1:
            parts.append(f'<ellipse cx="{x + 50}" cy="{y + 18}" rx="50" ry="18" fill="{fill}" stroke="{look.ink}"/>')
        else:
            parts.append(f'<path d="M{x + 50} {y}l50 18l-50 18l-50 -18Z" fill="{fill}" stroke="{look.ink}"/>')
        parts.append(label(look, x + 50, y + 22, look.text(1)[:12], 11, paint="#fff" if fill == look.accent else look.ink))
    return svg(w, h, "".join(parts))


# ---- Panels trained on ----


def form(look: Look) -> str:
    r, rows = look.rng, []
    for _ in range(r.randint(3, 8)):
        kind = r.randrange(6)
        if kind < 2:
            field = f'<div class="field">{look.text(0, 3) if r.random() < 0.6 else "<i>" + look.text(2) + "</i>"}</div>'
        elif kind == 2:
            field = f'<div class="field">{look.text(1, 2)}<b class="right">{icon(look, 14)}</b></div>'
        elif kind == 3:
            field = "".join(f'<span class="box{" on" if r.random() < 0.5 else ""}"></span> {look.text(1, 3)} &nbsp;' for _ in range(r.randint(1, 3)))
        elif kind == 4:
            field = "".join(f'<span class="dot{" on" if r.random() < 0.5 else ""}"></span> {look.text(1, 2)} &nbsp;' for _ in range(r.randint(1, 3)))
        else:
            share = r.randint(5, 95)
            field = f'<div class="bar"><div style="width:{share}%"></div></div>'
        rows.append(f"<label>{look.text(1, 3)}</label>{field}")
    buttons = "".join(f'<span class="button{" main" if i == 0 else ""}">{look.text(1, 2)}</span>' for i in range(r.randint(1, 3)))
    native = '<input type="checkbox" checked> <input type="radio"> <input value="text 123" size="8"> <button>OK</button> <progress value=".4"></progress>'
    return f"<h3>{look.text(2, 4)}</h3>{''.join(rows)}<p>{native if r.random() < 0.4 else ''}</p><div>{buttons}</div>"


def table(look: Look) -> str:
    r, columns = look.rng, look.rng.randint(3, 7)
    head = "".join(f"<th>{look.text(1)}</th>" for _ in range(columns))
    kinds = [r.random() < 0.5 for _ in range(columns)]
    body = "".join("<tr>" + "".join(f'<td class="n">{html.escape(words.number(r))}</td>' if k else f"<td>{look.text(1, 3)}</td>" for k in kinds) + "</tr>" for _ in range(r.randint(4, 12)))
    return f'<table class="{r.choice(("lines", "rows", "zebra"))}"><tr>{head}</tr>{body}</table>'


def code(look: Look) -> str:
    r, rows, depth = look.rng, [], 0
    paints = [look.paint() for _ in range(4)]
    name = lambda: "_".join(words.word(r, "english") for _ in range(r.randint(1, 2)))
    for number in range(r.randint(8, 24)):
        kind = r.randrange(7)
        tint = lambda text, i: f'<span style="color:{paints[i]}">{html.escape(text)}</span>'
        if kind == 0:
            text = tint("// " + " ".join(words.word(r, "english") for _ in range(r.randint(2, 7))), 0)
        elif kind == 1:
            text, depth = tint(r.choice(("if", "while", "for")), 1) + html.escape(f" ({name()} {r.choice(('<', '==', '!=', '>='))} {r.randint(0, 99)}) {{"), min(4, depth + 1)
        elif kind == 2 and depth:
            depth -= 1
            text = "}"
        elif kind == 3:
            text = tint("return", 1) + html.escape(f" {name()}->{name()}[{r.randint(0, 9)}];")
        else:
            text = tint(r.choice(("int", "const char *", "let", "auto", "def")), 2) + html.escape(f" {name()} = {name()}(") + tint(f'"{name()}"', 3) + html.escape(f", 0x{r.randint(0, 65535):x}) & ~{r.randint(1, 31)};")
        rows.append(f'<i>{number + 1:>3}</i>  {"  " * depth}{text}')
    return f'<pre class="code">{chr(10).join(rows)}</pre>'


def terminal(look: Look) -> str:
    r, rows = look.rng, []
    for _ in range(r.randint(8, 18)):
        kind = r.randrange(4)
        if kind == 0:
            rows.append(f'<span style="color:#5c5">user@host</span>:<span style="color:#69f">~/{words.word(r, "english")}</span>$ {words.word(r, "english")} --{words.word(r, "english")} {r.randint(0, 99)}')
        elif kind == 1:
            rows.append(f"-rw-r--r-- 1 root root {r.randint(0, 9999999):>8} {words.word(r, 'english').title()[:3]} {r.randint(1, 28):>2} {words.word(r, 'english')}.{r.choice(('c', 'py', 'txt'))}")
        elif kind == 2:
            rows.append(html.escape(f"[{r.uniform(0, 99):9.6f}] {words.words(r, 'english', 3, 8)}"))
        else:
            rows.append(f'<span style="color:{look.paint()}">{r.choice(("error", "warning", "ok", "info"))}:</span> ' + look.text(3, 7) + " ┌──┬─┐│█▓░"[: r.choice((0, 0, 11))])
    return f'<pre class="terminal">{chr(10).join(rows)}</pre>'


def article(look: Look) -> str:
    r = look.rng
    parts = [f'<h{r.randint(1, 3)}>{look.text(3, 7)}</h{1}>', f'<p class="dim">{look.text(2)} · {html.escape(words.number(r))}</p>']
    for _ in range(r.randint(2, 4)):
        kind = r.randrange(5)
        if kind == 0:
            parts.append("<ul>" + "".join(f"<li>{look.text(3, 8)}" for _ in range(4)) + "</ul>")
        elif kind == 1:
            parts.append(f"<blockquote>{look.prose(1)}</blockquote>")
        else:
            parts.append(f'<p>{look.prose(2)} <a>{look.text(2, 3)}</a> <b>{look.text(1, 2)}</b> <em>{look.text(2)}</em> {look.prose(1)}</p>')
    return f'<div class="{r.choice(("serif", "sans"))}"{" dir=rtl" if look.script in words.RIGHT_TO_LEFT else ""}>{"".join(parts)}</div>'


def dialog(look: Look) -> str:
    r = look.rng
    dots = "".join(f'<span class="light" style="background:{c}"></span>' for c in ("#ff5f57", "#febc2e", "#28c840"))
    return (f'<div class="window"><div class="title">{dots if r.random() < 0.5 else ""}{look.text(1, 3)}<b class="right">{"✕" if r.random() < 0.5 else icon(look, 14)}</b></div>'
            f'<div class="inside">{icon(look, 32, look.accent)} {look.prose(1)}<p class="dim">{look.text(4, 9)}</p><span class="button main">{look.text(1)}</span><span class="button">{look.text(1)}</span></div></div>')


def menu(look: Look) -> str:
    r = look.rng
    rows = []
    for i in range(r.randint(5, 11)):
        key = f'<b class="right dim">{r.choice(("Ctrl+", "⌘", "Alt+", "⇧"))}{chr(r.randint(65, 90))}</b>' if r.random() < 0.6 else ""
        rows.append(f'<div class="item{" chosen" if r.random() < 0.12 else ""}">{icon(look, 16) if r.random() < 0.6 else ""} {look.text(1, 3)}{key}</div>' + ("<hr>" if r.random() < 0.15 else ""))
    bar = "".join(f"<span>{look.text(1)}</span>" for _ in range(6))
    return f'<div class="menubar">{bar}</div><div class="menu">{"".join(rows)}</div>'


def icons(look: Look) -> str:
    r = look.rng
    side = r.choice((16, 16, 20, 24, 24, 32, 48))
    if r.random() < 0.6:
        return '<div class="grid">' + "".join(icon(look, side, look.ink if r.random() < 0.6 else look.paint()) for _ in range(r.randint(12, 40))) + "</div>"
    return '<div class="grid">' + "".join(f'<div class="tile" style="background:{look.paint()};color:#fff">{icon(look, 24)}</div>' for _ in range(r.randint(8, 20))) + "</div>"


def sheet(look: Look) -> str:
    r, columns = look.rng, look.rng.randint(4, 8)
    head = "<th></th>" + "".join(f"<th>{chr(65 + i)}</th>" for i in range(columns))
    body = "".join(f"<tr><th>{y + 1}</th>" + "".join(f'<td class="n">{html.escape(words.number(r)) if r.random() < 0.6 else (look.text(1) if r.random() < 0.4 else "")}</td>' for _ in range(columns)) + "</tr>" for y in range(r.randint(6, 14)))
    return f'<table class="sheet">{"<tr>" + head + "</tr>" + body}</table>'


def chat(look: Look) -> str:
    r = look.rng
    rows = "".join(f'<div class="turn{" mine" if r.random() < 0.5 else ""}"><span class="face" style="background:{look.paint()}">{look.text(1)[:1]}</span><span class="bubble">{look.prose(1)}</span></div>' for _ in range(r.randint(3, 6)))
    return rows


def cards(look: Look) -> str:
    r = look.rng
    return '<div class="grid">' + "".join(f'<div class="card"><div class="dim">{look.text(1, 2)}</div><div style="font-size:{r.randint(18, 34)}px;line-height:42px">{html.escape(words.number(r))}</div><span class="tag" style="background:{look.paint()}">{look.text(1)}</span></div>' for _ in range(r.randint(2, 6))) + "</div>"


def shapes(look: Look) -> str:
    """Lines, rings, hatching, boxes: plain geometry of every slope."""
    r, w, h, parts = look.rng, 400, look.rng.randint(140, 240), []
    for _ in range(r.randint(10, 40)):
        x, y, s, kind = r.uniform(0, w), r.uniform(0, h), r.uniform(4, 60), r.randrange(5)
        paint, wide = (look.ink if r.random() < 0.5 else look.paint()), r.choice((0.5, 1, 1, 1, 1.5, 2, 3, 4))
        if kind == 0:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{s / 2:.1f}" fill="none" stroke="{paint}" stroke-width="{wide}"/>')
        elif kind == 1:
            parts.append(f'<rect x="{x:.0f}" y="{y:.0f}" width="{s:.0f}" height="{s / 2:.0f}" fill="{paint}"/>')
        elif kind == 2:
            parts.append("".join(f'<path d="M{x + i * 3:.0f}.5 {y:.0f}v{s:.0f}" stroke="{paint}"/>' for i in range(r.randint(2, 12))))
        else:
            parts.append(f'<path d="M{x:.1f} {y:.1f}l{r.uniform(-90, 90):.1f} {r.uniform(-90, 90):.1f}" stroke="{paint}" stroke-width="{wide}"/>')
    return svg(w, h, "".join(parts))


def headline(look: Look) -> str:
    r = look.rng
    size = r.randint(22, 64)
    return f'<div class="{r.choice(("serif", "sans", "mono"))}" style="font-size:{size}px;line-height:{size + 8}px;font-weight:{r.choice((300, 400, 700, 900))};color:{r.choice((look.ink, look.accent))}">{look.text(1, 4)}</div>'


# ---- Panels held out ----


def calendar(look: Look) -> str:
    r = look.rng
    names = "".join(f"<th>{d}</th>" for d in "Mo Tu We Th Fr Sa Su".split())
    day, rows = -r.randint(0, 6), []
    for _ in range(5):
        cells = []
        for _ in range(7):
            day += 1
            event = f'<div class="tag" style="background:{look.paint()};display:block">{look.text(1)[:7]}</div>' if r.random() < 0.3 else ""
            cells.append(f"<td>{day if 0 < day < 32 else ''}{event}</td>")
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return f'<h3>{look.text(1)} {r.randint(1990, 2030)}</h3><table class="month"><tr>{names}</tr>{"".join(rows)}</table>'


def mail(look: Look) -> str:
    r = look.rng
    return "".join(f'<div class="letter"><b>{icon(look, 14)} {look.text(2)}</b><span class="right dim">{r.randint(0, 23)}:{r.randint(10, 59)}</span><div>{look.text(3, 6)}</div><div class="dim">{look.text(5, 8)}</div></div>' for _ in range(r.randint(4, 7)))


def settings(look: Look) -> str:
    r = look.rng
    return "".join(f'<div class="letter">{icon(look, 20, look.accent)} {look.text(1, 3)}<span class="switch{" on" if r.random() < 0.5 else ""}"><span></span></span><div class="dim">{look.text(3, 7)}</div></div>' for _ in range(r.randint(4, 8)))


def clock(look: Look) -> str:
    r, parts = look.rng, []
    parts.append(f'<circle cx="100" cy="100" r="92" fill="none" stroke="{look.ink}" stroke-width="2"/>')
    for i in range(60):
        a, b = math.sin(math.pi * i / 30), -math.cos(math.pi * i / 30)
        inner = 80 if i % 5 == 0 else 86
        parts.append(f'<path d="M{100 + inner * a:.2f} {100 + inner * b:.2f}L{100 + 90 * a:.2f} {100 + 90 * b:.2f}" stroke="{look.dim}" stroke-width="{1.5 if i % 5 == 0 else 0.75}"/>')
        if i % 5 == 0:
            parts.append(label(look, 100 + 70 * a, 104 + 70 * b, str(i // 5 or 12), 12, paint=look.ink))
    for long, wide, paint in ((45, 4, look.ink), (65, 3, look.ink), (78, 1, look.accent)):
        a = r.uniform(0, 6.28)
        parts.append(f'<path d="M100 100L{100 + long * math.sin(a):.2f} {100 - long * math.cos(a):.2f}" stroke="{paint}" stroke-width="{wide}" stroke-linecap="round"/>')
    return svg(200, 200, "".join(parts))


def gantt(look: Look) -> str:
    r, rows = look.rng, []
    for i in range(9):
        start, long = r.randint(90, 240), r.randint(20, 150)
        rows.append(label(look, 4, 30 + i * 22, look.text(1)[:11], 11, "start", look.ink) + f'<rect x="{start}" y="{18 + i * 22}" width="{long}" height="14" rx="{look.radius // 2}" fill="{look.paint()}"/>'
                    + f'<path d="M{start + long} {25 + i * 22}h8v22h6" fill="none" stroke="{look.dim}"/><path d="M84 {36.5 + i * 22}H430" stroke="{look.line}"/>')
    return svg(430, 220, "".join(rows))


def reading(look: Look) -> str:
    """English lines, each its own block, for text recognition."""
    r = look.rng
    style = f'font-family:{r.choice((look.sans, look.sans, look.serif))};font-size:{r.choice((7, 8, 9, 10, 12))}px;line-height:20px'
    lines = [" ".join(words.word(r, "english") for _ in range(r.randint(6, 8))) for _ in range(r.randint(6, 9))]
    return f'<div style="{style}">' + "".join(f'<div class="line"><span data-ocr>{line.capitalize()}</span></div>' for line in lines) + "</div>"


Panel = Callable[[Look], str]
TRAINED_KINDS: tuple[Panel, ...] = (form, table, code, terminal, article, article, dialog, menu, icons, sheet, chat, cards, chart, chart,
                                    line_map, diagram, shapes, headline)
HELD_KINDS: tuple[Panel, ...] = (calendar, mail, settings, clock, gantt)

STYLE = """*{{box-sizing:border-box}}html{{background:{back}}}body{{margin:0;padding:8px;background:{back};color:{ink};font:{size}px {sans};line-height:{step}px;{extra}
display:flex;flex-flow:column wrap;align-content:flex-start;gap:8px;height:{height}px;overflow:hidden}}
.panel{{width:{wide}px;flex:none;background:{panel};border:{edge}px solid {line};border-radius:{radius}px;padding:10px;overflow:hidden}}
h1{{font-size:26px;line-height:32px;margin:4px 0}}h2{{font-size:21px;line-height:28px;margin:4px 0}}h3{{font-size:17px;line-height:24px;margin:2px 0}}h4{{margin:2px 0;font-size:13px;line-height:18px}}
p,ul,blockquote{{margin:6px 0}}ul{{padding-left:20px}}blockquote{{border-left:3px solid {accent};padding-left:10px;color:{dim}}}a{{color:{accent};text-decoration:underline}}
.serif{{font-family:{serif}}}.mono,pre,code{{font-family:{mono}}}.dim{{color:{dim}}}i{{color:{dim};font-style:normal}}hr{{border:0;border-top:1px solid {line};margin:4px 0}}
.right{{float:right;font-weight:400}}.icon{{vertical-align:middle}}svg{{overflow:hidden}}svg text{{font-family:{sans}}}label{{display:block;margin-top:6px;font-size:12px;line-height:18px}}
.field{{border:1px solid {line};border-radius:{small}px;padding:4px 8px;min-height:30px;line-height:20px;background:{back}}}
.box,.dot{{display:inline-block;width:14px;height:14px;border:1px solid {dim};vertical-align:middle;border-radius:3px}}.dot{{border-radius:7px}}.box.on,.dot.on{{background:{accent};border:3px double {accent_ink}}}
.bar{{height:8px;background:{line};border-radius:4px;margin:6px 0;overflow:hidden}}.bar div{{height:8px;background:{accent}}}
.button{{display:inline-block;border:1px solid {line};border-radius:{small}px;padding:4px 12px;margin:4px 8px 0 0;line-height:20px}}.button.main,.chosen{{background:{accent};color:{accent_ink};border-color:{accent}}}
table{{border-collapse:collapse;width:100%;font-size:{smaller}px;line-height:18px}}td,th{{padding:3px 6px;text-align:left}}.n{{text-align:right}}th{{color:{dim}}}
.lines td,.lines th,.sheet td,.sheet th,.month td{{border:1px solid {line}}}.rows td{{border-bottom:1px solid {line}}}.zebra tr:nth-child(odd){{background:{back}}}.sheet th{{background:{line};text-align:center;color:{ink}}}.month td{{height:44px;vertical-align:top;width:14%}}
pre{{margin:0;font-size:{smaller}px;line-height:{step}px;white-space:pre}}.terminal{{background:#111;color:#ddd;padding:8px;margin:-10px}}
.window{{border:1px solid {line};border-radius:{radius}px;overflow:hidden;box-shadow:0 {shadow}px {shadow}px rgba(0,0,0,.3);margin:6px}}.title{{background:{line};padding:4px 10px}}.inside{{padding:12px}}.light{{display:inline-block;width:12px;height:12px;border-radius:6px;margin-right:8px}}
.menubar{{border-bottom:1px solid {line}}}.menubar span{{padding:0 8px}}.menu{{border:1px solid {line};width:260px;margin:4px}}.item{{padding:3px 10px}}
.grid{{display:flex;flex-wrap:wrap;gap:12px}}.tile{{width:44px;height:44px;border-radius:{radius}px;padding:10px;line-height:0}}.card{{border:1px solid {line};border-radius:{radius}px;padding:8px 14px}}.tag{{border-radius:{small}px;padding:1px 6px;font-size:11px;line-height:16px;color:#fff;display:inline-block}}
.turn{{display:flex;gap:8px;margin:6px 0}}.turn.mine{{flex-direction:row-reverse}}.bubble{{background:{back};border-radius:10px;padding:6px 10px;max-width:75%}}.mine .bubble{{background:{accent};color:{accent_ink}}}.face{{width:28px;height:28px;border-radius:14px;text-align:center;color:#fff;line-height:28px;flex:none}}
.letter{{border-bottom:1px solid {line};padding:6px 0;overflow:hidden}}.switch{{float:right;width:34px;height:18px;border-radius:9px;background:{dim};padding:2px}}.switch span{{display:block;width:14px;height:14px;border-radius:7px;background:#fff}}.switch.on{{background:{accent}}}.switch.on span{{margin-left:16px}}.line{{height:22px;white-space:nowrap}}
"""


def page(seed: int, held: bool, width: int, height: int, aligned: bool) -> str:
    """The HTML of one page. `aligned` asks for glyphs placed alike at every scale."""
    rng = random.Random(f"{'held' if held else 'trained'}-{seed}")
    look = new_look(rng, words.HELD if held else words.TRAINED)
    columns = rng.choice((2, 2, 3)) if width >= 800 else 1
    wide = (width - 16 - 8 * (columns - 1)) // columns
    if held:
        kinds: list[Panel] = [reading, *rng.choices((*HELD_KINDS, reading), k=11)]
    else:
        kinds = rng.choices(TRAINED_KINDS, k=14)
    style = STYLE.format(**{k: v for k, v in vars(look).items() if isinstance(v, (str, int))}, step=look.size + rng.choice((5, 6, 7, 8)), height=height, wide=wide,
                         edge=rng.choice((0, 1, 1, 2)), small=look.radius // 2, smaller=max(10, look.size - 1), shadow=rng.choice((0, 2, 8)),
                         extra="text-rendering:geometricPrecision;" if aligned else "")
    panels = "".join(f'<div class="panel">{kind(look)}</div>' for kind in kinds)
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"><style>{style}</style></head><body>{panels}</body></html>'
