"""Privacy."""

import streamlit as st

st.title("Privacy", anchor=False)
