"""Annotators."""

import streamlit as st

st.title("Annotators", anchor=False)
