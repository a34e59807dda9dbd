"""Public bug reports as streams: what each report describes, completed by us, and what must be found in it."""
