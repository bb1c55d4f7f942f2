"""Warnings that somebody has to accept before what they typed is kept."""

import hashlib


class WithConfirmation:
    """For a form: `_to_confirm.html` shows its `warnings` with a box to tick."""

    warnings: tuple[str, ...] | list[str] = ()

    def confirms(self, warnings) -> bool:
        """Whether exactly these warnings were shown and accepted. Otherwise the page shows them with a box to tick."""
        self.warnings = list(warnings)
        return not self.warnings or self.data.get("confirmed") == self.fingerprint

    @property
    def fingerprint(self) -> str:
        """Names the warnings: a box ticked for others does not count."""
        return hashlib.sha256("\n".join(self.warnings).encode()).hexdigest()[:16]
