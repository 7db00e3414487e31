"""The Atlas's script: it shows all there is, finds it, keeps its address, and leads on to the Playground."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import pytest
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from streamlit.testing.v1 import AppTest

import pages.ui.live
from alcore import Choice, UnavailableError, catalog, check
from alcore.link import from_query
from alcore.recipes import RECIPES, apply
from pages.ui import atlas_pictures, atlas_studio
from pages.ui.atlas_entries import ALL, KINDS, door, find, items, search, source_code
from pages.ui.atlas_pictures import has_picture
from pages.ui.atlas_studio import Studio
from tests.browser import ROOT
from tests.fake_service import FakeService
from tests.waiting import until

EVERY = [item for kind in KINDS for item in items(kind)]
every_item = pytest.mark.parametrize("item", EVERY, ids=lambda item: item.id)
DRAWN = [item for item in EVERY if has_picture(item)]


@pytest.fixture
def service(monkeypatch):
    fake = FakeService()
    monkeypatch.setattr(pages.ui.live, "service", lambda: fake)
    atlas_studio.studio.clear()
    yield fake
    atlas_studio.studio.clear()


@pytest.fixture
def atlas(service):
    return go(AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run())


def go(at: AppTest, **query: str) -> AppTest:
    at.switch_page("explore/atlas.py")
    for name, value in query.items():
        at.query_params[name] = value
    return healthy(at.run())


def healthy(at: AppTest) -> AppTest:
    assert not at.exception, at.exception[0].stack_trace
    return at


def text(at: AppTest) -> str:
    return " ".join(
        re.sub(r"<style>.*?</style>|<[^>]+>", " ", h.proto.body, flags=re.S) for h in at.get("html")
    )


def cards(at: AppTest) -> dict[str, dict]:
    found = {}
    for block in at.get("bidi_component"):
        data = json.loads(block.proto.json or "null")
        if isinstance(data, dict):
            found |= {card["id"]: card for card in data.get("cards", ())}
    return found


def links(at: AppTest) -> list[tuple[str, str, dict[str, str]]]:
    """Label, page and query of every link: those to other pages, then those within the Atlas."""
    found = [
        (
            link.proto.label,
            link.proto.page,
            dict(parse_qsl(link.proto.query_string or urlsplit(link.proto.page).query)),
        )
        for link in at.get("page_link")
    ]
    for block in at.get("bidi_component"):
        data = json.loads(block.proto.json or "null")
        if isinstance(data, dict):
            found += [(a["label"], "atlas", dict(parse_qsl(a["query"][1:]))) for a in data.get("links", ())]
    return found


# --- what there is ----------------------------------------------------------------------------------------


def test_every_registered_plugin_and_every_recipe_has_an_entry() -> None:
    assert [i.name for i in items("recipe")] == list(RECIPES)
    for part, registry in {**catalog.PARTS, "metric": catalog.METRICS}.items():
        assert sorted(i.name for i in items(part)) == sorted(registry), part
    assert len({i.id for i in EVERY}) == len(EVERY)


@every_item
def test_an_entry_says_what_it_is(item) -> None:
    assert item.label and item.summary.endswith(".")
    if item.entry:
        code, place = source_code(item)
        assert item.entry.plugin.__name__ in code
        file, line = place.split(", line ")
        assert (ROOT / file).read_text().splitlines()[int(line) - 1].strip() in code


@every_item
@pytest.mark.parametrize("dataset", ["moons", "blobs"])
def test_the_door_opens_an_experiment_with_it_chosen(item, dataset) -> None:
    spec, view = door(item, dataset)
    check(spec)
    if item.recipe:
        assert apply(spec, item.name) == spec
    elif item.kind == "metric":
        assert view["metric"] == item.name
    else:
        chosen = getattr(spec, item.kind)
        assert item.name in [c.name for c in (chosen if isinstance(chosen, tuple) else (chosen,))]


def test_search_finds_every_word_in_any_order_and_names_first() -> None:
    hits = search("entropy vote")["acquisition"]
    assert hits[0].name == "vote_entropy"
    assert all("entropy" in h.words and "vote" in h.words for h in hits)
    assert search("no such words") == {}
    assert set(search("settles", "acquisition")) == {"acquisition"}
    assert sum(map(len, search("", ALL).values())) == len(EVERY)


def test_a_name_alone_is_found_wherever_it_is() -> None:
    assert find("recipe", "hybrid").kind == "recipe" and find("select", "hybrid").kind == "select"
    assert find("price", "badge").name == "badge"
    assert find("recipe", "magic") is None


# --- pictures ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def painted() -> dict:
    """Every picture on one dataset, as the studio would make them."""
    fake, scenes = FakeService(), {}

    def keep(spec):
        bare = replace(spec, learner=Choice("logistic"))
        if spec.dataset not in scenes:
            scenes[spec.dataset] = fake.call("scene", bare)
        return scenes[spec.dataset]

    return {item.id: atlas_pictures.make(fake, item, "moons", keep) for item in DRAWN}


@pytest.mark.parametrize("item", DRAWN, ids=lambda item: item.id)
def test_every_picture_can_be_drawn(item, painted) -> None:
    picture = painted[item.id]
    assert picture.alt.endswith(".") and picture.caption.endswith(".")
    thumbnail = atlas_pictures.thumbnail(picture)
    head, _, body = thumbnail.partition(",")
    assert head == "data:image/svg+xml" and len(thumbnail) < 20_000
    svg = ElementTree.fromstring(unquote(body))
    assert len(svg) > 1, "something is drawn"
    assert picture.chart().alt.startswith(picture.alt)


def test_pictures_show_what_they_say(painted) -> None:
    assert len(painted["select.top"].asked) == atlas_pictures.BATCH
    assert painted["recipe.margin"].asked == painted["select.top"].asked, "the same strategy"
    assert painted["select.core_set"].background == "classes", "it does not look at scores"
    assert painted["select.power"].background == "scores"
    assert painted["acquisition.entropy"].measure == "Entropy"
    assert "0 of them wrong" in painted["oracle.exact"].caption
    assert "0 of them wrong" not in painted["oracle.noisy"].caption
    assert painted["start.random"].labelled == painted["acquisition.margin"].labelled


def test_a_function_that_looks_at_some_candidates_looks_at_all_it_may(painted) -> None:
    scores = painted["acquisition.error_reduction"].field["scores"]
    assert (scores == scores.min()).mean() < 0.1, "a share of the pool was passed over"


def test_nothing_is_fetched_from_elsewhere_for_a_picture() -> None:
    fetched = {i.name for i in items("dataset") if i.download}
    assert fetched and not fetched & {i.name for i in DRAWN}


class Slow(FakeService):
    """Counts how many calls are under way at once; refuses what it is told to."""

    def __init__(self, refuse=()) -> None:
        super().__init__()
        self.now, self.most, self.refuse = 0, 0, refuse

    def call(self, name, spec, owner="", rounds=0, timeout=20, **args):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            if args.get("acquisition") in self.refuse:
                raise UnavailableError("Not today")
            return super().call(name, spec, owner, rounds, timeout, **args)
        finally:
            self.now -= 1


def test_the_studio_never_lets_a_page_wait_and_asks_one_thing_at_a_time() -> None:
    service = Slow(refuse=("entropy",))
    studio = Studio(service)
    wanted = [find("acquisition", name) for name in ("margin", "entropy", "random")]
    wanted += [find("price", "flat")]
    try:
        first = studio.see(wanted, "moons")
        assert first == dict.fromkeys(("acquisition.margin", "acquisition.entropy", "acquisition.random"))
        until(lambda: None not in studio.see(wanted, "moons").values(), seconds=30)
        seen = studio.see(wanted, "moons")
        assert seen["acquisition.entropy"] == "Not today"
        assert seen["acquisition.margin"][1].startswith("data:image/svg+xml,")
        assert service.most == 1
        made = len(service.called)
        assert studio.see(wanted, "moons") == seen and len(service.called) == made, "kept for all visitors"
    finally:
        studio.close()


# --- the page ---------------------------------------------------------------------------------------------


def test_the_front_shows_the_recipes_with_no_picture_yet(atlas, service) -> None:
    assert [t.value for t in atlas.title] == ["Atlas"]
    assert atlas.header[0].value == f"Recipes ({len(RECIPES)})"
    shown = cards(atlas)
    assert list(shown) == [f"recipe.{name}" for name in RECIPES]
    assert all(card["text"] and card["query"].startswith("?kind=recipe&item=") for card in shown.values())


def test_pictures_arrive_and_the_next_visitor_has_them_at_once(atlas, service) -> None:
    wanted = items("recipe")
    until(lambda: None not in atlas_studio.studio().see(wanted, "moons").values(), seconds=60)
    for at in (atlas, AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run()):
        shown = cards(go(at))
        assert all(card["picture"]["src"] and card["picture"]["alt"] for card in shown.values())


@pytest.mark.parametrize("kind", [*KINDS, ALL])
def test_every_chapter(atlas, kind) -> None:
    at = go(atlas, kind=kind)
    expected = EVERY if kind == ALL else items(kind)
    assert list(cards(at)) == [i.id for i in expected]


def test_search_and_its_hits_elsewhere(atlas) -> None:
    at = go(atlas, kind="acquisition", q="entropy")
    assert set(cards(at)) == {i.id for i in search("entropy", "acquisition")["acquisition"]}
    ((label, _, query),) = [link for link in links(at) if "other chapters" in link[0]]
    others = sum(len(hits) for kind, hits in search("entropy").items() if kind != "acquisition")
    assert label.startswith(f"{others} ") and query == {"kind": "all", "q": "entropy"}
    at = go(atlas, kind="all", q="zzzz")
    assert not cards(at) and "Nothing in the Atlas has all these words" in text(at)


def test_a_chapter_is_chosen_and_a_word_typed(atlas) -> None:
    healthy(atlas.button_group(key="atlas.view.kind").set_value("select").run())
    assert list(cards(atlas)) == [i.id for i in items("select")]
    healthy(atlas.text_input(key="atlas.view.q").set_value("k-means").run())
    assert cards(atlas) and set(cards(atlas)) < {i.id for i in items("select")}


@every_item
def test_every_entry_opens_by_its_address(item, service) -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60).run()
    at = go(at, kind=item.kind, item=item.name)
    assert [t.value for t in at.title] == [item.label]
    assert not at.warning
    shown = text(at)
    for words in (item.summary, item.use, item.avoid, item.source, *(p.help for p in item.params)):
        assert plain(words) in plain(shown)
    assert len(at.get("latex") or [m for m in at.markdown if m.value.startswith("$$")]) >= bool(item.formula)
    (playground,) = [query for _, page, query in links(at) if page.startswith("playground")]
    spec, problems = from_query(playground)
    assert problems == () and spec == door(item, "moons")[0]
    if item.recipe:
        assert {"Acquisition", "Selection"} <= {label.partition(":")[0] for label, *_ in links(at)}


def plain(words: str) -> str:
    return re.sub(r"\s+", " ", unescape(words))


def test_an_entry_that_is_not_there_is_said_so(atlas) -> None:
    at = go(atlas, item="magic")
    assert "There is no entry named 'magic'" in at.warning[0].value
    assert [t.value for t in at.title] == ["Atlas"]


def test_nonsense_in_the_address_is_no_harm(atlas) -> None:
    at = go(atlas, kind="<b>", on="mars", q="x" * 500)
    assert at.warning and [t.value for t in at.title] == ["Atlas"]


def test_the_web_server_stays_light() -> None:
    code = (
        "import sys; from pages.ui import atlas_entries, atlas_gallery, recipes;"
        "[atlas_entries.items(k) for k in atlas_entries.KINDS];"
        "bad = {'sklearn', 'pandas', 'altair', 'scipy.stats'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


# --- links within the page --------------------------------------------------------------------------------


def click(at: AppTest, label: str, **address: str) -> AppTest:
    """Click a link or a card; the run that follows comes with this address, as a timer may have sent it."""
    for block in at.get("bidi_component"):
        data = json.loads(block.proto.json or "null")
        here = [*data.get("links", ()), *data.get("cards", ())] if isinstance(data, dict) else []
        for link in here:
            if label in (link.get("label"), link.get("title")):
                sent = [{"event": "go", "value": f"http://localhost/atlas{link['query']}"}]
                state = at._tree.get_widget_states()
                state.widgets.add(
                    id=f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{block.proto.id}__events",
                    json_trigger_value=json.dumps(sent),
                )
                at.query_params.clear()
                at.query_params.update(address)
                return healthy(at._run(state))
    raise AssertionError(f"no link {label!r}")


def address(at: AppTest) -> dict[str, str]:
    """What the address bar says."""
    return {name: "".join(value) for name, value in at.query_params.items()}


@pytest.mark.parametrize("carried", [{"item": "badge"}, {}, {"kind": "price"}], ids=str)
def test_a_link_leads_where_it_says_whatever_address_comes_with_the_click(atlas, carried) -> None:
    at = go(atlas, item="badge")
    at = click(at, "Selection: BADGE", **carried)
    assert "Selector · hybrid" in unescape(text(at))
    assert address(at) == {"kind": "select", "item": "badge"}
    at = click(at, "All selectors", **carried)
    assert list(cards(at)) == [i.id for i in items("select")]
    assert address(at) == {"kind": "select"}


def test_a_card_leads_to_its_entry_and_back_to_the_search_it_was_found_by(atlas) -> None:
    at = go(atlas, kind="all", q="entropy", on="xor")
    at = click(at, "Entropy", kind="all", q="entropy", on="xor")
    assert [t.value for t in at.title] == ["Entropy"]
    assert address(at) == {"kind": "acquisition", "item": "entropy", "on": "xor"}
    at = click(at, "Back", kind="acquisition", item="entropy", on="xor")
    assert address(at) == {"kind": "all", "q": "entropy", "on": "xor"}
    assert at.text_input(key="atlas.view.q").value == "entropy"


def test_the_dataset_of_the_pictures_stays_from_entry_to_entry(atlas) -> None:
    at = go(atlas, kind="select", item="badge", on="xor")
    within = [query for _, page, query in links(at) if page == "atlas"]
    assert within and all(query["on"] == "xor" for query in within)


def timed() -> None:
    import streamlit as st

    from alcore.params import Param, Text
    from pages.ui import links
    from pages.ui.editor import Editor

    page = Editor("timed", (Param("item", str, "", text=Text(80)),))
    if st.session_state.pop("ring", False):  # runs before the address is read, as a fragment does
        page.again()
    page.read()
    page.write()
    st.title(str(page.view["item"]))
    links.draw(page, "on", [links.Link("On", {"item": "b"})])


def test_a_timer_that_rings_after_a_click_does_not_undo_it() -> None:
    at = AppTest.from_function(timed, default_timeout=60)
    at.query_params["item"] = "a"
    at = click(healthy(at.run()), "On", item="a")
    assert (at.title[0].value, address(at)) == ("b", {"item": "b"})
    at.query_params["item"] = "a"  # the browser had not heard of b when its timer rang
    at.session_state["ring"] = True
    assert healthy(at.run()).title[0].value == "b"
    at.query_params["item"] = "c"  # a link from outside, later
    assert healthy(at.run()).title[0].value == "c"


# --- the menu of recipes ----------------------------------------------------------------------------------


def composer() -> None:
    import streamlit as st

    from alcore.catalog import ACQUISITIONS, COMMITTEES, SELECTORS
    from pages.ui import form, recipes
    from pages.ui.editor import Editor

    page = Editor("play")
    page.read()
    slot = st.container()
    chosen = {
        part: form.choose(registry, part, page.key(part), getattr(page.spec, part), on_change=page.touch)
        for part, registry in {
            "acquisition": ACQUISITIONS,
            "select": SELECTORS,
            "committee": COMMITTEES,
        }.items()
    }
    from dataclasses import replace

    spec = replace(page.spec, **chosen)
    recipes.menu(slot, page, spec)
    page.take(spec)
    page.write()


@pytest.fixture
def menu() -> AppTest:
    return healthy(AppTest.from_function(composer, default_timeout=60).run())


def shown(at: AppTest) -> tuple:
    return tuple(at.selectbox(key=f"play.{key}").value for key in ("recipe", "acquisition", "select"))


def test_the_menu_shows_which_recipe_the_parts_make(menu) -> None:
    assert shown(menu) == ("margin", "margin", "top")
    assert menu.selectbox[0].label == "Recipe", "it stands above the parts"
    healthy(menu.selectbox(key="play.select").set_value("hybrid").run())
    assert shown(menu) == ("hybrid", "margin", "hybrid")
    healthy(menu.selectbox(key="play.acquisition").set_value("entropy").run())
    assert shown(menu) == (None, "entropy", "hybrid")
    assert menu.selectbox(key="play.recipe").proto.placeholder == "Your own composition"
    assert "Put together from the parts below." in [c.value for c in menu.caption]


def test_picking_a_recipe_sets_its_parts(menu) -> None:
    healthy(menu.selectbox(key="play.recipe").set_value("batchbald").run())
    assert shown(menu) == ("batchbald", "bald", "batchbald")
    committee = RECIPES["batchbald"].parts()["committee"]
    members = menu.slider(key=f"play.committee.{committee.name}.members")
    assert members.value == dict(committee.params).get("members", members.value)
    healthy(members.set_value(members.value - 10).run())
    assert shown(menu)[0] is None, "the committee counts where it votes"
    healthy(menu.selectbox(key="play.recipe").set_value("random").run())
    assert shown(menu) == ("random", "random", "top")


def test_emptying_the_menu_changes_nothing(menu) -> None:
    healthy(menu.selectbox(key="play.recipe").set_value(None).run())
    assert shown(menu) == ("margin", "margin", "top")
