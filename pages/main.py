"""The frame around every page: settings of the window, navigation, the page itself.

To add a page, add one line to PAGES. Paths are relative to this folder.
"""

from pathlib import Path

import streamlit as st

from pages.ui.page_setup import freeze_imports, readable_values

# Group in the menu ("" = no group): rows of file, title, address; the page without an address opens first.
PAGES = {
    "": [("home.py", "Home", "")],
    "Explore": [
        ("explore/playground.py", "Playground", "playground"),
        ("explore/compare.py", "Compare", "compare"),
        ("explore/atlas.py", "Atlas", "atlas"),
    ],
    "Decide": [
        ("decide/savings.py", "Savings", "savings"),
        ("decide/runs.py", "Runs", "runs"),
    ],
    "People": [
        ("people/annotators.py", "Annotators", "annotators"),
        ("people/teams.py", "Teams", "teams"),
        ("people/costs.py", "Costs", "costs"),
        ("people/rare.py", "Rare classes", "rare"),
        ("people/fairness.py", "Fairness", "fairness"),
        ("people/privacy.py", "Privacy", "privacy"),
    ],
}

page = st.navigation(
    {
        group: [
            st.Page(file, title=title, url_path=address, default=not address) for file, title, address in rows
        ]
        for group, rows in PAGES.items()
    },
    position="top",
)
st.set_page_config(
    layout="wide",
    page_title=f"{page.title} · Active learning",
    page_icon=Path(__file__).parent / "ui" / "icon.png",
)
freeze_imports()
readable_values()
page.run()
