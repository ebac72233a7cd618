"""Draws results.json as an SVG: a bar for each ratio, its spread, and a mark where it must be."""
from html import escape

BAR, LEFT, WIDTH, TOP = 20, 430, 760, 46
LARGEST = 1.6  # of the scale; longer bars are cut


def place(ratio):
    return LEFT + min(ratio, LARGEST) / LARGEST * (WIDTH - LEFT - 60)


def draw(rows):
    height = TOP + BAR * len(rows) + 14
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="11">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             '<text x="10" y="18" font-size="14" font-weight="bold">Jetkeep measured: less is better</text>',
             '<text x="10" y="34" fill="#555">bar: median ratio; line: range of the runs; red mark: where it must stay below'
             '</text>']
    for i, row in enumerate(rows):
        y = TOP + i * BAR
        good = row["ratio"] <= row["must"]
        label = f'{row["kind"]}, {row["server"]}: {row["measure"]}'
        middle = y + BAR / 2 - 2
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LEFT}" y="{y + 2}" width="{place(row["ratio"]) - LEFT:.1f}" height="{BAR - 8}" '
            f'fill="{"#2a9d8f" if good else "#e9c46a"}"/>',
            f'<path d="M{place(row["min"]):.1f} {middle}H{place(row["max"]):.1f}" stroke="#264653"/>',
            f'<path d="M{place(row["must"]):.1f} {y}v{BAR - 4}" stroke="#d62828" stroke-width="2"/>',
            f'<text x="{WIDTH - 52}" y="{y + 12}">{row["ratio"]:.2f}</text>']
    return "\n".join(parts + ["</svg>"]) + "\n"
