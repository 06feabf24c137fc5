"""The links of a study's chain as they lie in its storage, without the rows beside them.

Optuna reads a candidate with all its parameters, distributions and values, of which nothing is
used here: for 20,000 candidates that takes a hundred times as long.
"""

import json
from typing import TYPE_CHECKING, Any, Final

from dse.store.chain import DamageError, Link, by_optuna

if TYPE_CHECKING:
    import optuna
    from sqlalchemy import Engine

TOGETHER: Final = 2000
"""Links that are read at once: their texts need some megabytes."""

FINISHED: Final = frozenset(("COMPLETE", "PRUNED", "FAIL"))

COUNT: Final = "SELECT COUNT(*) FROM trials WHERE study_id = :study"

TRIALS: Final = """
SELECT number, state FROM trials WHERE study_id = :study
ORDER BY number, trial_id LIMIT :most OFFSET :first
"""

ATTRIBUTES: Final = """
SELECT t.number, a.key, a.value_json FROM trial_user_attributes a
JOIN trials t ON t.trial_id = a.trial_id
WHERE t.study_id = :study AND t.number >= :first AND t.number < :first + :most
AND a.key IN ('record', 'sha256')
"""


class Links:
    """Reads the links of a study, those that are new at each call.

    Args:
        study: Optuna's study.
    """

    def __init__(self, study: "optuna.Study") -> None:
        self._study = study
        backend = getattr(study._storage, "_backend", None)
        self._engine: Engine | None = getattr(backend, "engine", None)

    def count(self) -> int:
        """How many candidates are stored. [-]"""
        if self._engine is None:
            return len(self._study.get_trials(deepcopy=False))
        with by_optuna():
            ((count,),) = self._rows(COUNT)
        return int(count)

    def after(self, first: int) -> list[Link]:
        """The links of the candidates from number `first` on, `TOGETHER` at most. [-]

        Raises:
            DamageError: a candidate is not there as it was written.
        """
        with by_optuna():
            if self._engine is None:
                trials = self._study.get_trials(deepcopy=False)[first : first + TOGETHER]
                rows = [(trial.number, trial.state.name) for trial in trials]
                told = {(t.number, key): t.user_attrs[key] for t in trials for key in t.user_attrs}
            else:
                part = {"first": first, "most": TOGETHER}
                rows = self._rows(TRIALS, **part)
                texts = self._rows(ATTRIBUTES, **part)
                told = {(number, key): json.loads(text) for number, key, text in texts}
        return [_link(row, first + place, told) for place, row in enumerate(rows)]

    def _rows(self, query: str, **values: int) -> list[Any]:
        from sqlalchemy import text

        assert self._engine is not None
        with self._engine.connect() as connection:
            found = connection.execute(text(query), {"study": self._study._study_id, **values})
            return [tuple(row) for row in found]


def _link(row: tuple[int, str], number: int, told: dict[tuple[int, str], Any]) -> Link:
    record, digest = told.get((number, "record")), told.get((number, "sha256"))
    known = isinstance(record, str) and isinstance(digest, str)
    if row[0] != number or row[1] not in FINISHED or not known:
        raise DamageError(f"candidate {number} is not there as it was written")
    return Link(text=str(record), digest=str(digest))
