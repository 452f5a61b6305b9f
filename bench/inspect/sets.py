# SPDX-License-Identifier: MIT
"""Pictures with and without an earlier enlargement, made from untouched ones."""
import io

from PIL import Image

LARGEST = 512  # pixels a side


def jpeg(picture, quality, subsampling):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=quality, subsampling=subsampling)
    return Image.open(io.BytesIO(data.getvalue())).convert("RGB")


def enlarge(picture, factor, how):
    w, h = picture.size
    if max(w, h) * factor > LARGEST:
        cw, ch = min(w, int(LARGEST / factor)), min(h, int(LARGEST / factor))
        left, top = (w - cw) // 2, (h - ch) // 2
        picture = picture.crop((left, top, left + cw, top + ch))
        w, h = picture.size
    return picture.resize((round(w * factor), round(h * factor)), how)


def enlarged_variants(picture, rng):
    """(1 when enlarged, what was done, picture): untouched and saved as JPEG (quality 60 to 97); twice enlarged, once by
    1.5, 2, 3 or 4 and once by anything between, bicubic or Lanczos, as it is and as JPEG; 4 of 10 were JPEG before."""
    yield 0, "untouched, PNG", picture
    yield 0, "untouched, JPEG", jpeg(picture, rng.randint(60, 97), rng.choice([0, 2]))
    for k in range(2):
        factor = rng.uniform(1.5, 4) if k else rng.choice([1.5, 2, 3, 4])
        how = rng.choice([Image.BICUBIC, Image.LANCZOS])
        source = picture if rng.random() < 0.6 else jpeg(picture, rng.randint(70, 95), rng.choice([0, 2]))
        large = enlarge(source, factor, how)
        name = "1.5x to 1.75x" if factor < 1.75 else "to 2.5x" if factor < 2.5 else "to 4x"
        yield 1, name + ", PNG", large
        yield 1, name + ", JPEG", jpeg(large, rng.randint(60, 97), rng.choice([0, 2]))
