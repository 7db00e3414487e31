"""Acquisition functions: how much is each candidate worth asking?"""
