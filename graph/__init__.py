"""What exists and where it is kept: ontology, values, Cypher, stores. Imports nothing of ours."""
