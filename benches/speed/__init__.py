"""The parts of `benches/speed.py`."""
