"""What is kept transactionally: innovation vouchers, their settlement between provinces, keys. It is no projection of the graph."""
