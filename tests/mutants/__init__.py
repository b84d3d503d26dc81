"""Wrong versions of `repro`, one small change each, and which test notices: see README.md. No test itself."""
