"""How figures look where the user chooses: sizes for papers and slides, a style file, fonts with other scripts, smoothing,
the scale of values."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager

import acidsim_results as results


@dataclass(frozen=True)
class Size:
    """In inches. Letters have their size in points at this width; without a height it follows from the panels."""

    width: float
    height: float | None = None


SIZES = {
    "column": Size(3.5),  # IEEE, one of two columns
    "neurips": Size(5.5),  # NeurIPS and ICLR, the width of the text
    "page": Size(7.16),  # IEEE, both columns
    "slide": Size(6.67, 3.75),  # 16:9, to be shown at twice the size: letters of 18 points
}
NARROWEST_PANEL = 2.2  # inches; where fewer fit beside each other they stand in rows


@dataclass
class Chosen:
    size: Size | None = None
    scale: str | None = None  # "log" or "linear" values; None: log where all are positive
    smooth: int = 1  # records of a running mean


CHOSEN = Chosen()  # what `plot` was told; like matplotlib's rcParams, for all figures of one call


def smoothed(values: np.ndarray, records: int) -> np.ndarray:
    """Running mean over so many records around each, fewer at the ends, by repeat; values: (repeats, points)."""
    if records <= 1:
        return values
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    points = np.arange(values.shape[1])
    reach = np.minimum(np.minimum(points, points[::-1]), (records - 1) // 2)  # as far on either side: no shift in time
    return (sums[:, points + reach + 1] - sums[:, points - reach]) / (2 * reach + 1)


def use_style(path: Path) -> tuple[str, ...] | None:
    """Sets what a matplotlib style file says. Returns seven colours for curves where it has a colour cycle."""
    if not path.exists():
        raise results.ResultError(f"--style: {path}: no such file — give a matplotlib style file (.mplstyle)")
    try:
        settings = plt.matplotlib.rc_params_from_file(path, use_default_template=False)
    except (OSError, ValueError, KeyError) as error:
        raise results.ResultError(f"--style: {path}: not a matplotlib style file ({str(error).splitlines()[0]})") from None
    if not settings:
        raise results.ResultError(f"--style: {path}: sets nothing that matplotlib knows — give a style file (.mplstyle)")
    plt.rcParams.update(settings)
    colours = settings["axes.prop_cycle"].by_key().get("color") if "axes.prop_cycle" in settings else None
    return tuple(itertools.islice(itertools.cycle(colours), 7)) if colours else None


# Fonts with Chinese, Japanese and Korean characters, those first whose outlines PDF files of TrueType fonts can hold.
OTHER_SCRIPTS = ("truetype/wqy/wqy-microhei.ttc", "truetype/droid/DroidSansFallbackFull.ttf",
                 "opentype/noto/NotoSansCJK-Regular.ttc")


def add_fonts(folder: Path = Path("/usr/share/fonts")) -> None:
    """Characters that the chosen font lacks are taken from the first of these that is installed."""
    for name in OTHER_SCRIPTS:
        if (folder / name).exists():
            font_manager.fontManager.addfont(folder / name)
            plt.rcParams["font.family"] = [*plt.rcParams["font.family"],
                                           font_manager.FontProperties(fname=folder / name).get_name()]
            return
