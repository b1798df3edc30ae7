"""What was said: messages as bytes, and the receipts, facts and declarations that they speak of."""
