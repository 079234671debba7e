"""How a definition comes into force by way of the pages: it is sent, proved, put forward, and approved by
somebody else.
"""
