#!/usr/bin/env python3
"""What a run of bench_suite says: a table, worst first, and a picture.

  report.py RUN.json [--markdown FILE] [--picture FILE.svg]    prints the table; writes it, and the picture
  report.py --compare BEFORE.json AFTER.json                   how two runs differ, worst first

The figure that counts is the ratio of ours to the limit, taken in turns in one run. A bar is kept where the median
ratio is at most the bar's; bars in microseconds are held against the best time, since the median also tells of whoever
else used the machine.
"""
import argparse
import json
import math
import sys


class Row:
    def __init__(self, entry):
        self.name = entry["name"].replace("/manual_time", "")
        self.p50, self.p99, self.best = (entry.get(k, 0.0) for k in ("p50_us", "p99_us", "best_us"))
        self.limit, self.ratio = entry.get("limit_us"), entry.get("ratio")
        self.rate, self.per_item, self.items = entry.get("GB/s"), entry.get("ns_item"), entry.get("items/s")
        bars = []  # (share of the bar that is used up, the bar in words)
        if "bar" in entry:
            bars.append((self.ratio / entry["bar"], f"{entry['bar']:.3g} x"))
        if "bar_us" in entry:
            bars.append((self.best / entry["bar_us"], microseconds(entry["bar_us"])))
        if "bar_over_us" in entry:
            bars.append((entry["over_us"] / entry["bar_over_us"], "+" + microseconds(entry["bar_over_us"])))
        self.used = max((share for share, _ in bars), default=None)
        self.bar = ", ".join(words for _, words in bars)

    @property
    def missed(self):
        return self.used is not None and self.used > 1

    @property
    def group(self):
        return self.name.split("/")[0]


def microseconds(value):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} us"


def large(value):
    for unit, size in ((" G", 1e9), (" M", 1e6), (" k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def load(path):
    """The context of a run and its rows; a broken row is an error."""
    with open(path, encoding="utf-8") as file:
        run = json.load(file)
    failed = [entry["name"] for entry in run["benchmarks"] if entry.get("error_occurred")]
    if failed:
        sys.exit(f"{path}: these ended with an error: {', '.join(failed)}")
    return run["context"], [Row(entry) for entry in run["benchmarks"]]


def worst_first(rows):
    """Rows with a bar, the most used up first; then those with a limit, the largest ratio first; then the others."""
    return sorted(rows, key=lambda r: (-(r.used or 0), -(r.ratio or 0), r.name))


def table(context, rows):
    kept = [r for r in rows if r.used is not None]
    missed = [r for r in kept if r.missed]
    lines = [
        f"{context['date'][:10]}, {context.get('threads', context['num_cpus'])} threads, "
        f"{context.get('steps', '?')} steps of time; load of the machine {context['load_avg'][0]:.1f}. "
        f"{len(kept) - len(missed)} of {len(kept)} bars kept.",
        "",
        "| operation | ours p50 | p99 | limit | ratio | bar | kept | GB/s | items/s |",
        "|---|---:|---:|---:|---:|---:|---|---:|---:|",
    ]
    for r in worst_first([r for r in rows if r.group != "growth" or r.used is not None]):
        verdict = "" if r.used is None else "**no**" if r.missed else "yes"
        cells = [r.name, microseconds(r.p50), microseconds(r.p99), microseconds(r.limit) if r.limit else "",
                 f"{r.ratio:.2f}" if r.ratio else "", r.bar, verdict, f"{r.rate:.1f}" if r.rate else "",
                 large(r.items) if r.items else ""]
        lines.append("| " + " | ".join(cells) + " |")
    curves = growth(rows)
    if curves:
        counts = sorted({n for points in curves.values() for n, _ in points})
        lines += ["", "How the cost of one grows with their number, in nanoseconds:", "",
                  "| | " + " | ".join(f"{n:,}" for n in counts) + " |", "|---|" + "---:|" * len(counts)]
        for name, points in curves.items():
            known = dict(points)
            lines.append(f"| {name} | " + " | ".join(f"{known[n]:.3g}" if n in known else "" for n in counts) + " |")
    return "\n".join(lines) + "\n"


def growth(rows):
    """Curve by name: (how many, nanoseconds of one)."""
    curves = {}
    for r in rows:
        if r.group == "growth":
            _, name, count = r.name.split("/")[:3]
            curves.setdefault(name, []).append((int(count), r.per_item))
    return curves


# ---- the picture

INK, FAINT, GOOD, BAD, PLAIN = "#1f2933", "#d9dee4", "#2f7d5b", "#b3412f", "#5f7f9f"
PALETTE = ["#1b6ca8", "#b3412f", "#2f7d5b", "#8a5fa8", "#a87a1b", "#4a5560", "#3fa7b5", "#d1789a"]


class Canvas:
    def __init__(self, width, height):
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
                      f'font-family="DejaVu Sans, sans-serif" font-size="12" fill="{INK}">',
                      f'<rect width="{width}" height="{height}" fill="white"/>']

    def text(self, x, y, words, anchor="start", **attributes):
        words = words.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra(attributes)}>{words}</text>')

    def line(self, points, colour, width=1.0, dashed=False):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>')

    def bar(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height}" fill="{colour}"/>')

    def end(self):
        return "\n".join(self.parts + ["</svg>"]) + "\n"


def extra(attributes):
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())


def picture(context, rows):
    """Bars of ours against the limit, with a mark at the promised bar; below them the curves of growth."""
    bars = sorted([r for r in rows if r.ratio], key=lambda r: -r.ratio)
    curves = growth(rows)
    left, right, line, top = 390, 860, 17, 60
    below = top + line * len(bars) + 60
    canvas = Canvas(900, below + (380 if curves else 0))
    canvas.text(20, 26, "Time taken, as a multiple of the limit's", font_size=16)
    canvas.text(20, 44, f"{context['date'][:10]}; limit: a bare loop, a bare socket, or the local backend; | marks the bar")
    widest = max(2.0, min(5.0, max((r.ratio for r in bars), default=1)))
    scale = lambda ratio: left + (right - left) * min(ratio, widest) / widest
    for tick in range(int(widest) + 1):
        canvas.line([(scale(tick), top - 4), (scale(tick), top + line * len(bars))], INK if tick == 1 else FAINT)
        canvas.text(scale(tick), top + line * len(bars) + 14, str(tick), "middle")
    for i, r in enumerate(bars):
        y = top + line * i
        canvas.text(left - 8, y + 11, r.name, "end", font_size=11)
        canvas.bar(left, y + 2, scale(r.ratio) - left, line - 5, BAD if r.missed else GOOD if r.used else PLAIN)
        marks = [scale(float(words[:-2])) for words in r.bar.split(", ") if words.endswith(" x")]
        for at in marks:
            canvas.line([(at, y), (at, y + line - 1)], INK, 2)
        # The number stands behind a mark that would go through it.
        end = max([scale(r.ratio)] + [at for at in marks if at < scale(r.ratio) + 30])
        canvas.text(min(end + 4, right + 2), y + 11, f"{r.ratio:.2f}", font_size=10)
    if curves:
        draw_curves(canvas, curves, 90, below + 40, 480, 270)
    return canvas.end()


def draw_curves(canvas, curves, x0, y0, width, height):
    points = [p for curve in curves.values() for p in curve]
    decades = lambda values: (math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))))
    (n0, n1), (t0, t1) = decades([n for n, _ in points]), decades([t for _, t in points])
    x = lambda n: x0 + width * (math.log10(n) - n0) / max(n1 - n0, 1)
    y = lambda t: y0 + height * (1 - (math.log10(t) - t0) / max(t1 - t0, 1))
    canvas.text(20, y0 - 18, "Nanoseconds of one, by how many there are", font_size=16)
    for d in range(n0, n1 + 1):
        canvas.line([(x(10**d), y0), (x(10**d), y0 + height)], FAINT)
        canvas.text(x(10**d), y0 + height + 16, f"{10**d:,}", "middle")
    for d in range(t0, t1 + 1):
        canvas.line([(x0, y(10.0**d)), (x0 + width, y(10.0**d))], FAINT)
        canvas.text(x0 - 6, y(10.0**d) + 4, f"{10.0**d:g}", "end")
    for i, (name, curve) in enumerate(curves.items()):
        colour = PALETTE[i % len(PALETTE)]
        canvas.line([(x(n), y(t)) for n, t in sorted(curve)], colour, 2)
        canvas.line([(x0 + width + 24, y0 + 20 + 20 * i), (x0 + width + 48, y0 + 20 + 20 * i)], colour, 3)
        canvas.text(x0 + width + 54, y0 + 24 + 20 * i, name)


def compare(before, after):
    old = {r.name: r for r in load(before)[1]}
    lines = ["| operation | before | after | after / before |", "|---|---:|---:|---:|"]
    changes = []
    for r in load(after)[1]:
        if r.name in old:
            # Ratios to a limit of the same run can be compared between days; times are compared only if there is none.
            one, two = (old[r.name].ratio, r.ratio) if r.ratio and old[r.name].ratio else (old[r.name].best, r.best)
            words = (lambda v: f"{v:.2f} x") if r.ratio else microseconds
            changes.append((two / one, r.name, words(one), words(two)))
    for change, name, one, two in sorted(changes, reverse=True):
        lines.append(f"| {name} | {one} | {two} | {change:.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?")
    parser.add_argument("--compare", nargs=2, metavar=("BEFORE", "AFTER"))
    parser.add_argument("--markdown")
    parser.add_argument("--picture")
    options = parser.parse_args()
    if options.compare:
        return print(compare(*options.compare))
    if not options.run:
        parser.error("which run? RUN.json, or --compare BEFORE AFTER")
    context, rows = load(options.run)
    text = table(context, rows)
    print(text, end="")
    for path, what in ((options.markdown, text), (options.picture, options.picture and picture(context, rows))):
        if path:
            with open(path, "w", encoding="utf-8") as file:
                file.write(what)


if __name__ == "__main__":
    main()
