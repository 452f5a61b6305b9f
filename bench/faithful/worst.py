# SPDX-License-Identifier: MIT
"""Each tool's worst places: where a result, shrunk again, is furthest from its source."""
import numpy as np
from PIL import Image, ImageDraw

from pictures import resize

WINDOW = 12  # source pixels to a side over which the difference is taken
CROP = 160  # result pixels to a side that are shown
PLACES = 4  # to a sheet, no two of one picture
GAP, LINE = 4, 12


def difference(source, result):
    """Root mean square of D(result) - source in each window, levels: (h - WINDOW + 1, w - WINDOW + 1)."""
    height, width = source.shape[:2]
    squares = ((resize(result, width, height) - source) ** 2).mean(axis=2)
    sums = np.pad(squares.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    n, m = min(WINDOW, height), min(WINDOW, width)
    inside = sums[n:, m:] - sums[:-n, m:] - sums[n:, :-m] + sums[:-n, :-m]
    return np.sqrt(np.maximum(inside, 0) / (n * m))


class Sheets:
    def __init__(self, scale):
        self.scale = scale
        self.places = {}  # tool: [(difference, picture, {name: crop})]

    def look(self, picture, source, results):
        """source: (h, w, 3) bytes; results: {tool: (h scale, w scale, 3)}. Keeps the crops of each one's worst place."""
        shown = {"source": source.repeat(self.scale, 0).repeat(self.scale, 1)} | results
        for tool, result in results.items():
            far = difference(source, result)
            top, left = np.unravel_index(int(far.argmax()), far.shape)
            crops = {name: self.crop(pixels, top, left) for name, pixels in shown.items() if name in ("source", "truth", "fovea", tool)}
            self.places.setdefault(tool, []).append((float(far.max()), picture, crops))

    def crop(self, pixels, top, left):
        """CROP pixels to a side around the window at (top, left) of the source."""
        start = [min(max(self.scale * (at + WINDOW // 2) - CROP // 2, 0), max(side - CROP, 0))
                 for at, side in zip((top, left), pixels.shape)]
        return pixels[start[0]:start[0] + CROP, start[1]:start[1] + CROP]

    def draw(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        for tool, places in self.places.items():
            if tool != "truth":
                sheet(tool, sorted(places, key=lambda place: -place[0])[:PLACES]).save(
                    folder / (tool.replace(" ", "-") + ".jpg"), quality=82, optimize=True)


def sheet(tool, places):
    """A row a place: source, truth, the tool, fovea."""
    order = [name for name in ("source", "truth", tool, "fovea") if name in places[0][2]]
    order = list(dict.fromkeys(order))
    row = 2 * LINE + CROP + GAP
    page = Image.new("RGB", (len(order) * (CROP + GAP) - GAP, len(places) * row - GAP), "white")
    draw = ImageDraw.Draw(page)
    for j, (far, picture, crops) in enumerate(places):
        under = {"source": picture, tool: "%.1f levels off here" % far}
        for i, name in enumerate(order):
            x, y = i * (CROP + GAP), j * row
            draw.text((x + 1, y), name, "black")
            draw.text((x + 1, y + LINE - 1), under.get(name, ""), "black")
            page.paste(Image.fromarray(np.ascontiguousarray(crops[name])), (x, y + 2 * LINE))
    return page
