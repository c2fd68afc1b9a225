"""A network in words and tables, as a paper needs it: tables after Nordlie et al. (2009), a checklist, a paragraph."""
