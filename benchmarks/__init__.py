"""How fast Unisono is, measured against PyNN's own backends and against hand-written scripts."""
