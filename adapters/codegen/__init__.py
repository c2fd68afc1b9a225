"""From equations to the code of each simulator."""
