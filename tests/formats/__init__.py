"""The reports: each in its published form, its places right, and text of a stream in it never more than text."""
