"""The question: what a study file says, checked as a whole."""
