"""Fairness."""

import streamlit as st

st.title("Fairness", anchor=False)
