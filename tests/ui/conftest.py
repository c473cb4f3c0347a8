"""One stage for the whole session: Kivy has one window per process, drawn without a display server."""

from __future__ import annotations

import dataclasses

import pytest

from kiosk import assets
from kiosk.ui.text import catalog

FONTS_WANTED = ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf")


@pytest.fixture(scope="session")
def stage():
    """The stage of this process. Kivy is imported here for the first time, drawn off screen."""
    missing = [name for name in FONTS_WANTED if not assets.path("fonts", name).exists()]
    if missing:
        pytest.skip(f"assets/fonts has no {', '.join(missing)}: run `make setup`")
    catalog.compile_all(assets.path("locale"))
    from kiosk.ui import shots

    return shots.stage()


@pytest.fixture(autouse=True)
def _fresh(request):
    """Each test begins with Chinese, the portrait kiosk in light colours, and nothing held."""
    if "stage" not in request.fixturenames:
        yield
        return
    on = request.getfixturevalue("stage")
    from kiosk.ui import theme
    from kiosk.ui.text import i18n
    from kiosk.ui.theme import tokens
    from kiosk.ui.widgets.touch import Tap

    i18n.use("zh")
    theme.use(tokens.make("light", "kiosk", 1080))
    yield
    Tap.release()
    on.clear()


@pytest.fixture
def told():
    """The intents that a screen told, in order."""
    return []


@pytest.fixture
def show(stage, told):
    """Mount the screen of a sample (by its picture's name) or of any content; returns the page."""
    from kiosk.ui import samples
    from kiosk.ui.screens import registry

    def mount(what, number=7, language="zh", **changes):
        by_name = samples.samples(language)
        if isinstance(what, str):
            view = by_name[what]
            if changes:
                view = dataclasses.replace(view, content=dataclasses.replace(view.content, **changes))
        else:
            view = dataclasses.replace(by_name["07_who_pays"], content=what)
        view = dataclasses.replace(view, number=number)
        page = registry.build(view, told.append, clock=lambda: samples.NOW)
        page.set_clock(samples.NOW)
        stage.mount(page)
        return page

    return mount


@pytest.fixture
def find(stage):
    """All shown boxes of a class below a box, outermost first."""

    def walk(root, kind):
        found = [root] if isinstance(root, kind) else []
        for child in root.boxes():
            found += walk(child, kind)
        return found

    return walk


@pytest.fixture
def words(find):
    """Every text that is to be read on a page."""
    from kiosk.ui.widgets.basics import Words

    def read(page):
        return [box.text for box in find(page, Words) if box.text]

    return read


@pytest.fixture
def colour_at(stage):
    """The colour of the screen at a place (origin bottom left, as widgets have it), as #RRGGBB."""

    def look(x, y):
        pixels = stage.pixels()
        red, green, blue = pixels[pixels.shape[0] - 1 - int(y), int(x)]
        return f"#{red:02X}{green:02X}{blue:02X}"

    return look


@pytest.fixture
def token():
    """The colour of a role in the light theme, as the token file has it."""
    import json

    tokens = json.loads(assets.path("theme", "tokens.json").read_text(encoding="utf-8"))
    return lambda role: tokens["colour"]["light"][role].upper()
