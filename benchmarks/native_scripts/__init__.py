"""What a user who knows the simulator would write by hand for the CUBA network, to compare the adapters with.

Each takes a network file with populations of IF_curr_exp and prints its seconds,
its peak memory and its number of spikes. They lean on what this network is: equal
cells, no sources, one weight and delay for each projection.
"""
