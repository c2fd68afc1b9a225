"""Running networks: the executor, the worker process, the cache, results."""
