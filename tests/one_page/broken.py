import streamlit as st

st.title("Broken")
raise RuntimeError("secret detail")
