"""The components of the design, built from one kind of box and one kind of touch target.

A widget knows how large it wants to be, draws itself in roles of the theme, and says when
it was pressed. Layout happens once per change, from the top (`box`); importing `all`
makes every widget known to the kv language.
"""
