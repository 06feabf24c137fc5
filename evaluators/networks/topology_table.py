"""The rows of a SCALE-Sim topology file: bytes to cells, cells to columns by their header.

The header decides: order of columns, one stride or two, notes. Commas, tabs or semicolons; rows
without a size (blank, separators, titles of sections, comments) are no layers.

Source: SCALE-Sim 3.0.0, scalesim/topology_utils.py, and the tables in its `topologies/`.
"""

import csv
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evaluators.checks import brief, nearest

LARGEST_FILE_BYTES: Final = 4 * 2**20  # SCALE-Sim's largest table has 40 kB
LONGEST_CELL: Final = 500
LONGEST_LINE: Final = 20_000
MOST_ROWS: Final = 50_000
PRODUCT: Final = ("M", "N", "K")
CONVOLUTION: Final = (
    "IFMAP Height",
    "IFMAP Width",
    "Filter Height",
    "Filter Width",
    "Channels",
    "Num Filter",
    "Stride Height",
    "Stride Width",
)
NAMES: Final = {
    "Layer": "layer layername layers name operation operator op",
    "M": "m",
    "N": "n",
    "K": "k",
    "IFMAP Height": "ifmapheight ifmaph inputheight inputh imageheight ih",
    "IFMAP Width": "ifmapwidth ifmapw inputwidth inputw imagewidth iw",
    "Filter Height": "filterheight filterh kernelheight kernelh fh kh",
    "Filter Width": "filterwidth filterw kernelwidth kernelw fw kw",
    "Channels": "channels channel numchannels numchannel inputchannels inchannels",
    "Num Filter": "numfilter numfilters filters outputchannels outchannels",
    "Strides": "strides stride",
    "Stride Height": "strideheight strideh stridesheight stridesh sh",
    "Stride Width": "stridewidth stridew strideswidth stridesw sw",
    "Batch": "batch batches batchsize batchcount",
    "Repeat": "count counts repeat repeats repetitions times",
    "Sparsity": "sparsity sparsityratio sparsityration sparsitynm nm",
    "Padding": "padding pad paddings padheight padwidth padh padw paddingheight paddingwidth",
    "Dilation": "dilation dilations dilationheight dilationwidth dilationh dilationw",
    "Groups": "groups group numgroups",
}
ROLES: Final = {word: role for role, words in NAMES.items() for word in words.split()}
WHOLE: Final = re.compile(r"0*[0-9]{1,18}(\.0+)?")
RATIO: Final = re.compile(r"([0-9]{1,9})\s*:\s*([0-9]{1,9})")
LAYOUT: Final = (
    f"`Layer, {', '.join(PRODUCT)}` or `Layer name, {', '.join(CONVOLUTION[:6])}, Strides`"
)


class TopologyError(ValueError):
    """A file that is not a SCALE-Sim topology; the message names line, column and rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Which column holds what; columns without a name known to us are notes.

    `sizes` are the columns that a layer needs, `more` those that it may have. `behind` is a
    nameless column right of the sizes, where a reader of positions would expect another one.
    """

    name: int | None
    sizes: dict[str, int]
    more: tuple[tuple[str, int], ...]
    behind: int
    spelt: tuple[str, ...]

    @property
    def is_product(self) -> bool:
        """Whether the rows are matrix products, not convolutions."""
        return "M" in self.sizes

    def column(self, index: int) -> str:
        """How a message names a column: its number from 1 and its name. [-]"""
        name = self.spelt[index] if index < len(self.spelt) else ""
        return f"column {index + 1} ({brief(name)})" if name else f"column {index + 1} (no name)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line that describes a layer."""

    line: int
    cells: tuple[str, ...]
    header: Header

    def cell(self, index: int | None) -> str:
        """A cell, empty where the row is too short. [-]"""
        return self.cells[index] if index is not None and index < len(self.cells) else ""


def layer_rows(path: Path) -> Iterator[Row]:
    """The rows of a file that describe a layer, each with the header above it.

    Raises:
        TopologyError: not a regular file of a table's size, no header, or a broken line.
    """
    header: Header | None = None
    delimiter = ""
    for number, line in enumerate(_lines(path), start=1):
        where = f"{path}, line {number}"
        if number > MOST_ROWS:
            raise TopologyError(f"{where}: a topology has at most {MOST_ROWS} lines; split it")
        sign = delimiter or _delimiter(line)
        comment = line.lstrip().startswith(("#", "//"))
        if comment:  # even a header may be one
            cells = tuple(cell.strip() for cell in line.lstrip("#/ \t").split(sign))
        else:
            cells = _cells(line, sign, where)
        found = None if comment and header else _as_header(cells)
        if found is not None:
            header, delimiter = found, sign
        elif comment or sum(map(bool, cells)) == 0:
            continue
        elif header is None:
            _check_title(cells, line, where)
        elif any(index < len(cells) and cells[index] for index in header.sizes.values()):
            yield Row(line=number, cells=cells, header=header)
        else:
            _check_separators(cells, delimiter, where)
    if header is None:
        raise TopologyError(f"{path}: no header and no layers; a table begins with {LAYOUT}")


def _lines(path: Path) -> list[str]:
    """The lines of a regular file; nothing else is waited for or read to its end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise TopologyError(f"topology {str(path)!r} must be a regular file")
            raw = stream.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, TopologyError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise TopologyError(f"cannot read topology {str(path)!r}: {reason}") from None
    if len(raw) > LARGEST_FILE_BYTES:
        raise TopologyError(f"topology {str(path)!r} must have at most {LARGEST_FILE_BYTES} bytes")
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise TopologyError(
            f"{path}, line {line}: is not UTF-8 text, got byte {raw[error.start]:#04x}; save the "
            f"table as CSV in UTF-8"
        ) from None
    return re.split(r"\r\n|\n|\r", text)


def _delimiter(line: str) -> str:
    """What separates the columns: the sign that the header has most of."""
    return max(",\t;", key=line.count)


def _cells(line: str, delimiter: str, where: str) -> tuple[str, ...]:
    if len(line) > LONGEST_LINE:
        raise TopologyError(
            f"{where}: a line has at most {LONGEST_LINE} letters, got {len(line)}; shorten "
            f"the note"
        )
    try:
        (cells,) = csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True)
    except csv.Error as error:
        raise TopologyError(
            f"{where}: a quote must be closed on its line and end its cell ({error}), got "
            f"{brief(line)}; close it, or leave quotes out"
        ) from None
    for number, cell in enumerate(cells, start=1):
        if len(cell) > LONGEST_CELL:
            raise TopologyError(
                f"{where}, column {number}: a cell has at most {LONGEST_CELL} letters, got "
                f"{len(cell)}; shorten the note"
            )
    return tuple(cell.strip() for cell in cells)


def _check_title(cells: tuple[str, ...], line: str, where: str) -> None:
    """Let one word stand above the header; anything else there must have been the header.

    Raises:
        TopologyError: names what is missing and the nearest spelling.
    """
    if sum(map(bool, cells)) == 1 and not _numbers(line):
        return
    got = brief(", ".join(cells))
    if _numbers(line):
        raise TopologyError(
            f"{where}: no header above the first row, got {got}; name the columns: {LAYOUT}"
        )
    roles = _roles(cells)
    wanted = max((PRODUCT, CONVOLUTION), key=lambda form: len(set(form) & set(roles)) / len(form))
    twice = [role for role in wanted if len(roles.get(role, ())) > 1]
    strays = tuple(cell for cell in cells if cell and _word(cell) not in ROLES)
    lacks = [f"{role!r}{nearest(role, strays)}" for role in wanted if role not in roles]
    reasons = [f"it lacks {', '.join(lacks)}"] if lacks else []
    reasons += [f"it names {', '.join(map(repr, twice))} twice"] if twice else []
    raise TopologyError(
        f"{where}: a header has the columns {LAYOUT}, in any order; {' and '.join(reasons)}, got "
        f"{got}"
    )


def _check_separators(cells: tuple[str, ...], delimiter: str, where: str) -> None:
    """Refuse a layer that hides in one cell because it is separated by another sign."""
    text = " ".join(cells)
    if sum(map(bool, cells)) == 1 and len(_numbers(text)) > 2:
        sign = {",": "commas", "\t": "tabs", ";": "semicolons"}[delimiter]
        raise TopologyError(
            f"{where}: cells must be separated by {sign}, as those of the header are, got "
            f"{brief(text)}"
        )


def _numbers(text: str) -> list[str]:
    return [word for word in re.split(r"[,;\t ]+", text) if WHOLE.fullmatch(word)]


def _as_header(cells: tuple[str, ...]) -> Header | None:
    """The header that a line is, if it names all sizes of a product or of a convolution."""
    roles = _roles(cells)
    for form in (CONVOLUTION, PRODUCT):
        if all(len(roles.get(role, ())) == 1 for role in form):
            break
    else:
        return None
    sizes = {role: roles[role][0] for role in form}
    name = roles.get("Layer", [0])[0]
    optional = ("Batch", "Repeat", "Sparsity", "Padding", "Dilation", "Groups")
    last = max(sizes.values()) + 1
    return Header(
        name=name if name not in sizes.values() else None,
        sizes=sizes,
        more=tuple((role, index) for role in optional for index in roles.get(role, ())),
        behind=last if not (last < len(cells) and cells[last]) else -1,
        spelt=cells,
    )


def _roles(cells: tuple[str, ...]) -> dict[str, list[int]]:
    """Columns by what they hold. A width named twice is a height and a width, as in SCALE-Sim."""
    roles: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        if (role := ROLES.get(_word(cell))) is not None:
            roles.setdefault(role, []).append(index)
    strides = roles.pop("Strides", [])
    for role, index in zip(("Stride Height", "Stride Width"), strides * 2, strict=False):
        if len(strides) <= 2:
            roles.setdefault(role, [index])
    for kind in ("IFMAP", "Filter", "Stride"):
        for one, other in (("Height", "Width"), ("Width", "Height")):
            twice = roles.get(f"{kind} {one}", [])
            if len(twice) == 2 and f"{kind} {other}" not in roles:
                roles[f"{kind} Height"], roles[f"{kind} Width"] = twice[:1], twice[1:]
    return roles


def _word(cell: str) -> str:
    return re.sub(r"[^a-z]", "", cell.lower())
