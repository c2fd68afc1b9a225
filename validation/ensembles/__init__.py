"""Many runs: tables, margins, tests of equivalence, studies."""
