"""09, an item that insurance does not pay: agree or refuse."""
