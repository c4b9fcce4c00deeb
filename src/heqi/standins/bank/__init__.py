"""sim-bank: several banks in one process, each by its CNAPS number; ISO 20022 in and out; failures come from the data.

PyPI's mock-bank was looked at first. Its message dictionary (MIT, held against the published XSDs) reads and writes our
XML. Its bank is not used: it is one euro bank whose failures are switches on an account, without name checks, balances
that must be kept, other banks' accounts, or signatures.
"""
