"""What must never be lost: alerts and the answers to them."""
