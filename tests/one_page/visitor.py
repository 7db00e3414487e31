import streamlit as st

from pages.ui.visitor import COOKIE, visitor

name = visitor()
st.title("Visitor")
st.text(f"visitor:{name}:{'cookie' if st.context.cookies.get(COOKIE) == name else 'session'}")
