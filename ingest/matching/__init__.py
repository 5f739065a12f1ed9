"""Records of several lists that are one enterprise: which are compared, how alike they are, who belongs together."""
