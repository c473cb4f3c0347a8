"""05: enough to recognise oneself, not enough for the person behind."""

from __future__ import annotations

from kiosk.journeys.views import Who
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text import i18n
from kiosk.ui.text.i18n import tr


class IsThisYouPage(Page):
    """The masked person of the card or code, and whether insurance works today."""

    MOCKUP = "05_is_this_you"

    def sex_age(self, view: Who) -> str:
        """`男，67 岁`; what is not known is left out."""
        sex = tr(f"sex.{view.sex}") if view.sex in ("1", "2") else ""
        if view.age is None or not sex:
            return sex if view.age is None else tr("who.age", age=view.age)
        return tr("who.sexage", sex=sex, age=view.age)

    def insurance(self, view: Who) -> str:
        """Scheme and kind of person; a code without words is shown as it came."""
        scheme = _known("ins", view.insutype)
        kind = _known("psn", view.psn_type[:2])  # 2-, 4- and 6-digit values are all in use
        return tr("who.type.v", scheme=scheme, kind=kind) if kind else scheme


def _known(group: str, code: str) -> str:
    key = f"{group}.{code}"
    return tr(key) if code and i18n.has(key) else code


load_kv(__file__)
