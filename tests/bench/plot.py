"""Bars as SVG: one a side, longest is fastest. Pure."""

from xml.sax.saxutils import escape

WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 720, 22, 10, 240, 90, 34
OURS, THEIRS, LIMIT = "#2f6f9f", "#b8b8b8", "#dddddd"


def draw(title, unit, rates):
    """`rates`: (side, rate), in the order in which they are shown."""
    most = max(rate for _, rate in rates)
    height = TOP + len(rates) * (BAR + GAP) + GAP
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
             f'font-size="13">', f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             f'<text x="{GAP}" y="20" font-weight="bold">{escape(title)}, {escape(unit)}</text>']
    for index, (side, rate) in enumerate(rates):
        top = TOP + index * (BAR + GAP)
        length = (WIDTH - LEFT - RIGHT) * rate / most
        parts += [f'<text x="{LEFT - GAP}" y="{top + 16}" text-anchor="end">{escape(side)}</text>',
                  f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{colour(side)}"/>',
                  f'<text x="{LEFT + length + 6:.1f}" y="{top + 16}">{rate:,.0f}</text>' if rate >= 10 else
                  f'<text x="{LEFT + length + 6:.1f}" y="{top + 16}">{rate:.2f}</text>']
    return "\n".join([*parts, "</svg>", ""])


def colour(side):
    return OURS if side.startswith("ndisk") else LIMIT if side.startswith("limit") else THEIRS
