"""Oracles: who answers, and how well. The same row gets the same answer whenever it is asked.

Noise is drawn by row, so it depends neither on the batch nor on the order of the questions, and two
strategies with one seed meet the same wrong labels. A row answered wrongly at one rate
is answered wrongly at every higher rate. Only a tired annotator also depends on how much was asked before.
"""
