"""The parts of ``tongsuo-py demo``: certificates, the two programs, what is shown and checked."""
