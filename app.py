"""The launcher: `streamlit run app.py`. The frame of the app is `pages/main.py`.

Streamlit treats a `pages/` folder beside its main script as an old-style multipage app and then breaks
addresses such as /playground on a freshly started server. Naming `pages/main.py` the main script avoids that.
"""

import os
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.ui.page_setup import apologise, lifespan
from pages.ui.visitor import VisitorCookie

# Streamlit reloads changed modules only beside the main script and under PYTHONPATH: this adds `alcore/`.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")])
)

app = st.App(
    "pages/main.py",
    middleware=[Middleware(VisitorCookie)],
    lifespan=lifespan,
    on_script_error=apologise,
)
