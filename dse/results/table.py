"""Candidates as a table: no time stamps, durations, hosts or cache marks, so it is the same
for the same study.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dse.files import write_atomically
from dse.masking import csv_cell, markdown_cell
from dse.mistakes import UserError
from dse.results.point import label_of
from dse.search import Growth
from dse.store import Scored, record
from dse.study import Objective
from evaluators.design import DataKind, DesignPoint
from evaluators.evaluate import Evaluation

if TYPE_CHECKING:
    import pandas as pd


NUMBERS: Final = (
    "accuracy", "accuracy_loss_sd", "_voltage_v", "_pulse_width_s", "_error_probability",
    "_reliable_bits", "_diameter_m", "_attempts", "_buffer_bytes",
)  # fmt: skip
"""Ends of columns that hold numbers; without one of a design they are empty, and stay numbers."""


def table(candidates: Sequence[Scored], objectives: Sequence[Objective]) -> "pd.DataFrame":
    """One row a candidate: status, objectives, training, design."""
    import pandas as pd

    runs = [len(c.evaluation.training.runs) if c.evaluation.training else None for c in candidates]
    found = pd.DataFrame([_row(candidate, objectives) for candidate in candidates])
    if len({count for count in runs if count is not None}) > 1:  # a search with `first_seeds`
        after = list(found).index("accuracy_loss_sd")
        found.insert(after + 1, "training_seeds", pd.Series(runs, dtype="Int64"))
    empty = [name for name in found if found[name].dtype == object and found[name].isna().all()]
    numbers = [name for name in empty if _is_number(str(name), objectives)]
    return found.astype(dict.fromkeys(numbers, float))


def _is_number(column: str, objectives: Sequence[Objective]) -> bool:
    """Whether a column holds numbers even where no candidate has one."""
    return column.endswith(NUMBERS) or any(column == o.name for o in objectives)


def _row(candidate: Scored, objectives: Sequence[Objective]) -> dict[str, Any]:
    evaluation = candidate.evaluation
    figures = record.objective_values(evaluation, [o.name for o in objectives])
    return {
        "number": candidate.number,
        "source": candidate.source,
        "status": evaluation.status.value,
        "design": label_of(candidate),
        **{o.name: figures[i] if figures else None for i, o in enumerate(objectives)},
        **_training(evaluation),
        "bound": evaluation.energy.bound if evaluation.energy else None,
        **design_columns(evaluation.design),
        "reason": evaluation.reason,
    }


def _training(evaluation: Evaluation) -> dict[str, Any]:
    training = evaluation.training
    return {
        "accuracy": training.accuracy if training else None,
        "accuracy_loss_sd": training.accuracy_loss_sd if training else None,
    }


def design_columns(design: DesignPoint) -> dict[str, Any]:
    """The design, flat."""
    columns: dict[str, Any] = {"array_rows": design.array.rows, "array_cols": design.array.cols}
    if design.number_format:
        columns["number_format"] = design.number_format
        columns["encoding"] = design.encoding
    for kind in DataKind:
        region = design.memory[kind]
        columns[f"{kind}_technology"] = region.technology
        columns[f"{kind}_capacity_bytes"] = region.capacity_bytes
        columns[f"{kind}_voltage_v"] = region.write.voltage_v if region.write else None
        columns[f"{kind}_pulse_width_s"] = region.write.pulse_width_s if region.write else None
        given = region.error_probability is not None
        if given:
            columns[f"{kind}_error_probability"] = region.error_probability
        columns[f"{kind}_reliable_bits"] = region.reliable_bits if region.write or given else None
        columns[f"{kind}_reliable_in"] = region.reliable_in if region.write else None
        if region.buffered:
            columns[f"{kind}_buffer_bytes"] = region.buffer_bytes
        if region.own_cell:
            columns[f"{kind}_diameter_m"] = region.diameter_m
            columns[f"{kind}_write_scheme"] = region.write_scheme
            columns[f"{kind}_attempts"] = region.attempts
            columns[f"{kind}_ecc"] = region.ecc
    return columns


def growth_table(points: Sequence[Growth]) -> "pd.DataFrame":
    """The search's progress, one row a candidate."""
    import pandas as pd

    columns = ("candidates", "trainings", "hypervolume")
    return pd.DataFrame([{c: getattr(p, c) for c in columns} for p in points])


def export(table: "pd.DataFrame", files: Mapping[str, Path | None]) -> None:
    """Write a table as CSV, Parquet, Markdown or JSON; a file is whole or unchanged.

    Raises:
        UserError: it cannot be written.
    """
    for kind, file in files.items():
        if file is not None:
            write_atomically(file, _content(table, kind))


ENDINGS: Final = {".csv": "csv", ".parquet": "parquet", ".md": "md", ".json": "json"}
"""Endings of files that a table is written to."""


def export_by_ending(table: "pd.DataFrame", file: Path) -> None:
    """Write a table as the ending of its file says.

    Raises:
        UserError: another ending, or it cannot be written.
    """
    kind = ENDINGS.get(file.suffix.lower())
    if kind is None:
        raise UserError(
            f"a table is written as FILE with one of the endings {', '.join(ENDINGS)}, got "
            f"{str(file)!r}"
        )
    export(table, {kind: file})


def _content(table: "pd.DataFrame", kind: str) -> bytes:
    match kind:
        case "csv":
            return csv_bytes(table)
        case "parquet":
            buffer = io.BytesIO()
            _typed(table).to_parquet(buffer, index=False)
            return buffer.getvalue()
        case "json":
            told = table.to_json(orient="records", double_precision=15)
            return f"{told}\n".encode()
        case _:
            return _markdown(table).encode()


def csv_bytes(table: "pd.DataFrame") -> bytes:
    """The table as a CSV file in UTF-8, with no cell that a spreadsheet would obey."""
    safe = table.map(lambda cell: csv_cell(cell) if isinstance(cell, str) else cell)
    return safe.to_csv(index=False, lineterminator="\n").encode(errors="backslashreplace")


def _typed(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with text where a column of words is empty, so that files go together."""
    empty = [name for name in table if table[name].dtype == object and table[name].isna().all()]
    return table.astype(dict.fromkeys(empty, "string"))


def _markdown(table: "pd.DataFrame") -> str:
    told = table.astype(object).where(table.notna(), "")
    rows = told.map(lambda cell: markdown_cell(cell) if isinstance(cell, str) else cell)
    return (
        "\n".join(_lines([markdown_cell(str(c)) for c in table], rows.itertuples(index=False)))
        + "\n"
    )


def markdown_table(heads: Sequence[object], rows: Iterable[Iterable[object]]) -> list[str]:
    """The lines of a table in Markdown."""
    return _lines(list(map(_cell, heads)), (map(_cell, row) for row in rows))


def _lines(heads: Sequence[object], rows: Iterable[Iterable[object]]) -> list[str]:
    return [
        f"| {' | '.join(map(str, heads))} |",
        "|" + " --- |" * len(heads),
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
    ]


def _cell(value: object) -> str:
    """One cell of a Markdown table: in one line, with no bar that would end it."""
    return " ".join(str(value).replace("\\", "\\\\").replace("|", "\\|").split())
