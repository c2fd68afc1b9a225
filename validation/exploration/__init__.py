"""What a model does as its parameters vary: sweeps, regimes, f-I curves."""
