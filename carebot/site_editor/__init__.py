"""Drawing a site's rooms, places, docks, doors and zones in a browser, and whether a whole site file can be used."""
