"""Design-space exploration: studies, samplers, executors, fronts."""
