"""A user's model, built and run once in a process of its own: what of it is never faulted."""

from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final

from dse.mistakes import UserError
from evaluators.training import TrainingRecipe

LIMIT_S: Final = 180.0
"""Longest that a model and its data may take until two samples have gone through."""

Found = tuple[tuple[str, ...], float]


def never_faulted(
    recipe: TrainingRecipe, number_format: str, *, limit_s: float = LIMIT_S
) -> Found:
    """The warnings of a training, and the share of the parameters that they are about. [-]

    Args:
        recipe: with a model of the user's.
        number_format: of the scenario.
        limit_s: how long it may take. [s]

    Raises:
        UserError: the model or its data fail, end the process, or do not come to an end.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_look, args=(theirs, recipe, number_format), daemon=True)
    process.start()
    theirs.close()
    found: Found | str
    try:
        if not ours.poll(limit_s):
            found = f"did not come to an end within {limit_s:g} s"
        else:
            found = ours.recv()
    except EOFError:
        found = "ended the process in which it was built"
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(found, str):
        raise UserError(f"`scenario.training.model` = {recipe.model!r} cannot be trained: {found}")
    return found


def _look(pipe: Connection, recipe: TrainingRecipe, number_format: str) -> None:
    from evaluators.training.guard import told
    from evaluators.training.unfaulted import never_faulted as found

    try:
        pipe.send(found(recipe, number_format))
    except BaseException as error:  # the user's code may raise anything
        pipe.send(told(error))
