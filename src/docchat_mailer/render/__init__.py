"""Everything that becomes markup: pages, feeds and the HTML of letters, from values to bytes."""
