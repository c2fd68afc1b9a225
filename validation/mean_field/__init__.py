"""Mean-field theory of networks of leaky integrate-and-fire cells: rates, irregularity and stability, without a run."""
