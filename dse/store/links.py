"""The links of a study's chain as they lie in its storage, without the rows beside them.

Optuna reads a candidate with all its parameters, distributions and values, of which nothing is
used here: for 20,000 candidates that takes a hundred times as long.
"""

from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from dse.store.chain import DamageError, Link, by_optuna

if TYPE_CHECKING:
    from collections.abc import Sequence

    import optuna
    from sqlalchemy import Engine

TOGETHER: Final = 2000
"""Links that are read at once: their texts need some megabytes."""

FINISHED: Final = frozenset(("COMPLETE", "PRUNED", "FAIL"))

STUDY: Final = "(SELECT study_id FROM studies WHERE study_name = :study)"
COUNT: Final = f"SELECT COUNT(*) FROM trials WHERE study_id = {STUDY}"

LINKS: Final = f"""
SELECT t.number, t.state, r.value_json, d.value_json FROM (
    SELECT trial_id, number, state FROM trials WHERE study_id = {STUDY}
    ORDER BY number, trial_id LIMIT :most OFFSET :first
) t
LEFT JOIN trial_user_attributes r ON r.trial_id = t.trial_id AND r.key = 'record'
LEFT JOIN trial_user_attributes d ON d.trial_id = t.trial_id AND d.key = 'sha256'
ORDER BY t.number, t.trial_id
"""

NOTHING: Final = "null"


class Links:
    """Reads the links of a study, those that are new at each call.

    Args:
        study: Optuna's study.
        engine: of its database; without one Optuna is asked, as of a study in memory.
    """

    def __init__(self, study: "optuna.Study", engine: "Engine | None") -> None:
        self._study, self._engine = study, engine

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
                rows = [
                    (trial.number, trial.state.name, trial.user_attrs.get("record"),
                     trial.user_attrs.get("sha256"))
                    for trial in trials
                ]  # fmt: skip
            else:
                rows = [
                    (number, state, from_json(record or NOTHING), from_json(digest or NOTHING))
                    for number, state, record, digest in self._rows(
                        LINKS, first=first, most=TOGETHER
                    )
                ]
        return [_link(row, number) for number, row in enumerate(rows, start=first)]

    def _rows(self, query: str, **values: int) -> "Sequence[Any]":
        from sqlalchemy import text

        assert self._engine is not None
        told = {"study": self._study.study_name, **values}
        with self._engine.connect() as connection:
            return connection.execute(text(query), told).fetchall()


def _link(row: tuple[int, str, Any, Any], expected: int) -> Link:
    number, state, record, digest = row
    known = isinstance(record, str) and isinstance(digest, str)
    if number != expected or state not in FINISHED or not known:
        raise DamageError(f"candidate {expected} is not there as it was written")
    return Link(text=record, digest=digest)
