"""The official clients, run on the corpus: the proof of what the rules say in `breaks`."""
