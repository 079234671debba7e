"""The pages of one case: a frame with tabs, each tab a page of its own."""
