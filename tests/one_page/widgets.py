"""The widgets the pages are made of, in both places, to check the theme's contrast."""

import pandas as pd
import streamlit as st

from pages.ui.page_setup import readable_values

readable_values()
st.title("Widgets")
for place, where in (("main", st.container()), ("side", st.sidebar)):
    with where:
        st.caption("A caption")
        st.slider("Rounds", 1, 50, 20, key=f"{place}.rounds", help="How many rounds")
        st.select_slider("Noise", ["none", "some"], key=f"{place}.noise")
        st.button("Run", type="primary", key=f"{place}.run")
        st.button("Step", key=f"{place}.step")
        st.button("Reset", type="tertiary", key=f"{place}.reset")
        st.multiselect("Strategies", ["random", "margin"], ["random"], key=f"{place}.strategies")
        st.selectbox("Data", ["moons", "rings"], key=f"{place}.data")
        st.radio("Model", ["linear", "trees"], key=f"{place}.model")
        st.checkbox("Show truth", True, key=f"{place}.truth")
        st.toggle("Live", True, key=f"{place}.live")
        st.number_input("Seed", 0, 10, key=f"{place}.seed")
        st.text_input("Name", key=f"{place}.name", placeholder="a name")
        st.segmented_control("View", ["curve", "map"], default="curve", key=f"{place}.view")
        st.pills("Group", ["women", "men"], default="women", selection_mode="multi", key=f"{place}.group")
        st.metric("Labels", 120, -30)
        st.link_button("Paper", "https://example.org", type="primary")
for tab in st.tabs(["One", "Two"]):
    tab.markdown("A [link](https://example.org), `code`, :blue[blue], :gray[gray], :green-badge[done].")
for alert in (st.info, st.warning, st.error, st.success):
    alert("A sentence")
st.progress(0.4, "4 of 10")
with st.expander("Code", expanded=True):
    st.code("import alcore  # comment\nx = 'text'")
st.dataframe(pd.DataFrame({"labels": [1, 2]}), alt="A table")
st.form("form").form_submit_button("Save", type="primary")
