"""The schemas of chat and text completions: what they are, what each of their constraints says, and that it bites."""
