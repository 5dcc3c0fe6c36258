"""Same-run ratios of the engine against a hand-written SQL floor."""
