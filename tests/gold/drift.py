# SPDX-License-Identifier: Apache-2.0
"""Numbers of a validation beside stored ones: which moved, by how much, and a page of them.

How far a number may be from the stored one, for the same model, seed and energies. All random numbers are common to both
runs, so statistics does not enter; errors only give the scale:

- int8 and Geant4: the showers are the same bytes on every machine, so only the last bits of exp and log of the C library
  can differ. A billionth of the value, a millionth of the error.
- float32, sums of energies (means, widths, response, profiles, projections' MSE): kernels of other instruction sets add in
  another order. Seen between baseline, AVX2 and AVX-512 with three models: at most 6e-5 errors. A thousandth of the error;
  of the few numbers for whose error there are too few showers, 5e-5 of the value (seen: 1e-5).
- float32, what is counted (cells, hits, the spectrum of cells, and the separation power made of such): rounding takes a cell
  over an edge. Seen: two cells a sample, 0.06 errors. 0.15 errors, or eight cells a sample where that is more.
"""
import html
import re

EXACT, SUMS, COUNTS = "exact", "sums", "counts"
COUNTED = re.compile(r"/(cell_spectrum|separation|neighbour|observables/(cells|hits))")
# What is not a property of the showers, is made of other numbers here, or is too long: single pixels of projections.
LEFT_OUT = {"layers", "timing", "metadata", "verdicts", "comparisons", "event_display", "projections", "histogram",
            "layer_correlation", "floor", "edges"}


def numbers_of(value, name=""):
    """{name: [value, error]} of all that has an error in the JSON of `octocal validate`."""
    found = {}
    if isinstance(value, dict):
        if "error" in value and isinstance(value.get("mean"), list):
            for index, pair in enumerate(zip(value["mean"], value["error"])):
                found[f"{name}[{index}]"] = list(pair)
            return found
        if "error" in value and "value" in value:
            found[name] = [value["value"], value["error"]]
        for key, inner in value.items():
            if key not in LEFT_OUT:
                found.update(numbers_of(inner, f"{name}/{key}"))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found.update(numbers_of(inner, f"{name}[{index}]"))
    return found


def kind_of(name, is_float):
    if not is_float:
        return EXACT
    return COUNTS if COUNTED.search(name) else SUMS


def tolerance(name, stored, is_float, showers):
    """How far a value may be from the stored [value, error]."""
    value, error = stored
    kind = kind_of(name, is_float)
    if kind == EXACT:
        return max(1e-9 * abs(value), 1e-6 * (error or 0))
    if kind == SUMS:
        return 1e-3 * error if error else 5e-5 * abs(value)
    cells = 8 / showers if "/cell_spectrum" in name else 0
    return max(0.15 * error, cells) if error else max(5e-5 * abs(value), cells)


class Move:
    """One number, stored and now."""

    def __init__(self, name, stored, now, is_float, showers):
        self.name, self.stored, self.now = name, stored, now
        if now is None or stored[0] is None or now[0] is None:
            self.allowed, self.difference = 0, 0 if now is not None and stored[0] == now[0] else float("inf")
            self.moved = self.difference > 0
            return
        self.allowed = tolerance(name, stored, is_float, showers)
        self.difference = now[0] - stored[0]
        # Errors are made of the same showers; 2 % is beyond all that rounding did (0.9 %).
        before, after = stored[1] or 0, now[1] or 0
        other_error = abs(after - before) > (0.02 if is_float else 1e-6) * max(before, 1e-300)
        self.moved = not abs(self.difference) <= self.allowed or (other_error and before > 0)

    def in_errors(self):
        return self.difference / self.stored[1] if self.now is not None and self.stored[1] else None

    def sentence(self):
        def text(pair):
            return "undefined" if pair[0] is None else f"{pair[0]:.9g} +- {pair[1] or 0:.3g}"

        if self.now is None:
            return f"{self.name} is no longer measured (stored: {text(self.stored)})"
        errors = self.in_errors()
        by = "" if errors is None else f", moved by {errors:+.3g} errors ({self.allowed / self.stored[1]:.2g} allowed)"
        return f"{self.name}: stored {text(self.stored)}, now {text(self.now)}{by}"


def compare(stored, now, is_float, showers):
    """A Move for each stored number, the worst first."""
    moves = [Move(name, pair, now.get(name), is_float and not name.startswith("/Geant4"), showers)
             for name, pair in stored.items()]

    def rank(move):
        return -abs(move.difference) / move.allowed if move.allowed else -abs(move.difference)

    return sorted(moves, key=lambda move: (not move.moved, rank(move)))


def page(title, problems, moves):
    """An HTML page: what is wrong, then every number, those that moved first."""
    def cells(move):
        now = move.now or [None, None]
        errors = move.in_errors()
        return [move.name, *(["" if x is None else f"{x:.9g}" for x in (*move.stored, *now)]),
                "" if errors is None else f"{errors:+.3g}",
                "" if errors is None else f"{move.allowed / move.stored[1]:.2g}"]

    rows = "".join(f"<tr{' class=moved' if move.moved else ''}>" + "".join(f"<td>{html.escape(c)}" for c in cells(move))
                   for move in moves)
    found = "".join(f"<li>{html.escape(problem)}" for problem in problems) or "<li>nothing moved"
    heads = "".join(f"<th>{head}" for head in ("number", "stored", "error", "now", "error", "moved by [errors]",
                                               "allowed [errors]"))
    return (f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title>"
            "<style>body{font:14px sans-serif;margin:2em}td{padding:0 1em;text-align:right}td:first-child{text-align:left}"
            ".moved{background:#fdd}</style>"
            f"<h1>{html.escape(title)}</h1><ul>{found}</ul><table><tr>{heads}{rows}</table>\n")
