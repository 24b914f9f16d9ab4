"""Results as HTML: pieces for notebooks, and one page to send."""
