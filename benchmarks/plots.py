"""The plots of docs/performance.md, drawn from `latest.json`: the same figures give the same files."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.points import DATABASES
from benchmarks.registry import ENGINES
from benchmarks.results import NAMES, read_latest

FOLDER: Final = Path(__file__).parents[1] / "docs" / "performance"
COLOURS: Final[Mapping[str, str]] = {  # Okabe and Ito: told apart by everybody
    "casewright": "#D55E00",
    "prefect": "#0072B2",
    "prefect_batch": "#56B4E9",
    "dbos": "#009E73",
    "spiffworkflow": "#CC79A7",
    "sqlalchemy_step": "#000000",
    "sqlalchemy_batch": "#777777",
}
UPWARDS: Final[Sequence[str]] = list(reversed(list(ENGINES)))
MARKERS: Final[Mapping[str, str]] = dict(zip(COLOURS, "osD^vPX", strict=True))

Entry = Mapping[str, Any]


def draw_all(entries: Sequence[Entry] | None = None, folder: Path = FOLDER) -> list[Path]:
    """Write the three plots; returns their files."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "casewright", "svg.fonttype": "none", "font.size": 10})
    measured = [each for each in entries or read_latest() if each["cases_per_s"] is not None]
    folder.mkdir(parents=True, exist_ok=True)
    drawings = {"curve": _curve(measured), "cpu": _cpu(measured), "latency": _latency(measured)}
    files = []
    for name, figure in drawings.items():
        files.append(folder / f"{name}.svg")
        figure.savefig(files[-1], metadata={"Date": None}, bbox_inches="tight")
    return files


def _panels(title: str, height: float) -> tuple[Figure, Sequence[Axes]]:
    figure = Figure(figsize=(11, height), layout="constrained")
    figure.suptitle(title)
    return figure, figure.subplots(1, len(DATABASES), sharey=True)


def _curve(entries: Sequence[Entry]) -> Figure:
    figure, panels = _panels("Cases per second over the number of cases in a burst", 4.8)
    for axes, database in zip(panels, DATABASES, strict=True):
        for engine in ENGINES:
            points = sorted(
                (each["cases"], each["cases_per_s"])
                for each in _of(entries, database)
                if each["engine"] == engine
            )
            if points:
                axes.plot(
                    *zip(*points, strict=True),
                    color=COLOURS[engine],
                    marker=MARKERS[engine],
                    label=ENGINES[engine].title,
                    linewidth=2.4 if engine == "casewright" else 1.3,
                )
        axes.set(xscale="log", yscale="log", title=NAMES[database], xlabel="cases")
        axes.yaxis.set_major_formatter(_plain)
        axes.xaxis.set_major_formatter(_plain)
        axes.grid(visible=True, which="both", alpha=0.25)
    panels[0].set_ylabel("cases per second")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _cpu(entries: Sequence[Entry]) -> Figure:
    figure, panels = _panels("CPU per case, all processes, at the largest burst that was run", 3.4)
    for axes, database in zip(panels, DATABASES, strict=True):
        largest = _largest(_of(entries, database))
        engines = [engine for engine in UPWARDS if engine in largest]
        values = [largest[engine]["cpu_ms_per_case"] for engine in engines]
        bars = axes.barh(
            [ENGINES[engine].title for engine in engines],
            values,
            color=[COLOURS[engine] for engine in engines],
        )
        axes.bar_label(bars, labels=[f" {_plain(value)}" for value in values])
        axes.set(xscale="log", title=NAMES[database], xlabel="milliseconds of CPU per case")
        axes.xaxis.set_major_formatter(_plain)
        axes.margins(x=0.18)
        axes.grid(visible=True, axis="x", alpha=0.25)
    return figure


def _latency(entries: Sequence[Entry]) -> Figure:
    figure, panels = _panels("A lone case: from “answer committed” to “next step done”", 3.4)
    for axes, database in zip(panels, DATABASES, strict=True):
        largest = _largest(each for each in _of(entries, database) if each["p50_ms"] is not None)
        for place, engine in enumerate(engine for engine in UPWARDS if engine in largest):
            p50, p95 = largest[engine]["p50_ms"], largest[engine]["p95_ms"]
            axes.plot([p50, p95], [place, place], color=COLOURS[engine], linewidth=4, alpha=0.5)
            axes.plot([p50], [place], "o", color=COLOURS[engine])
            axes.plot([p95], [place], "|", color=COLOURS[engine], markersize=14, markeredgewidth=2)
        engines = [engine for engine in UPWARDS if engine in largest]
        axes.set_yticks(range(len(engines)), [ENGINES[engine].title for engine in engines])
        axes.set(
            xscale="log", title=NAMES[database], xlabel="milliseconds (dot: median, bar: 95th percentile)"
        )
        axes.xaxis.set_major_formatter(_plain)
        axes.grid(visible=True, axis="x", which="both", alpha=0.25)
    return figure


def _plain(value: float, _place: float = 0.0) -> str:
    """A number as people write it: three digits that count, no powers of ten."""
    return f"{value:,.0f}" if value >= 100 else f"{float(f'{value:.3g}'):g}"


def _of(entries: Iterable[Entry], database: str) -> list[Entry]:
    return [each for each in entries if each["database"] == database]


def _largest(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The point with the most cases, by engine."""
    return {each["engine"]: each for each in sorted(entries, key=lambda each: int(each["cases"]))}
