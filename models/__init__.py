"""What is simulated: networks, cell models, the PyNN capture and the library."""
