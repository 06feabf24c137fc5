"""What training sees of a design: designs alike in it share their trainings."""

from dataclasses import dataclass

from evaluators.design import DesignPoint, ErrorProfile
from evaluators.scenario import Scenario, resolved


@dataclass(frozen=True, slots=True)
class SeenByTraining:
    """The failure probability of every written bit, and how values are stored as bits.

    Format and encoding are those that are trained: a design without its own has the scenario's.
    """

    profile: ErrorProfile | None
    number_format: str
    encoding: str

    @classmethod
    def of(
        cls, design: DesignPoint, profile: ErrorProfile | None, scenario: Scenario
    ) -> "SeenByTraining":
        """Of a design whose errors are `profile` under a scenario."""
        trained = resolved(design, scenario)
        return cls(profile, trained.number_format, trained.training.encoding)
