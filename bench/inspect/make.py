#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""make.py OUT [COUNT]: pictures of known kind into OUT/screen, OUT/art and OUT/document (default: 24 of each).

Screens are pages of many looks rendered by Chromium (at device scale factors 1 to 2); art is drawn with Pillow: cartoons,
pixel art, line drawings; documents are pages of text with the noise, blur, tilt and uneven light of scanners and phones.
A third of each are saved as JPEG. Needs numpy, Pillow, chromium and a few fonts. The same seeds give the same pages."""
import os
import random
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WORDS = """the of and to in is that for it as was with be by on not he his but at are this have from or had an they which
one you were all her she there would their we him been has when who will no more if out so up said what its about than into
them can only other time new some could these two may first then do any like my now over such our man me even most made
after also did many off before must well back through years where much your way down should because long each just state
those people too mr how little good world make very year still see work such order settings account total price date name
address message send cancel save open file edit view help search result index table figure report section chapter""".split()


def sentence(rng, n):
    return " ".join(rng.choice(WORDS) for _ in range(n)).capitalize() + "."


def save(picture, folder, name, rng):
    picture = picture.convert("RGB")
    if rng.random() < 1 / 3:
        picture.save(os.path.join(folder, name + ".jpg"), quality=rng.choice([60, 75, 85, 92, 95]))
    else:
        picture.save(os.path.join(folder, name + ".png"))


# ---- Screens ----


def colours(rng):
    hue = rng.randrange(360)
    if rng.random() < 0.4:
        return "#%02x%02x%02x" % ((rng.randrange(12, 40),) * 3), "#ddd", "hsl(%d 30%% 22%%)" % hue, "hsl(%d 70%% 55%%)" % hue
    return rng.choice(["#fff", "#fafafa", "#f4f1ea"]), "#222", "hsl(%d 30%% 92%%)" % hue, "hsl(%d 65%% 42%%)" % hue


def widget(rng, accent):
    kind = rng.randrange(7)
    if kind == 0:
        rows = "".join("<tr>%s</tr>" % "".join("<td>%s</td>" % rng.choice([rng.choice(WORDS), str(rng.randrange(9999))]) for _ in range(5))
                       for _ in range(rng.randrange(4, 12)))
        return "<table>%s</table>" % rows
    if kind == 1:
        lines = "\n".join("  " * rng.randrange(4) + "%s = %s(%s, %d);" % (rng.choice(WORDS), rng.choice(WORDS), rng.choice(WORDS), rng.randrange(99))
                          for _ in range(rng.randrange(5, 16)))
        return "<pre>%s</pre>" % lines
    if kind == 2:
        return "".join("<p><label>%s <input value='%s'></label> <button>%s</button></p>" % (rng.choice(WORDS), rng.choice(WORDS), rng.choice(WORDS))
                       for _ in range(4))
    if kind == 3:
        bars = "".join("<rect x='%d' y='%d' width='22' height='%d' fill='%s'/>" % (30 * i + 4, 120 - h, h, accent)
                       for i, h in enumerate(rng.randrange(10, 118) for _ in range(10)))
        return "<svg width='320' height='130'>%s<path d='M0 120.5H320' stroke='gray'/></svg>" % bars
    if kind == 4:
        return "<ul>%s</ul>" % "".join("<li>%s" % sentence(rng, 6) for _ in range(6))
    if kind == 5:
        return "<h2>%s</h2><p>%s</p>" % (sentence(rng, 4), " ".join(sentence(rng, 12) for _ in range(4)))
    points = " ".join("%d,%d" % (i * 20, rng.randrange(10, 120)) for i in range(17))
    return "<svg width='330' height='130'><polyline points='%s' fill='none' stroke='%s' stroke-width='2'/></svg>" % (points, accent)


def page(rng):
    back, ink, panel, accent = colours(rng)
    font = rng.choice(["sans-serif", "serif", "monospace", "DejaVu Sans", "Liberation Sans"])
    boxes = "".join("<div class=b>%s</div>" % widget(rng, accent) for _ in range(12))
    return ("<meta charset=utf-8><style>*{box-sizing:border-box}body{margin:0;background:%s;color:%s;font:%dpx %s}"
            "nav{background:%s;color:#fff;padding:8px}main{display:grid;grid-template-columns:repeat(%d,1fr);gap:8px;padding:8px}"
            ".b{background:%s;padding:8px;border-radius:%dpx;overflow:hidden}td{border:1px solid gray;padding:2px 6px}</style>"
            "<nav>%s</nav><main>%s</main>") % (back, ink, rng.choice([11, 12, 13, 14, 16, 18]), font, accent, rng.randrange(1, 4), panel,
                                              rng.choice([0, 3, 8]), " &nbsp; ".join(rng.sample(WORDS, 6)), boxes)


def screen(rng):
    size = rng.choice(["800,600", "1024,700", "1280,800", "420,800"])
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "page.html"), os.path.join(folder, "page.png")
        with open(source, "w") as file:
            file.write(page(rng))
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                        "--user-data-dir=" + folder + "/profile", "--force-device-scale-factor=%g" % rng.choice([1, 1, 1.25, 2]),
                        "--window-size=" + size, "--screenshot=" + target, "file://" + source], check=True, timeout=120,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return Image.open(target).convert("RGB")


# ---- Art ----


def colour(rng):
    return tuple(rng.randrange(256) for _ in range(3))


def blob(rng, w, h):
    x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.05, 0.3) * min(w, h)
    steps, bumps = 60, [(rng.randrange(2, 6), rng.uniform(0, 6.3), rng.uniform(0, 0.25)) for _ in range(3)]
    points = []
    for i in range(steps):
        a = 6.2832 * i / steps
        radius = r * (1 + sum(amount * np.sin(n * a + phase) for n, phase, amount in bumps))
        points.append((x + radius * np.cos(a), y + radius * np.sin(a)))
    return points


def cartoon(rng):
    w, h = rng.choice([(512, 512), (800, 600), (600, 900)])
    big = Image.new("RGB", (3 * w, 3 * h), colour(rng))
    draw = ImageDraw.Draw(big)
    outline, width = rng.choice([None, (0, 0, 0), (40, 30, 60)]), rng.randrange(4, 14)
    for _ in range(rng.randrange(8, 40)):
        points = blob(rng, 3 * w, 3 * h)
        draw.polygon(points, fill=colour(rng))
        if outline:
            draw.line(points + points[:2], fill=outline, width=width, joint="curve")
    return big.resize((w, h), Image.BOX)


def shaded(rng):
    picture = cartoon(rng)
    w, h = picture.size
    light = np.linspace(rng.uniform(0.5, 1), rng.uniform(0.7, 1.1), h)[:, None, None] * np.ones((1, w, 1))
    return Image.fromarray(np.clip(np.asarray(picture) * light, 0, 255).astype(np.uint8))


def lines(rng):
    w, h = 700, 700
    big = Image.new("L", (3 * w, 3 * h), 255)
    draw = ImageDraw.Draw(big)
    for _ in range(rng.randrange(15, 50)):
        points = blob(rng, 3 * w, 3 * h)
        draw.line(points[:rng.randrange(10, 60)], fill=rng.choice([0, 0, 60]), width=rng.randrange(3, 12), joint="curve")
    return big.resize((w, h), Image.BOX)


def pixel_art(rng):
    n, k = rng.choice([32, 48, 64]), rng.choice([8, 12, 16])
    small = Image.new("RGB", (n, n), colour(rng))
    draw = ImageDraw.Draw(small)
    for _ in range(rng.randrange(8, 20)):
        draw.polygon(blob(rng, n, n), fill=colour(rng))
    return small.resize((n * k, n * k), Image.NEAREST)


def art(rng):
    return rng.choice([cartoon, cartoon, shaded, lines, pixel_art])(rng)


# ---- Documents ----


def fonts():
    found = subprocess.run(["fc-list", "--format", "%{file}\n", ":lang=en:fontformat=TrueType"], capture_output=True, text=True).stdout
    names = ("Liberation", "DejaVuS")
    return sorted(f for f in found.split() if f.endswith(".ttf") and os.path.basename(f).startswith(names))


def document(rng):
    w, h = rng.choice([(900, 1200), (1240, 1754), (700, 500), (1000, 1400)])
    paper, ink = rng.randrange(225, 256), rng.randrange(10, 70)
    picture = Image.new("L", (w, h), paper)
    draw = ImageDraw.Draw(picture)
    size = rng.randrange(14, 34)
    font = ImageFont.truetype(rng.choice(fonts()), size)
    margin, y = rng.randrange(30, 120), rng.randrange(30, 120)
    while y < h - margin:
        if rng.random() < 0.12:
            y += size
        text = sentence(rng, 30)
        while draw.textlength(text, font) > w - 2 * margin:
            text = text.rsplit(" ", 1)[0]
        draw.text((margin, y), text, fill=ink, font=font)
        y += int(size * 1.35)
    picture = picture.rotate(rng.uniform(-1.2, 1.2), Image.BICUBIC, fillcolor=paper)
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0)))
    rows = np.asarray(picture, dtype=np.float64)
    tint = np.array([1, rng.uniform(0.97, 1), rng.uniform(0.9, 1)])
    light = np.linspace(1, rng.uniform(0.85, 1), w)[None, :]
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(0.8, 5), (h, w))
    return Image.fromarray(np.clip(np.round((rows * light + noise)[..., None] * tint), 0, 255).astype(np.uint8))


def main(out, count):
    for kind, maker in (("document", document), ("art", art), ("screen", screen)):
        folder = os.path.join(out, kind)
        os.makedirs(folder, exist_ok=True)
        for number in range(count):
            rng = random.Random("%s %d" % (kind, number))
            save(maker(rng), folder, "%s_%03d" % (kind, number), rng)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 24)
