"""Bars of sequences a second relative to Rankwire's, as an SVG without a plotting library."""

import statistics
from html import escape

COLOURS = ["#0b6e4f", "#6b7fd7", "#a9b4e8", "#e08e45", "#f0c090", "#999999"]
LEFT, WIDTH, BAR, GAP, TOP = 250, 900, 13, 16, 70


def svg(rates, workloads):
    names = list(rates)
    block = BAR * len(names) + GAP
    height = TOP + block * len(workloads) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="12" y="22" font-size="15">Sequences a second, one thread; '
        "bars relative to the fastest of each row</text>",
    ]
    for index, name in enumerate(names):
        x = 12 + index * 148
        parts.append(f'<rect x="{x}" y="36" width="11" height="11" fill="{COLOURS[index]}"/>')
        parts.append(f'<text x="{x + 15}" y="46" font-size="10">{escape(name)}</text>')
    for row, workload in enumerate(workloads):
        y = TOP + row * block
        medians = [statistics.median(rates[name][workload.name]) for name in names]
        parts.append(f'<text x="12" y="{y + block / 2}">{escape(workload.name)}</text>')
        for index, rate in enumerate(medians):
            length = (WIDTH - LEFT - 70) * rate / max(medians)
            at = y + index * BAR
            parts.append(
                f'<rect x="{LEFT}" y="{at}" width="{length:.1f}" height="{BAR - 2}" '
                f'fill="{COLOURS[index]}"/>')
            parts.append(
                f'<text x="{LEFT + length + 5:.1f}" y="{at + 10}" font-size="10">{rate:,.0f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
