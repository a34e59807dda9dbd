"""Look-alikes: blocks that differ from one already judged only in a few values are judged by these values alone.

The reports are the same with and without; a property test holds them to it. Nothing here knows a protocol.
"""

# Theory of operation. Say a block was judged, in full, and the next one has the same payload but for the values of a
# few places (likeness.py). Then the engine would walk the same places in the same scope instances, and hand the same
# values to the same checks, but in these slots and around them. Of most calls that makes nothing new: an id that is
# as it was a moment ago is still constant. So once a block was judged, each call that it led to is asked whether it
# would be moved by another such value (`Check.unmoved`). Those that would, and those that see what is in a slot, are
# kept: for each further block only they are made, with the values of that block. A slot that is not a text is walked
# as ever, and the schema is asked again; that a text does not change the schema's answer is proved from the schema
# (anyvalue.py). Where that, or a condition on what is around a slot, cannot be proved, there are no look-alikes.
#
# What a call may depend on beside its value is the state of its check, and the marks; no block comes in between that
# is not a look-alike itself, and no slot sets a mark. So what held when the calls were chosen holds throughout.
#
# Runs of look-alikes are taken straight from the bytes, before they become events. The checks that remain are first
# handed all values of a run at once (`Check.take`), and mostly that is all; what a check will not take so, it is
# shown block by block. The schema, too, is first asked about all values of a slot together.

from __future__ import annotations

from validator.lookalikes.finder import Lookalikes

__all__ = ["Lookalikes"]
