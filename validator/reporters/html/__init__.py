"""The parts of the HTML report: elements, the card of a finding, the timeline of a stream, style and script."""
