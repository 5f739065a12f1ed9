"""Goes with the last question that imports it."""

from queries.scope import find_node as find_node
