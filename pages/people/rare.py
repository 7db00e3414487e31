"""Rare classes."""

import streamlit as st

st.title("Rare classes", anchor=False)
