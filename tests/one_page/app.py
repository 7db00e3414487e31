"""The app's launcher around a single page, for tests: ONE_PAGE names the file beside this one."""

import os
import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

sys.path.insert(0, str(Path(__file__).parents[2]))
from pages.ui.page_setup import apologise, lifespan
from pages.ui.visitor import VisitorCookie

app = st.App(
    os.environ["ONE_PAGE"],
    middleware=[Middleware(VisitorCookie)],
    lifespan=lifespan,
    on_script_error=apologise,
)
