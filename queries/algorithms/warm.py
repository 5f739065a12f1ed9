"""What is compiled got ready: loaded, or compiled where no cache has it, before the first answer needs it."""


def warm() -> None:
    """Run each compiled function that answers need once, with values of the types that they give it."""
    # What is compiled takes half a second to import: a server can answer meanwhile.
    from queries.algorithms.esri import damage, production_network

    damage(production_network([0], [1], [1], [0, 1]), [1, 0])
