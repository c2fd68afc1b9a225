"""Where two recordings first differ, and the potentials that met the threshold there."""
