# Thin names; scripts/setup does the work that comes before each job, and does it once.
#   PYTHON=python3.12     the interpreter that .venv is made with
#   ARGS='-k handshake'   handed on to the job (pytest, tox, the demo, the benchmark)
#   ARGS=--tables=write   with `make tables`: the documents' tables are written anew
#   TONGSUO_VERSION=8.4.0, TONGSUO_HOME=prefix, TONGSUO_SRC=tree     another Tongsuo

.PHONY: help demo test tables fuzz bench lint docs coverage wheel matrix docker compose reproducible clean
PY = .venv/bin/python

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo:  ## a TLCP session over real sockets, and three attacks refused
	@sh scripts/setup demo
	@.venv/bin/tongsuo-py demo $(ARGS)

test:  ## the tests
	@sh scripts/setup test
	@$(PY) -m pytest -n auto --dist loadgroup $(ARGS)

tables:  ## what the documents say of libraries, peers and CPython's own tests: run, printed, checked
	@sh scripts/setup test
	@$(PY) -m pytest -n auto --dist loadgroup tests/libraries tests/interop tests/cpython --tables=check $(ARGS)

fuzz:  ## every parser under atheris, a minute each (ARGS='--seconds 10 --only certificate')
	@sh scripts/setup fuzz
	@$(PY) -m fuzz $(ARGS)

bench:  ## the benchmarks: beside C, AES and other packages (ARGS=schemes, ARGS=growth: the others)
	@sh scripts/setup bench
	@.venv/bin/tongsuo-py bench $(ARGS)

lint:  ## ruff and mypy
	@sh scripts/setup lint
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy

docs:  ## the site, into docs/_build/html; a warning is an error
	@sh scripts/setup docs
	@$(PY) -m sphinx --quiet --fail-on-warning --keep-going --builder html docs docs/_build/html $(ARGS)
	@echo docs/_build/html/index.html

coverage:  ## which lines and branches of the package the tests reach (a quarter of an hour; ARGS: folders)
	@sh scripts/setup coverage
	@$(PY) -m pytest -n auto --dist loadgroup --cov --cov-report=term:skip-covered --cov-report=html $(ARGS)

wheel:  ## source distribution and wheel, into dist/
	@sh scripts/setup wheel
	@$(PY) -m build --outdir dist

matrix:  ## the tests with every interpreter here, against Tongsuo 8.5.0 and 8.4.0
	@sh scripts/setup matrix
	@$(PY) -m tox run $$(sh scripts/setup pythons) $(ARGS)

docker:  ## the images tongsuo-py, tongsuo-py:tongsuo, tongsuo-py:dev (CA_BUNDLE=ca.pem behind an inspecting proxy)
	@sh scripts/docker build $(ARGS)

compose:  ## a TLCP server and client in containers; PROFILE=https, interop, scale
	@sh scripts/docker compose $(PROFILE)

reproducible:  ## Tongsuo and the extension, compiled twice in Docker and compared
	@sh scripts/docker reproducible

clean:  ## removes what make has made here (not Tongsuo, which is in the user's cache)
	rm -rf .venv .tox build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov docs/_build
	rm -rf tongsuo_py/_tongsuo*.so tongsuo_py/_tongsuo.c tongsuo/target fuzz/findings
	rm -rf __pycache__ */__pycache__ */*/__pycache__ */*/*/__pycache__
