"""Whether errors fall with the time step by the order that the method states."""
