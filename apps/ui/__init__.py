"""What screens share: page or fragment, lists, forms, template tags. Knows no telephony and no other app."""
