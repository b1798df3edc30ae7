"""One incident for many: declarations that share what holds them up."""
