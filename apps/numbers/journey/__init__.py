"""Where a call to a number goes, from the carrier to the device that rings."""
