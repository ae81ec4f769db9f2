"""Finding numbers for sale and buying them: the screens around the carrier's stock, the cart and the orders."""
