"""Makes the pictures of a page again: `python tests/page_pictures.py`. It needs the extra `test`, Chromium, and no display.

Both show the same moment of a golden recording, in the dark, once it is proved. A name in it needs a font with Chinese characters.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from browsers import Shown, open_browser
from PIL import Image

from replay.web.made import write_page

ROOT = Path(__file__).parent.parent
MATCH, MOMENT = ROOT / "recordings" / "eight-players.replay", "t=20s"
VIVID = 60  # how far the red, green and blue of such a pixel are apart
FOLDER = ROOT / ".github" / "pictures"
SIZES: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
    "page.png": ((1280, 720), {}),
    "page-phone.png": ((360, 640), {"has_touch": True, "is_mobile": True}),
}


def small(picture: Image.Image) -> Image.Image:
    """In 256 colours. Most of the picture is dark: what is bright counts more often, or players would lose their colours."""
    pixels = np.asarray(picture).reshape(-1, 3)
    vivid = pixels[np.ptp(pixels.astype(int), axis=1) > VIVID]
    sample = np.concatenate([pixels[::8], vivid, vivid, vivid])
    sample = sample[: len(sample) // 64 * 64].reshape(-1, 64, 3)
    palette = Image.fromarray(sample).quantize(256, Image.Quantize.MEDIANCUT, kmeans=2)
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, open_browser() as browser:
        page = Path(folder) / "page.html"
        write_page(MATCH, page)
        for name, (size, options) in SIZES.items():
            url = f"{page.as_uri()}#{MOMENT}"
            with Shown(browser, url, size, reduced_motion="reduce", color_scheme="dark", **options) as shown:
                shown.ready().page.wait_for_timeout(500)
                picture = Image.open(io.BytesIO(shown.page.screenshot())).convert("RGB")
            small(picture).save(FOLDER / name, optimize=True)
            print(f"{FOLDER / name}  {(FOLDER / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
