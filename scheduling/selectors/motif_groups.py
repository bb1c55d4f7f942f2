"""Motifs as people look for them: by service, then by category."""


def motifs_by_unit(motifs):
    """Groups of (label, motifs) with their active options as `active_options`. Three queries."""
    groups = {}
    for motif in motifs.prefetch_related("units", "options").order_by("name", "pk"):
        motif.active_options = [option for option in motif.options.all() if option.archived_at is None]
        units = ", ".join(sorted(unit.name for unit in motif.units.all()))
        groups.setdefault((not units, units, motif.category), []).append(motif)
    return [
        (" – ".join(filter(None, [units or "Tous les services", category])), found)
        for (_, units, category), found in sorted(groups.items(), key=lambda group: group[0])
    ]
