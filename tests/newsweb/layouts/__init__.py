"""How each outlet draws its pages: one module a layout, ``render(page)`` returns the HTML."""
