"""Writers of a comparison: HTML, JUnit."""
