#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies headers as Doxygen must see them to read what people read (cmake/OctocalApiDocs.cmake): a line in, a line out.

    api_docs_filter.py ROOT FOLDER HEADERS...       ROOT/src/octocal/base/log.hpp becomes FOLDER/octocal/base/log.hpp

    /// Showers and cells of the file.
    std::size_t showers() const;               a comment holds for all declarations under it, up to an empty line,
    std::size_t cells() const;                 another comment or anything that is no plain declaration

    double nx = 25, ny = 25;  ///< cells       each of the names has the comment, not the last alone
    /// | to_set | from the sample ... |       a row of a type's table is the comment of the member that it names
    Reader(Reader&&) noexcept;                 copies, moves and == that say nothing but themselves are left out
"""
import re
import sys
from pathlib import Path

TYPE = re.compile(r"^\s*(?:struct|class|enum class|enum|union|namespace)\b[^;]*\{")
ROW = re.compile(r"^\|(.*)\|$")
NO_DECLARATION = re.compile(r"^\s*(?:public:|private:|protected:|#|//|\}|static_assert|friend\b|return\b|"
                            r"(?:struct|class|enum|union|namespace|extern)\b)")
# One declaration of variables on one line: type, names with initialisers, and maybe a trailing comment.
VARIABLES = re.compile(r"^(\s*)((?:static |inline |constexpr |const |mutable )*[\w:]+(?:<[^()]*?>)?(?:\s*\*)?)\s+"
                       r"(\w+(?:\s*(?:=|\{|\[|,).*?)?);\s*(?:///<\s*(.*))?$")
SPEAKS_FOR_ITSELF = re.compile(r"^\s*(?:explicit )?(?:~?(\w+)\((?:(?:const )?\1&&?(?: \w+)?)?\)"
                               r"|(\w+)& operator=\((?:const )?\2&&?(?: \w+)?\)"
                               r"|(?:bool operator==|auto operator<=>)\(const \w+&(?: \w+)?\) const)\s*(?:noexcept)?\s*(?:= \w+)?;\s*$")


def cut(names: str) -> list[str]:
    """"a = f(1, 2), b{3}, c" to its three parts: commas inside brackets do not part them."""
    parts, depth = [""], 0
    for character in names:
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def rows_of(comment: list[str]) -> dict[str, str]:
    """The rows of a comment's table by the names in their first column, or in the column `member`."""
    rows, header = {}, None
    for line in comment:
        match = ROW.match(line.strip())
        cells = [cell.strip() for cell in match[1].split("|")] if match else []
        if header is None:
            header = cells or None
        elif len(cells) == len(header) and not set(cells[0]) <= set("-: "):
            named = header.index("member") if "member" in header else 0
            told = [(word, cell) for column, (word, cell) in enumerate(zip(header, cells)) if column != named and cell]
            text = "; ".join(cell if index == 0 else f"{word}: {cell}" for index, (word, cell) in enumerate(told))
            rows |= {name.strip("` "): text for name in cells[named].split(",")}
    return rows


def first_paragraph(comment: list[str]) -> str:
    lines = []
    for line in comment:
        if not line.strip() or line.startswith("     ") or line.strip().startswith("|"):
            break
        lines.append(line.strip())
    return " ".join(lines)


def commented(text: str, declaration: str) -> str:
    return f"/** {text.replace('*/', '* /')} */ {declaration}" if text else declaration


def with_comments(line: str, above: str, first: bool, rows: dict[str, str]) -> str:
    """A declaration with the comments that it has for a reader but not for Doxygen. `first`: right under `above`."""
    match = VARIABLES.match(line)
    if match is None:
        indent = len(line) - len(line.lstrip())
        return line if first or "///<" in line else line[:indent] + commented(above, line[indent:])
    indent, kind, names, behind = match.groups()
    parts = cut(names)
    texts = [behind or above or rows.get(re.match(r"\w+", part)[0], "") for part in parts]
    if len(parts) == 1 and (behind or (above and first)):
        return line
    if above and first:
        texts[0] = ""  # it has the comment above
    if not any(texts):
        return line
    return indent + " ".join(commented(text, f"{kind} {part};") for text, part in zip(texts, parts))


def filtered(lines: list[str]) -> list[str]:
    result = []
    comment = []  # the lines of the /// comment that stands right above
    above = ""  # its text, for all declarations under it
    types = []  # for each open type the rows of its comment's table
    inside = 0  # open brackets of a declaration that goes on for several lines
    template = False  # the line before was the first of a template's declaration
    for line in lines:
        code = re.sub(r'//.*|"[^"]*"', "", line)
        shown = line
        if inside > 0:
            pass
        elif line.lstrip().startswith("///"):
            comment.append(line.strip()[3:])
            above = ""
        elif TYPE.match(code):
            types.append(rows_of(comment))
            comment, above = [], ""
            if re.match(r".*\}\s*;?\s*$", code):
                types.pop()
            result.append(line)
            continue
        elif not line.strip() or NO_DECLARATION.match(line):
            if re.match(r"^\s*\}", line) and types:
                types.pop()
            comment, above = [], ""
        else:
            first = bool(comment) or template
            above = first_paragraph(comment) if comment else above
            template = code.strip().startswith("template") and code.strip().endswith(">")
            if SPEAKS_FOR_ITSELF.match(line) and not first:
                shown = ""
            else:
                shown = with_comments(line, above, first, types[-1] if types else {})
            comment = []
        if not line.lstrip().startswith("///"):
            inside += sum(code.count(bracket) for bracket in "({") - sum(code.count(bracket) for bracket in ")}")
            inside = max(inside, 0)
        result.append(shown)
    return result


def main() -> None:
    root, folder = Path(sys.argv[1]), Path(sys.argv[2])
    for header in map(Path, sys.argv[3:]):
        parts = header.relative_to(root).parts
        copy = folder.joinpath(*parts[parts.index("octocal"):])
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("\n".join(filtered(header.read_text(encoding="utf-8").split("\n"))), encoding="utf-8")


if __name__ == "__main__":
    main()
