"""The parts of tools/chaos."""
