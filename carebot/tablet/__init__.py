"""The web app and the API that caregivers use."""
