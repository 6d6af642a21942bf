"""What `carebot bench` measures, and the peers it is measured against."""
