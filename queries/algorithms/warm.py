"""What is compiled got ready: loaded, or compiled where no cache has it, before the first answer needs it."""


def warm() -> None:
    """Run each compiled function that answers need once, with values of the types that they give it."""
    import numpy as np  # What is compiled takes half a second to import: a server can answer meanwhile.
    from scipy.sparse import coo_array

    from queries.algorithms.esri import damage, production_network
    from queries.algorithms.relatedness import largest_density

    damage(production_network([0], [1], [1], [0, 1]), [1, 0])
    made = coo_array((np.ones(2), (np.arange(2), np.arange(2))), (2, 2)).tocsr()
    largest_density(made, [0, 1], made.tocsc(), np.ones(2, np.bool_))
