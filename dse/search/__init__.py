"""From a study to its record: what is tried, judged and told."""
