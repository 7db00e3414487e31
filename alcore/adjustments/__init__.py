"""Adjustments: reweigh scores before the selector sees them."""
