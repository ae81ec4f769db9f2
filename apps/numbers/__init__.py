"""DIDs and toll-free numbers: search, cart, orders and the inventory."""
