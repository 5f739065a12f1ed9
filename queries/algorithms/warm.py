"""What is compiled got ready: loaded, or compiled where no cache has it, before the first answer needs it."""


def warm() -> None:
    """Run each compiled function that answers need once, with values of the types that they give."""
    import numpy as np  # What is compiled takes half a second to import: a server can answer meanwhile.
    from scipy.sparse import csr_array

    from queries.algorithms.esri import damage, production_network
    from queries.algorithms.relatedness import largest_density

    damage(production_network([0], [1], [1], [0, 1]), [1, 0])
    largest_density(np.eye(2), [0], csr_array(np.eye(2)[:, :1]), np.ones(2, np.bool_))
