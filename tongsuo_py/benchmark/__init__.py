"""What is fast, and how fast beside what: ``tongsuo-py bench``.

Each side of a comparison is a process of its own (``sides``) that is asked for one operation at a
time, for a short while, in turn with the others: what else the machine does then hits all of them.

- ``rows``: what is measured, and what stands beside what; ``targets``: what we hold ourselves to
- ``worker``: the loop that every side runs; it and ``others`` also run where tongsuo_py is not
- ``ours``, ``stdlib``, ``aes``: the sides in Python; ``tls``, ``streams``: sessions, through any
  module with the names of ``ssl``; ``native``: the C program; ``packages``: those of PyPI
- ``compare``: the rounds; ``report``: what they come to; ``documents``: tables for docs/
"""
