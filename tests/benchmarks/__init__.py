"""How fast, how large: ``python -m tests.benchmarks`` measures, and prints tables."""
