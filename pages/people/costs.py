"""Costs."""

import streamlit as st

st.title("Costs", anchor=False)
