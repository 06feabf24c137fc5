"""The claims of the source beside the model's answers."""

from dse.claims.answer import Answers, answers
from dse.claims.bracket import Bracket
from dse.claims.claim import Claim
from dse.claims.markdown import as_json, write_markdown
from dse.claims.picture import draw

__all__ = ["Answers", "Bracket", "Claim", "answers", "as_json", "draw", "write_markdown"]
