"""Arithmetic on times: no Django, no database, no clock. Who needs the present passes it as `now`."""
